"""Run as its own process: one file of pupils' records into an Arrow file, under a memory limit.

`python -m lhu_effect.survey.load_child KIND PATH OUT LIMIT_MB` with the wanted column names as JSON on
standard input. Some readers end the whole process on a hostile file; here that ends this process only.
Writes the wanted columns to OUT and prints what the file says of itself as one line of JSON:
{"names", "sheet", "row", "labels", "missing", "missing_texts"}. Exit 3: the file cannot be read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

UNREADABLE = 3
_PREVIEW = 30


def main(arguments: Sequence[str], wanted: Sequence[str]) -> int:
    """Read, write, tell."""
    kind, path, out, limit = arguments
    _limit_memory(int(limit))
    read = {"xlsx": _xlsx, "sav": _statistics, "dta": _statistics, "parquet": _parquet}[kind]
    try:
        told = read(kind, path, out, wanted)
    except Exception as error:  # noqa: BLE001 - readers raise their own; the parent says one thing for all
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


def _xlsx(_kind: str, path: str, out: str, wanted: Sequence[str]) -> dict[str, Any]:
    """The heading is found without the reader, which goes through the whole sheet at every call."""
    import fastexcel

    from lhu_effect.survey.workbook import first_rows

    sheet, row, names = best_heading(first_rows(Path(path), _PREVIEW), set(wanted))
    told: dict[str, Any] = {"names": names, "sheet": sheet, "row": row}
    places = [i for i, name in enumerate(names) if name in set(wanted)]
    if places:
        read = fastexcel.read_excel(path).load_sheet(
            sheet, header_row=None, skip_rows=row, use_columns=places, schema_sample_rows=None
        )
        frame = read.to_polars()
        frame.columns = [names[i] for i in places]
        frame.write_ipc(out)
    return told


def best_heading(
    sheets: Mapping[str, Sequence[Sequence[str]]], wanted: set[str]
) -> tuple[str, int, list[str]]:
    """(sheet, rows to skip, column names): the first row that has most of the wanted names."""
    best: tuple[int, str, int, list[str]] = (-1, "", 1, [])
    for sheet, rows in sheets.items():
        for number, names in enumerate(rows, 1):
            hits = len(wanted & set(names))
            if hits > best[0]:
                best = (hits, sheet, number, list(names))
    return best[1:]


def _statistics(kind: str, path: str, out: str, wanted: Sequence[str]) -> dict[str, Any]:
    import pyreadstat

    read = pyreadstat.read_sav if kind == "sav" else pyreadstat.read_dta
    told, more = _metadata(read, path)
    names = list(told.column_names)
    present = [n for n in names if n in set(wanted)]
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


def _parquet(_kind: str, path: str, _out: str, wanted: Sequence[str]) -> dict[str, Any]:
    """Decodes every wanted value once, so that a broken file breaks here; the parent reads it itself."""
    import polars as pl

    names = pl.scan_parquet(path).collect_schema().names()
    present = [n for n in names if n in set(wanted)]
    if present:
        pl.scan_parquet(path).select(pl.col(present).hash().max()).collect(engine="streaming")
    return {"names": names, "sheet": "", "row": 0}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], json.loads(sys.stdin.read())))
