"""A unit's own level and slope eliminated in closed form: what each region's units say of waves and outcome.

K's memory part is an Ornstein-Uhlenbeck process, whose precision is tridiagonal, so a unit costs O(waves^2).
Axes: B fits, P scales (phi or psi), S shapes (tau, rho), W omegas, D units, T waves, R regions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lhu_effect.effects.noise import YEARS_A_STEP, Array
from lhu_effect.effects.small_systems import dot, pairs, product, total


@dataclass(frozen=True, eq=False)
class Precision:
    """B^-1 of every unit, B = diagonal + tau^2 R: entries (s, t), s <= t, that are not zero; and ln |B|."""

    entries: dict[tuple[int, int], Array]
    log_det: Array

    def sums(self) -> list[Array]:
        """B^-1 1."""
        out = [self.entries[t, t] for t in range(1 + max(t for _, t in self.entries))]
        for (s, t), p in self.entries.items():
            if s != t:
                out[s] = out[s] + p
                out[t] = out[t] + p
        return out

    def times(self, x: list[Array]) -> list[Array]:
        """B^-1 x for x given wave by wave."""
        out = [self.entries[t, t] * x[t] for t in range(len(x))]
        for (s, t), p in self.entries.items():
            if s != t:
                out[s] = out[s] + p * x[t]
                out[t] = out[t] + p * x[s]
        return out


def precision(inv: Array, years: Array, tau2: Array, rho: float) -> Precision:
    """inv (B, P, D, T): 1/diagonal, 0 where there is no FIT cell. Entries (B, P, S, D)."""
    w = [np.ascontiguousarray(inv[..., t])[:, :, None] for t in range(inv.shape[-1])]
    seen_det = -np.log(np.where(inv > 0, inv, 1.0)).sum(-1)[:, :, None]
    if rho == 0:
        grown = [1 + x * tau2[:, None] for x in w]
        entries = {(t, t): x / g for t, (x, g) in enumerate(zip(w, grown, strict=True))}
        return Precision(entries, seen_det + np.log(product(grown)))
    return _with_memory(w, seen_det, rho ** (np.diff(years) / YEARS_A_STEP), tau2[:, None])


def _with_memory(w: list[Array], seen_det: Array, r: Array, tau2: Array) -> Precision:
    """W - W C^-1 W with the tridiagonal C = W + (tau^2 R)^-1; r: correlations of neighbouring waves."""
    T = len(w)
    gain = 1 / (1 - r**2)
    share = np.concatenate([[0.0], r**2 * gain, [0.0]])
    off = [-r[t] * gain[t] / tau2 for t in range(T - 1)]
    C = [w[t] + (1 + share[t] + share[t + 1]) / tau2 for t in range(T)]
    d, u = [C[0]], [C[-1]]
    for t in range(1, T):
        d.append(C[t] - off[t - 1] ** 2 / d[-1])
        u.append(C[T - 1 - t] - off[T - 1 - t] ** 2 / u[-1])
    u.reverse()
    entries = {}
    for t in range(T):
        inverse = 1 / (d[t] + u[t] - C[t])
        entries[t, t] = w[t] * (1 - w[t] * inverse)
        for s in range(t - 1, -1, -1):
            inverse = inverse * (-off[s] / d[s])
            entries[s, t] = -w[s] * w[t] * inverse
    log_det = np.log(product(d)) + T * np.log(tau2) + np.log(1 - r**2).sum()
    return Precision(entries, seen_det + log_det)


def without_units(
    P: Precision, y: Array, z: Array, omega: Array, starts: Sequence[int]
) -> tuple[Array, Array]:
    """Per region the sum over its units of E'QE with E = [waves, y] and Q = S^-1 less the unit's own level.

    S = B + omega^2 zz'. With the slope measured from the unit's weighted mean year (g2 below) level and slope
    are orthogonal: Q = B^-1 - g1 g1'/a - kappa g2 g2', where only kappa = omega^2 / (1 + omega^2 c) depends
    on omega. Units stand region by region, region r from starts[r] on. Returns the upper triangle
    (pairs, R, B, P, S, W) and the sum over units of ln|S_d| + ln(1'S_d^-1 1), (B, P, S, W).
    """
    T = y.shape[-1]
    ys = [np.ascontiguousarray(y[..., t])[:, None, None] for t in range(T)]
    P1, Pz, Py = P.sums(), P.times([np.full(1, v) for v in z]), P.times(ys)
    a, b = total(P1), total(Pz)
    known = np.where(a > 0, a, 1.0)
    lean = b / known
    g1 = [*P1, dot(P1, ys)]
    g2 = [x - lean * g for x, g in zip([*Pz, dot(Pz, ys)], g1, strict=True)]
    c = dot(g2[:T], list(z))
    entries = {**P.entries, **{(t, T): Py[t] for t in range(T)}, (T, T): dot(Py, ys)}
    fixed = _by_region(_without_level(entries, g1, 1 / known), starts)  # (pairs, B, P, S, R)
    drift = 1 + omega**2 * c[..., None]  # (B, P, S, D, W)
    sloped = _weighted(g2, omega**2 / drift, starts)  # (R, B, P, S, pairs, W)
    gram = np.moveaxis(fixed, -1, 1)[..., None] - np.moveaxis(sloped, -2, 0)
    log_det = (P.log_det + np.log(known)).sum(-1)
    return gram, log_det[..., None] + np.log(drift).sum(-2)


def _without_level(entries: dict[tuple[int, int], Array], g1: list[Array], inverse: Array) -> Array:
    """E'B^-1E - g1 g1'/a of every unit, upper triangle: (pairs, B, P, S, D)."""
    all_pairs = pairs(len(g1))
    out = np.empty((len(all_pairs), *g1[0].shape))
    scaled = [g * inverse for g in g1]
    for whole, (s, t) in zip(out, all_pairs, strict=True):
        np.multiply(g1[s], scaled[t], out=whole)
        np.subtract(entries.get((s, t), 0.0), whole, out=whole)
    return out


def _by_region(x: Array, starts: Sequence[int]) -> Array:
    """Sums of the last axis from each start to the next."""
    return x @ np.ones((x.shape[-1], 1)) if len(starts) == 1 else np.add.reduceat(x, starts, axis=-1)


def _weighted(g: list[Array], weight: Array, starts: Sequence[int]) -> Array:
    """Per region the weighted sum over its units of g g': (R, B, P, S, pairs, W). weight (B, P, S, D, W)."""
    all_pairs = pairs(len(g))
    outer = np.empty((*g[0].shape[:-1], len(all_pairs), g[0].shape[-1]))
    for j, (s, t) in enumerate(all_pairs):
        np.multiply(g[s], g[t], out=outer[..., j, :])
    ends = [*starts[1:], outer.shape[-1]]
    regions = [slice(i, j) for i, j in zip(starts, ends, strict=True)]
    return np.stack([outer[..., r] @ weight[..., r, :] for r in regions])
