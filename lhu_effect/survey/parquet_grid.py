"""A Parquet table into one grid, so that a small table is read by its headings like any other.

Row 1 holds the column names; values keep their types. Columns that hold no single values (lists, maps,
bytes) are left out and said. Records of pupils go to `microdata_files` before they come here.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from lhu_effect.errors import InputError
from lhu_effect.survey.grid import Cell, Grid, Grids
from lhu_effect.survey.limited import load
from lhu_effect.survey.model import Issue
from lhu_effect.survey.preflight import MB, TABLE


def read_parquet(path: Path, *, name: str | None = None) -> Grids:
    """The file at `path` as one grid (sheet ""). Raises InputError when damaged or larger than a table can be."""
    name = name or path.name
    if (size := path.stat().st_size) > TABLE.file_bytes:
        raise InputError("files.too_big", file=name, found=size // MB, limit=TABLE.file_bytes // MB)
    loaded = load(path, "parquet", name, table_rows=TABLE.rows)
    frame, plain = loaded.frame, loaded.frame.columns
    if frame.height > TABLE.rows or frame.width > TABLE.cols or frame.height * frame.width > TABLE.cells:
        raise InputError("files.too_many_cells", file=name, limit=TABLE.cells)
    heading = tuple(_cell(n) for n in plain)
    grid = Grid(name, "", (heading, *(tuple(map(_cell, row)) for row in frame.rows())))
    left_out = [n for n in loaded.names if n not in plain]
    facts = {"columns": ", ".join(left_out)}
    issues = (Issue("files.nested_columns", "note", name, facts=facts),) if left_out else ()
    return Grids(name, "parquet", (grid,), issues)


def _cell(value: Any) -> Cell | None:
    if value is None or value != value or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        return Cell(value, "TRUE" if value else "FALSE")
    if isinstance(value, float):
        return Cell(value, format(value, ".15g"))
    if isinstance(value, int | str | date | datetime):
        return Cell(value, str(value))
    return Cell(str(value), str(value))
