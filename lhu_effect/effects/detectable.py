"""The smallest effect a survey could show: power of the count interval over the counterfactual mixture.

method.md section 5: smallest difference of shares with P(the unadjusted interval excludes 0) >= power, the
count drawn as Normal(n1 p1, phibar n1 p1 q1). Needs no outcome, so it can be asked before a survey is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lhu_effect.effects.mixture import EASY, LEVEL_NEAR, NEAR, Mixture, cdf, crossing, mixture
from lhu_effect.effects.noise import Array, expit
from lhu_effect.effects.posterior import Counterfactual

ALPHA = 0.05
POWER = 0.8
LOT = 16
STEPS = 100
EDGE = 1e-6


@dataclass(frozen=True)
class Detectable:
    """Smallest visible change of the share, as positive differences 0-1; NaN where even total disappearance
    (or everybody saying yes) would be invisible."""

    decrease: float
    increase: float


def detectable(posterior: Counterfactual, n: float, alpha: float = ALPHA, power: float = POWER) -> Detectable:
    """The smallest detectable effects of one target with n answers."""
    return detectable_many([posterior], [n], alpha, power)[0]


def detectable_many(
    posteriors: Sequence[Counterfactual], n: Sequence[float], alpha: float = ALPHA, power: float = POWER
) -> list[Detectable]:
    """One result per posterior, in their order. n: answers of the target wave."""
    found: dict[int, Detectable] = {}
    for size in sorted({len(p.weight) for p in posteriors}):
        same = [i for i, p in enumerate(posteriors) if len(p.weight) == size]
        for start in range(0, len(same), LOT):
            rows = same[start : start + LOT]
            answers = np.array([n[i] for i in rows], dtype=float)
            found |= zip(rows, _lot([posteriors[i] for i in rows], answers, alpha, power), strict=True)
    return [found[i] for i in range(len(posteriors))]


def _lot(posteriors: Sequence[Counterfactual], n: Array, alpha: float, power: float) -> list[Detectable]:
    w, c, V, phi = (np.stack([getattr(p, x) for p in posteriors]) for x in ("weight", "c", "V", "phi"))
    mix = mixture(w, c, V, phi, n)
    critical = critical_counts(mix, alpha)
    drawn = mixture(w, c, V, np.broadcast_to(mix.phi_mean[:, None], phi.shape), n)
    drawn = replace(drawn, phi_mean=mix.phi_mean)
    theta = crossing(drawn, critical, np.broadcast_to([power, 1 - power], critical.shape))
    moved = np.abs(expit(mix.mean[:, None] + theta) - expit(mix.mean[:, None]))
    moved = np.where(np.isfinite(theta), moved, np.nan)
    return [Detectable(*pair) for pair in moved.tolist()]


def critical_counts(mix: Mixture, alpha: float = ALPHA) -> Array:
    """Counts (real-valued, (B, 2)) below and above which the two-sided interval excludes 0.

    0 where no count is small enough, n where none is large enough. Halley's steps on the probit of F(0),
    which grows in the count, inside a bracket.
    """
    from scipy.special import ndtr, ndtri

    level = np.array([alpha / 2, 1 - alpha / 2])
    z = ndtri(level)
    n = mix.n[:, None]
    extreme = np.concatenate([0 * n, n], axis=1)
    at_extreme = cdf(mix, extreme, np.zeros(extreme.shape))
    never = np.stack([at_extreme[:, 0] >= level[0], at_extreme[:, 1] <= level[1]], axis=1)
    p = expit(mix.mean[:, None])
    sd = np.sqrt(n * p * (1 - p) * (mix.phi_mean[:, None] + mix.variance[:, None] * n * p * (1 - p)))
    low, high = np.zeros((len(n), 2)), np.broadcast_to(n, (len(n), 2))
    k = np.where(never, extreme, np.clip(n * p + z * sd, EDGE, n - EDGE))
    each, rise = n[..., None] * mix.more[:, None], (mix.less + mix.more)[:, None]
    for count in range(STEPS):
        u = k[..., None] * rise - each
        density = np.exp(-0.5 * u * u) * rise
        sums = (ndtr(u), density, density * u * rise)
        F, first, second = (np.matmul(x, mix.weight[..., None])[..., 0] for x in sums)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            g = ndtri(np.minimum(F, 1.0))
            stretch = np.exp(0.5 * g * g)
            first = first * stretch
            second = g * first**2 - second * stretch
            tried = k - 2 * (g - z) * first / (2 * first**2 - (g - z) * second)
        under = g < z
        low, high = np.where(under, k, low), np.where(under, high, k)
        smooth = (tried > low) & (tried < high) & (count < EASY)
        new = np.where(smooth, tried, (low + high) / 2)
        close = smooth & (np.abs(g - z) < LEVEL_NEAR) & (np.abs(new - k) <= NEAR * sd)
        settled = close | (~smooth & (np.abs(new - k) <= EDGE / 2))
        k = np.where(never, extreme, new)
        if (settled | never).all():
            break
    return k
