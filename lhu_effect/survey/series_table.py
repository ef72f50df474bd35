"""A plain table of another source into entries: which cell says what, of which measure, where and when.

Columns are known by their headings (series_words.toml), wherever they stand. Values stand in a column of their own,
under years or months side by side, or one column a measure. What a value means is left to the kinds.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from lhu_effect.definitions.sources import source_kinds
from lhu_effect.errors import InputError
from lhu_effect.i18n import Text
from lhu_effect.survey.cells import fold, parse, without_footnote, year_of
from lhu_effect.survey.grid import Cell, Grid, address
from lhu_effect.survey.series import Period, Task
from lhu_effect.survey.series_time import month_of, month_period, period_of, whole_year
from lhu_effect.survey.series_value import limited

LOOK = 40
"""Rows from the top among which the headings must stand."""
MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell with a value and what the table says about it. heading: of the value's own column, without unit.

    fields: axis -> text of the cell in the same row ("" when empty); unit: as written in heading or column.
    """

    cell: Cell
    row: int
    col: int
    period: Period
    heading: str
    unit: str
    fields: Mapping[str, str]

    @property
    def at(self) -> str:
        """The address of the value."""
        return address(self.row, self.col)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The header row and what each column is. times: column -> what its heading says of time (a year or a month)."""

    header: int
    axes: Mapping[int, str]
    values: tuple[int, ...]
    times: Mapping[int, int]


def entries(grid: Grid, task: Task) -> Iterator[Entry]:
    """The values of one sheet, row by row. Raises InputError for a table without headings or a row without time."""
    columns = _columns(grid, task.kind.id)
    if columns is None:
        raise InputError(
            "survey.source_no_heading", file=grid.file, sheet=grid.sheet or None, wanted=_wanted(task)
        )
    above: dict[int, str] = {}
    for row in range(columns.header + 1, grid.n_rows + 1):
        cells = [(c, cell) for c in columns.values if (cell := grid.cell(row, c)) is not None]
        if not any(cell.text.strip() for _, cell in cells):
            continue
        fields = _fields(grid, row, columns, above)
        for col, cell in cells:
            if not cell.text.strip():
                continue
            period = _period(grid, row, col, columns, fields)
            if period is None:
                if _is_note(grid, row, columns):
                    break
                raise _no_time(grid, row, columns)
            heading, unit = _heading(grid, columns, col)
            yield Entry(cell, row, col, period, heading, fields.get("unit") or unit, fields)


def _wanted(task: Task) -> str:
    """The headings a table of this kind needs, in its own words."""
    said = tomllib.loads((resources.files(__package__) / "series_words.toml").read_text(encoding="utf-8"))
    own = said.get(task.kind.id, {})
    words = [
        said["common"]["year"][0],
        own.get("measure", said["common"]["measure"])[0],
        said["common"]["value"][0],
    ]
    return ", ".join(w.capitalize() for w in words)


@cache
def _words(kind: str) -> dict[str, str]:
    """Folded heading -> axis; the kind's own words go first."""
    data = tomllib.loads((resources.files(__package__) / "series_words.toml").read_text(encoding="utf-8"))
    made: dict[str, str] = {}
    for room in (data.get(kind, {}), data["common"]):
        for axis, spellings in room.items():
            for said in spellings:
                made.setdefault(_bare(said), axis)
    return made


def _bare(text: str) -> str:
    return re.sub(r"[\s_\-.]+", " ", fold(text)).strip()


def split_unit(heading: str) -> tuple[str, str]:
    """A heading without the unit in brackets at its end, and the unit.

    >>> split_unit("Kokain (mg/1 000 inv/dygn)"), split_unit("MDMA")
    (('Kokain', 'mg/1 000 inv/dygn'), ('MDMA', ''))
    """
    found = re.fullmatch(r"(.*\S)\s*[(\[]([^()\[\]]*)[)\]]\s*", " ".join(heading.split()))
    if found and re.search(r"[/%]|per|antal|mg|doser", found[2]):
        return found[1], found[2].strip()
    return " ".join(heading.split()), ""


def _axis(cell: Cell, kind: str) -> str | None:
    words = _words(kind)
    text = without_footnote(cell.text)
    return words.get(_bare(cell.text)) or words.get(_bare(text)) or words.get(_bare(split_unit(text)[0]))


def _columns(grid: Grid, kind: str) -> _Columns | None:
    """The first row whose headings say when, and of what or how much."""
    for row in range(1, min(grid.n_rows, LOOK) + 1):
        seen = {c: cell for c in range(1, grid.n_cols + 1) if (cell := grid.at(row, c)) and cell.text.strip()}
        axes = {c: a for c, cell in seen.items() if (a := _axis(cell, kind))}
        years = {c: y for c, cell in seen.items() if c not in axes and (y := year_of(cell)) is not None}
        months = {
            c: m for c, cell in seen.items() if c not in axes and (m := month_of(cell.text)) is not None
        }
        dated = set(axes.values()) & {"time", "year", "month"}
        if not dated and not years:
            continue
        values, times = _values(grid, row, seen, axes, years, months, kind)
        if values and (dated or times):
            return _Columns(row, axes, values, times)
    return None


def _values(
    grid: Grid,
    header: int,
    seen: Mapping[int, Cell],
    axes: Mapping[int, str],
    years: Mapping[int, int],
    months: Mapping[int, int],
    kind: str,
) -> tuple[tuple[int, ...], Mapping[int, int]]:
    """The columns of values, and what their headings say of time."""
    named = tuple(c for c in sorted(axes) if axes[c] == "value")
    if named:
        return named, {}
    if "time" not in axes.values() and "year" not in axes.values() and years:
        return tuple(sorted(years)), years
    if len(months) > 1 and "year" in axes.values() and "month" not in axes.values():
        return tuple(sorted(months)), months
    rest = [c for c in sorted(seen) if c not in axes and c not in years]
    return tuple(c for c in rest if _holds_values(grid, header, c, kind)), {}


def _holds_values(grid: Grid, header: int, col: int, kind: str) -> bool:
    """Whether a column under a heading that is no axis holds values rather than words."""
    rows = range(header + 1, grid.n_rows + 1)
    seen = [cell for r in rows if (cell := grid.cell(r, col)) and cell.text.strip()]
    values = sum(parse(cell).kind in ("number", "interval") or limited(cell.text) for cell in seen)
    nothings = sum(parse(cell).kind == "nothing" for cell in seen)
    head = grid.at(header, col)
    known = head is not None and source_kinds()[kind].measure(split_unit(head.text)[0]) is not None
    return (values > 0 and values * 2 >= len(seen) - nothings) or (known and len(seen) > 0)


def _fields(grid: Grid, row: int, columns: _Columns, above: dict[int, str]) -> dict[str, str]:
    """Axis -> text of a row. A measure or a year that is left blank continues the one above it."""
    fields: dict[str, str] = {}
    for col, axis in columns.axes.items():
        if axis == "value":
            continue
        text = grid.text(row, col)
        if axis in ("measure", "year"):
            text = above[col] = text or above.get(col, "")
        if text or axis not in fields:
            fields[axis] = text
    return fields


def _period(grid: Grid, row: int, col: int, columns: _Columns, fields: Mapping[str, str]) -> Period | None:
    year = _year(grid, row, columns, fields)
    if col in columns.times:
        said = columns.times[col]
        if said > 12:
            return whole_year(said)
        return None if year is None else month_period(year, said)
    for axis in ("time", "month", "week", "year"):
        found = next((c for c, a in columns.axes.items() if a == axis), None)
        cell = grid.at(row, found) if found is not None else None
        if cell is None or not cell.text.strip():
            continue
        if axis == "week" and year is not None and cell.text.strip().isdecimal():
            cell = Cell(f"{year} v {cell.text.strip()}", cell.text)
        return period_of(cell, year)
    return whole_year(year) if year is not None else None


def _year(grid: Grid, row: int, columns: _Columns, fields: Mapping[str, str]) -> int | None:
    col = next((c for c, a in columns.axes.items() if a == "year"), None)
    cell = grid.at(row, col) if col is not None else None
    if cell is not None and cell.text.strip():
        return year_of(cell)
    said = fields.get("year", "")
    return year_of(Cell(said, said)) if said else None


def _is_note(grid: Grid, row: int, columns: _Columns) -> bool:
    """Whether a row is a footnote: one text, and no number in any column of values."""
    texts = [cell for cell in grid.rows[row - 1] if cell is not None and cell.text.strip()]
    numbers = any((cell := grid.cell(row, c)) and parse(cell).kind == "number" for c in columns.values)
    return len(texts) == 1 and not numbers


def _no_time(grid: Grid, row: int, columns: _Columns) -> InputError:
    col = next((c for c, a in columns.axes.items() if a in ("time", "month", "week", "year")), 1)
    text = grid.text(row, col)
    return InputError(
        "survey.source_no_time",
        file=grid.file,
        sheet=grid.sheet or None,
        cell=address(row, col),
        found=text or Text("ingenting", "nothing"),
    )


def _heading(grid: Grid, columns: _Columns, col: int) -> tuple[str, str]:
    cell = grid.at(columns.header, col)
    return split_unit(without_footnote(cell.text)) if cell else ("", "")


def named_in(entry: Entry, columns: Sequence[str]) -> str:
    """The first text among some axes of an entry's row, or ""."""
    return next((entry.fields[c] for c in columns if entry.fields.get(c)), "")
