"""method.md 2, 2b, 3 and 6 worked once more from the page alone: whole matrices, grid point by grid point, bisection.

Written without the package's code at hand and sharing none of it (numpy, and scipy's normal distribution). A cell is
(unit, wave); unit 0 is the promise unit. Every function names the step it follows. `test_by_hand.py` takes rows of
the default study's effects table through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.stats import norm

TAU = [0, 0.07, 0.14, 0.22, 0.33, 0.55, 0.9]
RHO = [0, 0.6]
OMEGA = [0, 0.03, 0.06, 0.1]
PHI = [1, 1.4, 1.9, 2.6]
PSI = [0.4, 0.6, 0.85, 1.2, 1.7, 2.5]


def expit(x):
    return 1 / (1 + np.exp(-x))


def logit(p):
    return np.log(p) - np.log(1 - p)


@dataclass
class Table:
    """Counts of one indicator: units x waves, NaN where there is none. fit: FIT cells."""

    low: np.ndarray
    high: np.ndarray
    n: np.ndarray
    fit: np.ndarray

    @property
    def k(self):
        return (self.low + self.high) / 2

    def turned(self):
        """2b.1: k <- n - k."""
        return Table(self.n - self.high, self.n - self.low, self.n, self.fit)

    def usable(self):
        """2: FIT cells need k and n; n < 5 is left out."""
        return self.fit & ~np.isnan(self.k) & (np.nan_to_num(self.n) >= 5)


def smoothed(table, cells):
    """2.1: p~ of every cell from the sums over the FIT cells."""
    k, n = np.where(cells, table.k, 0), np.where(cells, table.n, 0)
    p_bar = (k.sum() + 0.5) / (n.sum() + 1)
    p = np.empty(cells.shape)
    for d, t in np.ndindex(cells.shape):
        p_d = (k[d].sum() + 20 * p_bar) / (n[d].sum() + 20)
        wave = logit((k[:, t].sum() + 0.5) / (n[:, t].sum() + 1)) - logit(p_bar) if cells[:, t].any() else 0
        p[d, t] = expit(logit(p_d) + wave)
    return p


def rounding(table, p):
    """6: variance on the logit scale of a count between bounds."""
    return ((table.high - table.low + 1) ** 2 - 1) / 12 / (table.n * p * (1 - p)) ** 2


def half_t(x, scale):
    return -5 / 2 * np.log(1 + (x / scale) ** 2 / 4)


def kernel(years, tau, rho, omega):
    """2.3: K over all waves of one unit."""
    gap = np.abs(years[:, None] - years) / 3
    z = (years - years.mean()) / 3
    memory = np.where(gap == 0, 1.0, rho**gap if rho else 0.0)
    return tau**2 * memory + omega**2 * np.outer(z, z)


def grid(y, spread, extra, cells, years, aim, scales, log_prior, beyond=0.0):
    """2.3-2.5 and 2b.6-8. spread: sampling variances that the scale multiplies; extra: those it does not.

    aim: weight of each wave of unit 0 in the target. beyond: sd of swings that unit 0 has and the others have not.
    Returns weights, c, V, scale, tau of every grid point.
    """
    at = [(d, t) for d, t in np.ndindex(cells.shape) if cells[d, t]]
    units = sorted({d for d, _ in at})
    waves = sorted({t for _, t in at})[1:]
    own = np.array([d == 0 for d, _ in at])
    x = np.array([[d == u for u in units] + [t == w for w in waves] for d, t in at], dtype=float)
    x0 = np.array([u == 0 for u in units] + [aim[w] for w in waves], dtype=float)
    when = np.array([t for _, t in at])
    same = np.array([[d == e for e, _ in at] for d, _ in at])
    values, v, more = (np.array([a[c] for c in at]) for a in (y, spread, extra))
    w_tau, w_omega, w_scale = np.gradient(TAU), np.gradient(OMEGA), np.gradient(np.log(scales))
    points = []
    for (i, tau), rho, (j, omega), (s, scale) in product(
        enumerate(TAU), RHO, enumerate(OMEGA), enumerate(scales)
    ):
        if tau == 0 and rho > 0:
            continue
        K = kernel(years, tau, rho, omega)
        S = np.where(same, K[np.ix_(when, when)], 0) + np.diag(scale * v + more + beyond**2 * own)
        inverse = np.linalg.inv(S)
        normal = x.T @ inverse @ x
        b = np.linalg.solve(normal, x.T @ inverse @ values)
        e = values - x @ b
        log_w = -(np.linalg.slogdet(S)[1] + e @ inverse @ e + np.linalg.slogdet(normal)[1]) / 2
        log_w += half_t(tau, 0.2) + half_t(omega, 0.04) + np.log(w_tau[i]) + np.log(w_omega[j])
        log_w += log_prior(scale) + np.log(w_scale[s]) + (np.log(1 / 2) if tau > 0 else 0)
        q = np.where(own, K[when] @ aim, 0)
        h = x0 - x.T @ inverse @ q
        c = x0 @ b + q @ inverse @ e
        V = (
            aim @ (K + beyond**2 * np.eye(len(years))) @ aim
            - q @ inverse @ q
            + h @ np.linalg.solve(normal, h)
        )
        points.append((log_w, c, V, scale, tau))
    log_w, c, V, scale, tau = np.array(points).T
    w = np.exp(log_w - log_w.max())
    return w / w.sum(), c, V, scale, tau


def bisected(f, low, high):
    """Where the falling f is 0."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    return (low + high) / 2


@dataclass
class Fit:
    """2.4-2.5 of one indicator and one target wave."""

    w: np.ndarray
    c: np.ndarray
    V: np.ndarray
    phi: np.ndarray
    tau: np.ndarray

    @property
    def tau2(self):
        return self.w @ self.tau**2

    @property
    def mean(self):
        return self.w @ self.c

    @property
    def variance(self):
        return self.w @ (self.V + (self.c - self.mean) ** 2)


def fit(table, years, wave, phi0, beyond=0.0):
    """2.1-2.5."""
    cells = table.usable()
    p = smoothed(table, cells)
    y = np.log((table.k + 0.5) / (table.n - table.k + 0.5))
    v = 1 / ((table.n + 1) * p * (1 - p))
    aim = np.eye(len(years))[wave]
    made = grid(
        y,
        v,
        rounding(table, p),
        cells,
        years,
        aim,
        PHI,
        lambda s: -((np.log(s / phi0) / 0.35) ** 2) / 2,
        beyond,
    )
    return Fit(*made)


def effect(table, years, wave, phi0, level=0.95, beyond=0.0):
    """2.6-2.7: the row's numbers. Only for counts strictly between 0 and n."""
    f = fit(table, years, wave, phi0, beyond)
    n1 = table.n[0, wave]
    nodes, om = np.polynomial.hermite_e.hermegauss(7)
    om = om / om.sum()
    x = f.c[:, None] + np.sqrt(f.V)[:, None] * nodes
    phi_bar = f.w @ f.phi

    def F(theta, k):  # noqa: N802
        p = expit(x + theta)
        z = (k - n1 * p) / np.sqrt(f.phi[:, None] * n1 * p * (1 - p))
        return f.w @ (norm.cdf(z) @ om)

    def points(theta, k):
        m, Vc = f.mean, f.variance
        y1 = np.log((k + 0.5) / (n1 - k + 0.5))
        p = expit((y1 + m + theta) / 2)
        Vy = phi_bar / (n1 * max(p * (1 - p), 1e-6))
        cf = (m / Vc + (y1 - theta) / Vy) / (1 / Vc + 1 / Vy)
        return expit(cf + theta) - expit(cf)

    few, many = table.low[0, wave], table.high[0, wave]
    a = (1 - level) / 2
    low = bisected(lambda theta: F(theta, few) - (1 - a), -12, 12)
    high = bisected(lambda theta: F(theta, many) - a, -12, 12)
    return {
        "counterfactual": expit(f.mean),
        "estimate": table.k[0, wave] / n1 - expit(f.mean),
        "logit_low": low, "logit_high": high,
        "conf_low": points(low, few), "conf_high": points(high, many),
        "p_value": min(1, 2 * min(F(0, many), 1 - F(0, few))),
    }  # fmt: skip


def composite(tables, higher, years, after, phi0, level=0.95):
    """2b: tables of the theme's indicators; after: the columns of A."""
    tables = [t.turned() if up else t for t, up in zip(tables, higher, strict=True)]
    used = list(range(len(tables)))
    while True:
        cells = np.all([tables[i].usable() for i in used], axis=0)  # 2b.2
        p = {i: smoothed(tables[i], cells) for i in used}
        rare = [i for i in used if min(tables[i].n[0, t] * p[i][0, t] * (1 - p[i][0, t]) for t in after) < 5]
        if not rare:
            break
        used = [i for i in used if i not in rare]  # 2b.3
    v = np.array([1 / ((tables[i].n + 1) * p[i] * (1 - p[i])) for i in used])
    w = np.array([1 / (0.15**2 + phi0 * v[j][0, after].mean()) for j in range(len(used))])  # 2b.4
    w = w / w.sum()
    y = np.array([np.log((tables[i].k + 0.5) / (tables[i].n - tables[i].k + 0.5)) for i in used])
    Y = np.tensordot(w, y, 1)  # 2b.5
    v0, v1 = np.tensordot(w**2, v, 1), np.tensordot(w, np.sqrt(v), 1) ** 2
    psi0 = phi0 * (1 + 0.35 * (np.mean([v1[0, t] / v0[0, t] for t in after]) - 1))
    extra = np.tensordot(w**2, np.array([rounding(tables[i], p[i]) for i in used]), 1)
    aim = np.array([1 / len(after) if t in after else 0.0 for t in range(len(years))])
    scales = [psi0 * s for s in PSI]
    weight, c, V, psi, _ = grid(
        Y, v0, extra, cells, years, aim, scales, lambda s: -((np.log(s / psi0) / 0.5) ** 2) / 2
    )  # 2b.7-8
    Y1 = Y[0, after].mean()

    def F(theta):  # noqa: N802  2b.9
        s1 = 0.0
        for t in after:
            for j, i in enumerate(used):
                share = expit(logit(p[i][0, t]) + theta)
                s1 += w[j] ** 2 / len(after) ** 2 / ((tables[i].n[0, t] + 1) * share * (1 - share))
        more = sum(extra[0, t] for t in after) / len(after) ** 2
        return weight @ norm.cdf((Y1 - c - theta) / np.sqrt(V + psi * s1 + more))

    m_bar = weight @ c
    point = Y1 - m_bar
    a = (1 - level) / 2
    ends = []
    for sign, aimed in ((-1, 1 - a), (1, a)):
        step = next((j for j in range(1, 61) if sign * (F(point + sign * 0.05 * j) - aimed) <= 0), None)
        if step is None:
            ends.append(sign * np.inf)
            continue
        between = sorted((point + sign * 0.05 * (step - 1), point + sign * 0.05 * step))
        ends.append(bisected(lambda theta, aimed=aimed: F(theta) - aimed, *between))
    o = np.array([np.mean([logit(p[i][0, t]) for t in after]) for i in used])  # 2b.10
    cf = o - w @ o + m_bar

    def index(theta):
        return 100 * expit(cf + theta).sum() / expit(cf).sum()

    return {
        "logit_low": ends[0], "logit_high": ends[1], "p_value": 2 * min(F(0), 1 - F(0)),
        "index": index(point), "index_low": index(ends[0]), "index_high": index(ends[1]),
    }  # fmt: skip


def wilson(p, n, z):
    middle, reach = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)


def change(table, wave_before, wave_after, phi0, tau2, level=0.95):
    """3: Newcombe's interval at effective sizes, p q from the mid values; a rounded before count widens its own n*
    (decisions.md), a rounded after count gives each end its own bound."""
    z = norm.ppf((1 + level) / 2)
    n0, n1 = table.n[0, wave_before], table.n[0, wave_after]
    k0 = table.k[0, wave_before]
    var0 = ((table.high[0, wave_before] - table.low[0, wave_before] + 1) ** 2 - 1) / 12

    p = (table.k[0, wave_after] + k0 + 1) / (n1 + n0 + 2)
    pq = p * (1 - p)

    def ends(k1):
        star0 = n0 / (phi0 + n0 * pq * tau2 + var0 / (n0 * pq))
        star1 = n1 / (phi0 + n1 * pq * tau2)
        p0, p1 = k0 / n0, k1 / n1
        (l0, u0), (l1, u1) = wilson(p0, star0, z), wilson(p1, star1, z)
        return (
            p1 - p0 - np.sqrt((p1 - l1) ** 2 + (u0 - p0) ** 2),
            p1 - p0 + np.sqrt((u1 - p1) ** 2 + (p0 - l0) ** 2),
        )

    return {
        "change": table.k[0, wave_after] / n1 - k0 / n0,
        "change_low": ends(table.low[0, wave_after])[0],
        "change_high": ends(table.high[0, wave_after])[1],
    }
