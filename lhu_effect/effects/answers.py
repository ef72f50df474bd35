"""Designs to numbers: the default estimator and the before/after description, many questions in one call.

Equal problems are solved once. Where an n is only bounded, a question is solved at both ends and the
answers are kept beside each other (method.md section 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lhu_effect.effects.cells import Block, Cells
from lhu_effect.effects.design import Design
from lhu_effect.effects.detectable import Detectable, detectable_many
from lhu_effect.effects.estimators import before_after, noise_floor, theme
from lhu_effect.effects.noise import Array
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused
from lhu_effect.study.model import Study

NAN = float("nan")


@dataclass(frozen=True)
class Span:
    """An interval at both levels. low..high: the study's level; low90..high90: 90 %."""

    low: float = NAN
    high: float = NAN
    low90: float = NAN
    high90: float = NAN

    def hull(self, other: Span) -> Span:
        """The narrowest span that holds both."""
        return Span(
            min(self.low, other.low), max(self.high, other.high),
            min(self.low90, other.low90), max(self.high90, other.high90),
        )  # fmt: skip


@dataclass(frozen=True)
class Numbers:
    """An effect's numbers. span: share differences; logit: log-odds, at the study's level.

    point None: interval only. before: columns fitted. rows: comparison units fitted. upper: the answer at
    the most answers that n allows, where n is only bounded (span is then the hull of both ends). fitted: None
    for an estimator asked for by its name.
    """

    point: float | None
    span: Span
    logit: tuple[float, float]
    p_value: float
    counterfactual: float
    tau2: float
    before: tuple[int, ...]
    rows: tuple[int, ...]
    fitted: noise_floor.NoiseFloor | None
    upper: Numbers | None = None


@dataclass(frozen=True)
class Change:
    """A before/after change's numbers. assumed: the floor is an assumption, not estimated.

    largest_floor: the largest floor at which the change is clear, NaN where it never is.
    """

    point: float
    span: Span
    p_value: float
    share_before: float
    share_after: float
    assumed: bool
    largest_floor: float
    upper: Change | None = None


def solve(designs: Sequence[Design], cells: Cells, level: float) -> list[Numbers | Refused]:
    """An effect, or why there is none, for every design."""
    problems: list[Problem] = []
    place: dict[tuple[object, ...], int] = {}
    wanted: list[tuple[int, ...]] = []
    for d in designs:
        at = []
        for end in _ends(d) if not d.refused else ():
            key = (id(d.block), d.row, d.column, d.own, d.others, d.rows, end)
            if key not in place:
                place[key] = len(problems)
                problems.append(problem(d, cells, end))
            at.append(place[key])
        wanted.append(tuple(at))
    results = noise_floor.estimate_many(problems, levels=_levels(level))
    rows = {i: (d.row, *d.rows) for d, at in zip(designs, wanted, strict=True) for i in at}
    solved = [r if isinstance(r, Refused) else _numbers(r, rows[i], level) for i, r in enumerate(results)]
    return [
        _at_both_ends([solved[i] for i in at]) if at else Refused(d.refused)
        for d, at in zip(designs, wanted, strict=True)
    ]


def problem(d: Design, cells: Cells, end: str = "") -> Problem:
    """The estimator's question: the unit first, then its comparison units, all waves. end: see `_ends`."""
    assert d.block is not None
    assert d.column is not None
    rows = [d.row, *d.rows]
    n, k_low, k_high = (x[rows] for x in counts(d.block, end))
    fit = np.zeros(n.shape, dtype=bool)
    fit[0, list(d.own)] = True
    fit[np.ix_(range(1, len(rows)), d.others)] = True
    return Problem(
        k_low, k_high, n, np.array(cells.years, dtype=float), fit, (0, d.column), d.phi0,
        masked=d.block.hidden[rows], regions=cells.regions(rows),
    )  # fmt: skip


def counts(block: Block, end: str = "") -> tuple[Array, Array, Array]:
    """n, k_low, k_high of a block, NaN where they contradict each other.

    With an end, n that is only bounded is put there and k follows the per cent.
    """
    bounded = block.bounded_n if end else np.zeros(block.n.shape, dtype=bool)
    n = np.where(bounded, block.n_low if end == "low" else block.n_high, block.n)
    k = block.percent / 100 * n
    three = n, np.where(bounded, k, block.k_low), np.where(bounded, k, block.k_high)
    n, k_low, k_high = (np.where(block.contradictory, np.nan, x) for x in three)
    return n, k_low, k_high


def solve_themes(
    designs: Sequence[Design], cells: Cells, study: Study, level: float
) -> list[theme.Theme | Refused]:
    """A theme's composite, or why there is none, for every design of a composite."""
    asked = [i for i, d in enumerate(designs) if not d.refused]
    problems = [theme_problem(designs[i], cells, study) for i in asked]
    made = dict(zip(asked, theme.estimate_many(problems, levels=_levels(level)), strict=True))
    return [made[i] if i in made else Refused(d.refused) for i, d in enumerate(designs)]


def theme_problem(d: Design, cells: Cells, study: Study) -> theme.ThemeProblem:
    """The composite's question: the unit first, then its comparison units, all waves."""
    rows = [d.row, *d.rows]
    fit = np.zeros((len(rows), len(cells.years)), dtype=bool)
    fit[0, list(d.own)] = True
    fit[np.ix_(range(1, len(rows)), d.others)] = True
    known = study.registry.indicators
    n, k_low, k_high = (np.stack(x) for x in zip(*(counts(b) for b in d.blocks), strict=True))
    return theme.ThemeProblem(
        k_low=k_low[:, rows],
        k_high=k_high[:, rows],
        n=n[:, rows],
        years=np.array(cells.years, dtype=float),
        fit=fit,
        unit=0,
        after=d.after,
        phi0=d.phi0,
        higher=tuple(known[i].better == "higher" for i in d.question.members),
        masked=np.stack([b.hidden[rows] for b in d.blocks]),
        regions=cells.regions(rows),
    )


def detectables(
    effects: Sequence[Numbers | theme.Theme | Refused], wanted: Sequence[bool]
) -> list[Detectable | None]:
    """The smallest effect each wanted answer could have shown; None where there is no answer to ask of."""
    fitted = [
        e.fitted if w and isinstance(e, Numbers) else None for e, w in zip(effects, wanted, strict=True)
    ]
    asked = {id(f): f for f in fitted if f is not None}
    made = detectable_many([f.posterior for f in asked.values()], [f.n for f in asked.values()])
    found = dict(zip(asked, made, strict=True))
    return [found.get(id(f)) for f in fitted]


def changes(
    designs: Sequence[Design], effects: Sequence[Numbers | Refused], level: float
) -> list[Change | Refused]:
    """A before/after change, or why there is none, for every design; the floor from its effect where there is one."""
    asked = [(i, end) for i, d in enumerate(designs) if not d.change_refused for end in _change_ends(d)]
    if not asked:
        return [Refused(d.change_refused) for d in designs]
    columns = np.array([_change_counts(designs[i], end) for i, end in asked])
    tau2 = np.array([_floor(effects[i]) for i, _ in asked])
    k0_low, k0_high, n0, k1_low, k1_high, n1, masked = columns.T
    made = before_after.estimate(
        k0_low, k0_high, n0, k1_low, k1_high, n1,
        phi0=np.array([designs[i].phi0 for i, _ in asked]),
        tau2=np.where(np.isnan(tau2), before_after.ASSUMED_TAU**2, tau2),
        levels=_levels(level),
        masked=masked > 0,
    )  # fmt: skip
    found: dict[int, list[Change]] = {}
    for j, (i, _) in enumerate(asked):
        found.setdefault(i, []).append(_change(made, j, bool(np.isnan(tau2[j])), level))
    return [
        Refused(d.change_refused) if i not in found else _change_at_both_ends(found[i])
        for i, d in enumerate(designs)
    ]


def _levels(level: float) -> tuple[float, ...]:
    return (level,) if level == 0.90 else (level, 0.90)


def _ends(d: Design) -> tuple[str, ...]:
    """("",) where every n used is known, else both ends of those that are not."""
    assert d.block is not None
    assert d.column is not None
    used = np.zeros(d.block.n.shape, dtype=bool)
    used[d.row, [*d.own, d.column]] = True
    used[np.ix_(d.rows, d.others)] = True
    return ("low", "high") if (d.block.bounded_n & used).any() else ("",)


def _change_ends(d: Design) -> tuple[str, ...]:
    assert d.block is not None
    bounded = d.block.bounded_n
    return ("low", "high") if any(bounded[c] for c in _before_and_after(d)) else ("",)


def _numbers(r: noise_floor.NoiseFloor, rows: tuple[int, ...], level: float) -> Numbers:
    wide, at90 = r.intervals[level], r.intervals[0.90]
    return Numbers(
        point=r.estimate,
        span=_nested(Span(wide.pp_low, wide.pp_high, at90.pp_low, at90.pp_high)),
        logit=(wide.logit_low, wide.logit_high),
        p_value=r.p_value,
        counterfactual=r.counterfactual,
        tau2=r.tau2_mean,
        before=r.before,
        rows=tuple(rows[i] for i in r.comparisons),
        fitted=r,
    )


def _nested(s: Span) -> Span:
    """The wider level holds the narrower: on the share scale open or extreme ends may cross (method.md 2.7)."""
    return Span(min(s.low, s.low90), max(s.high, s.high90), s.low90, s.high90)


def _at_both_ends(solved: list[Numbers | Refused]) -> Numbers | Refused:
    """One answer for an n between bounds: the hull, its point in the middle, the larger p-value."""
    refused = next((s for s in solved if isinstance(s, Refused)), None)
    if refused is not None:
        return refused
    few, many = (s for s in (solved[0], solved[-1]) if isinstance(s, Numbers))
    if few is many:
        return few
    return replace(
        few,
        point=None if few.point is None or many.point is None else (few.point + many.point) / 2,
        span=few.span.hull(many.span),
        logit=(min(few.logit[0], many.logit[0]), max(few.logit[1], many.logit[1])),
        p_value=max(few.p_value, many.p_value),
        counterfactual=(few.counterfactual + many.counterfactual) / 2,
        upper=many,
    )


def _change_counts(d: Design, end: str) -> tuple[float, ...]:
    """k0_low, k0_high, n0, k1_low, k1_high, n1 and whether a mask is among them."""
    assert d.block is not None
    n, k_low, k_high = counts(d.block, end)
    at = _before_and_after(d)
    masks = d.block.hidden
    return (*(float(x[c]) for c in at for x in (k_low, k_high, n)), float(any(masks[c] for c in at)))


def _before_and_after(d: Design) -> tuple[tuple[int, int], tuple[int, int]]:
    """The two cells a change is between."""
    assert d.last is not None
    assert d.column is not None
    return (d.row, d.last), (d.row, d.column)


def _floor(effect: Numbers | Refused) -> float:
    return NAN if isinstance(effect, Refused) else effect.tau2


def _change(made: before_after.BeforeAfter, j: int, assumed: bool, level: float) -> Change:
    wide, at90 = made.intervals[level], made.intervals[0.90]
    return Change(
        point=float(made.change[j]),
        span=Span(*(float(x[j]) for x in (*wide, *at90))),
        p_value=float(made.p_value[j]),
        share_before=float(made.share_before[j]),
        share_after=float(made.share_after[j]),
        assumed=assumed,
        largest_floor=float(made.largest_floor[j]),
    )


def _change_at_both_ends(found: list[Change]) -> Change:
    few, many = found[0], found[-1]
    if few is many:
        return few
    return replace(
        few,
        span=few.span.hull(many.span),
        p_value=max(few.p_value, many.p_value),
        largest_floor=min(few.largest_floor, many.largest_floor),
        upper=many,
    )
