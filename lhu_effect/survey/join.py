"""Observations to cells of the cube: per cent, count and base of one key put together, contradictions found.

Counts come from what is published: a count and a base as they are, a rounded per cent as the range of
whole counts that fit, a mask as its bounds, several answers as their sum. A base that is not published is
bounded (method.md, section 6) and the cell flagged `n_bounded`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from lhu_effect.survey.antal import settle
from lhu_effect.survey.counts import Bounds, k_bounds, k_range, n_range
from lhu_effect.survey.duplicates import without_duplicates
from lhu_effect.survey.figures import Read
from lhu_effect.survey.labels import Labels
from lhu_effect.survey.model import Issue
from lhu_effect.survey.parts import (
    OPEN,
    Bases,
    Cell,
    Enrolled,
    Joined,
    about_unit,
    add_up,
    adds_up,
    answer_bounds,
    bounded_base,
    by_answer,
    figures_first,
    implausible,
    mask_bounds,
    misfit,
    nothing_said,
    published_bases,
    says_what_it_hides,
    shown_percent,
    total_percent,
)
from lhu_effect.survey.rows import Key
from lhu_effect.survey.tidy import Observation

MOST_SLACK = Decimal("0.2")
"""Percentage points by which a sum of rounded per cents may be off and still be used."""


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
        single = settle(
            without_duplicates(observations, self.read, self._say), self.read, pupils, self.out.odd
        )
        self.bases = published_bases(single, self.read)
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

    def _loose_tables(self, grouped: Mapping[Key, Sequence[Observation]]) -> frozenset[int]:
        """Tables whose shared base is the number who answered the survey, not each question.

        Shown by a per cent that no whole count fits, where several questions share the base.
        """
        questions: dict[int, set[str]] = {}
        misfits: dict[int, Observation] = {}
        for key, found in grouped.items():
            for o in found:
                base = self.bases.shared.get((id(o.table), about_unit(key)))
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
            answers = by_answer(observations)
            counted = [a for a in answers if self.labels.answer_counts(key.indicator, a)]
            if not counted or (id(observations[0].table), key.indicator) in found:
                continue
            base, exact = self._base(key, observations)
            n = self._n(key, base, exact, None, 0, None)
            parts = {a: answer_bounds(answers[a], n, self.read) for a in answers}
            if adds_up(self.read, answers, parts, n, counted):
                found.add((id(observations[0].table), key.indicator))
        return frozenset(found)

    def _fits(self, o: Observation, n: int) -> bool:
        shown = self.read.percent(o)
        odd = shown is None or not 0 <= float(shown) <= 100
        return odd or k_range(str(shown), self.read.decimals(o), n).possible

    def _base(self, key: Key, found: Sequence[Observation]) -> tuple[Observation | None, bool]:
        """The published base of a key, and whether it is that of the question (else an upper bound)."""
        if key in self.bases.own:
            return self.bases.own[key], True
        for o in found:
            base = self.bases.shared.get((id(o.table), about_unit(key)))
            if base is not None:
                return base, id(o.table) not in self.loose
        return self.bases.sheets.get(about_unit(key)), False

    def _bounded(self, key: Key, base: Observation | None, percent: str | None, decimals: int) -> Bounds:
        """Bounds of a base that is not published."""
        siblings = self.bases.smallest.get(about_unit(key))
        rate = self.item_response
        return bounded_base(self.read.whole(base), siblings, self.enrolled.of(key), rate, percent, decimals)

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
        nothing = nothing_said(percent, count, base)
        if nothing:
            return self._hidden(key, nothing, percent, count, base, exact, made_of)
        k_known = self.read.whole(count) if count is not None else None
        shown, decimals = shown_percent(percent, self.read)
        n = self._n(key, base, exact, shown, decimals, k_known)
        k = self._k(n, k_known, shown, decimals)
        if not self._agrees(n, k, k_known, percent, count, base, shown):
            return None
        return self._made(key, n, k, k_known, percent, made_of, "observed", frozenset())

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
            bounds = mask_bounds(base).within(open_) if says_what_it_hides(base, self.explained) else open_
            return bounds if bounds.possible else open_
        bounds = self._bounded(key, base, shown, decimals)
        if k is not None:
            bounds = bounds.within(Bounds(k, None))
            if shown is not None:
                narrowed = bounds.within(n_range(shown, decimals, k))
                bounds = narrowed if narrowed.possible else n_range(shown, decimals, k)
        return bounds

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
                rule, facts = misfit(percent, shown, n.only)
                self._say(rule, "error", percent, base, **facts)
                return False
            if k_known is not None and count is not None and not fits.low <= k_known <= (fits.high or 0):
                right = f"{100 * k_known / n.only:.1f}" if n.only else "-"
                self._say(
                    "percent_contradicts", "error", percent, count,
                    percent=percent.cell.text.strip(), k=k_known, n=n.only, right=right,
                )  # fmt: skip
                return False
        if not (k.possible and n.possible):
            shown = percent.cell.text.strip()
            self._say("no_count_fits", "error", percent, base or percent, percent=shown, n=n.high)
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
                k = k.within(mask_bounds(o)) if k.within(mask_bounds(o)).possible else k
            elif o is not None and o.measure == "count" and (whole := self.read.whole(o)) is not None:
                k = k.within(Bounds(whole, whole))
        return self._made(key, n, k, None, None, made_of, "masked", frozenset())

    def _of_answers(self, key: Key, found: Sequence[Observation]) -> Cell | None:
        """The answers that make the indicator, summed; bounded also by what the other answers leave."""
        base, exact = self._base(key, found)
        answers = by_answer(found)
        counted = [a for a in answers if self.labels.answer_counts(key.indicator, a)]
        made_of = tuple(o for a in counted for o in answers[a]) + ((base,) if base is not None else ())
        if not counted:
            known = self.labels.answer_known(key.indicator)
            self._say("no_answer_counts", "warning", found[0], answers=", ".join(answers), known=known)
            return None
        if not self._plausible(made_of):
            return None
        n = self._n(key, base, exact, None, 0, None)
        parts = {a: answer_bounds(answers[a], n, self.read) for a in answers}
        if None in [parts[a] for a in counted]:
            return self._hidden(key, "no_answers", None, None, base, exact, made_of)
        if not self._complete(key, found, counted):
            known = self.labels.answer_known(key.indicator)
            self._say("answers_incomplete", "warning", found[0], answers=", ".join(counted), known=known)
            return None
        k = add_up(parts[a] for a in counted)
        if n.only is not None:
            rest = add_up(parts[a] for a in answers if a not in counted)
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
        made = self._made(
            key, n, k, whole, percent if not masked else None, figures_first(made_of, percent is not None and not masked),
            "masked" if masked else "observed", frozenset(),
        )  # fmt: skip
        return (
            made
            if masked or n.only is not None or len(counted) == 1
            else self._summed(made, answers, counted)
        )

    def _summed(
        self, cell: Cell, answers: Mapping[str, Sequence[Observation]], counted: Sequence[str]
    ) -> Cell | None:
        """Answers added as per cents, because the number of answers is not known.

        Whole per cents may add up to a wrong one: their sum is not used, and that is said.
        """
        shares = [o for a in counted if (o := next((o for o in answers[a] if o.measure == "percent"), None))]
        if len(shares) < len(counted):
            return cell
        first, (total, slack) = shares[0], total_percent(shares, self.read)
        if total - slack > 100:
            self._say("percent_out_of_range", "error", first, percent=f"{total:f}")
            return None
        said = ", ".join(counted)
        if slack > MOST_SLACK:
            self._say(
                "summed_whole", "warning", first, answers=said, percent=f"{total:f}", slack=f"{slack:f}"
            )
            return cell
        return replace(cell, percent=float(min(total, Decimal(100))), flags=cell.flags | {"summed"})

    def _complete(self, key: Key, found: Sequence[Observation], counted: Sequence[str]) -> bool:
        """Whether no counted answer is left out: all are there, or those of the table add up to everyone."""
        if self.labels.all_answers(key.indicator, counted):
            return True
        return (id(found[0].table), key.indicator) in self.whole

    def _plausible(self, made_of: Sequence[Observation]) -> bool:
        """Whether each figure can be one of its kind: per cents 0-100, whole counts not below 0."""
        fault = implausible(made_of, self.read)
        if fault is not None:
            self._say(fault[0], "error", fault[1], **fault[2])
        return fault is None

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
