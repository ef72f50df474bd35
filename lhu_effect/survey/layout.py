"""Blocks of cells into tables: what each column and row is, read from headings and contents, never from position.

A column holds labels of one axis when its heading says so (År, Kommun, Kön ...) or, without a telling
heading, when most of its cells are known labels of one axis; else it holds values, and the headings
above it say of what: years, sexes, districts, questions, answers, and whether per cents or counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lhu_effect.survey.blocks import Block, kind
from lhu_effect.survey.datarows import data_rows
from lhu_effect.survey.grid import Cell, Grid
from lhu_effect.survey.headings import Reader
from lhu_effect.survey.labels import Labels
from lhu_effect.survey.pairs import with_base
from lhu_effect.survey.rowlabels import (
    MAY_MIX,
    MIXED,
    is_answers,
    mixes,
)
from lhu_effect.survey.tables import At, Label, LabelColumn, Table, ValueColumn
from lhu_effect.survey.words import fold, words

NUMERIC_AXES = frozenset(
    ("year", "municipality", "county", "school_code", "organiser_code", "grade", "sex", "place")
)
LOOK = 300


@dataclass(frozen=True, slots=True)
class Heading:
    """One level of a column's headings: its text and the cell that holds it. filled: taken from the left."""

    text: str
    at: At
    filled: bool = False


def build_table(
    grid: Grid, block: Block, read: Reader, text_file: bool, cols: tuple[int, int] | None = None
) -> Table:
    """The table of one block, without its context. cols: its first and last column when others stand beside it."""
    within = _cols(grid, block)
    if cols is not None:
        within = range(cols[0], min(cols[1] + 1, within.stop))
    stacks = _heading_stacks(grid, block, within)
    labels, values = [], []
    for col in within:
        stack = stacks.get(col, [])
        axis = _label_axis(grid, block, col, stack, read)
        if axis is not None:
            own = tuple(h.at for h in stack if not h.filled)
            named = read.labels.heading(grid.text(*own[-1])) if own else None
            labels.append(LabelColumn(col, axis, own, named or ""))
        elif stack and fold(stack[-1].text) in words().aside:
            continue  # "Nr" beside the labels
        elif col in block.value_cols or _measures(stack, read):
            values.append(_value_column(col, [h.text for h in stack], [h.at for h in stack], read))
    values = _with_totals(_answers_not_sexes(values))
    rows = data_rows(grid, block, labels, read, text_file)
    return Table(grid, tuple(labels), tuple(values), rows, block.header)


def _cols(grid: Grid, block: Block) -> range:
    rows = [*range(block.header[0], block.header[1] + 1), *block.data[:LOOK]]
    return range(1, max((len(grid.rows[r - 1]) for r in rows if r <= grid.n_rows), default=0) + 1)


def _heading_stacks(grid: Grid, block: Block, cols: range) -> dict[int, list[Heading]]:
    """Column -> its headings from the top down: merges seen through, blanks above the last level filled from the left."""
    top, last = block.header
    levels: list[dict[int, Heading]] = []
    for row in range(top, last + 1):
        spread = any(m.top <= row <= m.bottom and m.right > m.left for m in grid.merges)
        level: dict[int, Heading] = {}
        for col in cols:
            found = _heading(grid, row, col)
            if found is None and row < last and not spread and col > cols.start:
                found = _from_left(level, levels, col, block)
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
    level: dict[int, Heading], above: list[dict[int, Heading]], col: int, block: Block
) -> Heading | None:
    """The heading that a blank cell continues: its left neighbour's, when all above them is shared."""
    left = col - 1
    if col not in block.value_cols or left not in block.value_cols or left not in level:
        return None
    same = all(_anchor_at(up, left) == _anchor_at(up, col) for up in above)
    return replace(level[left], filled=True) if same else None


def _anchor_at(level: dict[int, Heading], col: int) -> At | None:
    return level[col].at if col in level else None


def _label_axis(grid: Grid, block: Block, col: int, stack: list[Heading], read: Reader) -> str | None:
    """The axis whose labels a column holds; "" for texts that are no labels; None for values."""
    own = [h for h in stack if not h.filled]
    seen = [c for r in block.data[:LOOK] if (c := grid.at(r, col)) is not None and c.text.strip()]
    axis = _one_axis(own, seen, read)
    return axis if axis is None else _or_mixed(axis, own, [with_base(c.text)[0] for c in seen], read)


def _or_mixed(axis: str, own: list[Heading], texts: list[str], read: Reader) -> str:
    """The axis of a label column, or `mixed` when its cells are labels of several."""
    named = own[-1].text if own else ""
    told = bool(named) and (bool(read(named).rest) or read.labels.heading(named) is not None)
    if axis == "" and not told and is_answers(texts, read):
        axis = "answer"
    if axis in MAY_MIX and mixes(texts, axis, read):
        return MIXED
    return axis


def _one_axis(own: list[Heading], seen: list[Cell], read: Reader) -> str | None:
    """The axis of a label column, taken to be one; see `_label_axis`."""
    kinds = [kind(c) for c in seen]
    values = sum(k == "v" for k in kinds)
    texts = sum(k == "t" for k in kinds)
    named = read.labels.heading(own[-1].text) if own else None
    if named and (texts >= values or named in NUMERIC_AXES):
        return named
    if len(own) > 1 and named is None and texts > values:
        named = next((a for h in reversed(own) if (a := read.labels.heading(h.text))), None)
        if named:
            return named
    if not seen:
        return named
    if _measures(own, read):
        return None
    if texts <= values and not (kinds and all(k == "y" for k in kinds)):
        return None
    if own and read(own[-1].text).measure and texts < values:
        return None
    return _axis_of_texts([with_base(c.text)[0] for c in seen], read)


def _measures(stack: list[Heading], read: Reader) -> bool:
    """Whether the lowest heading says that the column holds per cents, counts or bases."""
    said = read(stack[-1].text) if stack else None
    return said is not None and said.measure in ("percent", "count", "base") and not said.rest


def _axis_of_texts(texts: Sequence[str], read: Reader) -> str:
    """The axis of which most of the different texts are labels, or "" when there is none."""
    distinct = list(dict.fromkeys(t.strip() for t in texts))[:60]
    counts = {axis: sum(known(t) for t in distinct) for axis, known in _known_tests(read.labels).items()}
    best = max(counts, key=lambda a: counts[a])
    return best if counts[best] * 2 >= len(distinct) and counts[best] > 0 else ""


def _known_tests(labels: Labels) -> dict[str, Callable[[str], bool]]:
    return {
        "year": lambda t: labels.year(t) is not None,
        "grade": lambda t: labels.grade(t) is not None,
        "sex": lambda t: labels.sex(t) is not None,
        "indicator": lambda t: labels.indicator(t) is not None,
        "measure": lambda t: labels.measure(t) is not None,
        "place": lambda t: (labels.place(t, "place") or labels.place(t, "place", "?")) is not None,
    }


def _value_column(col: int, texts: list[str], at: list[At], read: Reader) -> ValueColumn:
    """What the headings over a column of values say, from the top down."""
    labels: dict[str, Label] = {}
    unknown: list[str] = []
    measure, per_cent, total, base = "", False, None, None
    for whole, cell in zip(texts, at, strict=True):
        text, told = with_base(whole)
        base = (told, cell) if told else base
        if read.labels.heading(text) and not read.labels.measure(text):
            continue  # "Kön" over Flickor and Pojkar
        said = read(text)
        per_cent |= said.per_cent
        if said.measure == "difference":  # "Förändring 2017-2020"
            measure = said.measure
            continue
        if said.rest or said.several:
            unknown.append(text)
            _take_unknown(labels, text, cell)
            continue
        measure = said.measure or measure
        if said.total:
            total = Label("total", text, None, cell, "heading")
        for axis, id_ in said.members.items():
            clash = axis in labels and labels[axis].id != id_
            told = str(id_) if axis == "place" and len(said.members) > 1 else text  # "Strängnäs 2017"
            labels[axis] = Label(axis, told, None if clash else id_, cell, "heading")
    if total:
        labels["total"] = total
    return ValueColumn(col, labels, measure, per_cent, tuple(at), tuple(unknown), base)


def _take_unknown(labels: dict[str, Label], text: str, cell: At) -> None:
    """An unknown text over a column: the question when none is known yet, else the answer to it."""
    axis = "answer" if "indicator" in labels else "indicator"
    if axis in labels:
        text = f"{labels[axis].text} {text}"
    labels[axis] = Label(axis, text, None, cell, "heading")


def _answers_not_sexes(values: list[ValueColumn]) -> list[ValueColumn]:
    """ "Varken eller", "Vill inte svara" beside no girls and boys are answers, not sexes."""
    sexes = {v.labels["sex"].id for v in values if "sex" in v.labels}
    if sexes & {"girl", "boy", "all", None} or not sexes:
        return values
    made = []
    for v in values:
        if "sex" in v.labels:
            said = v.labels["sex"]
            labels = {a: x for a, x in v.labels.items() if a != "sex"}
            if said.at is not None:
                _take_unknown(labels, said.text, said.at)
            v = replace(v, labels=labels, unknown=(*v.unknown, said.text))
        made.append(v)
    return made


def _with_totals(values: list[ValueColumn]) -> list[ValueColumn]:
    """A heading "Totalt" is the whole of the axis its neighbours are members of; beside answers, of all answers."""
    made = []
    for v in values:
        if "total" not in v.labels:
            made.append(v)
            continue
        total = v.labels["total"]
        labels = {a: x for a, x in v.labels.items() if a != "total"}
        axis = _axis_beside(v, values)
        if axis:
            labels[axis] = replace(total, axis=axis, id="all" if axis != "answer" else None)
        made.append(replace(v, labels=labels))
    return made


def _axis_beside(v: ValueColumn, values: list[ValueColumn]) -> str | None:
    """sex, grade, place or answer: of what the columns nearest to v are members, those headed on v's own level first."""
    at = v.labels["total"].at
    near = sorted(values, key=lambda o: (abs(o.col - v.col), o.col))
    level = [
        (o, [a for a, x in o.labels.items() if x.at and at and x.at[0] == at[0]]) for o in near if o is not v
    ]
    for axis in ("sex", "grade", "place", "answer"):
        if axis not in v.labels and any(axis in own for _, own in level):
            return axis
    if any("indicator" in own and o.labels["indicator"].id is None for o, own in level):
        return "answer"
    return next(
        (a for o in near for a in ("sex", "grade", "place") if a in o.labels and a not in v.labels), None
    )
