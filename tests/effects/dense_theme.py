"""method.md 2b written out once more, slowly: whole matrices, one grid point at a time, plain bisection.

Shares no code with the package. `python tests/effects/dense_theme.py` prints tests/reference/theme.json.
"""

from __future__ import annotations

import json
import sys
from itertools import product
from math import log

import numpy as np
from scipy.stats import norm

TAU, RHO, OMEGA = (0, 0.07, 0.14, 0.22, 0.33, 0.55, 0.9), (0, 0.6), (0, 0.03, 0.06, 0.1)
PSI = (0.4, 0.6, 0.85, 1.2, 1.7, 2.5)
OMEGA_R = (0, 0.05, 0.1, 0.18, 0.3)


def expit(x):
    return 1 / (1 + np.exp(-x))


def logit(p):
    return np.log(p / (1 - p))


def composite(k_low, k_high, n, years, fit, unit, after, phi0, higher, regions=None, alpha=0.05):
    """All indicators used (the examples are common enough). Returns the numbers the package must give."""
    k_low, k_high, n, years = (np.asarray(x, float) for x in (k_low, k_high, n, years))
    for i, flip in enumerate(higher):
        if flip:
            k_low[i], k_high[i] = n[i] - k_high[i], n[i] - k_low[i]
    k = (k_low + k_high) / 2
    m, D, T = k.shape
    ok = np.asarray(fit) & (~np.isnan(k) & (np.nan_to_num(n) >= 5)).all(0)
    cells = [(d, t) for d in range(D) for t in range(T) if ok[d, t]]

    def lp(i, d, t):
        pbar = (sum(k[i][c] for c in cells) + 0.5) / (sum(n[i][c] for c in cells) + 1)
        row, col = ([c for c in cells if c[a] == x] for a, x in ((0, d), (1, t)))
        p_d = (sum(k[i][c] for c in row) + 20 * pbar) / (sum(n[i][c] for c in row) + 20)
        if not col:
            return logit(p_d)
        return (
            logit(p_d)
            + logit((sum(k[i][c] for c in col) + 0.5) / (sum(n[i][c] for c in col) + 1))
            - logit(pbar)
        )

    def pq(i, d, t):
        p = expit(lp(i, d, t))
        return p * (1 - p)

    def v(i, d, t):
        return 1 / ((n[i, d, t] + 1) * pq(i, d, t))

    def hidden(i, d, t):
        return ((k_high[i, d, t] - k_low[i, d, t] + 1) ** 2 - 1) / 12 / (n[i, d, t] * pq(i, d, t)) ** 2

    w = np.array([1 / (0.15**2 + phi0 * np.mean([v(i, unit, t) for t in after])) for i in range(m)])
    w /= w.sum()

    def over(f, d, t, power):
        return sum(w[i] ** power * f(i, d, t) for i in range(m))

    def v1(d, t):
        return sum(w[i] * v(i, d, t) ** 0.5 for i in range(m)) ** 2

    def Y(d, t):  # noqa: N802
        return sum(w[i] * log((k[i, d, t] + 0.5) / (n[i, d, t] - k[i, d, t] + 0.5)) for i in range(m))

    psi0 = phi0 * (1 + 0.35 * (np.mean([v1(unit, t) / over(v, unit, t, 2) for t in after]) - 1))
    y = np.array([Y(*c) for c in cells])
    v0, extra = (np.array([over(f, *c, 2) for c in cells]) for f in (v, hidden))
    units, waves = sorted({d for d, _ in cells}), sorted({t for _, t in cells})
    X = np.array([[d == u for u in units] + [t == s for s in waves[1:]] for d, t in cells], float)
    x0 = np.mean([[unit == u for u in units] + [t == s for s in waves[1:]] for t in after], axis=0)
    z = (years - years.mean()) / 3

    def K(c, e, tau, rho, omega, omega_r):  # noqa: N802
        (d, s), (f, t) = c, e
        near = 1.0 if s == t else (rho ** (abs(years[s] - years[t]) / 3) if rho else 0.0)
        own = (tau**2 * near + omega**2 * z[s] * z[t]) if d == f else 0.0
        return own + (omega_r**2 if regions is not None and regions[d] == regions[f] and s == t else 0.0)

    goal = [(unit, t) for t in after]
    wt, wo, wp = np.gradient(TAU), np.gradient(OMEGA), np.gradient(np.log(PSI))
    grid_r = OMEGA_R if regions is not None else (0.0,)
    wr = np.gradient(grid_r) if regions is not None else [1.0]
    points = []
    for (i, tau), (j, step), rho, (o, omega), (r, om_r) in product(
        enumerate(TAU), enumerate(PSI), RHO, enumerate(OMEGA), enumerate(grid_r)
    ):
        if tau == 0 and rho > 0:
            continue
        args, psi = (tau, rho, omega, om_r), psi0 * step
        S = np.diag(psi * v0 + extra) + np.array([[K(c, e, *args) for e in cells] for c in cells])
        Si = np.linalg.inv(S)
        XSX = X.T @ Si @ X
        C = np.linalg.inv(XSX)
        b = C @ X.T @ Si @ y
        e = y - X @ b
        lw = -0.5 * (np.linalg.slogdet(S)[1] + e @ Si @ e + np.linalg.slogdet(XSX)[1])
        lw += -2.5 * log(1 + (tau / 0.2) ** 2 / 4) - 2.5 * log(1 + (omega / 0.04) ** 2 / 4)
        lw += -0.5 * (log(step) / 0.5) ** 2 + log(wt[i] * wo[o] * wp[j]) + (log(0.5) if tau else 0)
        lw += (-2.5 * log(1 + (om_r / 0.1) ** 2 / 4) + log(wr[r])) if regions is not None else 0
        q = np.array([np.mean([K(c, g, *args) for g in goal]) for c in cells])
        K00 = np.mean([[K(g, h, *args) for h in goal] for g in goal])
        h = x0 - X.T @ Si @ q
        points.append((lw, x0 @ b + q @ Si @ e, K00 - q @ Si @ q + h @ C @ h, psi))
    lw, c, V, psi = (np.array(x) for x in zip(*points, strict=True))
    weight = np.exp(lw - lw.max())
    weight /= weight.sum()
    Y1 = np.mean([Y(*g) for g in goal])
    A = len(after)

    def s(theta):
        out = psi * 0
        for t in after:
            for i in range(m):
                p = expit(lp(i, unit, t) + theta)
                out = out + psi / A**2 * w[i] ** 2 / ((n[i, unit, t] + 1) * p * (1 - p))
            out = out + over(hidden, unit, t, 2) / A**2
        return out

    def F(theta):  # noqa: N802
        return float(weight @ norm.cdf((Y1 - c - theta) / np.sqrt(V + s(theta))))

    point = Y1 - weight @ c

    def end(sign, level):
        for j in range(1, 61):
            outer = point + sign * 0.05 * j
            if (F(outer) - level) * sign <= 0:
                inner = outer - sign * 0.05
                for _ in range(60):
                    middle = (inner + outer) / 2
                    inner, outer = (inner, middle) if (F(middle) - level) * sign <= 0 else (middle, outer)
                return (inner + outer) / 2
        return sign * np.inf

    low, high = end(-1, 1 - alpha / 2), end(1, alpha / 2)
    o = np.array([np.mean([lp(i, unit, t) for t in after]) for i in range(m)])
    cf = o - w @ o + weight @ c

    def index(theta):
        return 100 * expit(cf + theta).sum() / expit(cf).sum()

    return {
        "weights": w.tolist(), "psi0": psi0, "estimate": point, "logit_low": low, "logit_high": high,
        "index": index(point), "index_low": index(low), "index_high": index(high),
        "p_value": 2 * min(F(0), 1 - F(0)), "counterfactual_logit": float(weight @ c), "cells_used": len(cells),
    }  # fmt: skip


def examples():
    """Four small themes: counted, rounded, two after waves with one indicator turned, regions."""
    for seed in range(4):
        rng = np.random.default_rng(100 + seed)
        m, D, T = 3, 4, 5
        n = np.broadcast_to(rng.integers(150, 700, (D, T)), (m, D, T))
        k = rng.binomial(n, np.array([0.06, 0.12, 0.3])[:, None, None])
        half = (seed % 2) * (n // 200)
        after = [3, 4] if seed == 2 else [4]
        fit = np.ones((D, T), bool)
        fit[0, after[0] :] = False
        yield {
            "k_low": np.maximum(k - half, 0).tolist(), "k_high": np.minimum(k + half, n).tolist(), "n": n.tolist(),
            "years": [2011, 2014, 2017, 2020, 2023], "fit": fit.tolist(), "unit": 0, "after": after, "phi0": 1.4,
            "higher": [False, False, seed == 2], "regions": ["a", "a", "b", "b"] if seed == 3 else None,
        }  # fmt: skip


if __name__ == "__main__":
    cases = [{"given": given, "expected": composite(**given)} for given in examples()]
    about = "method.md 2b by whole matrices; command: python tests/effects/dense_theme.py"
    json.dump({"about": about, "cases": cases}, sys.stdout, indent=1, default=float)
