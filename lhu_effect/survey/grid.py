"""A grid: the cells of one sheet or one text file, as received, with addresses a person can find.

Files become grids (`workbook`, `text_grid`); layouts read grids by their headings. Rows and columns
count from 1, as in a spreadsheet; in a text file a row is a record, blank lines included. A grid says
nothing of what its cells mean: `cells.parse` does that for one cell.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from lhu_effect.survey.model import Issue

Value = str | int | float | bool | date | datetime | time | timedelta | None
FileKind = Literal["xlsx", "text", "parquet"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One non-empty cell.

    value: as stored (text files: always str). text: the value as received, numbers with decimal point;
    surrounding blanks kept. number_format: Excel's code, "General" in text files. hidden: its row,
    column or sheet is hidden. formula: the value is a formula's cached result. error: #DIV/0! and its
    kin, or a formula that was never calculated (value None, text the formula). merged_from: set by
    `Grid.at` on a copy: the address of the merged range's only real cell.
    """

    value: Value
    text: str
    number_format: str = "General"
    hidden: bool = False
    formula: bool = False
    error: bool = False
    merged_from: str | None = None

    @property
    def percent_format(self) -> bool:
        """Whether Excel multiplies by 100 when it shows the value (0.12 as 12 %).

        A quoted or escaped per cent sign (`0" %"`) is only a letter: the value is then 12 already.
        """
        return has_percent(self.number_format)


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, corners included. Only the top left cell holds a value."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, eq=False)
class Grid:
    """The cells of one sheet. rows: dense, each trimmed after its last non-empty cell; None is empty.

    file: name as the caller gave it (never a full path). sheet: "" in a text file. hidden: the sheet is.
    """

    file: str
    sheet: str
    rows: tuple[tuple[Cell | None, ...], ...]
    merges: tuple[Merge, ...] = ()
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_cols: frozenset[int] = frozenset()
    _covered: dict[int, list[Merge]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Merges by row, from left to right; one that overlaps an earlier one is no merge."""
        for merge in self.merges:
            for row in range(merge.top, min(merge.bottom, self.n_rows) + 1):
                insort(self._covered.setdefault(row, []), merge, key=_left)
        for row, merges in self._covered.items():
            self._covered[row] = [m for i, m in enumerate(merges) if not i or merges[i - 1].right < m.left]

    @property
    def n_rows(self) -> int:
        """Last row with something in it."""
        return len(self.rows)

    @property
    def n_cols(self) -> int:
        """Last column with something in it."""
        return max((len(r) for r in self.rows), default=0)

    @property
    def cells_in(self) -> int:
        """Non-empty cells: what the accounting of the report must add up to."""
        return sum(1 for _ in self.cells())

    def cell(self, row: int, col: int) -> Cell | None:
        """The cell that is really there, or None: covered cells of a merged range are empty."""
        if 0 < row <= len(self.rows) and 0 < col <= len(self.rows[row - 1]):
            return self.rows[row - 1][col - 1]
        return None

    def anchor(self, row: int, col: int) -> tuple[int, int]:
        """Where the value shown there really stands: the top left cell of its merged range, or itself."""
        if merges := self._covered.get(row):
            merge = merges[max(bisect_right(merges, col, key=_left) - 1, 0)]
            if merge.left <= col <= merge.right:
                return merge.top, merge.left
        return row, col

    def at(self, row: int, col: int) -> Cell | None:
        """What a person sees there: looks through merged ranges (`merged_from` says so)."""
        anchor = self.anchor(row, col)
        if anchor == (row, col):
            return self.cell(row, col)
        seen = self.cell(*anchor)
        return replace(seen, merged_from=address(*anchor)) if seen else None

    def text(self, row: int, col: int) -> str:
        """The text there through merges, blanks around it taken off; "" when empty."""
        seen = self.at(row, col)
        return seen.text.strip() if seen else ""

    def cells(self) -> Iterator[tuple[int, int, Cell]]:
        """(row, column, cell) of every non-empty cell, in reading order; covered cells do not count."""
        for r, row in enumerate(self.rows, 1):
            for c, cell in enumerate(row, 1):
                if cell is not None:
                    yield r, c, cell


@dataclass(frozen=True, eq=False)
class Grids:
    """All sheets of one file, in its order, and what was odd about the file itself.

    facts: what the bytes said ("encoding", "delimiter" of a text file; "repaired" of a workbook).
    """

    file: str
    kind: FileKind
    grids: tuple[Grid, ...]
    issues: tuple[Issue, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)


def _left(merge: Merge) -> int:
    return merge.left


def address(row: int, col: int) -> str:
    """Spreadsheet address.

    >>> address(14, 4), address(1, 703)
    ('D14', 'AAA1')
    """
    return f"{column_letters(col)}{row}"


def column_letters(col: int) -> str:
    """Column number (from 1) as letters."""
    letters = ""
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_range(top: int, left: int, bottom: int, right: int) -> str:
    """`D14:F20`, or `D14` for a single cell."""
    first, last = address(top, left), address(bottom, right)
    return first if first == last else f"{first}:{last}"


def has_percent(number_format: str) -> bool:
    """Whether a number format scales by 100: an unquoted, unescaped per cent sign.

    >>> has_percent("0.0%"), has_percent('0" %"'), has_percent("0\\\\%")
    (True, False, False)
    """
    quoted = False
    signs = iter(number_format)
    for sign in signs:
        if sign == '"':
            quoted = not quoted
        elif sign in "\\_*" and not quoted:
            next(signs, None)
        elif sign == "%" and not quoted:
            return True
    return False
