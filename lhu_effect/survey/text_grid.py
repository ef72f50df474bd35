"""A delimited text file into one grid: its encoding and delimiter found from the bytes, never assumed.

UTF-8 first and strictly, UTF-16 by its mark or its zero bytes, Windows-1252 only when UTF-8 is
impossible, and a refusal when that would give letters no Swedish word has. Every field stays text; what
a field means is for `cells`.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from lhu_effect.errors import InputError
from lhu_effect.survey.grid import Cell, Grid, Grids
from lhu_effect.survey.model import Issue

DELIMITERS = (";", "\t", "|", ",")
_FILE_BYTES = 20_000_000
_ROWS = 200_000
_COLS = 500
_CELLS = 2_000_000
_SAMPLE = 2_000
_SAMPLE_CHARS = 1_000_000
_QUOTED = re.compile(r'"[^"]*"')
_AS_TEXT = re.compile(r'="([^"]*)"')
_DOS_LETTERS = re.compile(  # å, ä, ö of old DOS and Macintosh files, read as Windows-1252
    r"[a-zA-Z][\u2020\u201e\u201d\u2026\u0160\u0161\u0152\u017d][a-z]|[\u0081\u008d\u008f\u0090\u009d]"
)
_TWICE = re.compile("Ã[¥¤¶…„–]|Â\u00a0|â€")


def read_text(path: Path, *, name: str | None = None) -> Grids:
    """The file at `path` as one grid (sheet "").

    facts: "encoding", "delimiter", "trailing_delimiter" ("yes"/"no"). Raises InputError when the
    encoding cannot be told, a quote is never closed, or the table is larger than a table can be.
    """
    name = name or path.name
    try:
        size = path.stat().st_size
        if size > _FILE_BYTES:
            found, limit = round(size / 1e6), _FILE_BYTES // 1_000_000
            raise InputError("files.too_big", file=name, found=found, limit=limit)
        raw = path.read_bytes()
    except OSError as error:
        raise InputError("files.unreadable", file=name, why=error.strerror or "?") from error
    text, encoding = decode(raw, name)
    told, text = _told_delimiter(text)
    delimiter = told or sniff_delimiter(text)
    rows, trailing = _rows(_records(text, delimiter, name), name)
    issues = [Issue("files.twice_encoded", "warning", name)] if _TWICE.search(text) else []
    facts = {
        "encoding": encoding,
        "delimiter": delimiter,
        "trailing_delimiter": "yes" if trailing else "no",
    }
    return Grids(name, "text", (Grid(name, "", rows),), tuple(issues), facts)


def decode(raw: bytes, name: str) -> tuple[str, str]:
    """(text, encoding) of the bytes of a text file."""
    encoding = _encoding(raw, name)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError("files.encoding", file=name, line=raw.count(b"\n", 0, error.start) + 1) from error
    if encoding == "cp1252" and (odd := _DOS_LETTERS.search(text)):
        raise InputError("files.encoding", file=name, line=text.count("\n", 0, odd.start()) + 1)
    text = text.rstrip("\x1a\x00")
    if "\x00" in text:
        raise InputError("files.not_text", file=name)
    return text, encoding


def _encoding(raw: bytes, name: str) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if raw.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return "utf-32"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = raw[:4096]
    if head[1::2].count(0) > len(head) * 0.3:
        return "utf-16-le"
    if head[0::2].count(0) > len(head) * 0.3:
        return "utf-16-be"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_mixture(raw, error.start, name)
        return "cp1252"
    return "utf-8"


def _refuse_mixture(raw: bytes, at: int, name: str) -> None:
    """A file that is UTF-8 in some places and something else in others is no file of either kind."""
    wide = len(re.findall(rb"\xc3[\xa4\xa5\xb6\x84\x85\x96]", raw))
    if wide:
        raise InputError("files.encoding", file=name, line=raw.count(b"\n", 0, at) + 1)


def _told_delimiter(text: str) -> tuple[str | None, str]:
    """Excel's own first line `sep=;`, taken off but its line kept so that rows keep their numbers."""
    match = re.match(r'"?sep=(.)"?(?=\r|\n)', text, re.IGNORECASE)
    return (match[1], text[match.end() :]) if match else (None, text)


def sniff_delimiter(text: str) -> str:
    """The delimiter of most records: the one whose most common count per line covers most lines.

    Delimiters inside quotes do not count. Decimal commas lose against a real delimiter because the
    heading has none; on a tie the order of DELIMITERS decides, so ";" goes before ",".
    """
    lines = [ln for ln in _QUOTED.sub("", text[:_SAMPLE_CHARS]).splitlines()[: _SAMPLE * 2] if ln.strip()][
        :_SAMPLE
    ]

    def cover(delimiter: str) -> int:
        counts = Counter(line.count(delimiter) for line in lines)
        counts.pop(0, None)
        return max(counts.values(), default=0)

    return max(DELIMITERS, key=cover)


def _records(text: str, delimiter: str, name: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line, row = 0, 0
    try:
        for record in reader:
            row += 1
            spans, line = reader.line_num - line, reader.line_num
            if spans > 1 and row > 0 and _open_at_end(text, line, record):
                raise InputError("files.open_quote", file=name, line=line - spans + 1)
            yield record
    except csv.Error as error:
        raise InputError("files.open_quote", file=name, line=line + 1) from error


def _open_at_end(text: str, line: int, record: list[str]) -> bool:
    """Whether the last field swallowed the rest of the file: a quote was opened and never closed."""
    last = record[-1] if record else ""
    return "\n" in last and text.rstrip("\r\n").endswith(last.rstrip("\r\n")) and line >= text.count("\n")


def _rows(records: Iterable[list[str]], name: str) -> tuple[tuple[tuple[Cell | None, ...], ...], bool]:
    """The rows, each trimmed after its last non-empty cell; and whether records end with a delimiter."""
    kept: dict[str, Cell] = {}
    rows: list[tuple[Cell | None, ...]] = []
    count, trailing = 0, False
    for number, record in enumerate(records, 1):
        if len(record) > 100 * _COLS:
            raise InputError("files.too_many_cells", file=name, limit=_CELLS)
        line: list[Cell | None] = [_cell(field, kept) for field in record]
        trailing = trailing or (len(record) > 1 and record[-1] == "")
        while line and line[-1] is None:
            line.pop()
        count += len(line)
        if number > _ROWS or len(line) > _COLS or count > _CELLS:
            raise InputError("files.too_many_cells", file=name, limit=_CELLS)
        rows.append(tuple(line))
    while rows and not rows[-1]:
        rows.pop()
    return tuple(rows), trailing


def _cell(field: str, kept: dict[str, Cell]) -> Cell | None:
    if not field or field.isspace():
        return None
    cell = kept.get(field)
    if cell is None:
        as_text = _AS_TEXT.fullmatch(field)
        cell = Cell(as_text[1] if as_text else field, field)
        kept[field] = cell
    return cell
