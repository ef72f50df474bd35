"""The theme taken together: one composite log-odds effect over several indicators, shown as an index.

method.md section 2b, symbols as there. Rounded counts enter with their variance; a masked target refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lhu_effect.effects import noise
from lhu_effect.effects.elimination import Target, fit_grid
from lhu_effect.effects.noise import SHAPES, TAU_SCALE, Array, Flags
from lhu_effect.effects.problem import reaches
from lhu_effect.effects.refused import Refused

NAME = "noise_floor_theme"
LEVELS = (0.95, 0.90)
PSI = (0.4, 0.6, 0.85, 1.2, 1.7, 2.5)
PSI_SPREAD = 0.5
WEIGHT_TAU = 0.15
BETWEEN_QUESTIONS = 0.35
MIN_TARGET_N = 60
MIN_EXPECTED = 5
STEP, STEPS, HALVINGS = 0.05, 60, 50
LOST_WEIGHT = 1e-13


@dataclass(frozen=True, eq=False)
class ThemeProblem:
    """Counts of a theme's indicators in one stratum.

    k_low, k_high, n: (indicators, units, waves), NaN where there is none. years: (waves,), ascending.
    fit: (units, waves), FIT cells of method.md 2. unit: the promise unit's row. after: every after wave's
    column. higher: per indicator, whether a higher share is better. masked: bounds that come from a mask.
    """

    k_low: Array
    k_high: Array
    n: Array
    years: Array
    fit: Flags
    unit: int
    after: tuple[int, ...]
    phi0: float
    higher: tuple[bool, ...]
    masked: Flags | None = None
    tau_scale: float = TAU_SCALE

    def oriented(self) -> ThemeProblem:
        """Up is worse for all: k <- n - k where higher is better."""
        flip = np.array(self.higher)[:, None, None]
        low = np.where(flip, self.n - self.k_high, self.k_low)
        high = np.where(flip, self.n - self.k_low, self.k_high)
        return replace(self, k_low=low, k_high=high, higher=(False,) * len(self.higher))


@dataclass(frozen=True)
class ThemeInterval:
    """One level's interval: of the log-odds effect (may be infinite) and of the index (100 = as expected)."""

    logit_low: float
    logit_high: float
    index_low: float
    index_high: float


@dataclass(frozen=True)
class Theme:
    """A composite effect. estimate: log-odds; index: 100 times observed over expected, summed over questions.

    Where a mask of the promise unit's before waves leaves only an interval, estimate and index are None.
    indicators_used, left_out: positions in the input, left_out with the smallest n p (1-p). weights: of the
    used indicators, sum 1. before: columns of the unit's FIT waves. comparisons: rows used.
    """

    estimate: float | None
    index: float | None
    intervals: Mapping[float, ThemeInterval]
    p_value: float
    counterfactual_logit: float
    counterfactual_var: float
    psi0: float
    psi_mean: float
    tau_mean: float
    tau2_mean: float
    omega_mean: float
    indicators_used: tuple[int, ...]
    left_out: Mapping[int, float]
    weights: tuple[float, ...]
    cells_used: int
    n: int
    before: tuple[int, ...]
    comparisons: tuple[int, ...]


def estimate(problem: ThemeProblem, levels: Sequence[float] = LEVELS) -> Theme | Refused:
    """The composite effect over all after waves, or why there is none."""
    asked = problem.oriented()
    refused = _target_refusal(asked)
    if refused is not None:
        return refused
    used, left_out, cells = _selection(asked)
    refused = _fit_refusal(asked, used, left_out, cells)
    if refused is not None:
        return refused
    return _estimate(asked, used, left_out, cells, levels)


def _target_refusal(p: ThemeProblem) -> Refused | None:
    at = (slice(None), p.unit, list(p.after))
    counted = np.isfinite(p.k_low[at] + p.k_high[at] + p.n[at])
    hidden = np.zeros(counted.shape, dtype=bool) if p.masked is None else p.masked[at]
    for reason, bad in (("masked", hidden), ("missing", ~counted)):
        if bad.any():
            i, t = np.argwhere(bad)[0]
            return Refused(reason, {"indicator": int(i), "year": int(p.years[p.after[t]])})
    return None


def _cells(p: ThemeProblem, used: Sequence[int]) -> Flags:
    """FIT cells: every used indicator has k and n >= 5 there. (units, waves)"""
    k = (p.k_low + p.k_high) / 2
    return np.asarray(np.stack([noise.usable(k[i], p.n[i], p.fit) for i in used]).all(0))


def _logit_p(p: ThemeProblem, used: Sequence[int], cells: Flags) -> Array:
    k = (p.k_low + p.k_high) / 2
    return np.stack([noise.smoothed_logit(k[i], p.n[i], cells) for i in used])


def _selection(p: ThemeProblem) -> tuple[tuple[int, ...], dict[int, float], Flags]:
    """Step 3: leave out, all at once and again, indicators with n p~(1-p~) < 5 at a target."""
    used = tuple(range(len(p.n)))
    left_out: dict[int, float] = {}
    while True:
        cells = _cells(p, used)
        n = p.n[list(used), p.unit][:, list(p.after)]
        expected = n * noise.spread(_logit_p(p, used, cells)[:, p.unit, list(p.after)])
        least = expected.min(1)
        rare = {i: float(x) for i, x in zip(used, least, strict=True) if x < MIN_EXPECTED}
        left_out |= rare
        used = tuple(i for i in used if i not in rare)
        if not rare or len(used) < 2:
            return used, left_out, cells


def _fit_refusal(
    p: ThemeProblem, used: Sequence[int], left_out: dict[int, float], cells: Flags
) -> Refused | None:
    if len(used) < 2:
        return Refused("too_few", {"indicators": len(used), "rare": len(left_out)})
    n = int(p.n[list(used), p.unit][:, list(p.after)].min())
    if n < MIN_TARGET_N:
        return Refused("too_few", {"n": n, "limit": MIN_TARGET_N})
    reason = _missing_link(p, cells)
    if reason is None:
        return None
    alone = [i for i in used if _missing_link(p, _cells(p, [j for j in used if j != i])) is None]
    return Refused(reason, {"indicator": alone[0]} if len(alone) == 1 else {})


def _missing_link(p: ThemeProblem, cells: Flags) -> str | None:
    if not np.delete(cells, p.unit, axis=0).any():
        return "no_comparison"
    if not cells[p.unit].any():
        return "no_before_wave"
    return None if all(reaches(cells, p.unit, t) for t in p.after) else "no_comparison"


@dataclass(frozen=True, eq=False)
class _Composite:
    """Steps 3-5: Y and its variances; at the target per indicator and after wave, n, logit p~, extra."""

    Y: Array
    v0: Array
    extra: Array
    w: Array
    psi0: float
    n: Array
    logit_p: Array
    extra_target: float
    a: float

    def s1(self, theta: Array) -> Array:
        """Step 9: s_g(theta) / psi_g, sampling variance of Y1 under theta. (...,) -> (...,)"""
        p = self.logit_p[..., None] + theta.reshape(-1)
        per = (self.w**2)[:, None, None] / ((self.n[..., None] + 1) * noise.spread(np.clip(p, -300, 300)))
        return np.asarray(self.a**2 * per.sum((0, 1))).reshape(theta.shape)


def _composite(p: ThemeProblem, used: Sequence[int], cells: Flags) -> _Composite:
    rows, after = list(used), list(p.after)
    k_low, k_high, n = p.k_low[rows], p.k_high[rows], p.n[rows]
    logit_p = _logit_p(p, used, cells)
    y = noise.empirical_logit((k_low + k_high) / 2, n)
    v = 1 / ((n + 1) * noise.spread(logit_p))
    at = v[:, p.unit, after]
    w = 1 / (WEIGHT_TAU**2 + p.phi0 * at.mean(1))
    w = w / w.sum()
    by = w[:, None, None]
    v0, v1 = (by**2 * v).sum(0), (by * np.sqrt(v)).sum(0) ** 2
    M = float((v1[p.unit, after] / v0[p.unit, after]).mean())
    extra = (by**2 * noise.rounding_variance(k_low, k_high, n, logit_p)).sum(0)
    a = 1 / len(after)
    return _Composite(
        Y=(by * y).sum(0),
        v0=v0,
        extra=extra,
        w=w,
        psi0=p.phi0 * (1 + BETWEEN_QUESTIONS * (M - 1)),
        n=n[:, p.unit, after],
        logit_p=logit_p[:, p.unit, after],
        extra_target=a**2 * float(extra[p.unit, after].sum()),
        a=a,
    )


@dataclass(frozen=True, eq=False)
class _Posterior:
    """Step 7-8, grid points flattened: weights, counterfactual c and V, and the parameters there."""

    w: Array
    c: Array
    V: Array
    psi: Array
    means: dict[str, float]

    def heavy(self) -> _Posterior:
        """Without the points that carry less than LOST_WEIGHT together."""
        order = np.argsort(-self.w)
        keep = order[: int((np.cumsum(self.w[order]) < 1 - LOST_WEIGHT).sum()) + 1]
        return _Posterior(self.w[keep], self.c[keep], self.V[keep], self.psi[keep], self.means)


def _posterior(p: ThemeProblem, made: _Composite, cells: Flags) -> _Posterior:
    step = np.array(PSI)
    psi = made.psi0 * step
    aim = np.zeros((1, len(p.years)))
    aim[0, list(p.after)] = made.a
    variance = psi[:, None, None] * made.v0 + made.extra
    target = Target(np.zeros(1, dtype=np.intp), np.array([p.unit]), aim)
    fitted = fit_grid(made.Y[None], variance[None], cells[None], p.years, target, SHAPES)
    log_psi = -0.5 * (np.log(step) / PSI_SPREAD) ** 2 + np.log(np.gradient(np.log(step)))
    log_w = (
        fitted.log_likelihood + SHAPES.log_prior(np.array([p.tau_scale]))[:, None] + log_psi[:, None, None]
    )
    w = np.exp(log_w - log_w.max())[0]
    w /= w.sum()
    tau = SHAPES.tau[:, None]
    means = {
        "psi_mean": float((w * psi[:, None, None]).sum()),
        "tau_mean": float((w * tau).sum()),
        "tau2_mean": float((w * tau**2).sum()),
        "omega_mean": float((w * SHAPES.omega).sum()),
    }
    psi_of = np.broadcast_to(psi[:, None, None], w.shape)
    return _Posterior(w.ravel(), fitted.c[0].ravel(), fitted.V[0].ravel(), psi_of.ravel(), means)


@dataclass(frozen=True, eq=False)
class _Answer:
    """Step 9 for one reading of the before cells."""

    made: _Composite
    posterior: _Posterior
    point: float
    mean: float
    var: float

    def cdf(self, theta: Array) -> Array:
        """F(theta) of step 9; theta (R,)."""
        from scipy.special import ndtr

        g = self.posterior
        Y1 = self.point + self.mean
        s = np.outer(self.made.s1(theta), g.psi) + self.made.extra_target
        return np.asarray((g.w * ndtr((Y1 - g.c - theta[:, None]) / np.sqrt(g.V + s))).sum(1))

    def ends(self, levels: Sequence[float]) -> tuple[Array, Array]:
        """Lower and upper ends per level: the first crossing within 60 steps of .05, then halved."""
        tail = (1 - np.array(levels)) / 2
        steps = STEP * np.arange(STEPS + 1, dtype=np.float64)
        down, up = self.cdf(self.point - steps), self.cdf(self.point + steps)
        low = self._crossing(down[:, None] >= 1 - tail, -1.0, 1 - tail)
        high = self._crossing(up[:, None] <= tail, 1.0, tail)
        return low, high

    def _crossing(self, passed: Flags, sign: float, level: Array) -> Array:
        passed = passed.copy()
        passed[0] = False
        found = passed.any(0)
        j = passed.argmax(0)
        inner, outer = self.point + sign * STEP * (j - 1), self.point + sign * STEP * j
        for _ in range(HALVINGS):
            middle = (inner + outer) / 2
            beyond = (self.cdf(middle) - level) * sign <= 0
            inner, outer = np.where(beyond, inner, middle), np.where(beyond, middle, outer)
        return np.where(found, (inner + outer) / 2, sign * np.inf)


def _answer(p: ThemeProblem, used: Sequence[int], cells: Flags) -> _Answer:
    made = _composite(p, used, cells)
    post = _posterior(p, made, cells)
    mean = float((post.w * post.c).sum())
    var = float((post.w * (post.V + (post.c - mean) ** 2)).sum())
    Y1 = float(made.Y[p.unit, list(p.after)].mean())
    return _Answer(made, post.heavy(), Y1 - mean, mean, var)


def _index(answer: _Answer, theta: Array) -> Array:
    """Step 10: 100 x the sum of shares under theta over the sum expected."""
    o = answer.made.logit_p.mean(1)
    cf = o - (answer.made.w * o).sum() + answer.mean
    expected = noise.expit(cf).sum()
    with np.errstate(over="ignore"):
        moved = noise.expit(np.clip(cf[:, None] + theta, -745, 745)).sum(0)
    moved = np.where(theta == -np.inf, 0.0, np.where(theta == np.inf, len(cf), moved))
    return np.asarray(100 * moved / expected)


def _moved(p: ThemeProblem, cells: Flags, end: str) -> ThemeProblem:
    """The promise unit's masked before cells at the bounds that give the effect's `end`."""
    assert p.masked is not None
    own = np.zeros(p.n.shape, dtype=bool)
    own[:, p.unit] = p.masked[:, p.unit] & cells[p.unit]
    to = p.k_high if end == "low" else p.k_low
    return replace(p, k_low=np.where(own, to, p.k_low), k_high=np.where(own, to, p.k_high))


def _estimate(
    p: ThemeProblem, used: tuple[int, ...], left_out: dict[int, float], cells: Flags, levels: Sequence[float]
) -> Theme:
    middle = _answer(p, used, cells)
    lower = upper = middle
    hidden = p.masked is not None and bool((p.masked[list(used), p.unit] & cells[p.unit]).any())
    if hidden:
        lower, upper = (_answer(_moved(p, cells, end), used, cells) for end in ("low", "high"))
    low, high = lower.ends(levels)[0], upper.ends(levels)[1]
    index_low, index_high = _index(lower, low), _index(upper, high)
    zero = np.zeros(1)
    p_value = 2 * min(float(upper.cdf(zero)[0]), 1 - float(lower.cdf(zero)[0]))
    four = (low, high, index_low, index_high)
    return Theme(
        estimate=None if hidden else middle.point,
        index=None if hidden else float(_index(middle, np.array([middle.point]))[0]),
        intervals={x: ThemeInterval(*(float(end[r]) for end in four)) for r, x in enumerate(levels)},
        p_value=min(1.0, p_value),
        counterfactual_logit=middle.mean,
        counterfactual_var=middle.var,
        psi0=middle.made.psi0,
        psi_mean=middle.posterior.means["psi_mean"],
        tau_mean=middle.posterior.means["tau_mean"],
        tau2_mean=middle.posterior.means["tau2_mean"],
        omega_mean=middle.posterior.means["omega_mean"],
        indicators_used=used,
        left_out=left_out,
        weights=tuple(middle.made.w.tolist()),
        cells_used=int(cells.sum()),
        n=int(p.n[list(used), p.unit][:, list(p.after)].min()),
        before=tuple(np.flatnonzero(cells[p.unit]).tolist()),
        comparisons=tuple(int(d) for d in np.flatnonzero(cells.any(1)) if d != p.unit),
    )
