"""Properties of the default estimator: what must not change it, what must mirror it, what must widen it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhu_effect.effects.estimators import noise_floor
from lhu_effect.effects.estimators.noise_floor import Interval, NoiseFloor
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused

FEW = settings(deadline=None, max_examples=25)


@st.composite
def problems(draw: st.DrawFn, *, gaps: bool = True) -> Problem:
    """3-6 units, 3-5 waves three years apart, some cells absent, the last wave of unit 0 the target."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    D, T = draw(st.integers(3, 6)), draw(st.integers(3, 5))
    n = np.round(np.exp(rng.normal(5.5, 0.7, (D, 1))) * rng.uniform(0.8, 1.2, (D, T))) + 12
    p = 1 / (1 + np.exp(-(draw(st.sampled_from([-2.5, -1.0, 0.5])) + rng.normal(0, 0.3, (D, T)))))
    k = rng.binomial(n.astype(int), p).astype(float)
    fit = np.ones((D, T), dtype=bool)
    fit[0, -1] = False
    if gaps and D > 3:
        k[-1, draw(st.integers(0, T - 1))] = np.nan
    return Problem(
        k, k, n, 2023 - 3.0 * np.arange(T)[::-1], fit, (0, T - 1), draw(st.sampled_from([1.4, 1.7]))
    )


def solve(problem: Problem) -> NoiseFloor:
    made = noise_floor.estimate_many([problem])[0]
    assert isinstance(made, NoiseFloor)
    return made


def ends(interval: Interval) -> list[float]:
    return [interval.pp_low, interval.pp_high, interval.logit_low, interval.logit_high]


def change(problem: Problem, **parts: object) -> Problem:
    names = ("k_low", "k_high", "n", "years", "fit", "target", "phi0", "masked", "tau_scale")
    return Problem(**{**{x: getattr(problem, x) for x in names}, **parts})  # type: ignore[arg-type]


@FEW
@given(problems())
def test_the_complement_says_the_same(problem: Problem) -> None:
    yes = solve(problem)
    no = solve(change(problem, k_low=problem.n - problem.k_high, k_high=problem.n - problem.k_low))
    assert no.p_value == pytest.approx(yes.p_value, abs=1e-9)
    assert no.estimate == pytest.approx(-yes.estimate, abs=1e-9)
    for level in (0.95, 0.90):
        low, high, logit_low, logit_high = ends(yes.intervals[level])
        assert ends(no.intervals[level]) == pytest.approx([-high, -low, -logit_high, -logit_low], abs=1e-8)


@FEW
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_units_changes_nothing(problem: Problem, random) -> None:
    order = list(range(len(problem.n)))
    random.shuffle(order)
    moved = change(
        problem,
        **{x: getattr(problem, x)[order] for x in ("k_low", "k_high", "n", "fit")},
        target=(order.index(0), problem.target[1]),
    )
    assert ends(solve(moved).intervals[0.95]) == pytest.approx(ends(solve(problem).intervals[0.95]), abs=1e-9)


@FEW
@given(problems(), st.integers(0, 3))
def test_a_wave_without_numbers_changes_nothing(problem: Problem, place: int) -> None:
    def widened(x: np.ndarray, fill: float) -> np.ndarray:
        return np.insert(x, place, fill, axis=-1)

    place = min(place, len(problem.years) - 1)
    year = problem.years[place] - 1.5
    more = change(
        problem,
        k_low=widened(problem.k_low, np.nan),
        k_high=widened(problem.k_high, np.nan),
        n=widened(problem.n, np.nan),
        fit=widened(problem.fit, True),
        years=np.insert(problem.years, place, year),
        target=(0, len(problem.years)),
    )
    one, other = solve(problem), solve(more)
    assert ends(other.intervals[0.95]) == pytest.approx(ends(one.intervals[0.95]), abs=1e-9)
    assert other.p_value == pytest.approx(one.p_value, abs=1e-9)


@FEW
@given(problems())
def test_a_unit_without_numbers_changes_nothing(problem: Problem) -> None:
    def lengthened(x: np.ndarray, fill: float) -> np.ndarray:
        return np.vstack([x, np.full(x.shape[1], fill)])

    more = change(
        problem,
        **{x: lengthened(getattr(problem, x), np.nan) for x in ("k_low", "k_high", "n")},
        fit=lengthened(problem.fit, True).astype(bool),
    )
    assert ends(solve(more).intervals[0.95]) == pytest.approx(ends(solve(problem).intervals[0.95]), abs=1e-9)


@FEW
@given(problems())
def test_the_interval_holds_the_estimate_and_the_narrower_interval(problem: Problem) -> None:
    made = solve(problem)
    wide, narrow = made.intervals[0.95], made.intervals[0.90]
    assert wide.pp_low <= made.estimate <= wide.pp_high
    assert wide.logit_low <= narrow.logit_low <= narrow.logit_high <= wide.logit_high
    assert (made.p_value < 0.05) == (wide.logit_low > 0 or wide.logit_high < 0)
    assert (wide.pp_low > 0) == (wide.logit_low > 0)
    assert (wide.pp_high < 0) == (wide.logit_high < 0)


@FEW
@given(problems())
def test_more_yes_answers_move_everything_up(problem: Problem) -> None:
    cell = problem.target
    n1 = int(problem.n[cell])
    before = None
    for k1 in np.unique(np.linspace(0, n1, 6).round()):
        k = problem.k_low.copy()
        k[cell] = k1
        now = solve(change(problem, k_low=k, k_high=k))
        if before is not None:
            assert now.estimate > before.estimate
            assert now.intervals[0.95].logit_low >= before.intervals[0.95].logit_low
            assert now.intervals[0.95].logit_high >= before.intervals[0.95].logit_high
        before = now


@FEW
@given(problems(gaps=False), st.integers(1, 4))
def test_a_rounded_target_spans_its_bounds(problem: Problem, half: int) -> None:
    cell = problem.target
    low, high = problem.k_low.copy(), problem.k_high.copy()
    low[cell], high[cell] = max(low[cell] - half, 0), min(high[cell] + half, problem.n[cell])
    rounded, at_low, at_high = (
        solve(change(problem, k_low=a, k_high=b)) for a, b in ((low, high), (low, low), (high, high))
    )
    lowest, highest = at_low.intervals[0.95], at_high.intervals[0.95]
    together = [lowest.pp_low, highest.pp_high, lowest.logit_low, highest.logit_high]
    assert ends(rounded.intervals[0.95]) == pytest.approx(together, abs=1e-9)
    assert rounded.estimate == pytest.approx((at_low.estimate + at_high.estimate) / 2)
    assert rounded.p_value >= min(at_low.p_value, at_high.p_value) - 1e-9


@FEW
@given(problems(gaps=False))
def test_a_masked_target_has_an_interval_and_no_point(problem: Problem) -> None:
    masked = np.zeros(problem.n.shape, dtype=bool)
    masked[problem.target] = True
    low, high = problem.k_low.copy(), problem.k_high.copy()
    low[problem.target], high[problem.target] = 0, min(4, problem.n[problem.target])
    made = solve(change(problem, k_low=low, k_high=high, masked=masked))
    assert made.estimate is None
    for k1 in range(int(high[problem.target]) + 1):
        k = problem.k_low.copy()
        k[problem.target] = k1
        one = solve(change(problem, k_low=k, k_high=k))
        assert made.intervals[0.95].logit_low <= one.intervals[0.95].logit_low + 1e-9
        assert made.intervals[0.95].logit_high >= one.intervals[0.95].logit_high - 1e-9
        assert made.p_value >= one.p_value - 1e-9


def test_a_masked_before_cell_gives_the_widest_of_its_bounds() -> None:
    k = np.array([[3.0, 30, 12], [80, 85, 84], [31, 30, 35]])
    n = np.array([[400.0, 410, 390], [800, 810, 805], [300, 310, 290]])
    fit = np.array([[True, True, False], [True] * 3, [True] * 3])
    masked = np.zeros(k.shape, dtype=bool)
    masked[0, 0] = True
    low, high = k.copy(), k.copy()
    low[0, 0], high[0, 0] = 1, 4
    years = np.array([2017.0, 2020, 2023])
    bounds = noise_floor.estimate(low, high, n, years, fit, (0, 2), 1.4, masked=masked)
    at_low, at_high = (noise_floor.estimate(x, x, n, years, fit, (0, 2), 1.4) for x in (low, high))
    assert bounds.estimate is None
    for one in (at_low, at_high):
        assert bounds.intervals[0.95].logit_low <= one.intervals[0.95].logit_low + 1e-12
        assert bounds.intervals[0.95].logit_high >= one.intervals[0.95].logit_high - 1e-12
        assert bounds.p_value >= one.p_value - 1e-12


def test_problems_together_give_what_they_give_alone() -> None:
    rng = np.random.default_rng(5)
    years, asked = np.array([2011.0, 2014, 2017, 2020, 2023]), []
    for D in (3, 5, 5, 7):
        n = rng.integers(100, 900, (D, 5)).astype(float)
        k = rng.binomial(n.astype(int), 0.12).astype(float)
        fit = np.ones((D, 5), dtype=bool)
        fit[0, 3:] = False
        asked += [Problem(k, k, n, years, fit, (0, t), 1.4, tau_scale=s) for t in (3, 4) for s in (0.1, 0.3)]
    for problem, together in zip(asked, noise_floor.estimate_many(asked), strict=True):
        assert ends(together.intervals[0.95]) == pytest.approx(ends(solve(problem).intervals[0.95]), abs=1e-9)


def test_refusals_carry_their_reason() -> None:
    k = np.array([[30.0, 31, 20], [80, 85, 84]])
    n = np.array([[400.0, 410, 390], [800, 810, 805]])
    years = np.array([2017.0, 2020, 2023])
    fit = np.array([[True, True, False], [True] * 3])

    def reason(**parts: object) -> tuple[str, dict]:
        base = Problem(k, k, n, years, fit, (0, 2), 1.4)
        made = noise_floor.estimate_many([change(base, **parts)])[0]
        assert isinstance(made, Refused)
        return made.reason, dict(made.facts)

    few, gone = n.copy(), k.copy()
    few[0, 2], gone[0, 2] = 9, np.nan
    alone = fit.copy()
    alone[1] = False
    late = fit.copy()
    late[0] = False
    apart = fit.copy()
    apart[1, :2] = False
    assert reason(n=few, k_low=np.minimum(k, 9), k_high=np.minimum(k, 9)) == (
        "too_few",
        {"n": 9, "limit": 10},
    )
    assert reason(k_low=gone, k_high=gone) == ("missing", {})
    assert reason(k_low=gone, k_high=gone, masked=np.isnan(gone)) == ("masked", {})
    assert reason(fit=alone) == ("no_comparison", {})
    assert reason(fit=late) == ("no_before_wave", {})
    assert reason(fit=apart) == ("no_comparison", {"unlinked_year": 2023})


def test_a_comparison_island_does_not_hurt() -> None:
    """A unit seen only in waves nobody else has is another linked set: its level and wave cancel out."""
    rng = np.random.default_rng(2)
    n = np.full((4, 5), 400.0)
    k = rng.binomial(400, 0.2, (4, 5)).astype(float)
    fit = np.ones((4, 5), dtype=bool)
    fit[0, 4] = False
    k[:3, :2] = np.nan
    k[3, 2:] = np.nan
    made = noise_floor.estimate(k, k, n, np.array([2011.0, 2014, 2017, 2020, 2023]), fit, (0, 4), 1.4)
    assert isinstance(made, NoiseFloor)
    assert np.isfinite(made.estimate)
