"""The smallest detectable effect: agrees with the interval it speaks of, and with simulated draws."""

from __future__ import annotations

import numpy as np
import pytest

from lhu_effect.effects.detectable import critical_counts, detectable
from lhu_effect.effects.estimators import noise_floor
from lhu_effect.effects.mixture import mixture
from lhu_effect.effects.noise import expit, logit

YEARS = np.array([2014, 2017, 2020, 2023])
N = np.array([[700, 690, 710, 700], [1700, 1720, 1690, 1705], [900, 880, 905, 910], [300, 310, 290, 305.0]])
K = np.array([[70, 66, 74, 50], [160, 170, 150, 155], [100, 92, 88, 95], [28, 33, 30, 26.0]])
FIT = np.array([[True, True, True, False], *[[True] * 4] * 3])


def effect(k1: float, n1: float = 700) -> noise_floor.NoiseFloor:
    k, n = K.copy(), N.copy()
    k[0, 3], n[0, 3] = k1, n1
    made = noise_floor.estimate(k, k, n, YEARS, FIT, (0, 3), 1.4)
    assert isinstance(made, noise_floor.NoiseFloor)
    return made


def mixed(made: noise_floor.NoiseFloor, n: float):
    p = made.posterior
    return mixture(p.weight[None], p.c[None], p.V[None], p.phi[None], np.array([n]))


def test_critical_counts_are_where_the_interval_leaves_zero() -> None:
    low, high = critical_counts(mixed(effect(50), 700))[0]
    assert (
        effect(np.floor(low)).intervals[0.95].logit_high < 0 < effect(np.ceil(low)).intervals[0.95].logit_high
    )
    assert (
        effect(np.ceil(high)).intervals[0.95].logit_low > 0 > effect(np.floor(high)).intervals[0.95].logit_low
    )


@pytest.mark.parametrize("side", ["decrease", "increase"])
def test_the_promised_power_is_reached_by_draws(side: str) -> None:
    made = effect(50)
    found = getattr(detectable(made.posterior, 700), side)
    sign = -1 if side == "decrease" else 1
    theta = logit(np.array(made.counterfactual + sign * found)) - made.counterfactual_logit
    rng = np.random.default_rng(3)
    p = made.posterior
    at = rng.choice(len(p.weight), 400_000, p=p.weight)
    p1 = expit(p.c[at] + np.sqrt(p.V[at]) * rng.standard_normal(len(at)) + theta)
    k1 = 700 * p1 + np.sqrt(made.phi_mean * 700 * p1 * (1 - p1)) * rng.standard_normal(len(at))
    low, high = critical_counts(mixed(made, 700))[0]
    seen = k1 < low if sign < 0 else k1 > high
    assert seen.mean() == pytest.approx(0.8, abs=0.003)


def test_more_pupils_show_smaller_effects_and_few_show_nothing() -> None:
    posterior = effect(50).posterior
    found = [detectable(posterior, n).decrease for n in (200, 700, 7000)]
    assert found[0] > found[1] > found[2] > 0
    nothing = detectable(posterior, 12)
    assert np.isnan(nothing.decrease)
    assert nothing.increase > found[0]
