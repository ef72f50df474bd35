"""Any table file into grids: looks at the bytes, then hands the file to the one reader of its kind."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from lhu_effect.errors import InputError
from lhu_effect.survey.cells import mask_personal
from lhu_effect.survey.grid import Grid, Grids, column_letters
from lhu_effect.survey.parquet_grid import read_parquet
from lhu_effect.survey.preflight import file_kind
from lhu_effect.survey.text_grid import read_text
from lhu_effect.survey.words import fold, words
from lhu_effect.survey.workbook import read_workbook

_HEADING_ROWS = 50
_PERSONS = 3
_PERSONAL_SIGNS = 10


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


def refuse_pupils(grid: Grid) -> None:
    """Raises InputError when the rows are pupils: read as a table, their texts would stand in messages and reports.

    Told by a column of personal numbers or by a heading that only files of persons have. Nothing of them is said.
    """
    named: dict[int, str] = {}
    persons: Counter[int] = Counter()
    for row, col, cell in grid.cells():
        if not isinstance(cell.value, str | int | float):
            continue
        if row <= _HEADING_ROWS and fold(cell.text) in words().pupils:
            named[col] = cell.text.strip()
        elif len(cell.text) >= _PERSONAL_SIGNS and mask_personal(cell.text) != cell.text:
            persons[col] += 1
    column = next(iter(named.values()), "")
    if named or (persons and max(persons.values()) >= _PERSONS):
        letter = column_letters(next(iter(named), persons.most_common(1)[0][0] if persons else 1))
        raise InputError("files.pupils", file=grid.file, sheet=grid.sheet or None, column=column or letter)
