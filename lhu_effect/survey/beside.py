"""Tables side by side on a sheet: one block of rows that holds several tables, each with labels of its own.

A column of labels that comes after columns of values begins another table when a blank column parts them
or when its heading repeats that of the first; every such strip of columns is then looked at by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lhu_effect.survey.blocks import Block, find_blocks, kind
from lhu_effect.survey.grid import Grid
from lhu_effect.survey.words import fold

LOOK = 200


@dataclass(frozen=True, slots=True)
class Strip:
    """A table's block and its columns (first, last); None: all of them."""

    block: Block
    cols: tuple[int, int] | None = None


def strips(grid: Grid, block: Block) -> list[Strip]:
    """The tables that stand side by side in a block; the block itself when there is only one."""
    starts = _starts(grid, block)
    if len(starts) < 2:
        return [Strip(block)]
    ends = [s - 1 for s in starts[1:]] + [grid.n_cols]
    found = []
    for cols in zip(starts, ends, strict=True):
        found += [Strip(b, cols) for b in find_blocks(_only(grid, block, cols))]
    return found or [Strip(block)]


def _starts(grid: Grid, block: Block) -> list[int]:
    """First column of each table: the block's own, and labels that begin again after values."""
    rows = block.data[:LOOK]
    width = max((len(grid.rows[r - 1]) for r in rows), default=0)
    starts: list[int] = []
    heads: set[str] = set()
    values = False
    for col in range(1, width + 1):
        kinds = [kind(cell) for r in rows if (cell := grid.cell(r, col)) is not None and cell.text.strip()]
        head = fold(grid.text(block.header[1], col))
        texts = sum(k == "t" for k in kinds)
        labels = texts > len(kinds) - texts or (bool(head) and head in heads and values)
        if not labels:
            values = values or bool(kinds)
            continue
        repeats = bool(head) and head in heads
        if not starts or (
            values and (repeats or _blank(grid, block, col - 1)) and _values_after(grid, rows, col, width)
        ):
            starts.append(col)
            heads, values = set(), False
        heads.add(head)
    return starts


def _blank(grid: Grid, block: Block, col: int) -> bool:
    rows = (*range(block.header[0], block.header[1] + 1), *block.data)
    return all(grid.at(r, col) is None for r in rows)


def _values_after(grid: Grid, rows: tuple[int, ...], col: int, width: int) -> bool:
    return any(
        kind(cell) == "v"
        for r in rows
        for c in range(col + 1, width + 1)
        if (cell := grid.cell(r, c)) is not None
    )


def _only(grid: Grid, block: Block, cols: tuple[int, int]) -> Grid:
    """The grid with nothing but the block's rows in some columns; addresses stay."""
    first, last = cols
    top, bottom = block.header[0], max((*block.data, *block.noted))
    rows = tuple(
        tuple(cell if first <= c <= last else None for c, cell in enumerate(row, 1))
        if top <= r <= bottom
        else ()
        for r, row in enumerate(grid.rows, 1)
    )
    merges = tuple(m for m in grid.merges if first <= m.left and m.right <= last and top <= m.top)
    return replace(grid, rows=rows, merges=merges, _covered={})
