"""Workbooks and text files written out by hand, and the cells a right reading of them gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl

from lhu_effect.definitions import load_registry
from lhu_effect.study import Study, study_for
from lhu_effect.survey import Survey, read_survey

Row = Sequence[object]
Cells = dict[tuple[object, ...], tuple[object, ...]]


def home(municipality: str = "0486") -> Study:
    """A study of a municipality with the packaged register."""
    return study_for(municipality, load_registry())


def workbook(
    path: Path,
    sheets: Mapping[str, Sequence[Row]],
    merges: Sequence[str] = (),
    formats: Mapping[str, str] | None = None,
    hidden: Sequence[str] = (),
) -> Path:
    """A workbook; merges and formats apply to the last sheet."""
    book = openpyxl.Workbook()
    del book[book.active.title]
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        if title in hidden:
            sheet.sheet_state = "hidden"
    for merge in merges:
        sheet.merge_cells(merge)
    for cell, code in (formats or {}).items():
        sheet[cell].number_format = code
    book.save(path)
    return path


def csv(path: Path, rows: Sequence[Row], delimiter: str = ";", encoding: str = "utf-8-sig") -> Path:
    """A text file with decimal commas."""
    lines = [delimiter.join(_text(v) for v in row) for row in rows]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)


def read(*paths: Path, study: Study | None = None, strict: bool = True) -> Survey:
    """The survey of some files; every one of their cells accounted for, whatever the test is about."""
    survey = read_survey(study or home(), list(paths), strict=strict)
    account(survey, list(paths))
    return survey


def account(survey: Survey, paths: Sequence[Path] = ()) -> None:
    """Every non-empty cell is used, rejected or ignored: per sheet, in total, and as counted in the files themselves."""
    sheets = [s for f in survey.report["files"] for s in f["sheets"]]
    for s in sheets:
        ignored = sum(i["count"] for i in s["cells_ignored"])
        assert s["cells_in"] == s["cells_used"] + len(s["cells_rejected"]) + ignored, s["sheet"]
    totals = survey.report["totals"]
    assert totals["cells_in"] == sum(s["cells_in"] for s in sheets)
    assert totals["cells_in"] == sum(totals[f"cells_{x}"] for x in ("used", "rejected", "ignored"))
    named = {f["file"]: f for f in survey.report["files"]}
    for path in paths:
        if path.suffix != ".xlsx" or named.get(path.name, {}).get("layout", "microdata") == "microdata":
            continue
        if path.stat().st_size > 1_000_000:
            continue  # counted by openpyxl only where that takes no time
        book = openpyxl.load_workbook(path)
        there = {
            w.title: sum(
                c.value is not None and bool(str(c.value).strip()) for row in w.iter_rows() for c in row
            )
            for w in book
        }
        read_there = {s["sheet"]: s["cells_in"] for s in named[path.name]["sheets"]}
        assert read_there == {t: n for t, n in there.items() if t in read_there}, path.name


def cells(survey: Survey, *columns: str) -> Cells:
    """(year, municipality, district, grade, sex, indicator) -> the named columns."""
    key = ("year", "municipality", "district", "grade", "sex", "indicator")
    rows = survey.cube.frame.select(*key, *columns).rows()
    return {row[: len(key)]: row[len(key) :] for row in rows}


def rules(survey: Survey) -> list[str]:
    """Rules of what was odd, in the order found."""
    return [i.rule.removeprefix("survey.") for i in survey.found]
