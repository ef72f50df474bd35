"""Rows of values to the bytes of an .xlsx workbook: the same rows give the same bytes, on any day and machine.

Texts stay texts (never formulas), there is no author, no clock and no hidden sheet. What the rows mean is the
callers' business.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree.ElementTree import canonicalize

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | bool | None
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Choice:
    """A drop-down: cells of `area` ("E2:E500") take one of the values in `source` (another sheet's range, or a list)."""

    area: str
    source: str
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Cells of `area` take a number within low..high."""

    area: str
    low: float
    high: float
    whole: bool
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. rows: values from A1. header: numbers of the rows (from 1) set in bold. merges: "E5:F5".

    formats: number format per column letter, for numbers. widths: per column letter. freeze: first cell that scrolls.
    """

    name: str
    rows: Sequence[Sequence[Value]]
    header: Sequence[int] = ()
    merges: Sequence[str] = ()
    formats: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, float] = field(default_factory=dict)
    freeze: str = ""
    filter: str = ""
    checks: Sequence[Choice | Bounds] = ()


def neutral(text: str) -> str:
    """`text` as it may stand in a CSV that a spreadsheet opens: a leading = + - @ tab or line break is made plain.

    >>> neutral("=1+1")
    "'=1+1"
    """
    return f"'{text}" if text.startswith(_FORMULA_START) else text


def printable(text: str) -> str:
    """`text` without control and direction characters, which no cell may hold."""
    return _UNPRINTABLE.sub("", text)


def workbook_bytes(sheets: Sequence[Sheet], *, title: str = "") -> bytes:
    """The sheets as one workbook."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        _fill(book.create_sheet(sheet.name[:31]), sheet)
    raw = io.BytesIO()
    book.save(raw)
    return _settled(raw.getvalue(), title)


def _fill(page: Worksheet, sheet: Sheet) -> None:
    from openpyxl.styles import Font

    bold, formats = Font(bold=True), dict(sheet.formats)
    for y, row in enumerate(sheet.rows, start=1):
        for x, value in enumerate(row, start=1):
            if value is None:
                continue
            cell = page.cell(y, x)
            if isinstance(value, str):
                cell.value, cell.data_type = printable(value), "s"
                if value.startswith(_FORMULA_START):
                    cell.quotePrefix = True
            else:
                cell.value = value
                if cell.column_letter in formats:
                    cell.number_format = formats[cell.column_letter]
            if y in sheet.header:
                cell.font = bold
    for area in sheet.merges:
        page.merge_cells(area)
    for letter, width in sheet.widths.items():
        page.column_dimensions[letter].width = width
    if sheet.freeze:
        page.freeze_panes = sheet.freeze
    if sheet.filter:
        page.auto_filter.ref = sheet.filter
    for check in sheet.checks:
        page.add_data_validation(_validation(check))


def _validation(check: Choice | Bounds) -> object:
    from openpyxl.worksheet.datavalidation import DataValidation

    if isinstance(check, Choice):
        made = DataValidation(type="list", formula1=check.source, allow_blank=True, showErrorMessage=True)
    else:
        kind = "whole" if check.whole else "decimal"
        low, high = str(check.low), str(check.high)
        made = DataValidation(type=kind, operator="between", formula1=low, formula2=high, allow_blank=True)
        made.showErrorMessage = True
    made.prompt, made.showInputMessage = check.prompt or None, bool(check.prompt)
    made.add(check.area)
    return made


def _settled(raw: bytes, title: str) -> bytes:
    """The same parts in fixed order with fixed times; who and when replaced by what.

    openpyxl writes with lxml where that is installed, else with the standard library, each in its own spelling of
    the same XML: canonical XML (C14N 2.0) is one.
    """
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        contents = {name: canonicalize(parts.read(name).decode()).encode() for name in parts.namelist()}
    contents["docProps/core.xml"] = _CORE.format(title=_xml(title)).encode()
    contents["docProps/app.xml"] = _APP
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as parts:
        for name in sorted(contents, key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, FIRST_DAY)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 0
            parts.writestr(info, contents[name])
    return out.getvalue()


def _xml(text: str) -> str:
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_CORE = (
    '<?xml version="1.0" encoding="UTF-8"?><cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/'
    'metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></cp:coreProperties>'
)
_APP = (
    b'<?xml version="1.0" encoding="UTF-8"?><Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'extended-properties"><Application>lhu_effect</Application></Properties>'
)
