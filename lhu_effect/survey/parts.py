"""What the cells of the cube are joined from: the cell in the making, published bases, and small readings of marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil

from lhu_effect.survey.counts import Bounds, decimals_of, k_bounds, k_range, smallest_n
from lhu_effect.survey.figures import Read
from lhu_effect.survey.model import Issue
from lhu_effect.survey.rows import Key
from lhu_effect.survey.tidy import Observation

OPEN = Bounds(0, None)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Pupils enrolled by (wave, municipality, district, grade): an upper bound of an unpublished base."""

    pupils: Mapping[tuple[int, str, str, str], int]

    def of(self, key: Key) -> int | None:
        """Pupils of the key's unit, whatever the sex."""
        return self.pupils.get((key.year, key.municipality, key.district, key.grade))


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the cube in the making. at: observations it is made of, the percent's first."""

    key: Key
    n: Bounds
    n_known: bool
    k: Bounds
    k_known: bool
    percent: float | None
    status: str
    flags: frozenset[str]
    made_of: tuple[Observation, ...]


@dataclass(eq=False)
class Joined:
    """Cells, and what was odd: (issue, observations at fault)."""

    cells: list[Cell] = field(default_factory=list)
    odd: list[tuple[Issue, tuple[Observation, ...]]] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Bases:
    """Published bases: of one question, of a unit within a table, and of a unit anywhere (sheets of bases)."""

    own: Mapping[Key, Observation]
    shared: Mapping[tuple[int, Key], Observation]
    sheets: Mapping[Key, Observation]
    smallest: Mapping[Key, int]


def by_answer(found: Iterable[Observation]) -> dict[str, list[Observation]]:
    answers: dict[str, list[Observation]] = {}
    for o in found:
        if o.answer:
            answers.setdefault(o.answer, []).append(o)
    return answers


def about_unit(key: Key) -> Key:
    return Key(key.year, key.municipality, key.district, key.school, key.grade, key.sex, "", key.organiser)


def mask_bounds(o: Observation) -> Bounds:
    low, high = o.parsed.low, o.parsed.high
    return Bounds(int(low or 0), int(high) if high is not None else None)


def nothing_said(percent: Observation | None, count: Observation | None, base: Observation | None) -> str:
    """The nothing that the figures of a cell say together, "" when one of them is a number of it."""
    marks = [o.parsed.nothing for o in (percent, count) if o is not None and o.parsed.kind == "nothing"]
    if percent is None and count is None:
        return "no_answers" if base is not None else ""
    if not marks:
        return ""
    if "masked" in marks:
        return "masked"
    numbers = [o for o in (percent, count) if o is not None and o.parsed.kind == "number"]
    return "" if numbers else str(marks[0])


def add_up(parts: Iterable[Bounds | None]) -> Bounds:
    total = Bounds(0, 0)
    for p in parts:
        total = total.plus(p if p is not None else Bounds(0, 0))
    return total


def figures_first(made_of: tuple[Observation, ...], shown: bool) -> tuple[Observation, ...]:
    """The figures in the order in which they are named as source: a per cent that is shown, counts, the rest."""
    order = {"percent": 0 if shown else 2, "count": 1, "base": 3}
    return tuple(sorted(made_of, key=lambda o: order[o.measure]))


def published_bases(observations: Iterable[Observation], read: Read) -> Bases:
    """The bases among observations: of a question, of a unit in its table, of a unit anywhere."""
    own: dict[Key, Observation] = {}
    shared: dict[tuple[int, Key], Observation] = {}
    sheets: dict[Key, Observation] = {}
    smallest: dict[Key, int] = {}
    for o in observations:
        if o.measure != "base":
            continue
        if o.key.indicator:
            own[o.key] = o
            n = read.whole(o)
            unit = about_unit(o.key)
            if n is not None:
                smallest[unit] = min(n, smallest.get(unit, n))
        else:
            shared[id(o.table), o.key] = o
            sheets.setdefault(o.key, o)
    return Bases(own, shared, sheets, smallest)


def answer_bounds(found: Sequence[Observation], n: Bounds, read: Read) -> Bounds | None:
    """Bounds of the count of one answer; None when it is not there."""
    bounds: Bounds | None = None
    for o in found:
        if o.measure == "count" and (whole := read.whole(o)) is not None:
            return Bounds(whole, whole)
        one: Bounds | None = None
        if o.parsed.nothing == "masked":
            one = mask_bounds(o).within(Bounds(0, n.high))
        elif o.measure == "percent" and (shown := read.percent(o)) is not None:
            one = (
                k_range(shown, read.decimals(o), n.only)
                if n.only is not None
                else k_bounds(shown, read.decimals(o), n)
            )
        if one is not None:
            bounds = one if bounds is None or not bounds.within(one).possible else bounds.within(one)
    return bounds


def adds_up(
    read: Read,
    answers: Mapping[str, Sequence[Observation]],
    parts: Mapping[str, Bounds | None],
    n: Bounds,
    counted: Sequence[str],
) -> bool:
    """Whether the answers of a question, not only those that count, add up to everyone."""
    if len(answers) == len(counted):
        return False
    total = add_up(p for p in parts.values() if p is not None)
    if n.only is not None:
        return total.low <= n.only and (total.high is None or n.only <= total.high)
    shares = [read.percent(o) for a in answers for o in answers[a] if o.measure == "percent"]
    return bool(shares) and abs(sum(float(s) for s in shares if s) - 100) <= 0.5 * len(shares) + 0.5


def bounded_base(
    published: int | None,
    siblings: int | None,
    enrolled: int | None,
    item_response: float,
    percent: str | None,
    decimals: int,
) -> Bounds:
    """Bounds of a base that is not published.

    published: a base that is only an upper bound. siblings: the smallest published base of the unit's other
    questions. enrolled: pupils there. percent: the per cent the base must be able to give.
    """
    least = siblings if siblings is not None else published
    above = published if published is not None else enrolled
    low = ceil(least * item_response - 1e-9) if least is not None else 0
    if percent is not None:
        fitting = smallest_n(percent, decimals)
        if published is None and above is not None and above < fitting:
            above = None  # more answered than were enrolled there: the register does not bound this one
        low = max(low, fitting)
    if above is not None:
        low = min(low, above)
    return Bounds(low, above)


def implausible(
    made_of: Iterable[Observation], read: Read
) -> tuple[str, Observation, dict[str, object]] | None:
    """The first figure that cannot be one of its kind: (rule, figure, facts)."""
    for o in made_of:
        number = read.number(o)
        if number is None:
            continue
        if o.measure == "percent" and not 0 <= float(number) <= 100:
            return "percent_out_of_range", o, {"percent": o.cell.text.strip()}
        if o.measure != "percent" and (float(number) < 0 or float(number) != int(float(number))):
            return "not_a_count", o, {"text": o.cell.text.strip()}
    return None


def total_percent(shares: Iterable[Observation], read: Read) -> tuple[Decimal, Decimal]:
    """The sum of per cents, and by how much their rounding may have made it wrong."""
    shown = [(Decimal(p), read.decimals(o)) for o in shares if (p := read.percent(o)) is not None]
    return sum((p for p, _ in shown), Decimal(0)), sum(
        (Decimal(5).scaleb(-d - 1) for _, d in shown), Decimal(0)
    )


def shown_percent(percent: Observation | None, read: Read) -> tuple[str | None, int]:
    """The per cent in plain digits and its decimals."""
    return (None, 0) if percent is None else (read.percent(percent), read.decimals(percent))


def says_what_it_hides(o: Observation, explained: Mapping[str, frozenset[str]]) -> bool:
    """Whether a legend, the study or the mark itself ("<5") says what it hides: a default does not tell of n."""
    marks = explained.get(o.table.grid.file, frozenset())
    return o.parsed.text in marks or any(c.isdigit() for c in o.parsed.text)


def misfit(percent: Observation, shown: str, n: int) -> tuple[str, dict[str, object]]:
    """The rule and facts of a per cent that no whole count of n gives: a share among per cents is called one."""
    said = percent.cell.text.strip()
    facts: dict[str, object] = {"percent": said, "n": n}
    meant = Decimal(shown) * 100
    share = 0 < Decimal(shown) < 1 and k_range(f"{meant:f}", max(0, decimals_of(shown) - 2), n).possible
    return (
        ("no_count_fits_share", facts | {"meant": f"{meant.normalize():f}"})
        if share
        else ("no_count_fits", facts)
    )
