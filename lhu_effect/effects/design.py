"""A question to its design: which cells are fitted, which compared, what forbids an answer, what must be said.

Everything that is decided before a number is estimated: own before waves of the same wording, comparison
municipalities by their standing in the window, refusals and flags (method.md sections 1, 2 and 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from lhu_effect.effects.cells import CARRIED, MASKED, NOT_ASKED, OBSERVED, Block, Cells
from lhu_effect.effects.comparison import Standing, Window, standings
from lhu_effect.effects.exposure import dates_known, field_dates, ruling_start
from lhu_effect.effects.periods import Period, missed_by, named_afterwards, precedes
from lhu_effect.effects.questions import Question
from lhu_effect.study.model import Study

MIN_TARGET_N = 10
MIN_POINT_N = 30
COVERAGE_MOVED = 0.10
REASON_ORDER = (
    "geography", "not_asked", "wave_missing", "contradiction", "masked", "n_missing", "too_few",
    "question_changed", "no_before_wave",
)  # fmt: skip


@dataclass(frozen=True)
class Design:
    """How a question is answered. Columns are waves of `Cells.years`, rows its units.

    row: the unit. column: the target wave, None without one. own: the unit's FIT columns. others: columns
    that comparison units may use. rows: comparison units used. last: the last before wave with data.
    refused, change_refused: why there can be no effect, no change ("" where nothing is known against it).
    after, blocks: of a theme's composite, every after wave and its indicators' counts. phi0: design effect
    of classes to expect, the theme's or what schools showed.
    """

    question: Question
    block: Block | None
    row: int
    column: int | None
    own: tuple[int, ...]
    others: tuple[int, ...]
    rows: tuple[int, ...]
    last: int | None
    refused: str
    change_refused: str
    standings: tuple[Standing, ...] = ()
    flags: frozenset[str] = field(default_factory=frozenset)
    after: tuple[int, ...] = ()
    blocks: tuple[Block, ...] = ()
    phi0: float = 1.0


class Designer:
    """Makes designs for one study and its cells; remembers what many questions share."""

    def __init__(
        self, study: Study, cells: Cells, phi0: Callable[[str, str], float | None] = lambda _, __: None
    ) -> None:
        """phi0: the design effect that schools show by indicator and stratum; None: the theme's is used."""
        self.estimated_phi0 = cache(phi0)
        self.study = study
        self.cells = cells
        self.at = {y: c for c, y in enumerate(cells.years)}
        self.usable = cache(_usable)
        self.standings: Callable[[str, int, int], tuple[Standing, ...]] = cache(self._standings)
        self.coverage = enrolled(study)

    def design(self, q: Question) -> Design:
        """The design of one question."""
        made = self._theme_design(q) if q.is_theme else self._design(q)
        shown = None if q.is_theme else self.estimated_phi0(q.indicator, q.stratum)
        return replace(made, phi0=shown or self.study.registry.themes[q.theme].phi0)

    def _design(self, q: Question) -> Design:
        block = self.cells.block(q.indicator, q.stratum)
        row = self.cells.row(self.study.municipality, q.district)
        column = self.at.get(q.year) if q.year is not None else None
        if block is None or column is None or q.year is None:
            reason = _no_target(q)
            return Design(q, block, row, None, (), (), (), None, reason, reason, flags=self._said(q))
        usable = self.usable(block)
        worded = self._same_wording(q.indicator, q.year)
        early = [self.at[y] for y in q.period.years("before") if y in self.at and y < q.year]
        asked_before = [c for c in early if c in worded]
        hidden_last = _last_is_masked(block, row, asked_before)
        own = () if hidden_last else tuple(c for c in asked_before if usable[row, c])
        others = tuple(c for c in worded if q.kind != "before" or c <= column)
        last = own[-1] if own else None
        standing = self.standings(q.theme, last, column) if last is not None else ()
        rows = tuple(self.cells.row(s.municipality) for s in standing if s.used)
        change_refused = (
            self._broken(q, block, row, column)
            or target_reason(block, row, column)
            or hidden_last
            or ("" if own else _no_before(block, row, early, worded))
        )
        refused = change_refused or ("" if rows else "no_comparison")
        change_refused = change_refused or _few_before(block, row, own)
        flags = self._said(q) | self._flags(q, block, row, column, own, standing, rows, others)
        flags |= _left_out(block, row, own, asked_before)
        return Design(
            q, block, row, column, own, others, rows, last, refused, change_refused, standing, frozenset(flags),
        )  # fmt: skip

    def _theme_design(self, q: Question) -> Design:
        """The design of a theme's composite: all its after waves, cells where every indicator has an answer."""
        row = self.cells.row(self.study.municipality, q.district)
        found = [self.cells.block(i, q.stratum) for i in q.members]
        blocks = tuple(b for b in found if b is not None)
        if q.year is None or len(blocks) < len(found):
            reason = "wave_missing" if q.year is not None else _no_target(q)
            return Design(q, None, row, None, (), (), (), None, reason, reason, flags=self._said(q))
        column = self.at[q.year]
        worded = tuple(
            c for c in self.at.values() if all(c in self._same_wording(i, q.year) for i in q.members)
        )
        after = tuple(c for y in q.period.years("after") if (c := self.at.get(y, -1)) in worded)
        early = [self.at[y] for y in q.period.years("before") if y in self.at]
        own = tuple(c for c in early if c in worded and all(self.usable(b)[row, c] for b in blocks))
        standing = self.standings(q.theme, own[-1], column) if own else ()
        rows = tuple(self.cells.row(s.municipality) for s in standing if s.used)
        refused = self._theme_refused(q, blocks, row, after, own, early, worded)
        flags = set(self._said(q)).union(
            *(self._flags(q, b, row, column, own, standing, rows, worded) for b in blocks),
            *(_left_out(b, row, own, [c for c in early if c in worded]) for b in blocks),
        )
        return Design(
            q, None, row, column, own, worded, rows, own[-1] if own else None,
            refused or ("" if rows else "no_comparison"), "theme", standing, frozenset(flags), after, blocks,
        )  # fmt: skip

    def _theme_refused(
        self,
        q: Question,
        blocks: tuple[Block, ...],
        row: int,
        after: tuple[int, ...],
        own: tuple[int, ...],
        early: list[int],
        worded: tuple[int, ...],
    ) -> str:
        reasons = [self._broken(q, b, row, c) or target_reason(b, row, c) for b in blocks for c in after]
        reasons += [] if own else [_no_before(b, row, early, worded) for b in blocks]
        reasons += [_last_is_masked(b, row, [c for c in early if c in worded]) for b in blocks]
        if any(b.bounded_n[row, c] for b in blocks for c in after):
            reasons.append("n_missing")
        return next((r for r in REASON_ORDER if r in reasons), "")

    def _same_wording(self, indicator: str, year: int) -> tuple[int, ...]:
        """Columns of waves that asked the same question as `year` did."""
        known = self.study.registry.indicators[indicator]
        version = known.version_of(year)
        return tuple(c for y, c in self.at.items() if version is not None and known.version_of(y) == version)

    def _standings(self, theme: str, last: int, column: int) -> tuple[Standing, ...]:
        years = self.cells.years
        window = Window.between(self.study.wave(years[last]), self.study.wave(years[column]))
        return standings(self.study, theme, window, self.cells.comparison)

    def _broken(self, q: Question, block: Block, row: int, column: int) -> str:
        marked = "geography" in block.flags[row, column].split()
        return "geography" if marked or geography_broken(self.study, q.district, q.stratum) else ""

    def _said(self, q: Question) -> frozenset[str]:
        """Flags that hold before any cell is looked at."""
        raised = {"shared_period"} if len(q.period.promises) > 1 else set()
        if q.year is None:
            return frozenset(raised)
        wave = self.study.wave(q.year)
        raised |= set(q.period.answers[q.year].flags) if q.year in q.period.answers else set()
        if q.primary and q.kind == "after" and named_afterwards(q.period, q.indicator, wave):
            raised.add("chosen_afterwards")
        if any(ruling_start(p) <= field_dates(wave)[1] for p in q.period.later):
            raised.add("later_promise")
        grades = next(s.grades for s in self.study.strata if s.id == q.stratum)
        if q.kind == "after" and set(missed_by(q.period, q.indicator, grades, q.year)) == set(grades):
            raised.add("cohort_missed")
        return frozenset(raised)

    def _flags(
        self,
        q: Question,
        block: Block,
        row: int,
        column: int,
        own: tuple[int, ...],
        standing: tuple[Standing, ...],
        rows: tuple[int, ...],
        others: tuple[int, ...],
    ) -> set[str]:
        mine = [*own, column]
        raised = date_flags(self.study, q.period, [self.cells.years[c] for c in own])
        raised |= standing_flags(standing)
        raised |= {f for c in mine[-2:] for f in block.flags[row, c].split() if f in CARRIED}
        if block.bounded_n[row, mine].any():
            raised.add("n_bounded")
        if ((block.status == OBSERVED) & (block.k_high > block.k_low))[row, mine].any():
            raised.add("rounded")
        if rows and block.hidden[np.ix_(rows, others)].any():
            raised.add("masked_comparison")
        n = block.n[row, column]
        if MIN_TARGET_N <= n < MIN_POINT_N or block.hidden[row, mine].any():
            raised.add("interval_only")
        if own and self._coverage_moved(q, block, row, own[-1], column):
            raised.add("coverage_moved")
        return raised

    def _coverage_moved(self, q: Question, block: Block, row: int, before: int, after: int) -> bool:
        shares = [
            block.n[row, c] / pupils
            for c in (before, after)
            if (pupils := self.coverage.get((self.cells.years[c], q.district, q.stratum)))
        ]
        return len(shares) == 2 and bool(abs(shares[1] - shares[0]) > COVERAGE_MOVED)


def target_reason(block: Block, row: int, column: int) -> str:
    """Why the target cell cannot be estimated: wave_missing, not_asked, masked, contradiction, n_missing, too_few."""
    status = block.status[row, column]
    if status == NOT_ASKED:
        return "not_asked"
    if status not in (OBSERVED, MASKED):
        return "wave_missing"
    if block.contradictory[row, column]:
        return "contradiction"
    if not block.counted[row, column] and not block.bounded_n[row, column]:
        return "masked" if status == MASKED and not block.unbased[row, column] else "n_missing"
    n = block.n[row, column] if block.counted[row, column] else block.n_high[row, column]
    return "too_few" if n < MIN_TARGET_N else ""


def geography_broken(study: Study, district: str, stratum: str) -> bool:
    """Whether the district's border moved in one of the stratum's grades."""
    grades = next((set(s.grades) for s in study.strata if s.id == stratum), set())
    return any(
        district in p.districts
        and p.basis == study.district_basis
        and (not p.grades or grades & set(p.grades))
        for p in study.pooled
    )


def date_flags(study: Study, period: Period, years: list[int]) -> set[str]:
    """What must be said about the before waves: assumed or unknown dates, conflicts, earlier own promises."""
    raised: set[str] = set()
    for year in years:
        said = set(period.answers[year].flags) if year in period.answers else set()
        raised |= said & {"date_conflict"}
        if year == years[-1]:
            raised |= said & {"assumed_dates"}
            raised |= set() if dates_known(study.wave(year)) else {"unknown_dates"}
        if precedes(period, study.wave(year)):
            raised.add("earlier_promise")
    return raised


def standing_flags(standing: tuple[Standing, ...]) -> set[str]:
    """What must be said about the comparison municipalities used."""
    used = [s for s in standing if s.used]
    raised = {1: {"one_comparison", "few_comparisons"}, 2: {"few_comparisons"}}.get(len(used), set()).copy()
    if any(s.contaminated for s in used):
        raised.add("contaminated")
    if any(s.exposed in ("unknown", "not_found") for s in used):
        raised.add("unknown_exposure")
    return raised


def _usable(block: Block) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Cells that may be fitted: counted or bounded in n, answered by somebody, and free of contradiction."""
    answered = np.where(block.bounded_n, block.n_low, np.nan_to_num(block.n)) > 0
    return np.asarray((block.counted | block.bounded_n) & answered & ~block.contradictory)


def _no_target(q: Question) -> str:
    if q.year is not None:
        return "wave_missing"
    return "only_during" if q.period.years("during") else "no_after_wave"


def _last_is_masked(block: Block, row: int, early: list[int]) -> str:
    """The last before wave is hidden without bounds: passing over it would choose waves by their size."""
    if not early or block.counted[row, early[-1]]:
        return ""
    if block.unbased[row, early[-1]]:
        return "n_missing"
    return "masked" if block.status[row, early[-1]] == MASKED else ""


def _few_before(block: Block, row: int, own: tuple[int, ...]) -> str:
    """Fewer than ten answers in the last before wave: no change can be told from it."""
    if not own:
        return ""
    n = block.n_high[row, own[-1]] if block.bounded_n[row, own[-1]] else block.n[row, own[-1]]
    return "too_few" if n < MIN_TARGET_N else ""


def _left_out(block: Block, row: int, own: tuple[int, ...], early: list[int]) -> set[str]:
    """What must be said about before waves that are not used: hidden ones, and a last one that is not there."""
    unused = [c for c in early if c not in own]
    raised = {"masked_before"} if any(block.status[row, c] == MASKED for c in unused) else set()
    return raised | ({"older_before"} if own and unused and unused[-1] > own[-1] else set())


def _no_before(block: Block, row: int, early: list[int], worded: tuple[int, ...]) -> str:
    """Why there is no before wave to compare with."""
    if any(block.seen[row, c] and c not in worded for c in early):
        return "question_changed"
    if any(block.status[row, c] == MASKED and not block.unbased[row, c] for c in early):
        return "masked"
    if any(block.seen[row, c] for c in early):
        return "n_missing"
    return "no_before_wave"


def enrolled(study: Study, *, estimated: bool = False) -> dict[tuple[int, str, str], int]:
    """Pupils enrolled by wave, district and stratum, where every grade of the stratum is known.

    estimated: also count what is a guess and no official figure.
    """
    pupils = {
        (e.wave, e.district, e.grade): e.pupils
        for e in study.enrolment
        if e.municipality == study.municipality and (estimated or not e.estimated)
    }
    places = sorted({(wave, district) for wave, district, _ in pupils})
    return {
        (wave, district, s.id): sum(pupils[wave, district, g] for g in s.grades)
        for wave, district in places
        for s in study.strata
        if all((wave, district, g) in pupils for g in s.grades)
    }
