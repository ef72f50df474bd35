"""A unit's own level and slope eliminated in closed form: what each region's units say of waves and outcome.

K's memory part is an Ornstein-Uhlenbeck process, whose precision is tridiagonal, so a unit costs O(waves^2).
Axes: B fits, P scales (phi or psi), S shapes (tau, rho), W omegas, D units, T waves, R regions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lhu_effect.effects.noise import YEARS_A_STEP, Array
from lhu_effect.effects.small_systems import dot, pairs, product


@dataclass(frozen=True, eq=False)
class Precision:
    """B^-1 of every unit, B = diagonal + tau^2 R: entries (s, t), s <= t, that are not zero; and ln |B|."""

    entries: dict[tuple[int, int], Array]
    log_det: Array

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

    S = B + omega^2 zz', so Q = B^-1 - U M^-1 U' with U = B^-1 [1, z], M = [[a, b], [b, c + omega^-2]].
    Units stand region by region, region r from starts[r] on. Returns the upper triangle
    (pairs, R, B, P, S, W) and the sum over units of ln|S_d| + ln(1'S_d^-1 1), (B, P, S, W).
    """
    T = y.shape[-1]
    ys = [np.ascontiguousarray(y[..., t])[:, None, None] for t in range(T)]
    one, slope = [np.ones(1)] * T, [np.full(1, v) for v in z]
    P1, Pz, Py = P.times(one), P.times(slope), P.times(ys)
    g1, g2 = [*P1, dot(P1, ys)], [*Pz, dot(Pz, ys)]
    whole = {**P.entries, **{(t, T): Py[t] for t in range(T)}, (T, T): dot(Py, ys)}
    a, b, c = (x[..., None] for x in (dot(P1, one), dot(P1, slope), dot(Pz, slope)))
    w2 = omega**2
    delta = np.where(a > 0, a * (1 + w2 * c) - w2 * b**2, 1.0)
    inverse = np.stack([(1 + w2 * c) / delta, -w2 * b / delta, w2 * a / delta], axis=-2)
    outer = _outer(g1, g2)
    ends = [*starts[1:], len(a[0, 0, 0])]
    taken = [_contracted(outer, inverse, slice(i, j)) for i, j in zip(starts, ends, strict=True)]
    less = np.moveaxis(np.stack(taken), -2, 0)
    gram = -less
    for j, pair in enumerate(pairs(T + 1)):
        if pair in whole:
            total = np.add.reduceat(whole[pair], starts, axis=-1)
            gram[j] += np.moveaxis(total, -1, 0)[..., None]
    return gram, P.log_det.sum(-1)[..., None] + np.log(delta).sum(-2)


def _outer(g1: list[Array], g2: list[Array]) -> Array:
    """g1 g1', g1 g2' + g2 g1' and g2 g2' of every unit: (..., pairs, D, 3)."""
    all_pairs = pairs(len(g1))
    out = np.empty((*g1[0].shape[:-1], len(all_pairs), g1[0].shape[-1], 3))
    for j, (s, t) in enumerate(all_pairs):
        np.multiply(g1[s], g1[t], out=out[..., j, :, 0])
        np.add(g1[s] * g2[t], g2[s] * g1[t], out=out[..., j, :, 1])
        np.multiply(g2[s], g2[t], out=out[..., j, :, 2])
    return out


def _contracted(outer: Array, inverse: Array, units: slice) -> Array:
    """Sum over some units and the three products: (..., pairs, W)."""
    left, right = outer[..., units, :], inverse[..., units, :, :]
    left = left.reshape(*left.shape[:-2], -1)
    return np.asarray(left @ right.reshape(*right.shape[:-3], -1, right.shape[-1]))
