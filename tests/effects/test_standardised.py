"""Standardisation by hand, its neutrality where nothing shifts, and what it mends where the mix does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhu_effect.effects.standardised import effective_counts, merged


def test_by_hand() -> None:
    k = np.array([[[[10.0, 30.0]], [[20.0, 15.0]]]])  # one unit, two waves, one grade, two sexes
    n = np.array([[[[100.0, 100.0]], [[150.0, 50.0]]]])
    w = np.array([250 / 400, 150 / 400])
    p_s = (np.array([20, 15]) + 0.5 * w) / (np.array([150, 50]) + w)
    p = (w * p_s).sum()
    size = p * (1 - p) / (w**2 * p_s * (1 - p_s) / np.array([150, 50])).sum()
    k_star, n_star = effective_counts(k, n)
    assert k_star[0, 1] == pytest.approx(size * p)
    assert n_star[0, 1] == pytest.approx(size)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000))
def test_an_unchanging_mix_changes_almost_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = np.broadcast_to(rng.integers(40, 300, (1, 1, 2, 2)), (1, 3, 2, 2)).astype(float)
    k = rng.binomial(n.astype(int), 0.3).astype(float)
    k_star, n_star = effective_counts(k, n)
    crude = k.sum((2, 3)) / n.sum((2, 3))
    assert k_star / n_star == pytest.approx(crude, abs=0.01)
    assert (n_star >= n.sum((2, 3)) * 0.95).all()


def test_a_shift_of_the_mix_is_taken_out() -> None:
    n = np.array([[[[200.0, 200.0]], [[300.0, 100.0]]]])
    k = n * np.array([0.1, 0.3])  # each sex as before; only their numbers moved
    k_star, n_star = effective_counts(k, n)
    share = k_star / n_star
    assert share[0, 0] == pytest.approx(share[0, 1], abs=0.002)
    crude = k.sum((2, 3)) / n.sum((2, 3))
    assert abs(crude[0, 0] - crude[0, 1]) > 0.04


def test_an_empty_stratum_is_merged_sex_first_then_grade() -> None:
    weight = np.full((3, 2), 1 / 6)
    n = np.full((3, 2), 10.0)
    assert merged(n, weight) == [[(g, s)] for g in range(3) for s in range(2)]
    n[1, 0] = 0
    assert merged(n, weight)[2] == [(1, 0), (1, 1)]
    n[1, 1] = 0
    assert merged(n, weight)[2:] == [[(1, 0), (1, 1), (2, 0), (2, 1)]]
    n[2] = 0
    assert sorted(x for group in merged(n, weight) for x in group) == [
        (g, s) for g in range(3) for s in range(2)
    ]
    assert all(sum(n[x] for x in group) > 0 for group in merged(n, weight))


@settings(deadline=None, max_examples=80)
@given(st.lists(st.sampled_from([0, 0, 5, 20]), min_size=6, max_size=6).filter(any))
def test_no_stratum_is_ever_dropped(counts: list[int]) -> None:
    n = np.array(counts, dtype=float).reshape(3, 2)
    groups = merged(n, np.full((3, 2), 1 / 6))
    assert sorted(x for group in groups for x in group) == [(g, s) for g in range(3) for s in range(2)]
    assert all(sum(n[x] for x in group) > 0 for group in groups)


def test_a_wave_nobody_answered_stays_absent() -> None:
    n = np.array([[[[20.0, 20.0]], [[np.nan, np.nan]]]])
    k_star, n_star = effective_counts(n / 4, n)
    assert np.isnan(k_star[0, 1])
    assert np.isnan(n_star[0, 1])
    assert np.isfinite(k_star[0, 0])
