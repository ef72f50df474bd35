"""Interval ends are where F crosses its levels, also where F is a staircase or nearly flat."""

from __future__ import annotations

import numpy as np
import pytest

from lhu_effect.effects import mixture as mx
from lhu_effect.effects.estimators import noise_floor
from lhu_effect.effects.estimators.noise_floor import NoiseFloor
from lhu_effect.effects.problem import Problem

LEVELS = np.array([0.975, 0.95, 0.5, 0.05, 0.025])


def drawn(seed: int) -> mx.Mixture:
    """Thirty grid points with means, variances and dispersions of any size, three targets."""
    rng = np.random.default_rng(seed)
    w = rng.dirichlet(np.full(30, 0.3), 3)
    c = rng.normal(rng.choice([-6, -2, 0, 4]), 10 ** rng.uniform(-3, 0.3), (3, 30))
    V = 10 ** rng.uniform(-6, 1, (3, 30))
    n = np.round(10 ** rng.uniform(1, 6.5, 3))
    return mx.mixture(w, c, V, rng.choice([1.0, 1.4, 2.6], (3, 30)), n)


@pytest.mark.parametrize("seed", range(60))
def test_ends_are_crossings(seed: int) -> None:
    mix = drawn(seed)
    rng = np.random.default_rng(1000 + seed)
    k = np.broadcast_to(np.clip(np.round(mix.n * rng.uniform(0, 1, 3)), 1, mix.n - 1)[:, None], (3, 5))
    theta = mx.crossing(mix, k, np.broadcast_to(LEVELS, k.shape))
    assert np.isfinite(theta).all()
    assert (np.diff(theta, axis=1) >= -1e-9).all()
    step = 1e-8 * (1 + np.abs(theta))
    assert (mx.cdf(mix, k, theta - step) >= LEVELS - 1e-9).all()
    assert (mx.cdf(mix, k, theta + step) <= LEVELS + 1e-9).all()


def test_no_and_all_yes_answers_leave_one_end_open() -> None:
    mix = drawn(1)
    none, everyone = np.zeros((3, 5)), np.broadcast_to(mix.n[:, None], (3, 5))
    level = np.broadcast_to(LEVELS, (3, 5))
    assert (mx.crossing(mix, none, level)[:, :3] == -np.inf).all()
    assert np.isfinite(mx.crossing(mix, none, level)[:, 3:]).all()
    assert (mx.crossing(mix, everyone, level)[:, 2:] == np.inf).all()
    assert np.isfinite(mx.crossing(mix, everyone, level)[:, :2]).all()


def test_absurd_counts_neither_warn_nor_lie() -> None:
    """Nobody among millions says yes, then somebody does: nothing overflows, the interval stays in [-1, 1]."""
    k = np.array([[0.0, 0, 1], [0, 0, 0], [0, 0, 0]])
    n = np.array([[4e3, 5e3, 2e5], [2.4e6, 1.1e6, 3e6], [2.6e3, 3.2e3, 3e3]])
    fit = np.array([[True, True, False], [True] * 3, [True] * 3])
    made = noise_floor.estimate_many([Problem(k, k, n, np.array([2017.0, 2020, 2023]), fit, (0, 2), 1.4)])[0]
    assert isinstance(made, NoiseFloor)
    interval = made.intervals[0.95]
    assert -1 <= interval.pp_low <= made.estimate <= interval.pp_high <= 1
    assert 0 <= made.p_value <= 1
