"""The headings over each column of a table, from the top down: merges seen through, blanks continued from the left.

What the headings mean is read afterwards (`layout`); here it is only found which texts stand over which column.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lhu_effect.survey.blocks import Block
from lhu_effect.survey.grid import Grid
from lhu_effect.survey.tables import At


@dataclass(frozen=True, slots=True)
class Heading:
    """One level of a column's headings: its text and the cell that holds it. filled: taken from the left."""

    text: str
    at: At
    filled: bool = False


def heading_stacks(grid: Grid, block: Block, cols: range) -> dict[int, list[Heading]]:
    """Column -> its headings from the top down: merges seen through, blanks above the last level filled from the left."""
    top, last = block.header
    ghosts = {c for c in cols if all(grid.at(r, c) is None for r in (*range(top, last + 1), *block.data))}
    levels: list[dict[int, Heading]] = []
    for row in range(top, last + 1):
        spread = any(m.top <= row <= m.bottom and m.right > m.left for m in grid.merges)
        level: dict[int, Heading] = {}
        for col in cols:
            found = _heading(grid, row, col)
            if found is None and row < last and not spread and col > cols.start:
                found = _from_left(level, levels, col, block, ghosts)
            if found is not None:
                level[col] = found
        levels.append(level)
    return {col: _stack(levels, col) for col in cols}


def _stack(levels: list[dict[int, Heading]], col: int) -> list[Heading]:
    stack: list[Heading] = []
    for level in levels:
        found = level.get(col)
        if found is not None and (not stack or stack[-1].at != found.at):
            stack.append(found)
    return [] if all(h.filled for h in stack) else stack


def _heading(grid: Grid, row: int, col: int) -> Heading | None:
    cell = grid.at(row, col)
    if cell is None or not cell.text.strip():
        return None
    anchor = grid.anchor(row, col)
    return Heading(" ".join(cell.text.split()), anchor)


def _from_left(
    level: dict[int, Heading], above: list[dict[int, Heading]], col: int, block: Block, ghosts: set[int]
) -> Heading | None:
    """The heading that a blank cell continues: its left neighbour's, when all above them is shared.

    ghosts: columns without any cell, which are passed over.
    """
    left = next((c for c in range(col - 1, 0, -1) if c not in ghosts), 0)
    if col not in block.value_cols or left not in block.value_cols or left not in level:
        return None
    same = all(_anchor_at(up, left) == _anchor_at(up, col) for up in above)
    return replace(level[left], filled=True) if same else None


def _anchor_at(level: dict[int, Heading], col: int) -> At | None:
    return level[col].at if col in level else None


def sex_letters(stacks: Iterable[list[Heading]]) -> dict[str, str]:
    """What single letters in headings mean when both sexes are among them: F and P, or K and M; K alone is not known."""
    seen = {h.text for stack in stacks for h in stack}
    if {"F", "P"} <= seen:
        return {"F": "Flickor", "P": "Pojkar"}
    return {"K": "Kvinnor", "M": "Män"} if {"K", "M"} <= seen else {}
