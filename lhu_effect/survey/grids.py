"""Any table file into grids: looks at the bytes, then hands the file to the one reader of its kind."""

from __future__ import annotations

from pathlib import Path

from lhu_effect.errors import InputError
from lhu_effect.survey.grid import Grids
from lhu_effect.survey.parquet_grid import read_parquet
from lhu_effect.survey.persons import refuse_pupils
from lhu_effect.survey.preflight import file_kind
from lhu_effect.survey.text_grid import read_text
from lhu_effect.survey.workbook import read_workbook


def read_grids(path: Path, *, name: str | None = None) -> Grids:
    """The cells of a workbook, delimited text file or Parquet table.

    name: how messages call the file (default: its name). Raises InputError (`files.*`) for a file that
    is unsafe, damaged, empty, too large, or of a kind that holds no tables (pupils' records included:
    `microdata.read_microdata` takes those).
    """
    name = name or path.name
    kind = file_kind(path, name)
    if kind == "xlsx":
        made = read_workbook(path, name=name)
    elif kind == "text":
        made = read_text(path, name=name)
    elif kind == "parquet":
        made = read_parquet(path, name=name)
    else:
        raise InputError("files.records", file=name, kind=kind)
    if not any(grid.cells_in for grid in made.grids):
        raise InputError("files.no_cells", file=name)
    for grid in made.grids:
        refuse_pupils(grid)
    return made
