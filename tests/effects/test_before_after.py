"""Before/after: symmetries, inversion of the interval, the floor at which a change still holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lhu_effect.effects.estimators.before_after import estimate

COUNTS = st.integers(10, 900).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
PHI = st.sampled_from([1.0, 1.4, 1.7])
TAU2 = st.sampled_from([0.0, 0.01, 0.0225, 0.09])
FEW = settings(deadline=None, max_examples=40)


def change(
    before: tuple[float, float], after: tuple[float, float], phi0: float, tau2: float, level: float = 0.95
):
    (k0, n0), (k1, n1) = before, after
    return estimate(k0, k0, n0, k1, k1, n1, phi0, tau2, (level,))


@FEW
@given(COUNTS, COUNTS, PHI, TAU2)
def test_swapping_before_and_after_mirrors(before, after, phi0, tau2) -> None:
    there, back = change(before, after, phi0, tau2), change(after, before, phi0, tau2)
    assert there.change == pytest.approx(-back.change, abs=1e-14)
    assert there.intervals[0.95] == pytest.approx([-x for x in reversed(back.intervals[0.95])], abs=1e-12)
    assert there.p_value == pytest.approx(back.p_value, abs=1e-10)


@FEW
@given(COUNTS, COUNTS, PHI, TAU2)
def test_the_complement_says_the_same(before, after, phi0, tau2) -> None:
    (k0, n0), (k1, n1) = before, after
    yes, no = change(before, after, phi0, tau2), change((n0 - k0, n0), (n1 - k1, n1), phi0, tau2)
    assert yes.intervals[0.95] == pytest.approx([-x for x in reversed(no.intervals[0.95])], abs=1e-10)
    assert yes.p_value == pytest.approx(no.p_value, abs=1e-9)


@FEW
@given(COUNTS, COUNTS, PHI, TAU2)
def test_p_value_is_the_level_whose_interval_ends_at_zero(before, after, phi0, tau2) -> None:
    made = change(before, after, phi0, tau2)
    low, high = (float(x) for x in made.intervals[0.95])
    assert low <= made.change <= high
    p = float(made.p_value)
    assume(1e-9 < p < 0.999)
    end = change(before, after, phi0, tau2, level=1 - p).intervals[1 - p]
    assert min(abs(float(x)) for x in end) == pytest.approx(0, abs=1e-6)
    assert (p < 0.05) == (low > 0 or high < 0)


@FEW
@given(COUNTS, COUNTS, PHI)
def test_largest_floor_is_where_zero_enters(before, after, phi0) -> None:
    tau = float(change(before, after, phi0, 0.0).largest_floor)
    if np.isnan(tau):
        low, high = change(before, after, phi0, 0.0).intervals[0.95]
        assert low <= 0 <= high
    else:
        inside = change(before, after, phi0, (tau * 1.001 + 1e-6) ** 2).intervals[0.95]
        outside = change(before, after, phi0, (tau * 0.999) ** 2).intervals[0.95]
        assert inside[0] <= 0 <= inside[1]
        assert outside[0] > 0 or outside[1] < 0


def test_bounds_widen_and_masks_leave_no_point() -> None:
    exact = estimate(60, 60, 700, 40, 40, 690, 1.4)
    rounded = estimate(57, 63, 700, 37, 43, 690, 1.4)
    masked = estimate(57, 63, 700, 37, 43, 690, 1.4, masked=True)
    widths = [float(x.intervals[0.95][1] - x.intervals[0.95][0]) for x in (exact, rounded, masked)]
    assert widths[0] < widths[1] < widths[2]
    assert rounded.change == pytest.approx(exact.change)
    assert np.isnan(masked.change)
    assert np.isnan(masked.share_before)
    assert masked.p_value >= rounded.p_value >= exact.p_value


def test_many_at_once_equal_one_by_one() -> None:
    k0, k1 = np.array([10.0, 60, 300]), np.array([20.0, 40, 301])
    n0, n1 = np.array([100.0, 700, 900]), np.array([110.0, 690, 880])
    many = estimate(k0, k0, n0, k1, k1, n1, 1.4, np.array([0.01, 0.02, 0.03]))
    for i, tau2 in enumerate((0.01, 0.02, 0.03)):
        one = change((k0[i], n0[i]), (k1[i], n1[i]), 1.4, tau2)
        assert many.p_value[i] == one.p_value
        assert many.intervals[0.95][0][i] == one.intervals[0.95][0]
