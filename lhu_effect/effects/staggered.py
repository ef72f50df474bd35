"""Promises that begin at different times over municipalities: one effect per start and wave, on counts.

Group-time effects in the sense of Callaway and Sant'Anna (2021), each by the default estimator: units that
begin in the same wave are summed into one promise unit and compared with units that have not begun yet or
never do. An exposed unit's after waves are never comparisons, which is what goes wrong in a pooled regression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lhu_effect.effects.estimators import noise_floor
from lhu_effect.effects.estimators.noise_floor import NoiseFloor
from lhu_effect.effects.noise import Array
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused

LEVELS = (0.95, 0.90)


@dataclass(frozen=True)
class GroupTime:
    """The effect in wave `wave` on the units (rows) whose promise first reached wave `start` (columns).

    Negative since_start: a placebo, predicted from the waves before it.
    """

    start: int
    wave: int
    units: tuple[int, ...]
    result: NoiseFloor | Refused

    @property
    def since_start(self) -> int:
        """Waves since the first exposed one; 0 is that wave itself."""
        return self.wave - self.start


@dataclass(frozen=True)
class Average:
    """Mean of group-time effects, weighted by answers, as a difference of shares.

    intervals: the same mean of their ends. The effects share comparison units; a mean of ends is never too
    narrow, whatever their correlation.
    """

    estimate: float
    intervals: dict[float, tuple[float, float]]
    effects: int


def group_time(
    k_low: Array,
    k_high: Array,
    n: Array,
    years: Array,
    first_exposed: Sequence[int | None],
    phi0: float,
    *,
    levels: Sequence[float] = LEVELS,
    placebo: bool = False,
) -> list[GroupTime]:
    """All group-time effects, ordered by start and wave.

    k_low, k_high, n: (units, waves), NaN where absent; first_exposed: per unit the column of its first after
    wave, None for a unit that never begins. A group's cell needs every unit of the group. placebo: also the
    waves before the start, each predicted from the waves before it.
    """
    starts = sorted({s for s in first_exposed if s is not None})
    asked: list[tuple[int, int, tuple[int, ...]]] = []
    problems: list[Problem] = []
    for start in starts:
        units = tuple(d for d, s in enumerate(first_exposed) if s == start)
        for wave in range(0 if placebo else start, len(years)):
            asked.append((start, wave, units))
            problems.append(_problem(k_low, k_high, n, years, first_exposed, phi0, start, wave))
    results = noise_floor.estimate_many(problems, levels)
    return [GroupTime(*which, result) for which, result in zip(asked, results, strict=True)]


def _problem(
    k_low: Array,
    k_high: Array,
    n: Array,
    years: Array,
    first_exposed: Sequence[int | None],
    phi0: float,
    start: int,
    wave: int,
) -> Problem:
    group = [d for d, s in enumerate(first_exposed) if s == start]
    others = [d for d, s in enumerate(first_exposed) if s != start]
    last = len(years) if wave >= start else wave + 1
    fit = np.zeros((1 + len(others), len(years)), dtype=bool)
    fit[0, : min(start, wave)] = True
    for row, d in enumerate(others, start=1):
        begun = first_exposed[d]
        fit[row, : last if begun is None else min(begun, last)] = True
    low, high, base = (np.vstack([x[group].sum(0), x[others]]) for x in (k_low, k_high, n))
    return Problem(low, high, base, years, fit, (0, wave), phi0)


def average(effects: Sequence[GroupTime]) -> Average | Refused:
    """The mean of the effects that have an estimate, weighted by the target's answers."""
    made = [e.result for e in effects if isinstance(e.result, NoiseFloor)]
    points = [(r, r.estimate) for r in made if r.estimate is not None]
    if not points:
        return Refused("no_comparison")
    weight = np.array([r.n for r, _ in points], dtype=float)
    weight /= weight.sum()
    ends = {
        level: (
            float(weight @ [r.intervals[level].pp_low for r, _ in points]),
            float(weight @ [r.intervals[level].pp_high for r, _ in points]),
        )
        for level in points[0][0].intervals
    }
    return Average(float(weight @ [x for _, x in points]), ends, len(points))
