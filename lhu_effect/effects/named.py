"""What every estimator asked for by its name takes and gives: one shape in, one shape out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lhu_effect.effects.noise import Array, Flags
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused

Labels = Sequence[str] | Sequence[int] | NDArray[np.generic]
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
class SchoolCells:
    """One element per school, wave and whatever else splits the counts. exposed: after waves of promise units.

    extra: one more label per cell whose levels are taken out (grade), or None.
    """

    k: Array
    n: Array
    school: Labels
    unit: Labels
    year: Labels
    exposed: Flags
    extra: Labels | None = None


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
