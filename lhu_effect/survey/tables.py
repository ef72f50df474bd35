"""A table as received: which column holds what, which row is about whom, and where every cell went.

Between the grid (cells) and the tidy rows (ids and counts): a `Table` says of each value cell its axis
labels, as texts with their addresses, and what kind of number it is. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lhu_effect.survey.cells import Parsed
from lhu_effect.survey.grid import Cell, Grid, address

LOOK = 200
UNUSED_MEASURES = ("mean", "invited", "response_rate", "interval", "difference")
"""What numbers may be that are no results."""
At = tuple[int, int]
"""Row and column of a cell."""


@dataclass(frozen=True, slots=True)
class Label:
    """One label of one axis. text: as received. id: what it means, None when unknown. at: its cell, if it has one.

    origin: column (beside the values), heading, group (a row of its own above), sheet, title, contents, file.
    """

    axis: str
    text: str
    id: str | int | None
    at: At | None = None
    origin: str = "column"


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """A column of values: the members its headings name, and its measure.

    measure: percent, count, base, mean, invited, response_rate, interval, value, or "" (not said).
    per_cent: a per cent sign or the word stands over it. headings: its heading cells. unknown: heading
    texts that are no known label; question: an unknown heading over others, taken to be a question.
    base: a number of answers told in a heading ("Flickor (n=123)"), with its cell.
    """

    col: int
    labels: dict[str, Label]
    measure: str = ""
    per_cent: bool = False
    headings: tuple[At, ...] = ()
    unknown: tuple[str, ...] = ()
    base: tuple[str, At] | None = None

    @property
    def answer(self) -> str | None:
        """The answer over the column, if any."""
        label = self.labels.get("answer")
        return label.text if label else None


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """A column whose cells are labels of one axis, or `mixed`. named: the axis its heading names, of a mixed one."""

    col: int
    axis: str
    headings: tuple[At, ...] = ()
    named: str = ""


@dataclass(frozen=True, slots=True)
class DataRow:
    """A row of values. texts: axis -> (text, cell) as its label columns have it, group rows above included.

    base: a number of answers told in a label of its own ("Mariefred (n=60)"), with its cell.
    """

    row: int
    texts: dict[str, tuple[str, At | None]]
    base: tuple[str, At] | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """One table on a sheet. context: labels from titles, the sheet's and the file's name, nearest first.

    measure: what the title says all numbers are, or "". sheets: names of all sheets of the file.
    """

    grid: Grid
    labels: tuple[LabelColumn, ...]
    values: tuple[ValueColumn, ...]
    rows: tuple[DataRow, ...]
    header: tuple[int, int]
    context: dict[str, Label] = field(default_factory=dict)
    measure: str = ""
    per_cent: bool = False
    sheets: tuple[str, ...] = ()

    def axes(self) -> frozenset[str]:
        """Axes that some column, heading or context of the table speaks of."""
        across = {a for v in self.values for a in v.labels}
        return frozenset({c.axis for c in self.labels} | across | set(self.context) | self.row_axes())

    def years_across(self) -> int:
        """How many years stand side by side in the headings."""
        return len({v.labels["year"].id for v in self.values if "year" in v.labels})

    def row_axes(self) -> frozenset[str]:
        """Axes of the rows, group rows included."""
        return frozenset(a for r in self.rows[:LOOK] for a in r.texts) | {c.axis for c in self.labels}


@dataclass(frozen=True, slots=True)
class Record:
    """One value cell with everything said about it: the cell-level reading, before any id or arithmetic."""

    file: str
    sheet: str
    cell: str
    text: str
    parsed: Parsed
    measure: str
    labels: dict[str, str]


def records(table: Table, parse: CellParser) -> Iterator[Record]:
    """Every non-empty value cell of a table with its labels as received, row by row."""
    context = {axis: label.text for axis, label in table.context.items()}
    for row in table.rows:
        beside = {axis: text for axis, (text, _) in row.texts.items()}
        for column in table.values:
            cell = table.grid.cell(row.row, column.col)
            if cell is None:
                continue
            over = {axis: label.text for axis, label in column.labels.items()}
            yield Record(
                table.grid.file,
                table.grid.sheet,
                address(row.row, column.col),
                cell.text,
                parse(cell),
                column.measure or table.measure,
                {**context, **beside, **over},
            )


class CellParser:
    """Parses cells with one set of masks; the same text is parsed once."""

    def __init__(self, parse: Callable[[Cell], Parsed]) -> None:
        self._parse = parse
        self._seen: dict[tuple[str, str], Parsed] = {}

    def __call__(self, cell: Cell) -> Parsed:
        """What the cell says."""
        if isinstance(cell.value, str) and not cell.error:
            key = (cell.value, cell.number_format)
            if key not in self._seen:
                self._seen[key] = self._parse(cell)
            return self._seen[key]
        return self._parse(cell)
