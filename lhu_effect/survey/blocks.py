"""Where the tables of a sheet are: rows of values, the headings above them, titles and footnotes around.

Looks only at what kind of thing each cell is (value, year, text), at merges and at blanks; what the
words mean is read afterwards (`layout`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from lhu_effect.survey.cells import parse_text, year_of
from lhu_effect.survey.grid import Cell, Grid
from lhu_effect.survey.pairs import pair_of

MOST_HEADER_ROWS = 6


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one table: titles above, header (first, last), data rows, single-text rows among them (groups).

    cols: first and last column of the table. noted: rows after the data that are text only.
    """

    titles: tuple[int, ...]
    header: tuple[int, int]
    data: tuple[int, ...]
    groups: tuple[int, ...]
    noted: tuple[int, ...]
    value_cols: frozenset[int]


def kind(cell: Cell) -> str:
    """`v` a number or a mark that stands for one, `w` a word that may, `y` a year, `t` a text."""
    value = cell.value
    if isinstance(value, str):
        return _text_kind(value)
    if cell.error:
        return "v"
    return "y" if year_of(cell) else "v"


_GRADES = frozenset("5789")  # under "Årskurs" no values but headings
_YEAR_OF_PER_CENTS = re.compile(r"\s*(?:19|20)\d\d\s*\(?\s*%\s*\)?\s*")  # "2014 %" is no per cent of 2014


@lru_cache(maxsize=100_000)
def _text_kind(text: str) -> str:
    if _YEAR_OF_PER_CENTS.fullmatch(text):
        return "t"
    parsed = parse_text(text)
    if parsed.kind == "text":
        pair = pair_of(text)
        return "v" if pair is not None and not year_of(Cell(pair.percent, pair.percent)) else "t"
    if parsed.kind == "number":
        return "y" if year_of(Cell(text, text)) else "v"
    if parsed.kind == "interval" and re.fullmatch(r"\s*(?:19|20)\d\d\s*\S\s*(?:19|20)\d\d\s*", text):
        return "t"  # "2017-2020"
    return "w" if len(text.strip()) > 3 and any(c.isalpha() for c in text) else "v"


def find_blocks(grid: Grid, named: Callable[[str], object] = lambda _: None) -> list[Block]:
    """The tables of a sheet, top to bottom. named: whether a text is the heading of an axis ("Årskurs" beside 9)."""
    classes = ["", *(_row_class(row, named) for row in grid.rows)]
    for row in range(2, len(classes)):
        if classes[row] == "D" and classes[row - 1] in "HT" and _bare_grades(grid, row, named):
            classes[row] = "H"
    blocks: list[Block] = []
    at = 1
    while (first := _next(classes, at, "D")) is not None:
        header = _header_above(grid, classes, first, at)
        if header is None:
            at = _after(classes, first)
            continue
        block = _block(grid, classes, header, first, at)
        blocks.append(block)
        at = max(block.data) + 1
        if block.noted:
            at = max(at, max(block.noted) + 1)
    return blocks


def _row_class(row: tuple[Cell | None, ...], named: Callable[[str], object]) -> str:
    """D values, H two or more texts or years, T one text or one fact in two cells, B blank."""
    seen = [c for c in row if c is not None and not (isinstance(c.value, str) and not c.value.strip())]
    if not seen:
        return "B"
    if len(seen) == 2 and isinstance(seen[0].value, str):
        head = seen[0].text.rstrip()
        number = kind(seen[1]) == "v"
        if (head.endswith(":") or number) and named(head.rstrip(" :")):  # "Årskurs" beside 9
            return "T"
    if any(kind(c) == "v" for c in seen):
        return "D"
    return "H" if len(seen) > 1 else "T"


def _bare_grades(grid: Grid, row: int, named: Callable[[str], object]) -> bool:
    """Whether a row is nothing but grades as numbers under "Årskurs": headings, no values."""
    seen = [
        (c, cell.text.strip()) for c, cell in enumerate(grid.rows[row - 1], 1) if cell and cell.text.strip()
    ]
    if len(seen) < 2 or not all(text in _GRADES for _, text in seen):
        return False
    above = (grid.at(row - 1, col) for col, _ in seen)
    return any(cell is not None and named(cell.text) == "grade" for cell in above)


def _next(classes: list[str], start: int, wanted: str) -> int | None:
    return next((r for r in range(start, len(classes)) if classes[r] == wanted), None)


def _after(classes: list[str], row: int) -> int:
    while row < len(classes) and classes[row] == "D":
        row += 1
    return row


def _header_above(grid: Grid, classes: list[str], first: int, floor: int) -> tuple[int, int] | None:
    """Rows of the header that ends above `first`; blank rows and group rows may stand between."""
    last = first - 1
    while last >= floor and first - last <= MOST_HEADER_ROWS and not _heads(grid, classes, last, first):
        if classes[last] not in "BT":
            return None
        last -= 1
    if last < floor or not _heads(grid, classes, last, first):
        return None
    top = last
    while top > floor and top > last - MOST_HEADER_ROWS and _heads(grid, classes, top - 1, top):
        top -= 1
    while top < last and classes[top] == "B" and not _covered(grid, top):
        top += 1
    return top, last


def _heads(grid: Grid, classes: list[str], row: int, below: int) -> bool:
    """Whether a row can be a header row: several texts, or one that does not stand first, or a merge's rest."""
    if classes[row] == "H":
        return True
    if classes[row] == "T":
        col = next(
            c for c, cell in enumerate(grid.rows[row - 1], 1) if cell is not None and cell.text.strip()
        )
        merge = next((m for m in grid.merges if (m.top, m.left) == (row, col)), None)
        return col > _first_col(grid, below) or (merge is not None and merge.bottom > row)
    return classes[row] == "B" and _covered(grid, row)


def _first_col(grid: Grid, row: int) -> int:
    """First column with something in a row, merges seen through."""
    return next((c for c in range(1, grid.n_cols + 1) if grid.at(row, c) is not None), 1)


def _covered(grid: Grid, row: int) -> bool:
    """Whether a merged range from above reaches a row."""
    return any(m.top < row <= m.bottom for m in grid.merges)


def _block(grid: Grid, classes: list[str], header: tuple[int, int], first: int, floor: int) -> Block:
    value_cols = _value_cols(grid, classes, first)
    data = [first]
    groups = [r for r in range(header[1] + 1, first) if classes[r] == "T"]
    row = first + 1
    waiting: list[int] = []
    while row < len(classes):
        if classes[row] == "D":
            groups += [r for r in waiting if classes[r] == "T"]
            data += [r for r in waiting if classes[r] == "H"]
            waiting = []
            data.append(row)
        elif classes[row] == "H" and _is_header(grid, row, value_cols, header):
            break
        elif classes[row] != "B":
            waiting.append(row)
        elif _new_title(classes, row, waiting):
            break
        row += 1
    data += [r for r in waiting if classes[r] == "H" and not _broken(classes, max(data), r)]
    end = max(data)
    noted = [r for r in waiting if r > end]
    if row < len(classes):  # another header follows: what stands right above it is its title
        while noted and all(classes[r] != "B" for r in range(noted[-1], row)):
            noted.pop()
    titles = tuple(r for r in range(floor, header[0]) if classes[r] != "B")
    return Block(titles, header, tuple(sorted(data)), tuple(groups), tuple(noted), value_cols)


def _broken(classes: list[str], end: int, row: int) -> bool:
    return any(classes[r] in "BT" for r in range(end + 1, row))


def _new_title(classes: list[str], blank: int, waiting: list[int]) -> bool:
    """After a blank row: whether the next rows are a title and a header rather than more data."""
    row = blank
    while row < len(classes) and classes[row] in "BT":
        row += 1
    return False if row >= len(classes) else classes[row] == "H" and not waiting and classes[row - 1] == "T"


def _value_cols(grid: Grid, classes: list[str], first: int, look: int = 200) -> frozenset[int]:
    found: set[int] = set()
    for row in range(first, min(first + look, len(classes))):
        if classes[row] == "D":
            found |= {
                c for c, cell in enumerate(grid.rows[row - 1], 1) if cell is not None and kind(cell) in "vw"
            }
    return frozenset(found)


def _is_header(grid: Grid, row: int, value_cols: frozenset[int], header: tuple[int, int]) -> bool:
    """A row without values that has texts, or this table's own years, where it has values: another header."""
    seen = [(c, cell, kind(cell)) for c, cell in enumerate(grid.rows[row - 1], 1) if cell and c in value_cols]
    if any(k == "w" for _, _, k in seen):
        return False
    years = {grid.text(r, c) for r in range(header[0], header[1] + 1) for c in value_cols}
    return any(k == "t" or (k == "y" and cell.text.strip() in years) for _, cell, k in seen)
