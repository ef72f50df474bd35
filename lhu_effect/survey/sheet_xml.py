"""One worksheet's XML, streamed once, into rows of cells.

The same pass that turns XML into cells enforces the limits (far cells, too many cells, over-long text,
document type declarations), so nothing can be read that was not checked; `<dimension>` is never looked
at. Number formats come in from `styles`; strings from the workbook's shared table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from xml.parsers import expat

from lhu_effect.errors import InputError
from lhu_effect.survey.grid import Cell, Merge, Value, address
from lhu_effect.survey.preflight import Limits

_NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_WANTED = ("row", "c", "v", "f", "t", "is", "rPh", "mergeCell", "col", "sheetFormatPr", "si")
LOCAL = {f"{ns} {name}": name for ns in _NAMESPACES for name in _WANTED} | {n: n for n in _WANTED}
_BITE = 1 << 14
_REF = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ERRORS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!", "#BUSY!"}
)


@dataclass(frozen=True, slots=True)
class Format:
    """A cell style's number format: Excel's code, and whether it shows a date or time."""

    code: str = "General"
    is_date: bool = False


@dataclass(slots=True)
class SheetCells:
    """What a worksheet holds. uncalculated: addresses of formulas without a cached value."""

    rows: list[list[Cell | None]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_cols: list[tuple[int, int]] = field(default_factory=list)
    formulas: int = 0
    uncalculated: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Budget:
    """What is left for the rest of the workbook."""

    cells: int
    slots: int
    merged_rows: int


def budget_of(limits: Limits) -> Budget:
    """A whole workbook's budget."""
    return Budget(limits.cells, limits.slots, limits.merged_rows)


def position(ref: str) -> tuple[int, int] | None:
    """(row, column) of an address such as "D14", or None when it is no address."""
    match = _REF.fullmatch(ref)
    if not match:
        return None
    col = 0
    for letter in match[1].upper():
        col = col * 26 + ord(letter) - 64
    return int(match[2]), col


def unescape(text: str) -> str:
    """Excel's `_x000D_` for signs XML cannot carry."""
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


def feed(parser: expat.XMLParserType, chunks: Iterable[bytes], name: str, part: str) -> None:
    """Run `chunks` through `parser`; any document type declaration or broken XML is an InputError."""

    def refuse(*_: object) -> None:
        raise InputError("files.doctype", file=name, part=part)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise InputError("files.damaged", file=name, part=part) from error


class _Enough(Exception):  # noqa: N818 - not an error: the reader has seen what it was asked for
    """Enough rows were seen."""


class SheetReader:
    """Collects the cells of one worksheet from the parser's events."""

    def __init__(
        self,
        file: str,
        sheet: str,
        strings: Sequence[str],
        formats: Sequence[Format],
        *,
        limits: Limits,
        budget: Budget,
        sheet_hidden: bool = False,
        epoch_1904: bool = False,
    ) -> None:
        self.found = SheetCells()
        self._file, self._sheet = file, sheet
        self._strings, self._formats = strings, formats
        self._limits, self._budget = limits, budget
        self._hidden = sheet_hidden
        self._epoch_1904 = epoch_1904
        self._row, self._col = 0, 0
        self._row_hidden = False
        self._rows_hidden_by_default = False
        self._type, self._style, self._position = "n", 0, (0, 0)
        self._has_formula, self._has_value = False, False
        self._take: list[str] | None = None
        self._taken = 0
        self._value: list[str] = []
        self._formula: list[str] = []
        self._in_phonetic = False
        self._silent = 0
        self._kept: dict[tuple[object, ...], Cell] = {}

    def read(self, chunks: Iterable[bytes], part: str) -> SheetCells:
        """All cells of the sheet. Raises InputError at the first thing that is not allowed."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        feed(parser, self._watched(chunks), self._file, part)
        self._hide_columns()
        return self.found

    def peek(self, chunks: Iterable[bytes], part: str, rows: int) -> SheetCells:
        """The cells found until at least `rows` rows are there; the rest is not read."""

        def some() -> Iterable[bytes]:
            for chunk in chunks:
                for at in range(0, len(chunk), _BITE):
                    yield chunk[at : at + _BITE]
                    if len(self.found.rows) > rows:
                        raise _Enough

        try:
            return self.read(some(), part)
        except _Enough:
            return self.found

    def _watched(self, chunks: Iterable[bytes]) -> Iterable[bytes]:
        """Stop a single tag or comment that goes on for megabytes before it fills the memory."""
        for chunk in chunks:
            self._silent += len(chunk)
            if self._silent > self._limits.silent_bytes:
                raise InputError("files.endless_tag", file=self._file, sheet=self._sheet)
            yield chunk

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        self._silent = 0
        name = LOCAL.get(full)
        if name == "c":
            self._start_cell(attributes)
        elif name == "v":
            self._take, self._has_value = self._value, True
        elif name == "t":
            if not self._in_phonetic:
                self._take, self._has_value = self._value, True
        elif name == "f":
            self._has_formula = True
            self._take = self._formula
        elif name == "row":
            self._start_row(attributes)
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif name == "rPh":
            self._in_phonetic = True
        elif name == "col":
            if attributes.get("hidden") in ("1", "true"):
                first, last = _whole(attributes.get("min", "")), _whole(attributes.get("max", ""))
                self.found.hidden_cols.append((first, min(last, self._limits.cols)))
        elif name == "sheetFormatPr":
            self._rows_hidden_by_default = attributes.get("zeroHeight") in ("1", "true")

    def _end(self, full: str) -> None:
        self._silent = 0
        name = LOCAL.get(full)
        if name == "c":
            self._end_cell()
        elif name in ("v", "t", "f"):
            self._take = None
        elif name == "rPh":
            self._in_phonetic = False

    def _text(self, data: str) -> None:
        self._silent = 0
        if self._take is not None:
            self._taken += len(data)
            if self._taken > self._limits.text_chars:
                raise self._error("long_text", limit=self._limits.text_chars)
            self._take.append(data)

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row = _whole(attributes["r"]) if "r" in attributes else self._row + 1
        self._col = 0
        hidden = attributes.get("hidden")
        self._row_hidden = hidden in ("1", "true") or (self._rows_hidden_by_default and hidden is None)
        if self._row_hidden and self._row <= self._limits.rows:
            self.found.hidden_rows.add(self._row)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        ref = attributes.get("r")
        if ref is None:
            here = (self._row, self._col + 1)
        else:
            found = position(ref)
            if found is None:
                raise InputError("files.bad_address", file=self._file, sheet=self._sheet, found=ref[:20])
            here = found
        self._position = here
        self._row, self._col = here
        self._type = attributes.get("t", "n")
        style = attributes.get("s", "0")
        self._style = int(style) if style.isdigit() else 0
        self._has_formula = self._has_value = False
        self._taken = 0
        self._value.clear()
        self._formula.clear()

    def _end_cell(self) -> None:
        self._take = None
        raw = "".join(self._value)
        if self._has_formula:
            self.found.formulas += 1
            if not raw and not (self._has_value and self._type == "str"):
                self.found.uncalculated.append(address(*self._position))
                self._keep(None, "=" + "".join(self._formula)[:200], Format(), error=True)
                return
        if not raw:
            return
        style = self._formats[self._style] if self._style < len(self._formats) else Format()
        value, text, error = self._typed(raw, style)
        if text and not text.isspace():
            self._keep(value, text, style, error=error)

    def _typed(self, raw: str, style: Format) -> tuple[Value, str, bool]:
        """(value, text as received, is it an error) of a cell's raw content."""
        kind = self._type
        if kind == "s":
            text = self._shared(raw)
            return text, text, False
        if kind in ("str", "inlineStr"):
            text = unescape(raw)
            return text, text, False
        if kind == "b":
            return raw.strip() == "1", "TRUE" if raw.strip() == "1" else "FALSE", False
        if kind == "e" or raw in _ERRORS:
            return None, raw, True
        if kind == "d":
            return raw, raw, False
        return self._number(raw.strip(), style)

    def _number(self, raw: str, style: Format) -> tuple[Value, str, bool]:
        try:
            number = int(raw) if raw.lstrip("-").isdecimal() and len(raw) < 19 else float(raw)
        except ValueError:
            return None, raw, True
        if number != number or number in (float("inf"), float("-inf")):
            return None, raw, True
        if style.is_date:
            seen = _date(number, self._epoch_1904)
            if seen is not None:
                return seen, seen.isoformat(sep=" ") if isinstance(seen, datetime) else str(seen), False
        return number, format(number, ".15g") if isinstance(number, float) else str(number), False

    def _shared(self, raw: str) -> str:
        index = int(raw) if raw.strip().isdecimal() and len(raw) < 10 else -1
        if not 0 <= index < len(self._strings):
            raise self._error("lost_string")
        return self._strings[index]

    def _keep(self, value: Value, text: str, style: Format, *, error: bool) -> None:
        row, col = self._position
        if row > self._limits.rows or col > self._limits.cols or row < 1:
            raise self._error("far_cell", rows=self._limits.rows, cols=self._limits.cols)
        rows = self.found.rows
        while len(rows) < row:
            rows.append([])
        line = rows[row - 1]
        self._budget.cells -= 1
        self._budget.slots -= max(col - len(line), 0)
        if self._budget.cells < 0 or self._budget.slots < 0:
            raise InputError("files.too_many_cells", file=self._file, limit=self._limits.cells)
        if len(line) >= col and line[col - 1] is not None:
            raise self._error("cell_twice")
        line.extend([None] * (col - len(line)))
        made = Cell(
            value,
            text,
            style.code,
            hidden=self._hidden or self._row_hidden,
            formula=self._has_formula,
            error=error,
        )
        key = (type(value), text, style.code, made.hidden, made.formula, error)
        line[col - 1] = self._kept.setdefault(key, made) if len(self._kept) < 50_000 else made

    def _merge(self, ref: str) -> None:
        first, _, last = ref.partition(":")
        a, b = position(first), position(last or first)
        if a is None or b is None:
            raise InputError("files.bad_address", file=self._file, sheet=self._sheet, found=ref[:20])
        bottom, right = min(b[0], self._limits.rows), min(b[1], self._limits.cols)
        merge = Merge(a[0], a[1], bottom, right)
        self._budget.merged_rows -= max(bottom - a[0] + 1, 0)
        if self._budget.merged_rows < 0 or len(self.found.merges) > self._limits.rows:
            raise InputError("files.too_many_cells", file=self._file, limit=self._limits.cells)
        if bottom >= a[0] and right >= a[1] and (bottom, right) != a:
            self.found.merges.append(merge)

    def _hide_columns(self) -> None:
        hidden = {c for first, last in self.found.hidden_cols for c in range(first, last + 1)}
        for line in self.found.rows:
            for col in hidden:
                if 0 < col <= len(line) and (cell := line[col - 1]) is not None and not cell.hidden:
                    line[col - 1] = Cell(
                        cell.value, cell.text, cell.number_format, True, cell.formula, cell.error
                    )

    def _error(self, rule: str, **facts: object) -> InputError:
        where = address(*self._position) if self._position[1] else None
        return InputError(f"files.{rule}", file=self._file, sheet=self._sheet, cell=where, **facts)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def _date(serial: float, epoch_1904: bool) -> date | datetime | time | timedelta | None:
    """Excel's day number as a date; None when it is none (the cell then keeps its number)."""
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

    try:
        seen = from_excel(serial, CALENDAR_MAC_1904 if epoch_1904 else CALENDAR_WINDOWS_1900)
    except (OverflowError, ValueError):
        return None
    if isinstance(seen, datetime) and seen.time() == time():
        return seen.date()
    made: date | datetime | time | timedelta | None = seen
    return made
