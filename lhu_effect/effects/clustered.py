"""Cluster-robust least squares on cells: the pupil-row fit's numbers from counts, to the last digit.

Regressors are constant in a cell, so a cell of n pupils with mean y counts as one row of sqrt(n) x and
sqrt(n) y: fit, cluster scores, leverages and the CR2/CR3 adjustments are those of the n pupil rows (the
adjustment acts only within the span of the cells). CR2 and its degrees of freedom: Bell and McCaffrey
(2002) and Pustejovsky and Tipton (2018), eq. 8, with the fit's own working variances, as clubSandwich has
them; bootstrap: Cameron, Gelbach and Miller (2008), null imposed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lhu_effect.effects.noise import Array

Index = NDArray[np.intp]
Vcov = Literal["CR0", "CR1", "CR2", "CR3"]
ENUMERATED = 4096 * 4
DRAWS = 9999
SEED = 20170927
SMALL = 1e-9


@dataclass(frozen=True, eq=False)
class Fit:
    """Least squares in rows scaled by the root of their weight. X: (rows, K), residual: (rows,).

    beta: (K,). cluster: (rows,) integers 0..G-1. rows: pupils, the N of CR1. target: (rows,) a pupil's working
    variance (1 in a linear fit). Columns of X that depend on
    earlier ones must be dropped before (`independent`).
    """

    X: Array
    residual: Array
    beta: Array
    cluster: Index
    rows: float
    target: Array

    @cached_property
    def bread(self) -> Array:
        """(X'X)^-1."""
        return np.asarray(np.linalg.inv(self.X.T @ self.X))

    @property
    def clusters(self) -> int:
        """G."""
        return int(self.cluster.max()) + 1

    def weights_on_residuals(self, column: int, kind: Vcov) -> list[Array]:
        """Per cluster the vector a_g with sum_g (a_g' e_g)^2 = variance of beta[column] (CR1: unscaled)."""
        out = []
        for g in range(self.clusters):
            at = self.cluster == g
            X, v = self.X[at], self.target[at]
            a = X @ self.bread[:, column]
            left = np.eye(len(X)) - X @ self.bread @ X.T
            if kind == "CR2":
                a = v * (_power(v[:, None] * left * v, -0.5) @ a)
            elif kind == "CR3":
                a = _power(left, -1.0) @ a
            out.append(a)
        return out

    def variance(self, column: int, kind: Vcov) -> float:
        """Cluster-robust variance of one coefficient; NaN for CR3 where a cluster has leverage one."""
        weights = self.weights_on_residuals(column, kind)
        each = [float(a @ self.residual[self.cluster == g]) ** 2 for g, a in enumerate(weights)]
        V = float(np.sum(each))
        return V * self.scale if kind == "CR1" else V

    @property
    def scale(self) -> float:
        """CR1's small-sample factor G/(G-1) (N-1)/(N-K), as in Stata and fixest."""
        G, N, K = self.clusters, self.rows, self.X.shape[1]
        return float(G / (G - 1) * (N - 1) / (N - K))

    def unheard(self, column: int) -> list[int]:
        """Clusters whose residuals cannot speak: all their weight on beta[column] has leverage one.

        So it is with the only exposed cluster: the fit passes through it, its errors are never seen, and no
        cluster-robust variance (CR0-CR2) nor Satterthwaite's df knows how far it could have moved.
        """
        out = []
        for g in range(self.clusters):
            X = self.X[self.cluster == g]
            a = X @ self.bread[:, column]
            size = float(a @ a)
            if size > SMALL**2 and float(a @ a - a @ (X @ self.bread @ X.T) @ a) < SMALL * size:
                out.append(g)
        return out

    def satterthwaite(self, column: int, kind: Vcov = "CR2") -> float:
        """Degrees of freedom of the variance under independent, equal errors."""
        G = self.clusters
        weights = self.weights_on_residuals(column, kind)
        own = np.zeros((len(self.X), G))
        for g, a in enumerate(weights):
            own[self.cluster == g, g] = a
        seen = own - self.X @ (self.bread @ (self.X.T @ own))
        P = seen.T @ seen
        return float(np.trace(P) ** 2 / (P**2).sum())


def _power(A: Array, power: float) -> Array:
    """A symmetric matrix to a power: null directions give zero for CR2 (generalised inverse), NaN for CR3."""
    values, vectors = np.linalg.eigh(A)
    gone = 0.0 if power == -0.5 else np.nan
    top = max(float(values[-1]), SMALL)
    scaled = np.where(values > SMALL * top, np.maximum(values, SMALL * top) ** power, gone)
    if not np.isfinite(scaled).all():
        return np.full(A.shape, np.nan)
    return np.asarray((vectors * scaled) @ vectors.T)


def independent(X: Array, first: Sequence[int]) -> list[int]:
    """Columns of X that do not depend on earlier ones; those in `first` are tried before the others."""
    kept: list[int] = []
    basis = np.zeros((len(X), 0))
    for j in [*first, *(j for j in range(X.shape[1]) if j not in first)]:
        x = X[:, j]
        left = x - basis @ (basis.T @ x)
        left = left - basis @ (basis.T @ left)
        size = float(np.linalg.norm(left))
        if size > SMALL * max(1.0, float(np.linalg.norm(x))):
            kept.append(j)
            basis = np.column_stack([basis, left / size])
    return kept


def least_squares(y: Array, X: Array, weight: Array, cluster: Index) -> Fit:
    """Weighted fit; y: cell means, weight: pupils per cell."""
    root = np.sqrt(weight)
    Xw = X * root[:, None]
    beta = np.asarray(np.linalg.lstsq(Xw, y * root, rcond=None)[0], dtype=np.float64)
    return Fit(Xw, (y - X @ beta) * root, beta, cluster, float(weight.sum()), np.ones(len(y)))


def logistic(k: Array, n: Array, X: Array, cluster: Index) -> Fit | None:
    """Binomial logit by iterated least squares; None where it does not settle (separation)."""
    p = (k + 0.5) / (n + 1)
    beta = np.zeros(X.shape[1])
    for step in range(100):
        eta = np.log(p / (1 - p)) if step == 0 else X @ beta
        p = 1 / (1 + np.exp(-eta))
        w = n * p * (1 - p)
        if not (w > SMALL).all():
            return None
        fit = least_squares(eta + (k - n * p) / w, X, w, cluster)
        moved = float(np.abs(fit.beta - beta).max())
        beta = fit.beta
        if moved < 1e-13 * (1 + float(np.abs(beta).max())) or (step > 30 and moved < 1e-10):
            break
    else:
        return None
    p = 1 / (1 + np.exp(-(X @ beta)))
    w = n * p * (1 - p)
    root = np.sqrt(w)
    return Fit(X * root[:, None], (k - n * p) / root, beta, cluster, float(n.sum()), p * (1 - p))


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
    y: Array, X: Array, weight: Array, cluster: Index, column: int, level: float = 0.95
) -> WildBootstrap:
    """Test beta[column] = 0 and invert the test; all sign patterns where 2^G <= 16,384, else a fixed seed."""
    G = int(cluster.max()) + 1
    enumerated = 2**G <= ENUMERATED
    signs = _all_signs(G) if enumerated else np.random.default_rng(SEED).choice([-1.0, 1.0], (DRAWS, G))
    full = least_squares(y, X, weight, cluster)
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

    def by_cluster(e: Array) -> Array:
        return np.stack([fit.X[fit.cluster == g].T @ e[fit.cluster == g] for g in range(fit.clusters)])

    gram = np.stack([fit.X[fit.cluster == g].T @ fit.X[fit.cluster == g] for g in range(fit.clusters)])
    return _Scores(by_cluster(without_others(y)), -by_cluster(without_others(fit.X[:, column])), gram)


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
