"""The theme composite's numbers: weights, posterior, interval ends and index (method.md 2b, steps 3-10).

Takes oriented counts with chosen indicators and FIT cells; who may enter is decided in `estimators.theme`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lhu_effect.effects import noise
from lhu_effect.effects.elimination import Target, fit_grid
from lhu_effect.effects.noise import REGIONAL, SHAPES, Array, Flags, Rows, normalised

PSI = np.array([0.4, 0.6, 0.85, 1.2, 1.7, 2.5])
PSI_SPREAD = 0.5
WEIGHT_TAU = 0.15
BETWEEN_QUESTIONS = 0.35
STEP, STEPS, BLOCK = 0.05, 60, 20
REFINEMENTS = 60


@dataclass(frozen=True, eq=False)
class Composite:
    """Steps 3-5 for one question. Y, v0, extra: (units, waves); w: (indicators,).

    n, logit_p: (indicators, after waves) at the promise unit. Y1: the target. extra_target: rounding variance
    of Y1. psi0: prior centre of psi.
    """

    Y: Array
    v0: Array
    extra: Array
    w: Array
    psi0: float
    n: Array
    logit_p: Array
    Y1: float
    extra_target: float

    @cached_property
    def sampling(self) -> tuple[float, float, float]:
        """s_g(theta) / psi_g = sum_t a_t^2 sum_i w_i^2 / ((n_i + 1) p (1 - p)) as x + y e^theta + z e^-theta,
        since 1 / (p (1 - p)) = 2 + e^l + e^-l at p = expit(l), here l = logit p~_i + theta."""
        size = (self.w**2)[:, None] / (self.n + 1) / self.n.shape[1] ** 2
        terms = (2 * size, size * np.exp(self.logit_p), size * np.exp(-self.logit_p))
        return float(terms[0].sum()), float(terms[1].sum()), float(terms[2].sum())


def compose(
    k_low: Array, k_high: Array, n: Array, cells: Flags, unit: int, after: Sequence[int], phi0: float
) -> Composite:
    """Weigh the indicators together: k_low, k_high, n (indicators, units, waves), cells (units, waves)."""
    A = list(after)
    k = (k_low + k_high) / 2
    logit_p = smoothed_logits(k, n, cells)
    v = 1 / ((n + 1) * noise.spread(logit_p))
    w = 1 / (WEIGHT_TAU**2 + phi0 * v[:, unit, A].mean(1))
    w = w / w.sum()
    by = w[:, None, None]
    v0, v1 = (by**2 * v).sum(0), (by * np.sqrt(v)).sum(0) ** 2
    M = float((v1[unit, A] / v0[unit, A]).mean())
    extra = (by**2 * noise.rounding_variance(k_low, k_high, n, logit_p)).sum(0)
    Y = (by * noise.empirical_logit(k, n)).sum(0)
    return Composite(
        Y=Y,
        v0=v0,
        extra=extra,
        w=w,
        psi0=phi0 * (1 + BETWEEN_QUESTIONS * (M - 1)),
        n=n[:, unit, A],
        logit_p=logit_p[:, unit, A],
        Y1=float(Y[unit, A].mean()),
        extra_target=float(extra[unit, A].sum()) / len(A) ** 2,
    )


def smoothed_logits(k: Array, n: Array, cells: Flags) -> Array:
    """logit p~ indicator by indicator over the same FIT cells."""
    return np.stack([noise.smoothed_logit(k_i, n_i, cells) for k_i, n_i in zip(k, n, strict=True)])


@dataclass(frozen=True, eq=False)
class Posterior:
    """Steps 7-8 for N questions: grid points (N, G), posterior means (N,), and the targets they answer."""

    made: Sequence[Composite]
    w: Array
    c: Array
    V: Array
    psi: Array
    means: dict[str, Array]

    @property
    def mean(self) -> Array:
        """mbar, the counterfactual."""
        return np.asarray((self.w * self.c).sum(1))

    @property
    def var(self) -> Array:
        """Mixture variance of the counterfactual."""
        return np.asarray((self.w * (self.V + (self.c - self.mean[:, None]) ** 2)).sum(1))

    @property
    def point(self) -> Array:
        """Y1 - mbar."""
        return np.array([m.Y1 for m in self.made]) - self.mean

    def cdf(self, theta: Array) -> Array:
        """F(theta) of step 9; theta (N, R)."""
        from scipy.special import ndtr

        level, up, down = np.array([m.sampling for m in self.made]).T[..., None]
        s1 = level + up * np.exp(theta) + down * np.exp(-theta)
        extra = np.array([m.extra_target for m in self.made])[:, None, None]
        sd = np.sqrt(self.V[:, None] + self.psi[:, None] * s1[..., None] + extra)
        Y1 = np.array([m.Y1 for m in self.made])[:, None, None]
        u = (Y1 - self.c[:, None] - theta[..., None]) / sd
        return np.asarray(np.matmul(ndtr(u), self.w[..., None])[..., 0])


def posterior(
    made: Sequence[Composite],
    cells: Sequence[Flags],
    years: Array,
    units: Sequence[int],
    afters: Sequence[Sequence[int]],
    tau_scale: Sequence[float],
    regions: Rows | None = None,
) -> Posterior:
    """Fit N composites on the same years and number of units over the grid of 312 points (1,560 with regions, (D,))."""
    psi = np.array([m.psi0 for m in made])[:, None] * PSI
    aim = np.zeros((len(made), len(years)))
    for row, after in zip(aim, afters, strict=True):
        row[list(after)] = 1 / len(after)
    variance = psi[..., None, None] * np.stack([m.v0 for m in made])[:, None]
    variance = variance + np.stack([m.extra for m in made])[:, None]
    target = Target(np.arange(len(made)), np.array(units), aim)
    shapes = SHAPES if regions is None else REGIONAL
    Y = np.stack([m.Y for m in made])
    fitted = fit_grid(Y, variance, np.stack(cells), years, target, shapes, regions)
    log_psi = -0.5 * (np.log(PSI) / PSI_SPREAD) ** 2 + np.log(np.gradient(np.log(PSI)))
    log_w = fitted.log_likelihood + shapes.log_prior(np.array(tau_scale))[:, None]
    w = normalised(log_w + log_psi[:, None, None, None])
    tau, psi_of = shapes.tau[:, None, None], np.broadcast_to(psi[..., None, None, None], w.shape)
    parameters = {
        "psi_mean": psi_of,
        "tau_mean": tau,
        "tau2_mean": tau**2,
        "omega_mean": shapes.omega[:, None],
        "omega_r_mean": shapes.omega_r,
    }
    means = {name: (w * x).sum((1, 2, 3, 4)) for name, x in parameters.items()}
    flat = len(made), -1
    return Posterior(
        made, w.reshape(flat), fitted.c.reshape(flat), fitted.V.reshape(flat), psi_of.reshape(flat), means
    )


def ends(post: Posterior, levels: Sequence[float]) -> tuple[Array, Array]:
    """Step 9: lower and upper ends, (N, levels): the first crossing within 60 steps of .05, then refined."""
    tail = (1 - np.array(levels)) / 2
    return _first_crossing(post, -1.0, 1 - tail), _first_crossing(post, 1.0, tail)


def _first_crossing(post: Posterior, sign: float, level: Array) -> Array:
    point = post.point[:, None]
    found = np.zeros((len(point), len(level)), dtype=bool)
    at = np.zeros(found.shape)
    for start in range(1, STEPS + 1, BLOCK):
        j = np.arange(start, min(start + BLOCK, STEPS + 1), dtype=float)
        F = post.cdf(point + sign * STEP * j)
        passed = (F[..., None] - level) * sign <= 0
        at = np.where(found, at, j[passed.argmax(1)])
        found |= passed.any(1)
        if found.all():
            break
    at = np.where(found, at, 1.0)
    inner, outer = point + sign * STEP * (at - 1), point + sign * STEP * at
    return np.where(found, _refined(post, inner, outer, level), sign * np.inf)


def _refined(post: Posterior, inner: Array, outer: Array, level: Array) -> Array:
    """The crossing between inner and outer by false position with Illinois' halving, to machine precision."""
    at_inner, at_outer = post.cdf(inner) - level, post.cdf(outer) - level
    new = outer
    for _ in range(REFINEMENTS):
        span = at_outer - at_inner
        share = np.where(span == 0, 0.5, at_inner / np.where(span == 0, 1.0, -span))
        old, new = new, inner + share * (outer - inner)
        value = post.cdf(new) - level
        crossed = value * at_outer < 0
        inner = np.where(crossed, outer, inner)
        at_inner = np.where(crossed, at_outer, at_inner / 2)
        outer, at_outer = new, value
        if (np.abs(new - old) <= 1e-14 * (1 + np.abs(new))).all() or (value == 0).all():
            break
    return new


def index(post: Posterior, theta: Array) -> Array:
    """Step 10: 100 x the sum of shares under theta over the sum expected; theta (N, R)."""
    out = np.empty(theta.shape)
    for i, (made, mean) in enumerate(zip(post.made, post.mean, strict=True)):
        o = made.logit_p.mean(1)
        cf = o - (made.w * o).sum() + mean
        moved = noise.expit(np.clip(cf[:, None] + theta[i], -745, 745)).sum(0)
        moved = np.where(theta[i] == -np.inf, 0.0, np.where(theta[i] == np.inf, len(cf), moved))
        out[i] = 100 * moved / noise.expit(cf).sum()
    return out
