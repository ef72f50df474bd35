"""Staggered starts and doses: what is compared with what, known effects found again, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from lhu_effect.effects import dose, staggered
from lhu_effect.effects.estimators import noise_floor
from lhu_effect.effects.estimators.noise_floor import NoiseFloor
from lhu_effect.effects.refused import Refused

YEARS = np.array([2011.0, 2014, 2017, 2020, 2023])
FIRST = [3, 3, 4, None, None, None]


def counts(effect: float = 0.0, seed: int = 1, size: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = np.round(rng.integers(400, 900, (6, 5)) * size)
    log_odds = -1.5 + rng.normal(0, 0.3, (6, 1)) + rng.normal(0, 0.1, 5)
    for d, start in enumerate(FIRST):
        if start is not None:
            log_odds[d, start:] += effect
    return np.round(n / (1 + np.exp(-log_odds))), n


def test_a_group_is_one_unit_compared_with_those_not_begun() -> None:
    k, n = counts()
    made = staggered.group_time(k, k, n, YEARS, FIRST, 1.4)
    assert [(e.start, e.wave, e.units) for e in made] == [(3, 3, (0, 1)), (3, 4, (0, 1)), (4, 4, (2,))]
    rows = [[0, 1], [2], [3], [4], [5]]
    K, N = (np.array([x[r].sum(0) for r in rows]) for x in (k, n))
    fit = np.ones((5, 5), dtype=bool)
    fit[0, 3:] = fit[1, 4] = False
    alone = noise_floor.estimate(K, K, N, YEARS, fit, (0, 4), 1.4)
    assert isinstance(alone, NoiseFloor)
    assert isinstance(made[1].result, NoiseFloor)
    together, one = made[1].result.intervals[0.95], alone.intervals[0.95]
    assert [together.pp_low, together.pp_high] == pytest.approx([one.pp_low, one.pp_high], abs=1e-11)


def test_a_planted_effect_is_found_again_at_every_start() -> None:
    k, n = counts(effect=-0.7, size=40)
    for e in staggered.group_time(k, k, n, YEARS, FIRST, 1.0):
        assert isinstance(e.result, NoiseFloor)
        interval = e.result.intervals[0.95]
        assert interval.logit_low < -0.7 < interval.logit_high
    whole = staggered.average(staggered.group_time(k, k, n, YEARS, FIRST, 1.0))
    assert isinstance(whole, staggered.Average)
    assert whole.effects == 3
    assert whole.intervals[0.95][0] < whole.estimate < whole.intervals[0.95][1]


def test_placebos_use_only_earlier_waves() -> None:
    k, n = counts()
    made = {
        (e.start, e.wave): e.result for e in staggered.group_time(k, k, n, YEARS, FIRST, 1.4, placebo=True)
    }
    assert made[3, 0] == Refused("no_before_wave")
    later = k.copy()
    later[:, 3:] *= 0.5
    again = {
        (e.start, e.wave): e.result
        for e in staggered.group_time(later, later, n, YEARS, FIRST, 1.4, placebo=True)
    }
    for name in ("estimate", "p_value", "counterfactual_var"):
        assert getattr(made[3, 2], name) == pytest.approx(getattr(again[3, 2], name), abs=1e-11)


def test_everybody_exposed_leaves_nobody_to_compare_with() -> None:
    k, n = counts()
    made = staggered.group_time(k, k, n, YEARS, [3] * 6, 1.4)
    assert {e.result.reason for e in made} == {"no_comparison"}
    assert staggered.average(made) == Refused("no_comparison")


def doses() -> np.ndarray:
    given = np.zeros((6, 5))
    given[:3, 3:] = np.array([1.0, 0.5, 0.25])[:, None]
    return given


def test_dose_is_found_again() -> None:
    rng = np.random.default_rng(3)
    n = np.full((6, 5), 30_000.0)
    log_odds = -1.5 + rng.normal(0, 0.3, (6, 1)) + rng.normal(0, 0.1, 5) - 0.8 * doses()
    k = np.round(n / (1 + np.exp(-log_odds)))
    made = dose.estimate(k, n, YEARS, np.ones((6, 5), dtype=bool), doses(), 1.0)
    assert isinstance(made, dose.Dose)
    assert made.beta == pytest.approx(-0.8, abs=0.02)
    assert made.intervals[0.95][0] < -0.8 < made.intervals[0.95][1] < 0
    assert made.p_value < 0.05


def test_dose_equals_generalised_least_squares_point_by_point() -> None:
    """The polarised sums against whole matrices at every grid point."""
    from tests.effects.dense import OMEGA, PHI, RHO, TAU, logit

    k, n = counts(seed=5)
    x, cells = doses(), np.ones((6, 5), dtype=bool)
    p_bar = (k.sum() + 0.5) / (n.sum() + 1)
    p_t = (k.sum(0) + 0.5) / (n.sum(0) + 1)
    p_d = (k.sum(1) + 20 * p_bar) / (n.sum(1) + 20)
    lp = logit(p_d)[:, None] + logit(p_t) - logit(p_bar)
    p = 1 / (1 + np.exp(-lp))
    v = (1 / ((n + 1) * p * (1 - p))).ravel()
    y, z = np.log((k + 0.5) / (n - k + 0.5)).ravel(), (YEARS - YEARS.mean()) / 3
    unit, wave = (a.ravel() for a in np.indices(k.shape))
    X = np.column_stack([np.eye(6)[unit], np.eye(5)[wave][:, 1:], x.ravel()])
    same = unit[:, None] == unit
    near = np.abs(YEARS[wave][:, None] - YEARS[wave]) / 3
    rows = []
    for i, tau in enumerate(TAU):
        for rho in RHO if tau else (0,):
            R = np.where(near == 0, 1.0, float(rho) ** near)
            for j, phi in enumerate(PHI):
                for o, omega in enumerate(OMEGA):
                    S = np.diag(phi * v) + same * (tau**2 * R + omega**2 * np.outer(z[wave], z[wave]))
                    Si = np.linalg.inv(S)
                    XtX = X.T @ Si @ X
                    b = np.linalg.solve(XtX, X.T @ Si @ y)
                    e = y - X @ b
                    lw = -0.5 * (np.linalg.slogdet(S)[1] + e @ Si @ e + np.linalg.slogdet(XtX)[1])
                    lw += -2.5 * np.log(1 + (tau / 0.2) ** 2 / 4) - 2.5 * np.log(1 + (omega / 0.04) ** 2 / 4)
                    lw += -0.5 * (np.log(phi / 1.4) / 0.35) ** 2 + (np.log(0.5) if tau else 0)
                    lw += np.log(np.gradient(TAU)[i] * np.gradient(OMEGA)[o] * np.gradient(np.log(PHI))[j])
                    rows.append((lw, b[-1], np.linalg.inv(XtX)[-1, -1]))
    lw, b, V = (np.array(c) for c in zip(*rows, strict=True))
    w = np.exp(lw - lw.max())
    w /= w.sum()
    made = dose.estimate(k, n, YEARS, cells, x, 1.4)
    assert isinstance(made, dose.Dose)
    assert made.beta == pytest.approx(w @ b, abs=1e-9)
    assert made.std_error == pytest.approx(np.sqrt(w @ (V + (b - w @ b) ** 2)), abs=1e-9)


def test_two_doses_are_no_dose_response() -> None:
    k, n = counts()
    given = (doses() > 0) * 1.0
    assert dose.estimate(k, n, YEARS, np.ones((6, 5), dtype=bool), given, 1.4) == Refused(
        "too_few", {"doses": 2, "limit": 3}
    )
