"""The aggregate cross-check against weighted least squares, and the permutation's bound."""

from __future__ import annotations

import numpy as np
import pytest

from lhu_effect.effects.estimators import aggregate, permutation
from lhu_effect.effects.refused import Refused

RNG = np.random.default_rng(8)
N = RNG.integers(80, 900, (7, 4)).astype(float)
K = RNG.binomial(N.astype(int), 0.15).astype(float)
TREATED = np.array([True, True, *[False] * 5])


def test_equals_weighted_least_squares_of_the_changes() -> None:
    import statsmodels.api as sm

    made = aggregate.estimate(K, N, TREATED, [0, 1], [3])
    assert isinstance(made, aggregate.Aggregate)
    k0, n0 = K[:, :2].sum(1), N[:, :2].sum(1)
    change = K[:, 3] / N[:, 3] - k0 / n0
    fit = sm.WLS(change, sm.add_constant(TREATED.astype(float)), weights=1 / (1 / n0 + 1 / N[:, 3])).fit()
    assert made.df == fit.df_resid == 5
    assert made.estimate == pytest.approx(fit.params[1], abs=1e-12)
    assert made.std_error == pytest.approx(fit.bse[1], abs=1e-12)
    assert made.p_value == pytest.approx(fit.pvalues[1], abs=1e-12)
    assert made.intervals[0.95] == pytest.approx(tuple(fit.conf_int()[1]), abs=1e-12)


def test_two_units_cannot_tell_and_absent_cells_leave_a_unit_out() -> None:
    assert aggregate.estimate(K[1:3], N[1:3], TREATED[1:3], [0], [3]) == Refused(
        "no_comparison", {"units": 2, "limit": 3}
    )
    gone = K.copy()
    gone[6, 3] = np.nan
    made = aggregate.estimate(gone, N, TREATED, [0], [3])
    assert isinstance(made, aggregate.Aggregate)
    assert made.units == (0, 1, 2, 3, 4, 5)


def test_permutation_rank_and_smallest_p() -> None:
    k = K.copy()
    k[0, 3] = 0
    made = permutation.estimate(k, N, 0, [0, 1], [3], 1.4)
    assert isinstance(made, permutation.Permutation)
    assert made.p_value == made.smallest == pytest.approx(1 / 7)
    ordinary = [permutation.estimate(K, N, u, [0, 1], [3], 1.4) for u in range(7)]
    assert sorted(round(p.p_value * 7) for p in ordinary) == [1, 2, 3, 4, 5, 6, 7]


def test_permutation_statistic_by_hand() -> None:
    k, n = np.array([[10.0, 20], [10, 10], [10, 10]]), np.full((3, 2), 100.0)
    made = permutation.estimate(k, n, 0, [0], [1], 1.0)
    assert isinstance(made, permutation.Permutation)
    assert made.estimate == pytest.approx(np.log(20.5 / 80.5) - np.log(10.5 / 90.5))
    var = 101 / (10.5 * 90.5) + 101 / (20.5 * 80.5) + 2 * 0.15**2
    same = 2 * (101 / (10.5 * 90.5) + 0.15**2)
    assert made.statistics[0] == pytest.approx(made.estimate / np.sqrt(var + same / 2))
