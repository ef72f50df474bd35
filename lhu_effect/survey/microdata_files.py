"""A file of pupils' records (.sav, .dta, .parquet, .csv, flat .xlsx) into a Cube.

Finds the file's columns, reads only those the codebook needs, and hands them to `microdata.count`.
Binary formats are opened by a child process with limits on memory and time (`limited`): a hostile file
ends the child, never the program. What came in and what was used is counted per column.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from lhu_effect.errors import InputError
from lhu_effect.study.model import Study
from lhu_effect.survey import codes
from lhu_effect.survey.labels import Labels
from lhu_effect.survey.limited import load
from lhu_effect.survey.load_child import Heading
from lhu_effect.survey.microdata import CountedRecords, Meaning, count
from lhu_effect.survey.preflight import FLAT, MB, Kind, file_kind, open_package
from lhu_effect.survey.text_grid import decode, sniff_delimiter
from lhu_effect.survey.workbook import first_rows

_TEXT_BYTES = 2_000 * MB
_PREVIEW = 50
_FAR = re.compile(rb"""r=["']((?:[A-Za-z]{3,}|[Ss][G-Zg-z]|[T-Zt-z][A-Za-z])[0-9]+)["']""")


@dataclass(frozen=True, slots=True)
class ColumnFate:
    """Where one column of the file went. values: its non-empty values, None when they were not looked at."""

    name: str
    used: bool
    values: int | None
    why: str = ""


@dataclass(frozen=True, eq=False)
class ReadRecords:
    """A counted file. fates: every column of the file, in its order; sheet: of a workbook, else ""."""

    counted: CountedRecords
    fates: tuple[ColumnFate, ...]
    kind: Kind
    sheet: str = ""


@dataclass(frozen=True, eq=False)
class Records:
    """The wanted columns of a file as read, and what the file says of them."""

    frame: pl.DataFrame | pl.LazyFrame
    names: tuple[str, ...]
    sheet: str = ""
    meanings: Mapping[str, Meaning] = field(default_factory=dict)


def read_microdata(
    path: Path, study: Study, *, labels: Labels | None = None, name: str | None = None
) -> ReadRecords:
    """Count the records in `path` with the study's codebook.

    Raises InputError for an unreadable or hostile file and for all that `count_records` refuses;
    UsageError when the reader for .sav, .dta or .xlsx is not installed.
    """
    name = name or path.name
    kind = file_kind(path, name)
    records = load_records(path, kind, wanted_columns(study), name)
    counted = count(records.frame, study, meanings=records.meanings, labels=labels, file=name)
    return ReadRecords(counted, _fates(records, counted.used), kind, records.sheet)


def looks_like_records(path: Path, study: Study, name: str | None = None) -> bool:
    """Whether `path` holds pupils' records of the study: its heading row names a variable of the codebook.

    .sav and .dta always do. Raises InputError for a file that cannot be read at all.
    """
    name = name or path.name
    kind = file_kind(path, name)
    if kind in ("sav", "dta"):
        return True
    if not study.codebook:
        return False
    variables = {v for e in study.codebook for v in codes.variables(codes.definition(e))}
    return bool(variables & set(_headings(path, kind, name, variables)))


def wanted_columns(study: Study) -> tuple[str, ...]:
    """Every column the study's codebook speaks of."""
    keys = [c for c in study.codebook_keys.values() if c]
    named = [v for e in study.codebook for v in codes.variables(codes.definition(e))]
    return tuple(dict.fromkeys([*keys, *named]))


def load_records(path: Path, kind: Kind, wanted: Sequence[str], name: str) -> Records:
    """The columns `wanted` (those that exist) of a file of `kind`."""
    if kind == "text":
        return _text(path, wanted, name)
    if kind == "xlsx":
        _scan_flat(path, name)
    return _by_child(path, kind, wanted, name)


def _headings(path: Path, kind: Kind, name: str, variables: set[str]) -> Sequence[str]:
    if kind == "parquet":
        return _by_child(path, kind, (), name).names
    if kind == "text":
        text, _ = decode(_head(path), name)
        return _heading_line(text, variables)[1]
    return _best_heading(first_rows(path, _PREVIEW, name=name), variables).names


def _best_heading(sheets: Mapping[str, Sequence[Sequence[str]]], wanted: set[str]) -> Heading:
    """The first row that has most of the wanted names, of all sheets."""
    best, found = -1, Heading("", 1, [])
    for sheet, rows in sheets.items():
        for number, names in enumerate(rows, 1):
            hits = len(wanted & set(names))
            if hits > best:
                best, found = hits, Heading(sheet, number, list(names))
    return found


def _text(path: Path, wanted: Sequence[str], name: str) -> Records:
    if (size := path.stat().st_size) > _TEXT_BYTES:
        raise InputError("files.too_big", file=name, found=size // MB, limit=_TEXT_BYTES // MB)
    raw = path.read_bytes()
    text, encoding = decode(raw, name)
    skip, names, delimiter = _heading_line(text[:200_000], set(wanted))
    body: bytes = raw if encoding in ("utf-8", "utf-8-sig") else text.encode()
    if len(set(names)) < len(names):
        _refuse_twins(names, wanted, name)
    present = [n for n in names if n in set(wanted)]
    try:
        frame = pl.read_csv(
            io.BytesIO(body),
            separator=delimiter,
            has_header=False,
            skip_lines=skip + 1,
            new_columns=[f"{n}\x00{i}" for i, n in enumerate(names)],
            infer_schema=False,
            columns=[i for i, n in enumerate(names) if n in set(wanted)] or [0],
        )
    except pl.exceptions.PolarsError as error:
        raise InputError("files.records_damaged", file=name) from error
    frame = frame.rename({c: c.rsplit("\x00", 1)[0] for c in frame.columns})
    return Records(frame.select(present), tuple(names))


def _heading_line(text: str, wanted: set[str]) -> tuple[int, list[str], str]:
    """(lines before the heading, column names, delimiter): the line with most wanted names."""
    import csv

    delimiter = sniff_delimiter(text)
    best: tuple[int, int, list[str]] = (-1, 0, [])
    for number, line in enumerate(text.splitlines()[:_PREVIEW]):
        names = [n.strip().lstrip("\ufeff") for n in next(csv.reader([line], delimiter=delimiter), [])]
        hits = len(wanted & set(names))
        if hits > best[0]:
            best = (hits, number, names)
    return best[1], best[2], delimiter


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        head = stream.read(200_000)
    return head[: head.rfind(b"\n") + 1] or head


def _refuse_twins(names: Sequence[str], wanted: Sequence[str], name: str) -> None:
    twins = [n for n in wanted if list(names).count(n) > 1]
    if twins:
        raise InputError("files.column_twice", file=name, column=twins[0])


def _scan_flat(path: Path, name: str) -> None:
    """Everything the table scan checks of the package, and no cell beyond the columns that records may have."""
    with open_package(path, name, FLAT) as package:
        for part in package.names:
            tail = b""
            sheet = part.startswith("xl/worksheets/")
            for chunk in package.chunks(part):
                if sheet and (cell := _far_cell(tail + chunk)):
                    raise InputError("files.far_cell", file=name, cell=cell, rows=FLAT.rows, cols=FLAT.cols)
                if not tail and b"<!DOCTYPE" in chunk[:2_000]:
                    raise InputError("files.doctype", file=name, part=part)
                tail = chunk[-40:]


def _far_cell(xml: bytes) -> str | None:
    """The first cell address beyond the columns that records may have (a literal start keeps the search fast)."""
    for match in _FAR.finditer(xml):
        if xml[max(match.start() - 1, 0) : match.start()].isspace():
            return match[1].decode()
    return None


def _by_child(path: Path, kind: Kind, wanted: Sequence[str], name: str) -> Records:
    heading = _best_heading(first_rows(path, _PREVIEW, name=name), set(wanted)) if kind == "xlsx" else None
    loaded = load(path, kind, name, wanted=wanted, heading=heading)
    _refuse_twins(loaded.names, wanted, name)
    frame = pl.scan_parquet(path) if kind == "parquet" else loaded.frame
    return Records(frame, loaded.names, loaded.told["sheet"], _meanings(loaded.told))


def _meanings(told: Mapping[str, Any]) -> dict[str, Meaning]:
    made = {}
    for column in {**told.get("labels", {}), **told.get("missing", {}), **told.get("missing_texts", {})}:
        ranges = told.get("missing", {}).get(column, [])
        numbers = tuple((float(a), float(b)) for a, b in ranges if not isinstance(a, str))
        texts = tuple(str(a) for a, _ in ranges if isinstance(a, str))
        labels = {k: str(v) for k, v in told.get("labels", {}).get(column, [])}
        made[column] = Meaning(labels, numbers, (*texts, *told.get("missing_texts", {}).get(column, ())))
    return made


def _fates(records: Records, used: Sequence[str]) -> tuple[ColumnFate, ...]:
    """Every column: used ones with their number of values, others as not in the codebook."""
    frame = records.frame
    present = [n for n in used if n in records.names]
    counts = (
        frame.lazy().select(pl.col(present).count()).collect(engine="streaming").row(0) if present else ()
    )
    values = dict(zip(present, counts, strict=True))
    return tuple(
        ColumnFate(n, n in values, values.get(n), "" if n in values else "not_in_codebook")
        for n in records.names
    )
