"""Run as its own process: one binary file into an Arrow file, under a memory limit.

`python load_child.py KIND PATH OUT LIMIT_MB` with {"wanted", "heading", "table_rows"} (see `limited.load`)
as JSON on standard input. Some readers end the whole process on a hostile file; here that ends this process
only. Writes the wanted columns to OUT and prints what the file says of itself as one line of JSON:
{"names", "sheet", "labels", "missing", "missing_texts"}. Exit 3: the file cannot be read. Imports nothing
of this package, so that it starts at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

UNREADABLE = 3


@dataclass(frozen=True)
class Heading:
    """The heading row of a workbook's records: sheet, rows up to and including it, column names."""

    sheet: str
    row: int
    names: list[str]


def main(arguments: Sequence[str], asked: Mapping[str, Any]) -> int:
    """Read, write, tell."""
    kind, path, out, limit = arguments
    _limit_memory(int(limit))
    wanted = set(asked["wanted"])
    try:
        if kind == "xlsx":
            told = _xlsx(path, out, wanted, Heading(**asked["heading"]))
        elif kind == "parquet":
            told = _parquet(path, out, wanted, asked["table_rows"])
        else:
            told = _statistics(kind, path, out, wanted)
    except BaseException as error:  # noqa: BLE001 - readers raise their own, Rust's panics are no Exception
        sys.stderr.write(type(error).__name__)
        return UNREADABLE
    sys.stdout.write(json.dumps(told))
    return 0


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit: the scan before and the time limit remain
        return
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000, megabytes * 1_000_000))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _xlsx(path: str, out: str, wanted: set[str], heading: Heading) -> dict[str, Any]:
    import fastexcel

    places = [i for i, name in enumerate(heading.names) if name in wanted]
    if places:
        read = fastexcel.read_excel(path).load_sheet(
            heading.sheet, header_row=None, skip_rows=heading.row, use_columns=places, schema_sample_rows=None
        )
        frame = read.to_polars()
        frame.columns = [heading.names[i] for i in places]
        frame.write_ipc(out)
    return {"names": heading.names, "sheet": heading.sheet}


def _statistics(kind: str, path: str, out: str, wanted: set[str]) -> dict[str, Any]:
    import pyreadstat

    read = pyreadstat.read_sav if kind == "sav" else pyreadstat.read_dta
    told, more = _metadata(read, path)
    names = list(told.column_names)
    present = [n for n in names if n in wanted]
    if present:
        columns, told = read(
            path,
            usecols=present,
            user_missing=True,
            disable_datetime_conversion=True,
            output_format="dict",
            **more,
        )
        _table(columns, told.missing_user_values).write_ipc(out)
    labels = {
        c: [[k, v] for k, v in told.variable_value_labels[c].items()]
        for c in present
        if c in told.variable_value_labels
    }
    ranges = {c: [[r["lo"], r["hi"]] for r in told.missing_ranges.get(c, ())] for c in present}
    texts = {c: [str(v) for v in told.missing_user_values.get(c, ())] for c in present}
    return {
        "names": names,
        "sheet": "",
        "row": 0,
        "labels": labels,
        "missing": ranges,
        "missing_texts": texts,
    }


def _metadata(read: Any, path: str) -> tuple[Any, dict[str, str]]:
    """The file's own description; files that lie about their encoding are tried as Windows-1252."""
    for more in ({}, {"encoding": "WINDOWS-1252"}):
        try:
            read(path, user_missing=True, row_limit=200, output_format="dict", **more)
            return read(path, metadataonly=True, user_missing=True, **more)[1], more
        except Exception as error:  # noqa: BLE001 - pyreadstat has several kinds for one cause
            last = error
    raise last


def _table(columns: dict[str, Any], missing: Mapping[str, Sequence[Any]]) -> Any:
    """The columns as a frame; a column's list is dropped as soon as it is turned."""
    import polars as pl

    made = []
    for name in list(columns):
        made.append(_series(name, columns.pop(name), set(missing.get(name, ()))))
    return pl.DataFrame(made)


def _series(name: str, values: Any, letters: set[Any]) -> Any:
    """Numbers or texts; Stata's .a to .z (`letters`) among numbers are no answers."""
    import polars as pl

    for dtype in (pl.Float64, pl.String):
        try:
            series = pl.Series(name, values, dtype=dtype)
        except (TypeError, pl.exceptions.PolarsError):
            continue
        return series.fill_nan(None) if dtype == pl.Float64 else series
    bare = [None if v is None or v != v or v in letters else v for v in values]
    if all(isinstance(v, int | float | None) for v in bare):
        return pl.Series(name, bare, dtype=pl.Float64, strict=False)
    return pl.Series(name, [None if v is None else str(v) for v in bare], dtype=pl.String)


def _parquet(path: str, out: str, wanted: set[str], table_rows: int | None) -> dict[str, Any]:
    """Records may be larger than memory: their wanted values are only decoded, so that a broken file breaks here."""
    import polars as pl

    lazy = pl.scan_parquet(path)
    schema = lazy.collect_schema()
    plain = [n for n, t in schema.items() if not t.is_nested() and t not in (pl.Binary, pl.Object)]
    if table_rows is not None:
        lazy.select(plain).head(table_rows + 1).collect().write_ipc(out)
    elif present := [n for n in plain if n in wanted]:
        lazy.select(pl.col(present).hash().max()).collect(engine="streaming")
    return {"names": schema.names(), "sheet": ""}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], json.loads(sys.stdin.read())))
