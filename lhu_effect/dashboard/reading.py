"""An effects table, or its checks, read back from what this program wrote: a page, CSV, Parquet, Excel or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lhu_effect.effects.model import CHECK_SCHEMA, EFFECT_SCHEMA
from lhu_effect.errors import InputError

if TYPE_CHECKING:
    import polars as pl


def effects_of(path: Path) -> pl.DataFrame:
    """The effects table in `path`, columns of EFFECT_SCHEMA; infinite ends are inf in CSV, null elsewhere.

    Raises InputError when the file holds no such table.
    """
    return _read(path, "effects")


def checks_of(path: Path) -> pl.DataFrame:
    """The checks in `path`, columns of CHECK_SCHEMA. Raises InputError when the file holds none."""
    return _read(path, "checks")


def _read(path: Path, what: str) -> pl.DataFrame:
    import polars as pl

    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise InputError("cli.no_effects", file=path.name)
    try:
        return _typed(read(path, what), _SCHEMAS[what])
    except (ValueError, LookupError, TypeError, OSError, ArithmeticError, RecursionError) as error:
        raise InputError("cli.no_effects", file=path.name) from error
    except pl.exceptions.PolarsError as error:
        raise InputError("cli.no_effects", file=path.name) from error


def _typed(frame: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    import polars as pl

    if not {"indicator", "after_year", *list(schema)[-1:]} <= set(frame.columns):
        raise ValueError("other columns")
    blank_is_null = [
        pl.col(c).replace("", None) if frame.schema[c] == pl.String else pl.col(c) for c in frame.columns
    ]
    cast = [pl.col(c).cast(t, strict=False) for c, t in schema.items() if c in frame.columns]
    return frame.select(blank_is_null).select(cast)


def _page(path: Path, what: str) -> pl.DataFrame:
    import polars as pl

    from lhu_effect.disclosure.published import page_data, page_text

    held = page_data(page_text(path))[what]
    if (
        not isinstance(held, dict)
        or not isinstance(held["columns"], list)
        or not isinstance(held["rows"], list)
    ):
        raise TypeError("not an effects block")
    columns = [str(c) for c in held["columns"]]
    return pl.DataFrame(held["rows"], schema=columns, orient="row", infer_schema_length=None)


def _csv(path: Path, _: str) -> pl.DataFrame:
    import polars as pl

    return pl.read_csv(path, infer_schema=False)


def _parquet(path: Path, _: str) -> pl.DataFrame:
    import polars as pl

    return pl.read_parquet(path)


def _json(path: Path, what: str) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(json.loads(path.read_text(encoding="utf-8"))[what], infer_schema_length=None)


def _workbook(path: Path, what: str) -> pl.DataFrame:
    """The first sheet with a row of the contract's column names as its heading."""
    import polars as pl

    from lhu_effect.survey.grids import read_grids

    for grid in read_grids(path).grids:
        rows = [[grid.text(r, c) for c in range(1, grid.n_cols + 1)] for r in range(1, grid.n_rows + 1)]
        for i, heading in enumerate(rows):
            if {"promise", "indicator", "verdict" if what == "effects" else "check"} <= set(heading):
                return pl.DataFrame(rows[i + 1 :], schema=heading, orient="row")
    raise ValueError("no sheet of effects")


_SCHEMAS = {"effects": EFFECT_SCHEMA, "checks": CHECK_SCHEMA}
_READERS: dict[str, Callable[[Path, str], pl.DataFrame]] = {
    ".html": _page,
    ".htm": _page,
    ".csv": _csv,
    ".parquet": _parquet,
    ".json": _json,
    ".xlsx": _workbook,
}
