"""The noise-floor model's likelihood and prediction over its whole grid, without a matrix of all units.

Units are independent given the wave terms (method.md 2.3), so each unit's own intercept and slope are
eliminated in closed form and only a waves x waves system is left per grid point. K's memory part is an
Ornstein-Uhlenbeck process, whose precision is tridiagonal: a unit costs O(waves^2), the whole fit grows
linearly in units. Axes: B problems, P scales (phi or psi), S shapes (tau, rho), W omegas, D units, T waves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhu_effect.effects.noise import YEARS_A_STEP, Array, Flags, Shapes

Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Fitted:
    """Per target and grid point (N, P, S, W): REML log likelihood, mean c and variance V of its log-odds."""

    log_likelihood: Array
    c: Array
    V: Array


@dataclass(frozen=True, eq=False)
class Target:
    """What is predicted: of fit `fit` (N,), row `unit` (N,), the waves weighted by `aim` (N, T), sum 1."""

    fit: Rows
    unit: Rows
    aim: Array


def fit_grid(y: Array, variance: Array, fit: Flags, years: Array, target: Target, shapes: Shapes) -> Fitted:
    """Fit y = a_d + l_t + e at every grid point and predict sum_t aim_t y[unit, t] of each target.

    y (B, D, T); variance (B, P, D, T): the diagonal of S_d without K; fit (B, D, T); years (T,) ascending.
    Where fit is False, y and variance are not read. A target must be linked to its unit's FIT cells. Several
    targets may ask of one fit, which is then made once.
    """
    z = (years - years.mean()) / YEARS_A_STEP
    seen = fit[:, None]
    inv = np.where(seen, 1 / np.where(seen, variance, 1.0), 0.0)
    y = np.where(fit, y, 0.0)
    grams, log_dets = [], []
    for rho, tau in _by_rho(shapes):
        gram, log_det = _without_units(_precision(inv, years, tau**2, rho), y, z, shapes.omega)
        grams.append(gram)
        log_dets.append(log_det)
    waves = _without_waves(np.concatenate(grams, axis=3), _free_waves(fit))
    of = target.fit
    own = waves.of(of)
    c, V = _predict(inv[of, :, target.unit], y[of, target.unit], z, years, target.aim, shapes, own)
    reml = np.concatenate(log_dets, axis=2)[of] + own.log_det + own.rss
    return Fitted(-0.5 * reml, c, V)


@dataclass(frozen=True, eq=False)
class _Precision:
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


def _by_rho(shapes: Shapes) -> Iterator[tuple[float, Array]]:
    for rho in dict.fromkeys(shapes.rho.tolist()):
        yield rho, shapes.tau[shapes.rho == rho]


def _precision(inv: Array, years: Array, tau2: Array, rho: float) -> _Precision:
    """inv (B, P, D, T): 1/diagonal, 0 where there is no FIT cell. Entries (B, P, S, D)."""
    w = [np.ascontiguousarray(inv[..., t])[:, :, None] for t in range(inv.shape[-1])]
    seen_det = -np.log(np.where(inv > 0, inv, 1.0)).sum(-1)[:, :, None]
    if rho == 0:
        grown = [1 + x * tau2[:, None] for x in w]
        entries = {(t, t): x / g for t, (x, g) in enumerate(zip(w, grown, strict=True))}
        return _Precision(entries, seen_det + np.log(_product(grown)))
    return _memory_precision(w, seen_det, rho ** (np.diff(years) / YEARS_A_STEP), tau2[:, None])


def _memory_precision(w: list[Array], seen_det: Array, r: Array, tau2: Array) -> _Precision:
    """W - W C^-1 W with the tridiagonal C = W + (tau^2 R)^-1; r: correlations of neighbouring waves."""
    T = len(w)
    gain = 1 / (1 - r**2)
    on = [
        1 + (r[t - 1] ** 2 * gain[t - 1] if t else 0) + (r[t] ** 2 * gain[t] if t < T - 1 else 0)
        for t in range(T)
    ]
    off = [-r[t] * gain[t] / tau2 for t in range(T - 1)]
    C = [w[t] + on[t] / tau2 for t in range(T)]
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
    log_det = np.log(_product(d)) + T * np.log(tau2) + np.log(1 - r**2).sum()
    return _Precision(entries, seen_det + log_det)


def _product(terms: list[Array]) -> Array:
    out = terms[0]
    for x in terms[1:]:
        out = out * x
    return out


def _dot(x: list[Array], y: list[Array]) -> Array:
    out = x[0] * y[0]
    for a, b in zip(x[1:], y[1:], strict=True):
        out = out + a * b
    return out


def _pairs(size: int) -> list[tuple[int, int]]:
    return [(s, t) for s in range(size) for t in range(s, size)]


def _without_units(P: _Precision, y: Array, z: Array, omega: Array) -> tuple[Array, Array]:
    """Sum over units of E'QE with E = [waves, y] and Q = S^-1 less the unit's own level.

    S = B + omega^2 zz', so Q = B^-1 - U M^-1 U' with U = B^-1 [1, z], M = [[a, b], [b, c + omega^-2]].
    Returns the upper triangle (pairs, B, P, S, W) and sum ln|S_d| + ln(1'S_d^-1 1), (B, P, S, W).
    """
    T = y.shape[-1]
    ys = [np.ascontiguousarray(y[..., t])[:, None, None] for t in range(T)]
    one, slope = [np.ones(1)] * T, [np.full(1, v) for v in z]
    P1, Pz, Py = P.times(one), P.times(slope), P.times(ys)
    a, b, c = _dot(P1, one), _dot(P1, slope), _dot(Pz, slope)
    g1, g2 = [*P1, _dot(P1, ys)], [*Pz, _dot(Pz, ys)]
    whole = {**P.entries, **{(t, T): Py[t] for t in range(T)}, (T, T): _dot(Py, ys)}
    w2 = omega**2
    a, b, c = a[..., None], b[..., None], c[..., None]
    delta = np.where(a > 0, a * (1 + w2 * c) - w2 * b**2, 1.0)
    outer = _outer(g1, g2)
    inverse = np.concatenate([(1 + w2 * c) / delta, -w2 * b / delta, w2 * a / delta], axis=-2)
    taken = np.moveaxis(outer @ inverse, -2, 0)
    total = [whole[p].sum(-1)[..., None] if p in whole else 0.0 for p in _pairs(T + 1)]
    gram = np.stack([full - less for full, less in zip(total, taken, strict=True)])
    return gram, P.log_det.sum(-1)[..., None] + np.log(delta).sum(-2)


def _outer(g1: list[Array], g2: list[Array]) -> Array:
    """g1 g1', g1 g2' + g2 g1' and g2 g2' of every unit side by side: (..., pairs, 3 D)."""
    D = g1[0].shape[-1]
    pairs = _pairs(len(g1))
    out = np.empty((*g1[0].shape[:-1], len(pairs), 3 * D))
    for j, (s, t) in enumerate(pairs):
        np.multiply(g1[s], g1[t], out=out[..., j, :D])
        np.multiply(g1[s], g2[t], out=out[..., j, D : 2 * D])
        out[..., j, D : 2 * D] += g2[s] * g1[t]
        np.multiply(g2[s], g2[t], out=out[..., j, 2 * D :])
    return out


@dataclass(frozen=True, eq=False)
class _Waves:
    """The wave terms: L lower Cholesky of X'S^-1X with units eliminated, b its solution (T, B, P, S, W)."""

    free: Array
    L: list[list[Array]]
    b: Array
    log_det: Array
    rss: Array

    def of(self, fit: Rows) -> _Waves:
        """One entry per target instead of one per fit."""
        L = [[entry[fit] for entry in row] for row in self.L]
        return _Waves(self.free[:, fit], L, self.b[:, fit], self.log_det[fit], self.rss[fit])


def _without_waves(gram: Array, free: Flags) -> _Waves:
    T = free.shape[-1]
    place = {p: i for i, p in enumerate(_pairs(T + 1))}
    keep = free[:, :, None, None, None].astype(float)
    wave = free[:, :, None, None, None]
    A = [[gram[place[t, s]] * keep[:, s] * keep[:, t] for t in range(s + 1)] for s in range(T)]
    for t in range(T):
        A[t][t] = np.where(wave[:, t], A[t][t], 1.0)
    L = _cholesky(A)
    forward = _forward(L, [gram[place[t, T]] * keep[:, t] for t in range(T)])
    rss = gram[place[T, T]] - _dot(forward, forward)
    log_det = 2 * np.log(_product([L[t][t] for t in range(T)]))
    return _Waves(np.moveaxis(keep, 1, 0), L, np.stack(_backward(L, forward)), log_det, rss)


def _cholesky(A: list[list[Array]]) -> list[list[Array]]:
    """Lower triangle of lower triangle, entry by entry, for as many matrices as the entries have elements."""
    L: list[list[Array]] = []
    for s, row in enumerate(A):
        L.append([])
        for t, value in enumerate(row):
            for j in range(t):
                value = value - L[s][j] * L[t][j]
            L[s].append(np.sqrt(value) if s == t else value / L[t][t])
    return L


def _forward(L: list[list[Array]], x: list[Array]) -> list[Array]:
    out: list[Array] = []
    for s, value in enumerate(x):
        for j in range(s):
            value = value - L[s][j] * out[j]
        out.append(value / L[s][s])
    return out


def _backward(L: list[list[Array]], x: list[Array]) -> list[Array]:
    out = list(x)
    for s in range(len(x) - 1, -1, -1):
        for j in range(s + 1, len(x)):
            out[s] = out[s] - L[j][s] * out[j]
        out[s] = out[s] / L[s][s]
    return out


def _predict(
    inv: Array, y: Array, z: Array, years: Array, aim: Array, shapes: Shapes, waves: _Waves
) -> tuple[Array, Array]:
    """Step 5 for one unit of each problem: inv (B, P, T), y (B, T). Returns c and V, (B, P, S, W)."""
    S_inv = _unit_precision(inv, z, years, shapes)  # (T, T, B, P, S, W)
    q, K00 = _covariance_with_target(z, years, aim, shapes)
    P1, Pq = S_inv.sum(1), (S_inv * q).sum(1)
    resid = y.T[:, :, None, None, None] - waves.b
    precision = P1.sum(0)
    a = (P1 * resid).sum(0) / precision
    goal = aim.T[:, :, None, None, None]
    c = a + (goal * waves.b).sum(0) + (Pq * (resid - a)).sum(0)
    h_a = 1 - Pq.sum(0)
    h = (goal - Pq - h_a / precision * P1) * waves.free
    half = _forward(waves.L, list(h))
    V = K00 - (q * Pq).sum(0) + h_a**2 / precision + _dot(half, half)
    return c, V


def _unit_precision(inv: Array, z: Array, years: Array, shapes: Shapes) -> Array:
    T = len(years)
    one_rho = []
    for rho, tau in _by_rho(shapes):
        P = _precision(inv[:, :, None], years, tau**2, rho)
        zero = np.zeros_like(P.entries[0, 0])
        full = [[P.entries.get((min(s, t), max(s, t)), zero) for t in range(T)] for s in range(T)]
        one_rho.append(np.array(full))  # (T, T, B, P, S, 1)
    B_inv = np.concatenate(one_rho, axis=4)
    slope = z[:, None, None, None, None]
    Pz = (B_inv * slope).sum(1)
    w2 = shapes.omega**2
    shrink = w2 / (1 + w2 * (Pz * slope).sum(0))
    return np.asarray(B_inv - shrink * Pz[:, None] * Pz)


def _covariance_with_target(z: Array, years: Array, aim: Array, shapes: Shapes) -> tuple[Array, Array]:
    """q = K[:, target] (T, B, 1, S, W) and K[target, target] (B, 1, S, W)."""
    apart = np.abs(years[:, None] - years) / YEARS_A_STEP
    R = np.where(apart[..., None] == 0, 1.0, shapes.rho ** apart[..., None])  # (T, T, S)
    memory = np.einsum("uts,bt->ubs", shapes.tau**2 * R, aim)[:, :, None, :, None]
    drift = shapes.omega**2 * (aim @ z)[:, None, None, None]
    q = memory + z[:, None, None, None, None] * drift
    return q, np.einsum("ubpsw,bu->bpsw", q, aim)


def _reach(fit: Flags) -> Flags:
    """Waves reachable from each wave through units seen in both, (B, T, T)."""
    seen = fit.astype(np.int64)
    reach = np.einsum("bds,bdt->bst", seen, seen) > 0
    for _ in range(int(np.ceil(np.log2(max(fit.shape[-1], 2))))):
        step = reach.astype(np.int64)
        reach = (step @ step) > 0
    return np.asarray(reach)


def _free_waves(fit: Flags) -> Flags:
    """Waves that get a dummy: with FIT cells, and not the first of their linked set. (B, T)."""
    reach = _reach(fit)
    first = reach.argmax(-1) == np.arange(fit.shape[-1])
    return np.asarray(fit.any(1) & ~first)
