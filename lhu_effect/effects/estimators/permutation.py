"""Permutation over units: how unusual the promise unit's change is among all units' changes.

With one promise unit among N the p value is a rank and cannot fall below 1/N, whatever happened: that bound
is shown because it explains why no test can say more (method.md section 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lhu_effect.effects.named import Named
from lhu_effect.effects.noise import Array, empirical_logit
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused

NAME = "permutation"
FLOOR_TAU = 0.15


@dataclass(frozen=True)
class Permutation:
    """p_value: share of units whose studentised difference is at least as large as the promise unit's.

    smallest: 1 / units, the smallest p that any data could give. statistics: one per unit used.
    """

    estimate: float
    p_value: float
    smallest: float
    statistics: tuple[float, ...]
    units: tuple[int, ...]


def estimate(
    k: Array, n: Array, unit: int, before: Sequence[int], after: Sequence[int], phi0: float
) -> Permutation | Refused:
    """Each unit in turn against all the others, on the log-odds scale.

    k, n: (units, waves), NaN where there is none; before, after: columns, averaged. The statistic is the
    unit's change less the others' mean change (weights: inverse variance), over its standard error with the
    assumed floor of .15 in each wave. Units that lack one of the waves are left out.
    """
    columns = [*before, *after]
    seen = np.asarray(np.isfinite(k) & (np.nan_to_num(n) > 0))[:, columns].all(axis=1)
    seen = np.atleast_1d(seen)
    if not seen[unit]:
        return Refused("no_before_wave")
    used = np.flatnonzero(seen)
    if len(used) < 2:
        return Refused("no_comparison", {"units": len(used)})
    y = empirical_logit(k[used], n[used])
    k_, n_ = k[used] + 0.5, n[used] + 1
    v = phi0 * n_ / (k_ * (n_ - k_)) + FLOOR_TAU**2
    change = y[:, list(after)].mean(1) - y[:, list(before)].mean(1)
    var = v[:, list(after)].sum(1) / len(after) ** 2 + v[:, list(before)].sum(1) / len(before) ** 2
    w = 1 / var
    others = ((w * change).sum() - w * change) / (w.sum() - w)
    z = (change - others) / np.sqrt(var + 1 / (w.sum() - w))
    at = int(np.flatnonzero(used == unit)[0])
    extreme = np.abs(z) >= abs(z[at]) - 1e-12
    return Permutation(
        estimate=float(change[at] - others[at]),
        p_value=float(extreme.mean()),
        smallest=1 / len(used),
        statistics=tuple(z.tolist()),
        units=tuple(used.tolist()),
    )


def named(problem: Problem, levels: Sequence[float] = ()) -> Named | Refused:
    """The rank of the promise unit's change. A permutation has a p value and no interval."""
    unit, wave = problem.target
    before = np.flatnonzero(problem.cells[unit]).tolist()
    if not before:
        return Refused("no_before_wave")
    rows = problem.rows
    made = estimate(problem.k[rows], problem.n[rows], 0, before, [wave], problem.phi0)
    if isinstance(made, Refused):
        return made
    return Named(made.estimate, {}, made.p_value, "log_odds", note="smallest_attainable_p")
