"""Noise-floor difference-in-differences, the default estimator: counts in, effect with interval out.

method.md section 2, symbols as there; rounding and masks by section 6. `estimate` answers one question,
`estimate_many` many at once (the same numbers, several times faster).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lhu_effect.effects import mixture as mix
from lhu_effect.effects import noise
from lhu_effect.effects.elimination import Target, fit_grid
from lhu_effect.effects.named import Named
from lhu_effect.effects.noise import REGIONAL, SHAPES, Array, Flags
from lhu_effect.effects.posterior import Counterfactual
from lhu_effect.effects.problem import Problem, distinct_fits, in_lots, stack
from lhu_effect.effects.refused import Refused

NAME = "noise_floor_did"
LEVELS = (0.95, 0.90)


@dataclass(frozen=True)
class Interval:
    """One level's interval: as difference of shares (pp_low, pp_high) and of log-odds (may be infinite)."""

    pp_low: float
    pp_high: float
    logit_low: float
    logit_high: float


@dataclass(frozen=True)
class NoiseFloor:
    """An effect (ATT) of one target cell. Shares and differences 0-1.

    counterfactual: share expected without the promise, expit(counterfactual_logit). estimate: observed less
    counterfactual share; None where a mask of the promise unit allows only an interval. *_mean: posterior
    means. n: the target's base. before: columns of the unit's FIT waves. comparisons: rows used.
    """

    estimate: float | None
    intervals: Mapping[float, Interval]
    p_value: float
    counterfactual: float
    counterfactual_logit: float
    counterfactual_var: float
    phi_mean: float
    tau_mean: float
    tau2_mean: float
    omega_mean: float
    omega_r_mean: float
    n: int
    before: tuple[int, ...]
    comparisons: tuple[int, ...]
    posterior: Counterfactual = field(repr=False, compare=False)


def estimate(
    k_low: Array,
    k_high: Array,
    n: Array,
    years: Array,
    fit: Flags,
    target: tuple[int, int],
    phi0: float,
    levels: Sequence[float] = LEVELS,
    masked: Flags | None = None,
    regions: Sequence[str] | None = None,
) -> NoiseFloor | Refused:
    """The effect at one target cell; arguments as in `Problem`.

    >>> k = np.array([[40.0, 42, 20], [80, 85, 84], [31, 30, 35]])
    >>> n = np.array([[400.0, 410, 390], [800, 810, 805], [300, 310, 290]])
    >>> fit = np.array([[True, True, False], [True] * 3, [True] * 3])
    >>> effect = estimate(k, k, n, np.array([2017, 2020, 2023]), fit, (0, 2), phi0=1.4)
    >>> round(effect.estimate, 3), effect.intervals[0.95].pp_high < 0
    (-0.052, False)
    """
    low, high, base, when = (np.asarray(x, dtype=np.float64) for x in (k_low, k_high, n, years))
    cells = np.asarray(fit, dtype=bool)
    named = None if regions is None else tuple(str(r) for r in regions)
    problem = Problem(low, high, base, when, cells, target, phi0, masked, regions=named)
    return estimate_many([problem], levels)[0]


def named(problem: Problem, levels: Sequence[float] = LEVELS) -> Named | Refused:
    """The answer in the shape that all named estimators share."""
    made = estimate_many([problem], levels)[0]
    if isinstance(made, Refused):
        return made
    ends = {level: (x.pp_low, x.pp_high) for level, x in made.intervals.items()}
    return Named(made.estimate, ends, made.p_value, "share")


def estimate_many(
    problems: Sequence[Problem], levels: Sequence[float] = LEVELS
) -> list[NoiseFloor | Refused]:
    """One result per problem, in their order."""
    out: list[NoiseFloor | Refused | None] = [p.refusal() for p in problems]
    asked = [i for i, refused in enumerate(out) if refused is None]
    for lot in in_lots([problems[i] for i in asked]):
        rows = [asked[j] for j in lot]
        for i, result in zip(rows, _estimate_lot([problems[i] for i in rows], levels), strict=True):
            out[i] = result
    return [r for r in out if r is not None]


@dataclass(frozen=True, eq=False)
class Ends:
    """Interval ends of a lot, (B, levels), and the two one-sided p values at 0, (B,)."""

    theta_low: Array
    theta_high: Array
    pp_low: Array
    pp_high: Array
    F_high: Array
    F_low: Array


def _estimate_lot(problems: Sequence[Problem], levels: Sequence[float]) -> list[NoiseFloor]:
    means, points, mixed = _counterfactual(problems)
    ends = _ends(problems, mixed, levels)
    hidden = [b for b, p in enumerate(problems) if p.is_masked().any()]
    if hidden:
        ends = _with_masked(ends, hidden, problems, levels)
    return [_result(b, p, levels, means, points, mixed, ends, b in hidden) for b, p in enumerate(problems)]


def _counterfactual(problems: Sequence[Problem]) -> tuple[dict[str, Array], Counterfactual, mix.Mixture]:
    """Steps 1-5: posterior means over the grid, and the mixture of the target's log-odds."""
    fits, which = distinct_fits(problems)
    cells = stack(fits)
    years = problems[0].years
    k, n, fit = (cells["k_low"] + cells["k_high"]) / 2, cells["n"], cells["cells"] > 0
    logit_p = noise.smoothed_logit(k, n, fit)
    v = 1 / ((n + 1) * noise.spread(logit_p))
    extra = noise.rounding_variance(cells["k_low"], cells["k_high"], n, logit_p)
    phi = np.array(noise.PHI)
    variance = phi[:, None, None] * v[:, None] + extra[:, None]
    unit, wave = (np.array(x) for x in zip(*(p.target for p in problems), strict=True))
    aim = np.eye(len(years))[wave]
    y = noise.empirical_logit(k, n)
    regions = problems[0].region_rows
    shapes = SHAPES if regions is None else REGIONAL
    fitted = fit_grid(y, variance, fit, years, Target(which, unit, aim), shapes, regions)
    scale, phi0 = (np.array([getattr(p, x) for p in problems]) for x in ("tau_scale", "phi0"))
    log_w = fitted.log_likelihood + shapes.log_prior(scale)[:, None]
    w = noise.normalised(log_w + noise.log_prior_phi(phi0)[:, :, None, None, None])
    tau = shapes.tau[:, None, None]
    parameters = {
        "tau_mean": tau,
        "tau2_mean": tau**2,
        "omega_mean": shapes.omega[:, None],
        "omega_r_mean": shapes.omega_r,
    }
    means = {name: (w * x).sum((1, 2, 3, 4)) for name, x in parameters.items()}
    flat = len(problems), -1
    phi_of = np.broadcast_to(phi[:, None, None, None], w.shape).reshape(flat)
    n1 = np.array([p.n[p.target] for p in problems])
    points = Counterfactual(w.reshape(flat), fitted.c.reshape(flat), fitted.V.reshape(flat), phi_of)
    return means, points, mix.mixture(points.weight, points.c, points.V, points.phi, n1)


def _ends(problems: Sequence[Problem], mixed: mix.Mixture, levels: Sequence[float]) -> Ends:
    """Steps 6-7: the lower end from k_low, the upper from k_high."""
    k_low, k_high = (np.array([getattr(p, x)[p.target] for p in problems]) for x in ("k_low", "k_high"))
    R = len(levels)
    k = np.repeat(np.stack([k_low, k_high], axis=1), R, axis=1)
    tail = (1 - np.array(levels)) / 2
    theta = mix.crossing(mixed, k, np.broadcast_to(np.concatenate([1 - tail, tail]), k.shape))
    pp = mix.share_difference(mixed, k, theta)
    at_zero = mix.cdf(mixed, k[:, [0, R]], np.zeros((len(k), 2)))
    return Ends(theta[:, :R], theta[:, R:], pp[:, :R], pp[:, R:], at_zero[:, 1], at_zero[:, 0])


def _with_masked(ends: Ends, hidden: list[int], problems: Sequence[Problem], levels: Sequence[float]) -> Ends:
    """Ends of problems whose promise unit is masked: the widest of its before cells at either bound and between.

    A before count at its upper bound does not always give the lowest end: one that fits its neighbours badly
    also raises the floor. So every end is sought among all three.
    """
    made = [ends]
    for end in ("low", "high"):
        moved = [problems[b].moved(end) for b in hidden]
        made.append(_ends(moved, _counterfactual(moved)[-1], levels))
    new = {name: getattr(ends, name).copy() for name in Ends.__dataclass_fields__}
    for name, widest in zip(new, (np.min, np.max, np.min, np.max, np.max, np.min), strict=True):
        tried = [getattr(ends, name)[hidden], *(getattr(m, name) for m in made[1:])]
        new[name][hidden] = widest(tried, axis=0)
    return Ends(**new)


def _result(
    b: int,
    problem: Problem,
    levels: Sequence[float],
    means: dict[str, Array],
    points: Counterfactual,
    mixed: mix.Mixture,
    ends: Ends,
    masked: bool,
) -> NoiseFloor:
    unit, wave = problem.target
    m, n1 = float(mixed.mean[b]), float(problem.n[unit, wave])
    expected = float(noise.expit(np.array(m)))
    cells = problem.cells
    used = np.flatnonzero(cells.any(axis=1))
    four = (ends.pp_low, ends.pp_high, ends.theta_low, ends.theta_high)
    return NoiseFloor(
        estimate=None if masked else float(problem.k[unit, wave]) / n1 - expected,
        intervals={level: Interval(*(float(x[b, r]) for x in four)) for r, level in enumerate(levels)},
        p_value=min(1.0, max(0.0, 2 * min(float(ends.F_high[b]), 1 - float(ends.F_low[b])))),
        counterfactual=expected,
        counterfactual_logit=m,
        counterfactual_var=float(mixed.variance[b]),
        phi_mean=float(mixed.phi_mean[b]),
        **{name: float(x[b]) for name, x in means.items()},
        n=int(n1),
        before=tuple(np.flatnonzero(cells[unit]).tolist()),
        comparisons=tuple(int(d) for d in used if d != unit),
        posterior=Counterfactual(points.weight[b], points.c[b], points.V[b], points.phi[b]),
    )
