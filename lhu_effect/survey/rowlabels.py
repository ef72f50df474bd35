"""One column of row labels that holds several axes: places, sexes, grades, years, answers and measures under each other.

Each cell is read by itself ("Åk 9", "därav flickor", "Antal svar 2020"); what a row takes from those above
it follows from "därav", from indents, or from labels that come again under each heading. Where none of
these says whether a row is a part of the one above it, the row is refused: nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lhu_effect.survey.headings import UNDER, Reader
from lhu_effect.survey.words import fold, words

MIXED = "mixed"
PLACES = ("place", "municipality", "district")
MAY_MIX = ("", *PLACES, "grade", "sex", "year", "indicator", "answer", "measure")
MEASURES = ("percent", "count", "base", "mean", "invited", "response_rate", "interval", "difference")
Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class RowLabel:
    """One cell. parts: axis -> what it says, in words the labels know. total: it says only "Totalt".

    under: it says itself that it is a part of the row above ("därav ..."). indent: blanks before it.
    """

    text: str
    parts: Texts = field(default_factory=dict)
    total: bool = False
    under: bool = False
    indent: int = 0

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes it speaks of."""
        return tuple(sorted(self.parts))


def row_label(text: str, read: Reader, *, answers: bool = False) -> RowLabel | None:
    """What one cell says; None when it is not understood. answers: unknown texts are answers."""
    indent = len(text) - len(text.lstrip())
    bare = _BULLET.sub("", " ".join(text.split()))
    rest = UNDER.sub("", bare)
    if len(rest) == 1 and rest not in "n%":
        return None  # a letter: what it is depends on its column
    under = rest != bare
    if fold(rest) in read.labels.counted_answers:
        return RowLabel(text, {"answer": rest}, under=under, indent=indent)
    parts = parts_of(rest, read)
    if parts and not (answers and set(parts) == {"sex"}):  # "Varken eller" beside "Mycket trygg"
        return RowLabel(text, parts, under=under, indent=indent)
    if fold(rest) in words().totals and not answers:
        return RowLabel(text, total=True, under=under, indent=indent)
    return RowLabel(text, {"answer": rest}, under=under, indent=indent) if answers and rest else None


def parts_of(text: str, read: Reader) -> Texts:
    """A label of one or more axes as axis -> text; {} when something in it is not understood."""
    said = read(text)
    if said.rest or said.several:
        return {}
    alone = len(said.members) == 1 and not said.measure
    parts = {
        axis: text if alone and (axis in PLACES or not said.total) else str(id_)
        for axis, id_ in said.members.items()
    }
    if said.measure in MEASURES and not (said.measure == "percent" and "indicator" in parts):
        parts["measure"] = said.measure
    return parts


def mixes(texts: Sequence[str], axis: str, read: Reader) -> bool:
    """Whether a column taken to hold `axis` also holds labels of others, most of it understood."""
    distinct = list(dict.fromkeys(texts))[:120]
    answers = axis == "answer"
    known = [x for t in distinct if (x := row_label(t, read, answers=answers)) is not None]
    own = ("place",) if axis in PLACES else (axis,)
    strange = [x for x in known if x.under or (x.parts and x.axes != own)]
    if axis:
        return bool(strange)
    kinds = {x.axes for x in known if x.parts}
    return 2 * len(known) > len(distinct) and (len(kinds) > 1 or any(len(k) > 1 for k in kinds))


def is_answers(texts: Sequence[str], read: Reader) -> bool:
    """Whether a column without a telling heading holds answers: one that counts is among its texts."""
    return any(fold(t) in read.labels.counted_answers for t in texts)


@dataclass(frozen=True, slots=True)
class Placed:
    """A row's labels with what it takes from rows above. unclear: nothing says whose part it is."""

    parts: dict[str, tuple[str, int]]
    unclear: bool = False


def place_rows(rows: Sequence[tuple[int, str]], read: Reader) -> dict[int, Placed]:
    """Row -> its labels, each with the row where it stands. rows: (row, cell text) from the top down, same group."""
    texts = [t for _, t in rows]
    answers = is_answers(texts, read)
    found = [(row, x) for row, t in rows if (x := row_label(t, read, answers=answers)) is not None]
    labels = [x for _, x in found]
    if any(x.under for x in labels) or len({x.indent for x in labels}) > 1:
        return _by_indent(found)
    seen = [tuple(sorted(x.parts.items())) for x in labels if x.parts]
    return _nested(found) if len(set(seen)) < len(seen) else _flat(found, read)


def _own(row: int, label: RowLabel) -> dict[str, tuple[str, int]]:
    return {axis: (text, row) for axis, text in label.parts.items()}


def _by_indent(found: Sequence[tuple[int, RowLabel]]) -> dict[int, Placed]:
    """Each row under the last one that is less indented; "därav" under the last one without it."""
    stack: list[tuple[float, dict[str, tuple[str, int]]]] = []
    made = {}
    for row, label in found:
        level = label.indent + (0.5 if label.under else 0)
        while stack and stack[-1][0] >= level:
            stack.pop()
        above = stack[-1][1] if stack else {}
        parts = {**above, **_own(row, label)}
        made[row] = Placed(parts)
        stack.append((level, parts))
    return made


def _nested(found: Sequence[tuple[int, RowLabel]]) -> dict[int, Placed]:
    """Labels that come again: each axis is a part of those whose first label stood above its own first."""
    depth: dict[tuple[str, ...], int] = {}
    for _, label in found:
        if label.parts:
            depth.setdefault(label.axes, len(depth))
    stack: dict[int, dict[str, tuple[str, int]]] = {}
    made, last = {}, 0
    for i, (row, label) in enumerate(found):
        at = depth[label.axes] if label.parts else _depth_of_total(found, i, depth, last)
        stack = {d: parts for d, parts in stack.items() if d < at}
        parts = {a: t for d in sorted(stack) for a, t in stack[d].items()}
        made[row] = Placed({**parts, **_own(row, label)})
        stack[at] = _own(row, label)
        last = at
    return made


def _depth_of_total(
    found: Sequence[tuple[int, RowLabel]], i: int, depth: dict[tuple[str, ...], int], last: int
) -> int:
    """A bare "Totalt": the whole of what its neighbours are; of the outermost axis when parts of its own follow."""
    if i == 0 or last == 0:
        return 0
    following = found[i + 1][1] if i + 1 < len(found) else None
    if following is not None and following.parts and depth[following.axes] == last:
        return 0
    return 0 if any(label.parts and depth[label.axes] == last - 1 for _, label in found) else last


def _flat(found: Sequence[tuple[int, RowLabel]], read: Reader) -> dict[int, Placed]:
    """No label comes twice: every row stands for itself, unless it may be a part of the single row above it."""
    made: dict[int, Placed] = {}
    run: list[RowLabel] = []
    above: tuple[int, RowLabel] | None = None  # the single row that the present run may be a part of
    for i, (row, label) in enumerate(found):
        if run and run[-1].axes != label.axes:
            above = (
                (found[i - 1][0], run[0]) if len(run) == 1 and _may_have_parts(run[0], label, read) else None
            )
            run = []
        run.append(label)
        inherited = _own(*above) if above is not None and _is_whole_unit(above[1], read) else {}
        made[row] = Placed({**inherited, **_own(row, label)}, above is not None and not inherited)
    return made


def _may_have_parts(one: RowLabel, below: RowLabel, read: Reader) -> bool:
    """Whether rows `below` may be parts of a single row: units both, that do not say all it says; it is not the whole."""
    units = bool(one.parts) and bool(below.parts) and set(one.axes) | set(below.axes) <= _UNITS
    return (
        units
        and not set(one.axes) <= set(below.axes)
        and fold(one.parts.get("place", "")) not in words().totals | words().district_totals
    )


def _is_whole_unit(one: RowLabel, read: Reader) -> bool:
    """Whether a row is a municipality's: what follows is about it in either reading."""
    spot = read.labels.place(one.parts["place"], "place") if one.axes == ("place",) else None
    return spot is not None and spot.district in ("", "all")


_UNITS = frozenset(("place", "grade", "sex"))
_BULLET = re.compile(r"^[-–—•·*\u2022→>]+\s*")
