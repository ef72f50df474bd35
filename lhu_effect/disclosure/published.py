"""The published cells as a block of plain data, and back.

`block` is what a page carries in its JSON (key `cells` of `lhu-data`): every cell with the counts anybody may
use, hidden ones without any, and the structure that ties them. `read_published` reads such a page, or a table
(CSV, xlsx, parquet, JSON) in the columns of `import` or `effects`.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import polars as pl

from lhu_effect.disclosure.masked import MaskedCube
from lhu_effect.disclosure.structure import CELL, Structure
from lhu_effect.errors import InputError
from lhu_effect.study.model import Minimum
from lhu_effect.survey.cube import CUBE_SCHEMA, as_cube

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

VERSION = 1
PACKED = ("packed", "kept")  # keys of a page's data: what its charts draw from, and what only programs read
_LARGEST_PAGE = 100_000_000  # bytes of a page
_LARGEST = 64_000_000  # bytes the data of a page may unpack to (the default study: 5 million)
_MOST_PARTS = 2_000_000  # lists and objects in it
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
COLUMNS: tuple[str, ...] = (*CELL, "status", "n_low", "n_high", "k_low", "k_high", "percent")
_DATA = re.compile(r'<script[^>]*\bid="lhu-data"[^>]*>(.*?)</script>', re.DOTALL)


@dataclass(frozen=True, eq=False)
class Published:
    """What a publication shows. cells: columns of the Cube. data: the page's whole JSON, {} for a table."""

    cells: pl.DataFrame
    structure: Structure
    minimum: Minimum
    data: Mapping[str, Json]


def block(masked: MaskedCube) -> dict[str, Json]:
    """The cells as a page carries them: version, minimum, structure, columns and rows. Nothing hidden is in it."""
    frame = masked.frame.filter(pl.col("status").is_in(["observed", "masked"])).with_columns(
        *(pl.coalesce(c, c[0]).alias(c) for c in ("n_low", "n_high", "k_low", "k_high")),
        pl.when(pl.col("n").is_null()).then("percent").alias("percent"),
    )
    s = masked.structure
    return {
        "version": VERSION,
        "minimum": {"n": masked.minimum.n, "k": masked.minimum.k},
        "structure": {
            "strata": {k: list(v) for k, v in s.strata.items()},
            "pools": {k: list(v) for k, v in s.pools.items()},
            "regions": {k: list(v) for k, v in s.regions.items()},
            "nested": [list(p) for p in s.nested],
            "families": [list(f) for f in s.families],
            "open": [list(o) for o in s.open],
            "home": s.home,
        },
        "columns": list(COLUMNS),
        "rows": [list(row) for row in frame.select(COLUMNS).iter_rows()],
    }


def read_published(path: Path) -> Published:
    """The cells of a built page (.html) or an exported table (.csv, .xlsx, .parquet, .json).

    Raises InputError when the file holds no cells in a form this program knows.
    """
    if path.suffix.lower() in (".html", ".htm"):
        return read_page(page_text(path), path.name)
    try:
        return _read_table(path)
    except (*_UNREADABLE, pl.exceptions.PolarsError) as error:
        raise InputError("disclosure.no_cells", file=path.name) from error


def page_text(path: Path) -> str:
    """A page as text. Raises InputError when it is no file that can be read, or larger than any page is."""
    try:
        if path.stat().st_size <= _LARGEST_PAGE:
            return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError("disclosure.no_cells", file=path.name) from error
    raise InputError("disclosure.no_cells", file=path.name)


def page_data(html: str) -> Mapping[str, Json]:
    """The JSON of a page's data block; {} when it has none."""
    found = _DATA.search(html)
    if found is None:
        return {}
    data = _loaded(found.group(1))
    if not isinstance(data, dict):
        return {}
    found_parts = [part for key in PACKED if isinstance(part := data.pop(key, None), str)]
    for part in found_parts:
        data |= _unpacked(part)
    return data


def _unpacked(packed: str) -> dict[str, Json]:
    """The page's larger parts (charts, effects, cells): base64 of gzipped JSON. Raises ValueError when it is not."""
    try:
        raw = zlib.decompressobj(wbits=31).decompress(base64.b64decode(packed, validate=True), _LARGEST + 1)
    except (binascii.Error, zlib.error) as error:
        raise ValueError("the page's data cannot be unpacked") from error
    if len(raw) > _LARGEST:
        raise ValueError("the page's data is larger than any page's")
    made = _loaded(raw.decode("utf-8"))
    return {k: _by_row(v) for k, v in made.items()} if isinstance(made, dict) else {}


def _loaded(text: str) -> Json:
    """JSON, unless it would take more memory than any page does."""
    if text.count("[") + text.count("{") > _MOST_PARTS:
        raise ValueError("the page's data has more parts than any page's")
    made: Json = json.loads(text)
    return made


def _by_row(table: Json) -> Json:
    """A table that travelled column by column (that packs better) as rows again; anything else unchanged."""
    if not isinstance(table, dict) or "by_column" not in table:
        return table
    columns = table["by_column"]
    if not isinstance(columns, list):
        raise ValueError("columns are not a list")
    rest = {k: v for k, v in table.items() if k != "by_column"}
    return rest | {
        "rows": [list(row) for row in zip(*(c for c in columns if isinstance(c, list)), strict=True)]
    }


def read_page(html: str, name: str = "") -> Published:
    """The cells a built page carries. Raises InputError when it carries none (built by something else, or internal)."""
    try:
        data = page_data(html)
        return from_block(data["cells"], data)
    except (*_UNREADABLE, pl.exceptions.PolarsError) as error:
        raise InputError("disclosure.no_cells", file=name) from error


def from_block(cells: Json, data: Mapping[str, Json] | None = None) -> Published:
    """A block as values. Raises KeyError, TypeError or ValueError when it is not a block."""
    if not isinstance(cells, dict) or cells["version"] != VERSION:
        raise ValueError("not a block of cells of this version")
    rule, tied = cells["minimum"], cells["structure"]
    rows, columns = cells["rows"], cells["columns"]
    if not (
        isinstance(rule, dict)
        and isinstance(tied, dict)
        and isinstance(rows, list)
        and columns == list(COLUMNS)
    ):
        raise TypeError("a block of cells with other parts than expected")
    schema = {c: CUBE_SCHEMA[c] for c in COLUMNS}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.when(pl.col("n_low") == pl.col("n_high")).then("n_low").alias("n"),
        pl.when(pl.col("k_low") == pl.col("k_high")).then("k_low").alias("k"),
    )
    return Published(
        as_cube(frame).frame, _structure(tied), Minimum(_whole(rule["n"]), _whole(rule["k"])), data or {}
    )


def _structure(tied: Mapping[str, Json]) -> Structure:
    return Structure(
        strata=_lists(tied["strata"]),
        pools=_lists(tied["pools"]),
        regions=_lists(tied["regions"]),
        nested=tuple((a, b) for a, b in (_strings(p) for p in _items(tied["nested"]))),
        families=tuple(_strings(f) for f in _items(tied["families"])),
        open=tuple(
            (_whole(year), str(code), str(axis))
            for year, code, axis in (_items(o) for o in _items(tied["open"]))
        ),
        home=str(tied["home"]),
    )


def _items(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError("a list expected")
    return value


def _strings(value: Json) -> tuple[str, ...]:
    return tuple(str(v) for v in _items(value))


def _lists(value: Json) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise TypeError("an object expected")
    return {k: _strings(v) for k, v in value.items()}


def _whole(value: Json) -> int:
    if not isinstance(value, int):
        raise TypeError("a whole number expected")
    return value


def _read_table(path: Path) -> Published:
    """Cells of an exported table, told by its columns: those of `import`, or of `effects`."""
    frame = _text_frame(path)
    if {*CELL, "n", "status"} <= set(frame.columns):
        cells = _from_import(frame)
    elif {"indicator", "district", "grade", "after_year", "n_after", "share_after"} <= set(frame.columns):
        cells = _from_effects(frame)
    else:
        raise InputError("disclosure.no_cells", file=path.name)
    return Published(as_cube(cells).frame, Structure(), Minimum(), {})


def _text_frame(path: Path) -> pl.DataFrame:
    """The first sheet as text, header first; of a JSON file the effects."""
    if path.suffix.lower() == ".json":
        held = _loaded(page_text(path))
        rows = held.get("effects") if isinstance(held, dict) else None
        told = [
            {k: None if v is None else str(v) for k, v in r.items()}
            for r in _items(rows)
            if isinstance(r, dict)
        ]
        return pl.DataFrame(told, infer_schema_length=None)
    if path.suffix.lower() == ".csv":
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        return pl.read_csv(io.StringIO(text), infer_schema=False) if text.strip() else pl.DataFrame()
    from lhu_effect.survey.grids import read_grids

    grid = read_grids(path).grids[0]
    head, *rest = [[cell.value if cell else None for cell in row] for row in grid.rows] or [[]]
    names = [str(h) for h in head]
    body = [[None if v is None else str(v) for v in row[: len(names)]] for row in rest]
    return pl.DataFrame(body, schema=dict.fromkeys(names, pl.String), orient="row")


def _from_import(frame: pl.DataFrame) -> pl.DataFrame:
    numbers = [c for c in ("year", "n", "n_low", "n_high", "k", "k_low", "k_high") if c in frame.columns]
    made = frame.with_columns(pl.col(c).cast(pl.Float64, strict=False).cast(pl.Int64) for c in numbers)
    whole = pl.col("school").is_null() if "school" in frame.columns else pl.lit(True)
    kept = [c for c in (*CELL, "status", "percent", *numbers) if c in frame.columns]
    return made.filter(whole).select(*dict.fromkeys(kept)).with_columns(_percent(frame.columns))


def _percent(columns: Sequence[str]) -> pl.Expr:
    number = (
        pl.col("percent").cast(pl.Float64, strict=False)
        if "percent" in columns
        else pl.lit(None, dtype=pl.Float64)
    )
    return number.alias("percent")


def _from_effects(frame: pl.DataFrame) -> pl.DataFrame:
    """The levels in an effects table: n and share of each row's after wave and last before wave.

    Where a row is flagged `rounded` its share is the middle of what a rounded per cent allows: k within half a
    point either way.
    """
    rows = frame.filter(~pl.col("indicator").str.starts_with("theme:"))
    before_year = pl.col("before_years").str.split(" ").list.last()
    flags = pl.col("flags").fill_null("") if "flags" in frame.columns else pl.lit("")
    ends = [
        rows.select(
            *("municipality", "district", "grade", "sex", "indicator"),
            year.cast(pl.Int64, strict=False).alias("year"),
            pl.col(f"n_{end}").cast(pl.Float64, strict=False).cast(pl.Int64).alias("n"),
            pl.col(f"share_{end}").cast(pl.Float64, strict=False).alias("share"),
            pl.when(flags.str.contains("rounded")).then(0.005).otherwise(0.0).alias("half"),
        )
        for end, year in (("after", pl.col("after_year")), ("before", before_year))
    ]
    both = pl.concat(ends).filter(pl.col("year").is_not_null())
    known = pl.col("n").is_not_null() & pl.col("share").is_not_null()
    both = both.sort(~known, maintain_order=True).unique(CELL, keep="first", maintain_order=True)
    k = pl.col("share") * pl.col("n")
    low, high = ((k + sign * pl.col("half") * pl.col("n")) for sign in (-1, 1))
    exact = pl.col("half") == 0
    return both.select(
        *CELL,
        "n",
        pl.when(exact).then(k.round()).cast(pl.Int64).alias("k"),
        pl.when(exact).then(k.round()).otherwise(low.ceil().clip(0)).cast(pl.Int64).alias("k_low"),
        pl.when(exact)
        .then(k.round())
        .otherwise(pl.min_horizontal(high.floor(), "n"))
        .cast(pl.Int64)
        .alias("k_high"),
        pl.when(known).then(pl.lit("observed")).otherwise(pl.lit("masked")).alias("status"),
    )
