"""Cluster-robust least squares on cells: the pupil-row fit's numbers from counts, to the last digit.

Regressors are constant in a cell, so a cell of n pupils with mean y counts as one row of sqrt(n) x and
sqrt(n) y: fit, cluster scores, leverages and the CR2/CR3 adjustments are those of the n pupil rows (the
adjustment acts only within the span of the cells). CR2 and its degrees of freedom: Bell and McCaffrey
(2002) and Pustejovsky and Tipton (2018), eq. 8, with the fit's own working variances, as clubSandwich has
them; bootstrap: Cameron, Gelbach and Miller (2008), null imposed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from lhu_effect.effects.noise import Array
from lhu_effect.effects.regressors import Clusters, Regressors

Vcov = Literal["CR0", "CR1", "CR2", "CR3"]
ENUMERATED = 4096 * 4
DRAWS = 9999
SEED = 20170927
SMALL = 1e-9
LOST = 1e-6
LIGHT = 0.3
DIGIT = 1e-17


@dataclass(frozen=True, eq=False)
class Fit:
    """Least squares in rows scaled by the root of their weight. X: (rows, K), residual: (rows,).

    beta: (K,). rows: pupils, the N of CR1. target: (rows,) a pupil's working variance (1 in a linear fit).
    Columns of X that depend on earlier ones must be dropped before (`regressors.independent`).
    """

    X: Array
    residual: Array
    beta: Array
    clusters: Clusters
    rows: float
    target: Array
    _weights: dict[tuple[int, Vcov], Array] = field(default_factory=dict, repr=False)

    @cached_property
    def bread(self) -> Array:
        """(X'X)^-1."""
        return np.asarray(np.linalg.inv(self.X.T @ self.X))

    def weights_on_residuals(self, column: int, kind: Vcov) -> Array:
        """a (rows,): sum_g (a_g' e_g)^2 over clusters g is the variance of beta[column] (CR1: unscaled)."""
        if (column, kind) not in self._weights:
            self._weights[column, kind] = self._on_residuals(np.asarray(self.X @ self.bread[:, column]), kind)
        return self._weights[column, kind]

    def _on_residuals(self, a: Array, kind: Vcov) -> Array:
        if kind not in ("CR2", "CR3"):
            return a
        out = np.empty(len(a))
        spread = self.X @ self.bread
        for at in self.clusters.alike:
            v, b = self.target[at], a[at][..., None]
            H = np.take(spread, at, axis=0) @ np.take(self.X, at, axis=0).swapaxes(1, 2)
            left = np.eye(at.shape[1]) - H
            largest = float(np.trace(H, axis1=1, axis2=2).max())
            if kind == "CR2" and largest < LIGHT and (v == 1).all():
                out[at] = _root_of_light(H, b[..., 0], largest)
            elif kind == "CR2":
                out[at] = v * _power(v[..., None] * left * v[:, None], -0.5, b)[..., 0]
            else:
                out[at] = _power(left, -1.0, b)[..., 0]
        return out

    def variance(self, column: int, kind: Vcov) -> float:
        """Cluster-robust variance of one coefficient; NaN for CR3 where a cluster has leverage one."""
        V = float((self.clusters.sums(self.weights_on_residuals(column, kind) * self.residual) ** 2).sum())
        return V * self.scale if kind == "CR1" else V

    @property
    def scale(self) -> float:
        """CR1's small-sample factor G/(G-1) (N-1)/(N-K), as in Stata and fixest."""
        G, N, K = len(self.clusters), self.rows, self.X.shape[1]
        return float(G / (G - 1) * (N - 1) / (N - K))

    def unheard(self, column: int) -> list[int]:
        """Clusters whose residuals cannot speak: all their weight on beta[column] has leverage one.

        So it is with the only exposed cluster: the fit passes through it, its errors are never seen, and no
        cluster-robust variance (CR0-CR2) nor Satterthwaite's df knows how far it could have moved.
        """
        size, _, seen = self._told(self.X @ self.bread[:, column])
        return [int(g) for g in np.flatnonzero((size > SMALL**2) & (size - seen < SMALL * size))]

    def _told(self, a: Array) -> tuple[Array, Array, Array]:
        """Of weights a: a_g'a_g, X_g'a_g and a_g' H_gg a_g per cluster."""
        B = self.clusters.sums(self.X * a[:, None])
        return self.clusters.sums(a * a), B, ((B @ self.bread) * B).sum(1)

    def satterthwaite(self, column: int, kind: Vcov = "CR2") -> float:
        """Degrees of freedom of the variance under independent, equal errors."""
        size, B, seen = self._told(self.weights_on_residuals(column, kind))
        # P = diag(size) - B bread B', the quadratic forms a_g'(I - H)a_h; only its trace and squares are needed
        C = self.bread @ (B.T @ B)
        squares = float((size**2 - 2 * size * seen).sum() + (C * C.T).sum())
        return float((size - seen).sum() ** 2 / squares)


def _root_of_light(H: Array, b: Array, largest: float) -> Array:
    """(I - H)^-1/2 b by its binomial series, to the last digit; H (G, r, r) with traces up to largest, b (G, r).

    H has no negative eigenvalue, so its trace bounds them. Three times as fast as eigenvectors where many schools
    share the leverage.
    """
    each, term = np.ascontiguousarray(H.transpose(1, 2, 0)), np.ascontiguousarray(b.T)
    total, factor, size, k = term.copy(), 1.0, largest, 1
    while size > DIGIT:
        factor *= (2 * k - 1) / (2 * k)
        term = np.einsum("ijg,jg->ig", each, term)
        total += factor * term
        size, k = size * largest, k + 1
    return np.asarray(total.T)


def _power(A: Array, power: float, b: Array) -> Array:
    """Symmetric matrices (..., r, r) to a power, times b (..., r, 1). Null directions (leverage one) add nothing
    to CR2 (generalised inverse), nor to CR3 where b has no part in them, as with fixed effects inside a
    cluster; else CR3 is NaN."""
    values, vectors = np.linalg.eigh(A)
    there = values > SMALL * np.maximum(values[..., -1:], SMALL)
    part = (vectors.swapaxes(-1, -2) @ b)[..., 0]
    scaled = np.where(there, np.where(there, values, 1.0) ** power, 0.0) * part
    if power != -0.5:
        size = np.sqrt((part**2).sum(-1, keepdims=True))
        lost = ~there & (np.abs(part) > LOST * size)
        scaled = np.where(lost.any(-1, keepdims=True), np.nan, scaled)
    return np.asarray(vectors @ scaled[..., None])


def least_squares(y: Array, weight: Array, of: Regressors) -> Fit:
    """Weighted fit; y: cell means, weight: pupils per cell. Cells alike in X are one row of the normal equations."""
    count = len(of.distinct)
    total = np.bincount(of.at, weight, count)
    mean = np.bincount(of.at, weight * y, count) / total
    whole = np.sqrt(total)
    Q, R = np.linalg.qr(of.distinct * whole[:, None])
    beta = np.asarray(np.linalg.solve(R, Q.T @ (mean * whole)), dtype=np.float64)
    root = np.sqrt(weight)
    residual = (y - (of.distinct @ beta)[of.at]) * root
    return Fit(of.scaled(root), residual, beta, of.clusters, float(weight.sum()), np.ones(len(y)))


def logistic(k: Array, n: Array, of: Regressors) -> Fit | None:
    """Binomial logit by iterated least squares; None where it does not settle (separation)."""
    p = (k + 0.5) / (n + 1)
    beta = np.zeros(of.distinct.shape[1])
    for step in range(100):
        eta = np.log(p / (1 - p)) if step == 0 else (of.distinct @ beta)[of.at]
        p = 1 / (1 + np.exp(-eta))
        w = n * p * (1 - p)
        if not (w > SMALL).all():
            return None
        fit = least_squares(eta + (k - n * p) / w, w, of)
        moved = float(np.abs(fit.beta - beta).max())
        beta = fit.beta
        if moved < 1e-13 * (1 + float(np.abs(beta).max())) or (step > 30 and moved < 1e-10):
            break
    else:
        return None
    p = 1 / (1 + np.exp(-(of.distinct @ beta)[of.at]))
    w = n * p * (1 - p)
    root = np.sqrt(w)
    return Fit(of.scaled(root), (k - n * p) / root, beta, of.clusters, float(n.sum()), p * (1 - p))


@dataclass(frozen=True)
class WildBootstrap:
    """p_value of the restricted wild cluster bootstrap, Rademacher weights, CR1 t. interval by inversion.

    enumerated: all 2^G sign patterns were used; draws: how many were.
    """

    p_value: float
    low: float
    high: float
    enumerated: bool
    draws: int


def wild_bootstrap(
    y: Array, weight: Array, of: Regressors, column: int, level: float = 0.95
) -> WildBootstrap:
    """Test beta[column] = 0 and invert the test; all sign patterns where 2^G <= 16,384, else a fixed seed."""
    G = len(of.clusters)
    enumerated = 2**G <= ENUMERATED
    signs = _all_signs(G) if enumerated else np.random.default_rng(SEED).choice([-1.0, 1.0], (DRAWS, G))
    full = least_squares(y, weight, of)
    test = _null_scores(full, np.sqrt(weight) * y, column)
    effect, error = float(full.beta[column]), float(np.sqrt(full.variance(column, "CR1")))

    def p_value(null: float) -> float:
        t = abs(effect - null) / error
        drawn = _bootstrap_t(full, test, null, signs, column)
        return float(
            (drawn >= t * (1 - 1e-9)).mean() if enumerated else ((drawn >= t).sum() + 1) / (len(drawn) + 1)
        )

    ends = [_inverted(p_value, effect, sign * error, 1 - level) for sign in (-1, 1)]
    return WildBootstrap(p_value(0.0), ends[0], ends[1], enumerated, len(signs))


def _all_signs(G: int) -> Array:
    patterns = (np.arange(2**G)[:, None] >> np.arange(G)) & 1
    return np.asarray(patterns * 2.0 - 1.0)


@dataclass(frozen=True, eq=False)
class _Scores:
    """Cluster scores of the restricted residuals, (G, K) each: at null 0 and their slope in the null."""

    at_zero: Array
    slope: Array
    gram: Array


def _null_scores(fit: Fit, y: Array, column: int) -> _Scores:
    others = [j for j in range(fit.X.shape[1]) if j != column]
    Z = fit.X[:, others]

    def without_others(x: Array) -> Array:
        return np.asarray(x - Z @ np.linalg.lstsq(Z, x, rcond=None)[0])

    def scores(e: Array) -> Array:
        return fit.clusters.sums(fit.X * e[:, None])

    gram = fit.clusters.sums(fit.X[:, :, None] * fit.X[:, None, :])
    return _Scores(scores(without_others(y)), -scores(without_others(fit.X[:, column])), gram)


def _bootstrap_t(fit: Fit, test: _Scores, null: float, signs: Array, column: int) -> Array:
    """|t| of every sign pattern; scores of a drawn residual are w_g s_g - X_g'X_g M sum_h w_h s_h."""
    s = test.at_zero + null * test.slope
    m = fit.bread[:, column]
    total = signs @ s
    each = signs * (s @ m) - total @ (test.gram @ m @ fit.bread).T
    error = np.sqrt(fit.scale * (each**2).sum(1))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(total @ m) / error
    return np.where(error > 0, t, np.inf)


def _inverted(p_value: Callable[[float], float], effect: float, stride: float, alpha: float) -> float:
    """The null at which p falls to alpha, from the effect outwards; infinite where it never does."""
    inner, outer = effect, effect + 2 * stride
    for _ in range(12):
        if p_value(outer) <= alpha:
            break
        inner, outer = outer, effect + 2 * (outer - effect)
    else:
        return float(np.copysign(np.inf, stride))
    for _ in range(40):
        middle = (inner + outer) / 2
        inner, outer = (inner, middle) if p_value(middle) <= alpha else (middle, outer)
    return (inner + outer) / 2
