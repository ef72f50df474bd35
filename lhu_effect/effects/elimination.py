"""The noise-floor model's likelihood and prediction over its whole grid, without a matrix of all units.

Units are independent given the wave (and region) terms (method.md 2.3): `unit_terms` eliminates each unit's
own terms, `region_terms` each region's, and a waves x waves system is left per grid point. The whole fit
grows linearly in units. Axes: N targets of B fits, P scales (phi or psi), S shapes (tau, rho), W omegas,
Z omega_r, D units, T waves, R regions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lhu_effect.effects.noise import YEARS_A_STEP, Array, Flags, Rows, Shapes
from lhu_effect.effects.region_terms import Regions, without_regions
from lhu_effect.effects.small_systems import backward, cholesky, dot, forward, pairs, product
from lhu_effect.effects.unit_terms import precision, without_units


@dataclass(frozen=True, eq=False)
class Fitted:
    """Per target and grid point (N, P, S, W, Z): REML log likelihood, mean c and variance V of its log-odds."""

    log_likelihood: Array
    c: Array
    V: Array


@dataclass(frozen=True, eq=False)
class Target:
    """What is predicted: of fit `fit` (N,), row `unit` (N,), the waves weighted by `aim` (N, T), sum 1."""

    fit: Rows
    unit: Rows
    aim: Array


def fit_grid(
    y: Array,
    variance: Array,
    fit: Flags,
    years: Array,
    target: Target,
    shapes: Shapes,
    regions: Rows | None = None,
) -> Fitted:
    """Fit y = a_d + l_t + e at every grid point and predict sum_t aim_t y[unit, t] of each target.

    y (B, D, T); variance (B, P, D, T): the diagonal of S_d without K; fit (B, D, T); years (T,) ascending.
    regions: (D,) 0..R-1, used with shapes.omega_r. Where fit is False, y and variance are not read. A target
    must be linked to its unit's FIT cells. Several targets may ask of one fit, which is then made once.
    """
    z = (years - years.mean()) / YEARS_A_STEP
    seen = fit[:, None]
    inv = np.where(seen, 1 / np.where(seen, variance, 1.0), 0.0)
    y = np.where(fit, y, 0.0)
    label = np.zeros(fit.shape[1], dtype=np.intp) if regions is None else regions
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.diff(label[order], prepend=-1)).tolist()
    parts = [
        without_units(precision(inv[:, :, order], years, tau**2, rho), y[:, order], z, shapes.omega, starts)
        for rho, tau in _by_rho(shapes)
    ]
    of = target.fit
    gram = np.concatenate([g for g, _ in parts], axis=4)
    region = without_regions(gram, shapes.omega_r, label[target.unit], of)
    own = _without_waves(region, _free_waves(fit)).of(of)
    c, V = _predict(inv[of, :, target.unit], y[of, target.unit], z, years, target.aim, shapes, own)
    unit_det = np.concatenate([log_det for _, log_det in parts], axis=2)[of][..., None]
    return Fitted(-0.5 * (unit_det + own.log_det + own.rss), c, V)


def _by_rho(shapes: Shapes) -> Iterator[tuple[float, Array]]:
    for rho in dict.fromkeys(shapes.rho.tolist()):
        yield rho, shapes.tau[shapes.rho == rho]


@dataclass(frozen=True, eq=False)
class _Waves:
    """The wave terms: L lower Cholesky of X'S^-1X with units eliminated, b its solution (T, B, P, S, W, Z).

    region: what predicts the shocks of the targets' regions.
    """

    free: Array
    L: list[list[Array]]
    b: Array
    log_det: Array
    rss: Array
    region: Regions

    def of(self, fit: Rows) -> _Waves:
        """One entry per target instead of one per fit."""
        return _Waves(
            self.free[:, fit],
            [[entry[fit] for entry in row] for row in self.L],
            self.b[:, fit],
            self.log_det[fit],
            self.rss[fit],
            self.region,
        )


def _without_waves(region: Regions, free: Flags) -> _Waves:
    T = free.shape[-1]
    gram = region.gram
    place = {p: i for i, p in enumerate(pairs(T + 1))}
    wave = np.moveaxis(free, 1, 0)[:, :, None, None, None, None]
    keep = wave.astype(float)
    A = [[gram[place[t, s]] * keep[s] * keep[t] for t in range(s + 1)] for s in range(T)]
    for t in range(T):
        A[t][t] = np.where(wave[t], A[t][t], 1.0)
    L = cholesky(A)
    half = forward(L, [gram[place[t, T]] * keep[t] for t in range(T)])
    rss = gram[place[T, T]] - dot(half, half)
    log_det = 2 * np.log(product([L[t][t] for t in range(T)])) + region.log_det
    return _Waves(keep, L, np.stack(backward(L, half)), log_det, rss, region)


def _predict(
    inv: Array, y: Array, z: Array, years: Array, aim: Array, shapes: Shapes, waves: _Waves
) -> tuple[Array, Array]:
    """Step 5 for one unit of each problem: inv (N, P, T), y (N, T). Returns c and V, (N, P, S, W, Z).

    With regions the wave terms seen by the unit are l + u; g is h of step 5 on them.
    """
    S_inv = _unit_precision(inv, z, years, shapes)  # (T, T, N, P, S, W, 1)
    q, K00 = _covariance_with_target(z, years, aim, shapes)
    P1, Pq = S_inv.sum(1), (S_inv * q).sum(1)
    level = P1.sum(0)
    goal = aim.T[:, :, None, None, None, None]
    h_a = 1 - Pq.sum(0)
    g = goal - Pq - h_a / level * P1
    seen, h, shock = _with_shocks(waves, g, shapes)
    resid = y.T[:, :, None, None, None, None] - seen
    a = (P1 * resid).sum(0) / level
    c = a + (goal * seen).sum(0) + (Pq * (resid - a)).sum(0)
    half = forward(waves.L, list(h * waves.free))
    V = K00 - (q * Pq).sum(0) + h_a**2 / level + dot(half, half) + shock
    return c, V


def _with_shocks(waves: _Waves, g: Array, shapes: Shapes) -> tuple[Array, Array, Array | float]:
    """Wave terms with the region's predicted shocks, h with them eliminated, and their variance."""
    if not shapes.omega_r.any():
        return waves.b, g, 0.0
    T = len(waves.b)
    *H, r = waves.region.gain
    w = shapes.omega_r
    left = [r[j] - sum(H[t][j] * waves.b[t] for t in range(T)) for j in range(T)]
    u = np.stack(backward(waves.region.root, left)) * w**2
    half = [x * w for x in forward(waves.region.root, list(g + 0 * u))]
    h = np.stack([g[t] - w * dot(half, H[t]) for t in range(T)])
    return waves.b + u, h, dot(half, half)


def _unit_precision(inv: Array, z: Array, years: Array, shapes: Shapes) -> Array:
    T = len(years)
    one_rho = []
    for rho, tau in _by_rho(shapes):
        P = precision(inv[:, :, None], years, tau**2, rho)
        zero = np.zeros_like(P.entries[0, 0])
        full = [[P.entries.get((min(s, t), max(s, t)), zero) for t in range(T)] for s in range(T)]
        one_rho.append(np.array(full))  # (T, T, N, P, S, 1)
    B_inv = np.concatenate(one_rho, axis=4)
    slope = z[:, None, None, None, None]
    Pz = (B_inv * slope).sum(1)
    w2 = shapes.omega**2
    shrink = w2 / (1 + w2 * (Pz * slope).sum(0))
    return np.asarray(B_inv - shrink * Pz[:, None] * Pz)[..., None]


def _covariance_with_target(z: Array, years: Array, aim: Array, shapes: Shapes) -> tuple[Array, Array]:
    """q = K[:, target] (T, N, 1, S, W, 1) and K[target, target] (N, 1, S, W, 1)."""
    apart = np.abs(years[:, None] - years) / YEARS_A_STEP
    R = np.where(apart[..., None] == 0, 1.0, shapes.rho ** apart[..., None])  # (T, T, S)
    memory = np.einsum("uts,bt->ubs", shapes.tau**2 * R, aim)[:, :, None, :, None]
    drift = shapes.omega**2 * (aim @ z)[:, None, None, None]
    q = memory + z[:, None, None, None, None] * drift
    return q[..., None], np.einsum("ubpsw,bu->bpsw", q, aim)[..., None]


def _free_waves(fit: Flags) -> Flags:
    """Waves that get a dummy: with FIT cells, and not the first of their linked set. (B, T)."""
    seen = fit.astype(np.int64)
    reach = np.einsum("bds,bdt->bst", seen, seen) > 0
    for _ in range(int(np.ceil(np.log2(max(fit.shape[-1], 2))))):
        step = reach.astype(np.int64)
        reach = (step @ step) > 0
    first = reach.argmax(-1) == np.arange(fit.shape[-1])
    return np.asarray(fit.any(1) & ~first)
