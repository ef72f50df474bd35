"""Blocks of cells into tables: what each column and row is, read from headings and contents, never from position.

A column holds labels of one axis when its heading says so (År, Kommun, Kön ...) or, without a telling
heading, when most of its cells are known labels of one axis; else it holds values, and the headings
above it say of what: years, sexes, districts, questions, answers, and whether per cents or counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

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
from lhu_effect.survey.stacks import Heading, heading_stacks, sex_letters
from lhu_effect.survey.tables import At, Label, LabelColumn, Table, ValueColumn
from lhu_effect.survey.words import fold, words

NUMERIC_AXES = frozenset(
    ("year", "municipality", "county", "school_code", "organiser_code", "grade", "sex", "place")
)
LOOK = 300
GRADES = ("5", "7", "8", "9")  # as they stand alone under "Årskurs"


def build_table(
    grid: Grid, block: Block, read: Reader, text_file: bool, cols: tuple[int, int] | None = None
) -> Table:
    """The table of one block, without its context. cols: its first and last column when others stand beside it."""
    within = _cols(grid, block)
    if cols is not None:
        within = range(cols[0], min(cols[1] + 1, within.stop))
    stacks = heading_stacks(grid, block, within)
    letters = sex_letters(stacks.values())
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
            stack = stack or _interval_goes_on(stacks.get(col - 1, []), read)
            values.append(_value_column(col, stack, letters, read))
    values = _with_neighbours(_with_totals(_answers_not_sexes(values)))
    rows = data_rows(grid, block, labels, read, text_file)
    return Table(grid, tuple(labels), tuple(values), rows, block.header)


def _cols(grid: Grid, block: Block) -> range:
    rows = [*range(block.header[0], block.header[1] + 1), *block.data[:LOOK]]
    return range(1, max((len(grid.rows[r - 1]) for r in rows if r <= grid.n_rows), default=0) + 1)


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


def _interval_goes_on(left: list[Heading], read: Reader) -> list[Heading]:
    """The heading of a column that has none: its left neighbour's, when that is an interval's ("95 % KI" over two)."""
    return left if left and read(left[-1].text).measure == "interval" else []


def _value_column(col: int, stack: list[Heading], letters: Mapping[str, str], read: Reader) -> ValueColumn:
    """What the headings over a column of values say, from the top down. letters: what letters mean as sexes."""
    labels: dict[str, Label] = {}
    unknown: list[str] = []
    measure, per_cent, total, base = "", False, None, None
    grades = False
    for heading in stack:
        cell = heading.at
        text, told = with_base(heading.text)
        base = (told, cell) if told else base
        if grades and text in GRADES:
            text = f"Åk {text}"
        grades |= not {"arskurs", "ak"}.isdisjoint(fold(text).split())
        if read.labels.heading(text) and not read.labels.measure(text):
            continue  # "Kön" over Flickor and Pojkar
        said = read(" ".join(letters.get(word, word) for word in text.split()))
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
    return ValueColumn(col, labels, measure, per_cent, tuple(h.at for h in stack), tuple(unknown), base)


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


def _with_neighbours(values: list[ValueColumn]) -> list[ValueColumn]:
    """Headings "n" that come again ("Flickor", "n", "Pojkar", "n") are about their left neighbours, else their right.

    Only when each then is about something of its own; else they stay alike, which stops as a contradiction.
    """
    return _from_neighbours(values) or (_from_neighbours(values[::-1]) or values[::-1])[::-1]


def _from_neighbours(values: list[ValueColumn]) -> list[ValueColumn] | None:
    """Columns that say the same as another, with what the column before them says; None when that is no way out."""
    alike = Counter(map(_about, values))
    made: list[ValueColumn] = []
    before: tuple[ValueColumn, dict[str, Label]] | None = None
    for v in values:
        own = {a: x for a, x in v.labels.items() if x.at and v.headings and x.at[0] == v.headings[-1][0]}
        if own:
            before = v, own
        elif v.measure and alike[_about(v)] > 1:
            if before is None or before[0].headings[:-1] != v.headings[:-1]:
                return None
            v = replace(v, labels={**v.labels, **before[1]})
        made.append(v)
    taken = Counter(_about(v) for v in made if v not in values)
    return made if not taken or max(taken.values()) == 1 else None


def _about(v: ValueColumn) -> tuple[object, ...]:
    return v.measure, tuple(sorted((a, str(x.id), x.text) for a, x in v.labels.items()))
