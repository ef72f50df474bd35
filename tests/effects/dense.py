"""The formulas of method.md 2 written out once more, slowly: whole matrices, one grid point at a time, brentq.

Shares no code with the package. Tests hold the package to it where the golden files have no case (rounding,
regions, masks); `python tests/effects/dense.py` prints what stands in tests/reference/noise_floor.json.
"""

from __future__ import annotations

import json
import sys
from itertools import product
from math import exp, log

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

TAU, PHI, RHO, OMEGA = (
    (0, 0.07, 0.14, 0.22, 0.33, 0.55, 0.9),
    (1, 1.4, 1.9, 2.6),
    (0, 0.6),
    (0, 0.03, 0.06, 0.1),
)
OMEGA_R = (0, 0.05, 0.1, 0.18, 0.3)


def expit(x):
    return 1 / (1 + np.exp(-x))


def logit(p):
    return np.log(p / (1 - p))


def noise_floor(k_low, k_high, n, years, fit, target, phi0, level=0.95, regions=None):
    """Returns m, Vc, estimate, pp and logit ends, p value. regions: one label per unit, or None."""
    k_low, k_high, n, years = (np.asarray(x, float) for x in (k_low, k_high, n, years))
    k = (k_low + k_high) / 2
    D, T = k.shape
    fit = np.asarray(fit) & ~np.isnan(k) & (np.nan_to_num(n) >= 5)
    cells = [(d, t) for d in range(D) for t in range(T) if fit[d, t]]
    ks, ns = (sum(x[c] for c in cells) for x in (k, n))
    pbar = (ks + 0.5) / (ns + 1)

    def lp(d, t):
        row = [c for c in cells if c[0] == d]
        col = [c for c in cells if c[1] == t]
        p_d = (sum(k[c] for c in row) + 20 * pbar) / (sum(n[c] for c in row) + 20)
        if not col:
            return logit(p_d)
        p_t = (sum(k[c] for c in col) + 0.5) / (sum(n[c] for c in col) + 1)
        return logit(p_d) + logit(p_t) - logit(pbar)

    y = np.array([log((k[c] + 0.5) / (n[c] - k[c] + 0.5)) for c in cells])
    pt = np.array([expit(lp(*c)) for c in cells])
    nc = np.array([n[c] for c in cells])
    v = 1 / ((nc + 1) * pt * (1 - pt))
    extra = np.array([((k_high[c] - k_low[c] + 1) ** 2 - 1) / 12 for c in cells]) / (nc * pt * (1 - pt)) ** 2
    units = sorted({d for d, _ in cells})
    waves = sorted({t for _, t in cells})
    X = np.array([[d == u for u in units] + [t == w for w in waves[1:]] for d, t in cells], float)
    d0, t0 = target
    x0 = np.array([d0 == u for u in units] + [t0 == w for w in waves[1:]], float)
    z = (years - years.mean()) / 3

    def K(c, e, tau, rho, omega, omega_r):  # noqa: N802
        (d, s), (f, t) = c, e
        near = 1.0 if s == t else (rho ** (abs(years[s] - years[t]) / 3) if rho else 0.0)
        same = (tau**2 * near + omega**2 * z[s] * z[t]) if d == f else 0.0
        return same + (omega_r**2 if regions is not None and regions[d] == regions[f] and s == t else 0.0)

    wt, wo, wp = np.gradient(TAU), np.gradient(OMEGA), np.gradient(np.log(PHI))
    grid_r = OMEGA_R if regions is not None else (0.0,)
    wr = np.gradient(grid_r) if regions is not None else [1.0]
    points = []
    for (i, tau), (j, phi), rho, (o, omega), (r, om_r) in product(
        enumerate(TAU), enumerate(PHI), RHO, enumerate(OMEGA), enumerate(grid_r)
    ):
        if tau == 0 and rho > 0:
            continue
        args = (tau, rho, omega, om_r)
        S = np.diag(phi * v + extra) + np.array([[K(c, e, *args) for e in cells] for c in cells])
        Si = np.linalg.inv(S)
        XtS = X.T @ Si
        C = np.linalg.inv(XtS @ X)
        b = C @ XtS @ y
        e = y - X @ b
        lw = -0.5 * np.linalg.slogdet(S)[1] - 0.5 * e @ Si @ e - 0.5 * np.linalg.slogdet(XtS @ X)[1]
        lw += -2.5 * log(1 + (tau / 0.2) ** 2 / 4) - 2.5 * log(1 + (omega / 0.04) ** 2 / 4)
        lw += -0.5 * ((log(phi) - log(phi0)) / 0.35) ** 2 + log(wt[i]) + log(wo[o]) + log(wp[j])
        lw += log(0.5) if tau > 0 else 0.0
        if regions is not None:
            lw += -2.5 * log(1 + (om_r / 0.1) ** 2 / 4) + log(wr[r])
        q = np.array([K(c, target, *args) for c in cells])
        h = x0 - X.T @ Si @ q
        points.append((lw, x0 @ b + q @ Si @ e, K(target, target, *args) - q @ Si @ q + h @ C @ h, phi))
    lw, c, V, phi = (np.array(x) for x in zip(*points, strict=True))
    w = np.exp(lw - lw.max())
    w /= w.sum()
    xh, om = np.polynomial.hermite_e.hermegauss(7)
    om = om / om.sum()
    n1 = n[target]

    def F(theta, k1):  # noqa: N802
        p = expit(c[:, None] + np.sqrt(V)[:, None] * xh + theta)
        return float(w @ norm.cdf((k1 - n1 * p) / np.sqrt(phi[:, None] * n1 * p * (1 - p))) @ om)

    a = 1 - level
    lo, hi = k_low[target], k_high[target]
    low = -np.inf if lo == 0 else brentq(lambda x: F(x, lo) - (1 - a / 2), -25, 25, xtol=1e-13, rtol=1e-14)
    high = np.inf if hi == n1 else brentq(lambda x: F(x, hi) - a / 2, -25, 25, xtol=1e-13, rtol=1e-14)
    m = w @ c
    Vc = w @ (V + c**2) - m**2
    phibar = w @ phi

    def pp(theta, k1):
        if np.isinf(theta):
            return -expit(m) if theta < 0 else 1 - expit(m)
        y1 = log((k1 + 0.5) / (n1 - k1 + 0.5))
        p = expit((y1 + m + theta) / 2)
        Vy = phibar / (n1 * max(p * (1 - p), 1e-6))
        cf = (m / Vc + (y1 - theta) / Vy) / (1 / Vc + 1 / Vy)
        return expit(cf + theta) - expit(cf)

    return {
        "counterfactual_logit": m,
        "counterfactual_var": Vc,
        "estimate": k[target] / n1 - expit(m),
        "pp_low": pp(low, lo),
        "pp_high": pp(high, hi),
        "logit_low": low,
        "logit_high": high,
        "p_value": min(1.0, 2 * min(F(0, hi), 1 - F(0, lo))),
    }


def examples():
    """Six small tables of counts: exact, rounded, sparse, with gaps, two of them with regions."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        D, T = 4 + seed % 2, 4
        n = rng.integers(60, 900, (D, T))
        k = rng.binomial(n, exp(-1.5 - seed / 4))
        half = (seed % 3) * (n // 200)
        k_low, k_high = np.maximum(k - half, 0), np.minimum(k + half, n)
        fit = np.ones((D, T), bool)
        fit[0, 3] = False
        if seed % 2:
            fit[D - 1, 1] = False
        regions = [d % 2 for d in range(D)] if seed >= 4 else None
        yield {
            "k_low": k_low.tolist(), "k_high": k_high.tolist(), "n": n.tolist(), "years": [2014, 2017, 2020, 2023],
            "fit": fit.tolist(), "target": [0, 3], "phi0": [1.4, 1.7][seed % 2], "regions": regions,
        }  # fmt: skip


if __name__ == "__main__":
    cases = []
    for given in examples():
        answer = noise_floor(**{**given, "fit": np.array(given["fit"]), "target": tuple(given["target"])})
        cases.append(
            {
                "given": given,
                "expected": {x: (str(v) if np.isinf(v) else float(v)) for x, v in answer.items()},
            }
        )
    about = "method.md 2 with rounding and regions by whole matrices; command: python tests/effects/dense.py"
    json.dump({"about": about, "cases": cases}, sys.stdout, indent=1)
