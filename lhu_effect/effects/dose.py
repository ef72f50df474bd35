"""Dose-response: one log-odds effect per unit of dose, as an extra column of the noise-floor model.

method.md section 8, library only: theta_d = beta dose_d in the after waves of exposed units, fitted with the
same grid, priors and REML as the default estimator. A dose is a delivered share as somebody reported it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lhu_effect.effects import noise
from lhu_effect.effects.elimination import Target, fit_grid
from lhu_effect.effects.noise import SHAPES, TAU_SCALE, Array, Flags
from lhu_effect.effects.refused import Refused

MIN_DOSES = 3
HALVINGS = 200


@dataclass(frozen=True)
class Dose:
    """beta: log odds ratio at dose 1 against dose 0; std_error: of the posterior mixture. doses: distinct."""

    beta: float
    std_error: float
    intervals: Mapping[float, tuple[float, float]]
    p_value: float
    doses: tuple[float, ...]


def estimate(
    k: Array,
    n: Array,
    years: Array,
    fit: Flags,
    dose: Array,
    phi0: float,
    levels: Sequence[float] = (0.95, 0.90),
) -> Dose | Refused:
    """k, n, fit: (units, waves); dose: (units, waves), the dose an answer was given under, 0 before and in
    comparison units. Cells of fit take part whatever their dose; fewer than three distinct doses refuse."""
    cells = noise.usable(k, n, fit)
    doses = tuple(sorted(set(dose[cells].tolist())))
    if len(doses) < MIN_DOSES:
        return Refused("too_few", {"doses": len(doses), "limit": MIN_DOSES})
    logit_p = noise.smoothed_logit(k, n, cells)
    v = 1 / ((n + 1) * noise.spread(logit_p))
    phi = np.array(noise.PHI)
    y = np.where(cells, noise.empirical_logit(k, n), 0.0)
    outcomes = np.stack([np.zeros(y.shape), y, dose, y + dose])
    variance = np.broadcast_to(phi[:, None, None] * v, (4, len(phi), *v.shape))
    nobody = Target(np.arange(4), np.zeros(4, dtype=np.intp), np.eye(len(years))[np.zeros(4, dtype=np.intp)])
    ll = fit_grid(
        outcomes, variance, np.broadcast_to(cells, outcomes.shape), years, nobody, SHAPES
    ).log_likelihood
    yy, xx, both = (2 * (ll[0] - ll[i]) for i in (1, 2, 3))
    if not (xx > 1e-9).all():
        return Refused("no_comparison")
    xy = (both - yy - xx) / 2
    log_w = ll[0] - 0.5 * (yy - xy**2 / xx) - 0.5 * np.log(xx)
    log_w = log_w + SHAPES.log_prior(np.array([TAU_SCALE]))[0]
    log_w = log_w + noise.log_prior_phi(np.array([phi0]))[0][:, None, None, None]
    w = noise.normalised(log_w[None])[0].ravel()
    return _summary(w, (xy / xx).ravel(), (1 / xx).ravel(), levels, doses)


def _summary(w: Array, b: Array, V: Array, levels: Sequence[float], doses: tuple[float, ...]) -> Dose:
    from scipy.special import ndtr

    mean = float(w @ b)
    sd = float(np.sqrt(w @ (V + (b - mean) ** 2)))

    def below(x: float) -> float:
        return float(w @ ndtr((x - b) / np.sqrt(V)))

    def quantile(level: float) -> float:
        low, high = mean - 60 * sd, mean + 60 * sd
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if below(middle) < level else (low, middle)
        return (low + high) / 2

    ends = {level: (quantile((1 - level) / 2), quantile((1 + level) / 2)) for level in levels}
    at_zero = below(0.0)
    return Dose(mean, sd, ends, 2 * min(at_zero, 1 - at_zero), doses)
