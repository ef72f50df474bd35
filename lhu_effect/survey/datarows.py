"""The rows of a table: each with the labels of its own cells, of rows above it that head a group, and of merges.

What a single label means is looked up later; here it is only decided which texts speak about which row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from lhu_effect.survey.blocks import Block
from lhu_effect.survey.cells import without_footnote
from lhu_effect.survey.grid import Grid
from lhu_effect.survey.headings import Reader, Said
from lhu_effect.survey.pairs import with_base
from lhu_effect.survey.rowlabels import MIXED, PLACES, Placed, parts_of, place_rows
from lhu_effect.survey.tables import At, DataRow, LabelColumn
from lhu_effect.survey.words import fold, words


def data_rows(
    grid: Grid, block: Block, labels: list[LabelColumn], read: Reader, text_file: bool
) -> tuple[DataRow, ...]:
    filled = set() if text_file else _filled_cols(grid, block, labels)
    group: dict[str, tuple[str, At | None]] = {}
    above: dict[int, tuple[str, At | None]] = {}
    rows = []
    groups = set(block.groups)
    mixed = _mixed_rows(grid, block, labels, read)
    unread = _unread(grid, block, labels)
    letters = {c.col: _sex_letters(grid, block, c) for c in labels if c.axis == "sex"}
    answers = next((c.col for c in labels if c.axis == "answer"), 0)
    asked: dict[str, tuple[str, At | None]] = {}
    for row in sorted([*block.data, *block.groups]):
        if row in groups:
            group = {**group, **_group_labels(grid, row, group, read)}
            above = {}
            continue
        texts = {**group, **mixed.get(row, {})}
        base: tuple[str, At] | None = None
        for c in labels:
            cell = grid.at(row, c.col)
            at: At | None = grid.anchor(row, c.col)
            text, told = with_base(cell.text.strip()) if cell is not None else ("", "")
            base = (told, (row, c.col)) if told else base
            text = letters.get(c.col, {}).get(text, text)
            if c.axis in (MIXED, "indicator") and answers > c.col:
                if fold(text) in words().totals and not grid.text(row, answers):  # "Totalt" of all answers
                    above[answers] = (text, at)
                    texts |= {**asked, "answer": (text, at)}
                    continue
                if c.axis == MIXED and not text and c.col in filled:
                    texts |= asked
                asked = {a: x for a, x in texts.items() if a == "indicator"} if text else asked
            if c.axis == MIXED:
                continue
            if text:
                above[c.col] = (text, at)
            elif c.col in filled and c.col in above:
                text, at = above[c.col]
            if text and c.col in unread:
                texts |= {a: (t, at) for a, t in _unread_label(text, read).items()}
            if text and c.axis:
                texts |= {a: (t, at) for a, t in _split(c.axis, text, read).items()}
            elif c.axis and not text:
                texts.setdefault(c.axis, ("", None))
        rows.append(DataRow(row, texts, base))
    return tuple(rows)


def _sex_letters(grid: Grid, block: Block, c: LabelColumn) -> dict[str, str]:
    """M in a column of sexes is män, and beside it K kvinnor. T is totalt beside M or F.

    A K without M may be a kille, and a T alone a tjej: not known.
    """
    seen = {grid.text(r, c.col) for r in block.data}
    meant = {"M": "Män"} if "M" in seen else {}
    meant |= {"K": "Kvinnor"} if {"K", "M"} <= seen else {}
    return meant | ({"T": "Totalt"} if seen & {"M", "F"} else {})


def _unread(grid: Grid, block: Block, labels: Sequence[LabelColumn]) -> frozenset[int]:
    """Columns of texts before the values that no axis is known for: their rows may be about a part of the pupils."""
    first = min(block.value_cols - {c.col for c in labels}, default=0)
    aside = words().aside
    return frozenset(
        c.col for c in labels
        if not c.axis and c.col < first and not any(fold(grid.text(*at)) in aside for at in c.headings)
    )  # fmt: skip


def _unread_label(text: str, read: Reader) -> dict[str, str]:
    """What a text of an unread column says of its row; {} leaves the row about everyone ("Grundskola", "Totalt").

    A web address says where a row came from, never whom it is about.
    """
    if _ADDRESS.match(text):
        return {}
    parts = parts_of(text, read)
    said = read(text)
    if parts or said.total or not (said.rest or said.several) or _CODE.fullmatch(text):
        return parts
    return {"group": text}


def _split(axis: str, text: str, read: Reader) -> dict[str, str]:
    """A label of a column of questions that says more: "Elever i åk 9 som använt narkotika, andel (%)"."""
    if axis != "indicator" or read.labels.indicator(text):
        return {axis: text}
    parts = parts_of(text, read)
    return parts if axis in parts else {axis: text}


def _mixed_rows(
    grid: Grid, block: Block, labels: Sequence[LabelColumn], read: Reader
) -> dict[int, dict[str, tuple[str, At | None]]]:
    """Row -> texts of its mixed label columns, group by group."""
    made: dict[int, dict[str, tuple[str, At | None]]] = {}
    for c in labels:
        if c.axis != MIXED:
            continue
        for rows in _stretches(block):
            texts = [
                (r, with_base(cell.text)[0])
                for r in rows
                if (cell := grid.at(r, c.col)) is not None and cell.text.strip()
            ]
            placed = place_rows(texts, read)
            for row, text in texts:
                made.setdefault(row, {}).update(_mixed_texts(c, row, text, placed.get(row)))
    return made


def _mixed_texts(
    c: LabelColumn, row: int, text: str, placed: Placed | None
) -> dict[str, tuple[str, At | None]]:
    if placed is None:
        return {c.named or "group": (text.strip(), (row, c.col))}
    found: dict[str, tuple[str, At | None]] = {
        c.named if axis == "place" and c.named in PLACES else axis: (said, (at, c.col))
        for axis, (said, at) in placed.parts.items()
    }
    return found | {"unclear": (text.strip(), (row, c.col))} if placed.unclear else found


def _stretches(block: Block) -> list[list[int]]:
    """The data rows between group rows."""
    made: list[list[int]] = [[]]
    groups = set(block.groups)
    for row in sorted([*block.data, *block.groups]):
        if row in groups:
            made.append([])
        else:
            made[-1].append(row)
    return [rows for rows in made if rows]


def _filled_cols(grid: Grid, block: Block, labels: list[LabelColumn]) -> set[int]:
    """Label columns whose blanks continue the cell above: where blanks as totals would repeat a row, or in an outline."""
    cols = [c.col for c in labels if c.axis]
    keys = [tuple(grid.text(r, c) for c in cols) for r in block.data]
    if len(set(keys)) == len(keys):
        return {cols[i] for i in _outline(keys)}
    leading = set()
    for i, col in enumerate(cols):
        blanks = [k[i] == "" for k in keys]
        if any(blanks) and not blanks[0]:
            leading.add(col)
    return leading


def _outline(keys: Sequence[tuple[str, ...]]) -> list[int]:
    """Positions whose label is written once, over the rows it holds for: nothing stands to the left of a blank.

    Not where a label is written again in the next row, or a row would then be there twice: the blank is a total.

    >>> _outline([("Mariefred", "Flickor"), ("", "Pojkar"), ("Åker", "Alla")])
    [0]
    >>> _outline([("Mariefred", "Flickor"), ("Mariefred", "Pojkar"), ("", "Alla")])
    []
    >>> _outline([("Mariefred", "Alla"), ("Åker", "Alla"), ("", "Alla")])
    []
    """
    found: list[int] = []
    full = [list(k) for k in keys]
    for i in range(len(keys[0]) if keys else 0):
        blank = [k[i] == "" for k in keys]
        led = all(not any(k[:i]) and any(k[i + 1 :]) for k, b in zip(keys, blank, strict=True) if b)
        if not any(blank) or blank[0] or not led:
            continue
        for above, row in pairwise(full):
            row[i] = row[i] or above[i]
        again = any(
            not blank[n + 1] and not blank[n] and one[: i + 1] == two[: i + 1]
            for n, (one, two) in enumerate(pairwise(full))
        )
        if again:
            return []
        found.append(i)
    return found if len(set(map(tuple, full))) == len(full) else []


def _group_labels(
    grid: Grid, row: int, group: Mapping[str, tuple[str, At | None]], read: Reader
) -> dict[str, tuple[str, At | None]]:
    """The labels a row of a single text gives to the rows under it. group: those of the rows before."""
    col = next(c for c, cell in enumerate(grid.rows[row - 1], 1) if cell is not None and cell.text.strip())
    text = " ".join(grid.text(row, col).split())
    if fold(without_footnote(text)) in words().subtotal:
        return {"group": (text, (row, col))}
    said: Said = read(text)
    if said.total and not said.members:
        last = next((a for a in reversed(list(group)) if a in ("sex", "grade", "place")), None)
        return {last: (text, (row, col)), "group": ("", None)} if last else {"group": (text, (row, col))}
    if not said.rest and not said.members and said.measure in ("percent", "count", "base"):
        return {"measure": (said.measure, (row, col)), "group": ("", None)}
    parts = parts_of(text, read)
    if not said.members or not parts:
        return {"group": (text, (row, col))}
    return {a: (t, (row, col)) for a, t in parts.items()} | {"group": ("", None)}


_CODE = re.compile(r"[A-ZÅÄÖ]{1,3}[-_ ]?\d{2,}[a-z]?")
_ADDRESS = re.compile(r"(https?://|www\.)\S", re.IGNORECASE)
