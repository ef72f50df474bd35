"""What every estimator asked for by its name takes and gives: one shape in, one shape out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from lhu_effect.effects.noise import Array, Flags
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused
from lhu_effect.effects.regressors import Labels, Regressors, exposure_and_dummies

Scale = Literal["share", "log_odds"]


@dataclass(frozen=True)
class Named:
    """An answer under its own name. estimate and intervals (level -> low, high) on `scale`: differences of
    shares 0-1, or log odds ratios. std_error, df: None where the method has none. note: a caution id or ""."""

    estimate: float | None
    intervals: Mapping[float, tuple[float, float]]
    p_value: float
    scale: Scale
    std_error: float | None = None
    df: float | None = None
    note: str = ""


@dataclass(frozen=True, eq=False)
class SchoolRows:
    """What cells of schools are about, one element per school, wave and whatever else splits the counts.

    exposed: after waves of promise units. extra: one more label per cell whose levels are taken out (grade), or
    None. Questions asked of the same schools share one: what follows from the labels alone is made once.
    """

    school: Labels
    unit: Labels
    year: Labels
    exposed: Flags
    extra: Labels | None = None

    def where(self, kept: Flags) -> SchoolRows:
        """The elements that are kept."""
        given = (self.school, self.unit, self.year, self.exposed, self.extra)
        return SchoolRows(*(x if x is None else np.asarray(x)[kept] for x in given))  # type: ignore[arg-type]

    @cached_property
    def schools(self) -> int:
        """Different schools."""
        return len(np.unique(np.asarray(self.school)))

    @cached_property
    def regressors(self) -> Regressors | None:
        """The exposure first, then dummies of unit, year and extra; None where these leave nothing of it."""
        parts = [x for x in (self.unit, self.year, self.extra) if x is not None]
        return exposure_and_dummies(np.asarray(self.exposed, dtype=np.float64), self.school, parts)


@dataclass(frozen=True, eq=False)
class SchoolCells:
    """k of n pupils say yes, one element per row of `rows`."""

    k: Array
    n: Array
    rows: SchoolRows


@dataclass(frozen=True)
class ByUnits:
    """An estimator of counts by unit and wave."""

    name: str
    run: Callable[[Problem, Sequence[float]], Named | Refused]


@dataclass(frozen=True)
class BySchools:
    """An estimator of counts by school."""

    name: str
    run: Callable[[SchoolCells, Sequence[float]], Named | Refused]
