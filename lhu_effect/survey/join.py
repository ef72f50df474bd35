"""Observations to cells of the cube: per cent, count and base of one key put together, contradictions found.

Counts come from what is published: a count and a base as they are, a rounded per cent as the range of
whole counts that fit, a mask as its bounds, several answers as their sum. A base that is not published is
bounded (method.md, section 6) and the cell flagged `n_bounded`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from lhu_effect.survey.antal import settle
from lhu_effect.survey.counts import Bounds, k_bounds, k_range, n_range, smallest_n
from lhu_effect.survey.figures import Read
from lhu_effect.survey.labels import Labels
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


class Joiner:
    """Joins the observations of a survey. read: figures of observations; see `join`."""

    def __init__(
        self,
        read: Read,
        labels: Labels,
        enrolled: Enrolled,
        item_response: float,
        explained: Mapping[str, frozenset[str]],
    ) -> None:
        self.read = read
        self.labels = labels
        self.enrolled = enrolled
        self.item_response = item_response
        self.explained = explained
        self.out = Joined()
        self.loose: frozenset[int] = frozenset()
        self.whole: frozenset[tuple[int, str]] = frozenset()
        self.bases = Bases({}, {}, {}, {})

    def join(self, observations: Sequence[Observation]) -> Joined:
        """The cells of all observations, in the order of their first figure."""
        pupils = {o.key: self.enrolled.of(o.key) for o in observations}
        single = settle(self._deduplicated(observations), self.read, pupils, self.out.odd)
        self.bases = self._bases(single)
        grouped: dict[Key, list[Observation]] = {}
        for o in single:
            if o.key.indicator and o.measure != "base":
                grouped.setdefault(o.key, []).append(o)
        for key in self.bases.own:
            grouped.setdefault(key, [])
        self.loose = self._loose_tables(grouped)
        self.whole = self._whole_scales(grouped)
        for key, found in grouped.items():
            cell = self._cell(key, found)
            if cell is not None:
                self.out.cells.append(cell)
        return self.out

    # --- one figure per key, measure and answer

    def _deduplicated(self, observations: Sequence[Observation]) -> list[Observation]:
        kept: dict[tuple[Key, str, str, int], Observation] = {}
        for o in observations:
            table = id(o.table) if o.measure == "base" and not o.key.indicator else 0
            slot = (o.key, o.measure, o.answer, table)
            first = kept.get(slot)
            if first is None:
                kept[slot] = o
            elif (better := self._same(first, o)) is not None:
                kept[slot] = better
        return list(kept.values())

    def _same(self, first: Observation, other: Observation) -> Observation | None:
        """The observation to keep of two about the same thing; None when they contradict each other."""
        one, two = self.read.number(first), self.read.number(other)
        if one == two and first.parsed.nothing == other.parsed.nothing:
            if first.measure != "base":
                self._say("duplicate", "warning", other, first, text=other.cell.text)
            return first
        if first.parsed.kind == "nothing" or other.parsed.kind == "nothing":
            return other if first.parsed.kind == "nothing" else first
        if first.measure == "percent" and self.read.overlap(first, other):
            return max(first, other, key=self.read.decimals)
        self._say(
            "duplicate_conflict", "error", other, first, text=other.cell.text, other_text=first.cell.text
        )
        return first

    # --- bases

    def _bases(self, observations: Iterable[Observation]) -> Bases:
        own: dict[Key, Observation] = {}
        shared: dict[tuple[int, Key], Observation] = {}
        sheets: dict[Key, Observation] = {}
        smallest: dict[Key, int] = {}
        for o in observations:
            if o.measure != "base":
                continue
            if o.key.indicator:
                own[o.key] = o
                n = self.read.whole(o)
                unit = _unit(o.key)
                if n is not None:
                    smallest[unit] = min(n, smallest.get(unit, n))
            else:
                shared[id(o.table), o.key] = o
                sheets.setdefault(o.key, o)
        return Bases(own, shared, sheets, smallest)

    def _loose_tables(self, grouped: Mapping[Key, Sequence[Observation]]) -> frozenset[int]:
        """Tables whose shared base is the number who answered the survey, not each question.

        Shown by a per cent that no whole count fits, where several questions share the base.
        """
        questions: dict[int, set[str]] = {}
        misfits: dict[int, Observation] = {}
        for key, found in grouped.items():
            for o in found:
                base = self.bases.shared.get((id(o.table), _unit(key)))
                if base is None or key in self.bases.own:
                    continue
                questions.setdefault(id(o.table), set()).add(key.indicator)
                n = self.read.whole(base)
                if o.measure == "percent" and n is not None and not self._fits(o, n):
                    misfits.setdefault(id(o.table), o)
        loose = {t for t in misfits if len(questions[t]) > 1}
        for table in loose:
            self._say("shared_base", "note", misfits[table], text=misfits[table].cell.text)
        return frozenset(loose)

    def _whole_scales(self, grouped: Mapping[Key, Sequence[Observation]]) -> frozenset[tuple[int, str]]:
        """(table, indicator) whose answers add up to everyone somewhere: no counted answer is left out there."""
        found: set[tuple[int, str]] = set()
        for key, observations in grouped.items():
            answers = _by_answer(observations)
            counted = [a for a in answers if self.labels.answer_counts(key.indicator, a)]
            if not counted or (id(observations[0].table), key.indicator) in found:
                continue
            base, exact = self._base(key, observations)
            n = self._n(key, base, exact, None, 0, None)
            parts = {a: self._answer_bounds(answers[a], n) for a in answers}
            if self._adds_up(answers, parts, n, counted):
                found.add((id(observations[0].table), key.indicator))
        return frozenset(found)

    def _fits(self, o: Observation, n: int) -> bool:
        percent = self.read.percent(o)
        if percent is None or not 0 <= float(percent) <= 100:
            return True
        return k_range(percent, self.read.decimals(o), n).possible

    def _base(self, key: Key, found: Sequence[Observation]) -> tuple[Observation | None, bool]:
        """The published base of a key, and whether it is that of the question (else an upper bound)."""
        if key in self.bases.own:
            return self.bases.own[key], True
        for o in found:
            base = self.bases.shared.get((id(o.table), _unit(key)))
            if base is not None:
                return base, id(o.table) not in self.loose
        return self.bases.sheets.get(_unit(key)), False

    def _bounded(self, key: Key, base: Observation | None, percent: str | None, decimals: int) -> Bounds:
        """Bounds of a base that is not published."""
        published = self.read.whole(base)
        siblings = self.bases.smallest.get(_unit(key))
        least = siblings if siblings is not None else published
        above = published if published is not None else self.enrolled.of(key)
        low = ceil(least * self.item_response - 1e-9) if least is not None else 0
        if percent is not None:
            fitting = smallest_n(percent, decimals)
            if published is None and above is not None and above < fitting:
                above = None  # more answered than were enrolled there: the register does not bound this one
            low = max(low, fitting)
        if above is not None:
            low = min(low, above)
        return Bounds(low, above)

    # --- one cell

    def _cell(self, key: Key, found: Sequence[Observation]) -> Cell | None:
        own = [o for o in found if not o.answer]
        if not own and any(o.answer for o in found):
            return self._of_answers(key, found)
        percent = next((o for o in own if o.measure == "percent"), None)
        count = next((o for o in own if o.measure == "count"), None)
        base, exact = self._base(key, own)
        made_of = tuple(o for o in (percent, count, base) if o is not None)
        if not made_of or not self._plausible(made_of):
            return None
        nothing = _nothing(percent, count, base)
        if nothing:
            return self._hidden(key, nothing, percent, count, base, exact, made_of)
        k_known = self.read.whole(count) if count is not None else None
        shown, decimals = self._shown(percent)
        n = self._n(key, base, exact, shown, decimals, k_known)
        k = self._k(n, k_known, shown, decimals)
        if not self._agrees(n, k, k_known, percent, count, base, shown):
            return None
        return self._made(key, n, k, k_known, percent, made_of, "observed", frozenset())

    def _shown(self, percent: Observation | None) -> tuple[str | None, int]:
        if percent is None:
            return None, 0
        return self.read.percent(percent), self.read.decimals(percent)

    def _n(
        self,
        key: Key,
        base: Observation | None,
        exact: bool,
        shown: str | None,
        decimals: int,
        k: int | None,
    ) -> Bounds:
        n = self.read.whole(base) if base is not None and exact else None
        if n is not None:
            return Bounds(n, n)
        if base is not None and exact and base.parsed.kind == "nothing":
            open_ = Bounds(0, self.enrolled.of(key))
            bounds = _mask_bounds(base).within(open_) if self._explained(base) else open_
            return bounds if bounds.possible else open_
        bounds = self._bounded(key, base, shown, decimals)
        if k is not None:
            bounds = bounds.within(Bounds(k, None))
            if shown is not None:
                narrowed = bounds.within(n_range(shown, decimals, k))
                bounds = narrowed if narrowed.possible else n_range(shown, decimals, k)
        return bounds

    def _explained(self, o: Observation) -> bool:
        """Whether a legend, the study or the mark itself ("<5") says what it hides: a default does not tell of n."""
        marks = self.explained.get(o.table.grid.file, frozenset())
        return o.parsed.text in marks or any(c.isdigit() for c in o.parsed.text)

    def _k(self, n: Bounds, k: int | None, shown: str | None, decimals: int) -> Bounds:
        if k is not None:
            return Bounds(k, k)
        if shown is None:
            return Bounds(0, n.high)
        return k_range(shown, decimals, n.low) if n.only is not None else k_bounds(shown, decimals, n)

    def _agrees(
        self,
        n: Bounds,
        k: Bounds,
        k_known: int | None,
        percent: Observation | None,
        count: Observation | None,
        base: Observation | None,
        shown: str | None,
    ) -> bool:
        """Whether count, base and per cent can all be true; if not, it is said which are not."""
        if (
            k_known is not None
            and n.only is not None
            and k_known > n.only
            and count is not None
            and base is not None
        ):
            self._say("k_exceeds_n", "error", count, base, k=k_known, n=n.only)
            return False
        if percent is None or shown is None:
            return True
        if n.only is not None and base is not None:
            fits = k_range(shown, self.read.decimals(percent), n.only)
            if not fits.possible:
                self._say(
                    "no_count_fits", "error", percent, base, percent=percent.cell.text.strip(), n=n.only
                )
                return False
            if k_known is not None and count is not None and not fits.low <= k_known <= (fits.high or 0):
                right = f"{100 * k_known / n.only:.1f}" if n.only else "-"
                self._say(
                    "percent_contradicts", "error", percent, count,
                    percent=percent.cell.text.strip(), k=k_known, n=n.only, right=right,
                )  # fmt: skip
                return False
        if not (k.possible and n.possible):
            self._say(
                "no_count_fits",
                "error",
                percent,
                base or percent,
                percent=percent.cell.text.strip(),
                n=n.high,
            )
            return False
        return True

    def _made(
        self,
        key: Key,
        n: Bounds,
        k: Bounds,
        k_known: int | None,
        percent: Observation | None,
        made_of: tuple[Observation, ...],
        status: str,
        flags: frozenset[str],
    ) -> Cell:
        more = set(flags)
        if n.only is None and status == "observed":
            more.add("n_bounded")
        if status == "observed" and k.only is None:
            more.add("rounded")
        if key.organiser:
            more.add("organiser")
        if any(o.cell.hidden for o in made_of):
            more.add("hidden")
        shown = self.read.percent(percent) if percent is not None else None
        observed = status == "observed"
        return Cell(
            key,
            n,
            n.only is not None,
            k,
            observed and (k_known is not None or k.only is not None),
            float(shown) if shown is not None and observed else None,
            status,
            frozenset(more),
            made_of,
        )

    def _hidden(
        self,
        key: Key,
        nothing: str,
        percent: Observation | None,
        count: Observation | None,
        base: Observation | None,
        exact: bool,
        made_of: tuple[Observation, ...],
    ) -> Cell:
        """A cell whose figure is a mark: masked with bounds, missing, or not asked."""
        n = (
            self._n(key, base, exact, None, 0, None)
            if base is not None
            else self._bounded(key, None, None, 0)
        )
        if nothing != "masked":
            status = "not_asked" if nothing == "not_asked" else "missing"
            flag = frozenset() if nothing == "not_asked" else frozenset({nothing})
            return self._made(key, n if n.only is not None else OPEN, OPEN, None, None, made_of, status, flag)
        k = Bounds(0, n.high)
        for o in (count, percent):
            if o is not None and o.parsed.kind == "nothing":
                k = k.within(_mask_bounds(o)) if k.within(_mask_bounds(o)).possible else k
            elif o is not None and o.measure == "count" and (whole := self.read.whole(o)) is not None:
                k = k.within(Bounds(whole, whole))
        return self._made(key, n, k, None, None, made_of, "masked", frozenset())

    # --- answers

    def _of_answers(self, key: Key, found: Sequence[Observation]) -> Cell | None:
        """The answers that make the indicator, summed; bounded also by what the other answers leave."""
        base, exact = self._base(key, found)
        answers = _by_answer(found)
        counted = [a for a in answers if self.labels.answer_counts(key.indicator, a)]
        made_of = tuple(o for a in counted for o in answers[a]) + ((base,) if base is not None else ())
        if not counted:
            known = self.labels.answer_known(key.indicator)
            self._say("no_answer_counts", "warning", found[0], answers=", ".join(answers), known=known)
            return None
        if not self._plausible(made_of):
            return None
        n = self._n(key, base, exact, None, 0, None)
        parts = {a: self._answer_bounds(answers[a], n) for a in answers}
        if any(parts[a] is None for a in counted):
            return self._hidden(key, "no_answers", None, None, base, exact, made_of)
        if not self._complete(key, found, counted):
            known = self.labels.answer_known(key.indicator)
            self._say("answers_incomplete", "warning", found[0], answers=", ".join(counted), known=known)
            return None
        k = _sum(parts[a] for a in counted)
        if n.only is not None:
            rest = _sum(parts[a] for a in answers if a not in counted)
            left = Bounds(
                max(0, n.only - rest.high) if rest.high is not None else 0, max(0, n.only - rest.low)
            )
            complete = len(answers) > len(counted)
            k = k.within(Bounds(0, n.only))
            k = k.within(left) if complete and k.within(left).possible else k
        if not k.possible and base is not None:
            first = answers[counted[0]][0]
            self._say("k_exceeds_n", "error", first, base, k=k.low, n=n.only)
            return None
        masked = any(o.parsed.nothing == "masked" for a in counted for o in answers[a])
        percent = next((o for o in made_of if o.measure == "percent"), None) if len(counted) == 1 else None
        whole = k.only if not masked else None
        return self._made(
            key, n, k, whole, percent if not masked else None, _figures_first(made_of, percent is not None and not masked),
            "masked" if masked else "observed", frozenset(),
        )  # fmt: skip

    def _answer_bounds(self, found: Sequence[Observation], n: Bounds) -> Bounds | None:
        """Bounds of the count of one answer; None when it is not there."""
        bounds: Bounds | None = None
        for o in found:
            if o.measure == "count" and (whole := self.read.whole(o)) is not None:
                return Bounds(whole, whole)
            one: Bounds | None = None
            if o.parsed.nothing == "masked":
                one = _mask_bounds(o).within(Bounds(0, n.high))
            elif o.measure == "percent" and (shown := self.read.percent(o)) is not None:
                one = (
                    k_range(shown, self.read.decimals(o), n.only)
                    if n.only is not None
                    else k_bounds(shown, self.read.decimals(o), n)
                )
            if one is not None:
                bounds = one if bounds is None or not bounds.within(one).possible else bounds.within(one)
        return bounds

    def _complete(self, key: Key, found: Sequence[Observation], counted: Sequence[str]) -> bool:
        """Whether no counted answer is left out: all are there, or those of the table add up to everyone."""
        if self.labels.all_answers(key.indicator, counted):
            return True
        return (id(found[0].table), key.indicator) in self.whole

    def _adds_up(
        self,
        answers: Mapping[str, Sequence[Observation]],
        parts: Mapping[str, Bounds | None],
        n: Bounds,
        counted: Sequence[str],
    ) -> bool:
        if len(answers) == len(counted):
            return False
        total = _sum(p for p in parts.values() if p is not None)
        if n.only is not None:
            return total.low <= n.only and (total.high is None or n.only <= total.high)
        shares = [self.read.percent(o) for a in answers for o in answers[a] if o.measure == "percent"]
        return bool(shares) and abs(sum(float(s) for s in shares if s) - 100) <= 0.5 * len(shares) + 0.5

    # --- saying

    def _plausible(self, made_of: Sequence[Observation]) -> bool:
        """Whether each figure can be one of its kind: per cents 0-100, whole counts not below 0."""
        for o in made_of:
            number = self.read.number(o)
            if number is None:
                continue
            if o.measure == "percent" and not 0 <= float(number) <= 100:
                self._say("percent_out_of_range", "error", o, percent=o.cell.text.strip())
                return False
            if o.measure != "percent" and (float(number) < 0 or float(number) != int(float(number))):
                self._say("not_a_count", "error", o, text=o.cell.text.strip())
                return False
        return True

    def _say(self, rule: str, severity: str, o: Observation, *others: Observation, **facts: object) -> None:
        at = self.read.address(o)
        if others:
            facts["other"] = self.read.address(others[0], seen_from=o)
        made = Issue(
            f"survey.{rule}",
            "error" if severity == "error" else "warning" if severity == "warning" else "note",
            o.table.grid.file,
            o.table.grid.sheet,
            at,
            facts,
        )
        self.out.odd.append((made, (o, *others)))


def _by_answer(found: Iterable[Observation]) -> dict[str, list[Observation]]:
    answers: dict[str, list[Observation]] = {}
    for o in found:
        if o.answer:
            answers.setdefault(o.answer, []).append(o)
    return answers


def _unit(key: Key) -> Key:
    return Key(key.year, key.municipality, key.district, key.school, key.grade, key.sex, "", key.organiser)


def _mask_bounds(o: Observation) -> Bounds:
    low, high = o.parsed.low, o.parsed.high
    return Bounds(int(low or 0), int(high) if high is not None else None)


def _nothing(percent: Observation | None, count: Observation | None, base: Observation | None) -> str:
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


def _sum(parts: Iterable[Bounds | None]) -> Bounds:
    total = Bounds(0, 0)
    for p in parts:
        total = total.plus(p if p is not None else Bounds(0, 0))
    return total


def _figures_first(made_of: tuple[Observation, ...], shown: bool) -> tuple[Observation, ...]:
    """The figures in the order in which they are named as source: a per cent that is shown, counts, the rest."""
    order = {"percent": 0 if shown else 2, "count": 1, "base": 3}
    return tuple(sorted(made_of, key=lambda o: order[o.measure]))
