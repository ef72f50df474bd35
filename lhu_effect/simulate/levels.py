"""Levels of the invented surveys: the shares of levels.toml, and plain ones for indicators it does not know."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from lhu_effect.definitions.model import Indicator

SEXES = ("girl", "boy", "other")


@dataclass(frozen=True, slots=True)
class Level:
    """Log-odds by grade and sex, trend per three years, and loading on the tendency to take risks."""

    by_grade: dict[str, float]
    by_sex: dict[str, float]
    trend: float
    load: float


def logit(p: float) -> float:
    """ln(p / (1 - p))."""
    return math.log(p / (1 - p))


@cache
def _table() -> dict[str, dict[str, float]]:
    return tomllib.loads((resources.files(__package__) / "levels.toml").read_text(encoding="utf-8"))


def known_indicators() -> tuple[str, ...]:
    """Indicators with a level of their own."""
    return tuple(_table())


def level_of(indicator: Indicator) -> Level:
    """The level of `indicator`: its own, else 10 % (lower is better) or 80 %."""
    plain = 0.1 if indicator.better == "lower" else 0.8
    row = _table().get(indicator.id, {})
    shares = {g: row.get(g, plain) for g in ("ak7", "ak9", "gy2")}
    nearest = {"ak5": "ak7", "ak8": "ak9", "gy1": "gy2", "gy3": "gy2"}
    by_grade = {g: logit(p) for g, p in shares.items()}
    by_grade |= {g: by_grade[near] for g, near in nearest.items()}
    by_sex = {"girl": row.get("girl", 0.0), "boy": 0.0, "other": row.get("other", 0.0)}
    default_load = 0.4 if indicator.better == "lower" else -0.25
    return Level(by_grade, by_sex, row.get("trend", 0.0), row.get("load", default_load))
