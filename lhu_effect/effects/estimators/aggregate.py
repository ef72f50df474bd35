"""n-weighted aggregate difference-in-differences: each unit one change, treated against comparison units.

The cross-check of method.md section 5: honest with few units (t with units - 2 df), usually 1.3-1.8 times
wider than the default. Equals weighted least squares of the changes on a treated dummy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lhu_effect.effects.named import Named
from lhu_effect.effects.noise import Array, Flags
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused

NAME = "aggregate_did"
LEVELS = (0.95, 0.90)
ROUNDING = 1e-12


@dataclass(frozen=True)
class Aggregate:
    """A difference of changes of shares, 0-1. units: rows used. intervals: level -> (low, high)."""

    estimate: float
    std_error: float
    df: int
    p_value: float
    intervals: Mapping[float, tuple[float, float]]
    units: tuple[int, ...]


def estimate(
    k: Array,
    n: Array,
    treated: Flags,
    before: Sequence[int],
    after: Sequence[int],
    levels: Sequence[float] = LEVELS,
) -> Aggregate | Refused:
    """The treated units' change less the comparison units', weighted by answers.

    k, n: (units, waves), NaN where there is none. treated: (units,). before, after: columns; counts of several
    waves are summed. A unit without answers on either side is left out. Weight: 1 / (1/n_before + 1/n_after).

    >>> k, n = np.array([[60.0, 38], [80, 85], [31, 30]]), np.array([[700.0, 690], [800, 810], [300, 290]])
    >>> made = estimate(k, n, np.array([True, False, False]), [0], [1])
    >>> round(made.estimate, 3), made.df
    (-0.034, 1)
    """
    from scipy.special import stdtr, stdtrit

    (k0, n0), (k1, n1) = (_summed(k, n, columns) for columns in (before, after))
    used = np.flatnonzero((n0 > 0) & (n1 > 0))
    on = np.asarray(treated, dtype=bool)[used]
    df = len(used) - 2
    if not on.any():
        return Refused("no_before_wave")
    if on.all() or df < 1:
        return Refused("no_comparison", {"units": len(used), "limit": 3})
    change = k1[used] / n1[used] - k0[used] / n0[used]
    w = 1 / (1 / n0[used] + 1 / n1[used])
    means = [np.average(change[side], weights=w[side]) for side in (on, ~on)]
    left = change - np.where(on, *means)
    sigma2 = float((w * left**2).sum()) / df
    error = float(np.sqrt(sigma2 * (1 / w[on].sum() + 1 / w[~on].sum())))
    effect = float(means[0] - means[1])
    if error <= ROUNDING:  # every unit of a side moved alike to the last digit: nothing to measure doubt by
        return Refused("refused", {"units": len(used)})
    reach = {level: float(stdtrit(df, (1 + level) / 2)) * error for level in levels}
    return Aggregate(
        estimate=effect,
        std_error=error,
        df=df,
        p_value=float(2 * stdtr(df, -abs(effect) / error)),
        intervals={level: (effect - half, effect + half) for level, half in reach.items()},
        units=tuple(used.tolist()),
    )


def named(problem: Problem, levels: Sequence[float] = LEVELS) -> Named | Refused:
    """The promise unit's row against every comparison row, its FIT waves before, the target after."""
    unit, wave = problem.target
    before = np.flatnonzero(problem.cells[unit]).tolist()
    rows = problem.rows
    treated = np.arange(len(rows)) == 0
    made = estimate(problem.k[rows], problem.n[rows], treated, before, [wave], levels)
    if isinstance(made, Refused):
        return made
    return Named(made.estimate, made.intervals, made.p_value, "share", made.std_error, made.df)


def _summed(k: Array, n: Array, columns: Sequence[int]) -> tuple[Array, Array]:
    k, n = k[:, list(columns)], n[:, list(columns)]
    seen = np.isfinite(k) & np.isfinite(n)
    return np.where(seen, k, 0.0).sum(1), np.where(seen, n, 0.0).sum(1)
