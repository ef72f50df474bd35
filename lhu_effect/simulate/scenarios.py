"""The settings under which the method is calibrated: one table, each row a way in which a real survey may behave.

Used by the calibration benchmark and by power planning; all are run and printed, none dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from lhu_effect.simulate.draw import Plan
from lhu_effect.simulate.sampler import Drawn, Sampler, sampler_of
from lhu_effect.simulate.settings import make_settings
from lhu_effect.simulate.shocks import Floats
from lhu_effect.study.load import load_study
from lhu_effect.study.model import Study
from lhu_effect.writers.published import round_percent

GRADES = ("ak9", "gy2")
WAVES = (2008, 2011, 2014, 2017, 2020, 2023)
DRUGS = ("easy_to_get_narcotics",)
THEME = ("narcotics_ever", "offered_narcotics_12_months", "easy_to_get_narcotics", "doping_ever")


@dataclass(frozen=True)
class Scenario:
    """One row of the table.

    what: a sentence for the printed table. settings: changes to `Settings`; the odds ratio is set by the caller.
    parallel: trends are parallel, so that coverage of 93 % is wanted; else 90 %. comparisons: how many municipalities
    are compared with (the largest first). decimals: per cents are published rounded so (None: counts are).
    hide_below: counts below it are published as a mark (None: all are shown).
    """

    name: str
    what: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    indicators: tuple[str, ...] = DRUGS
    years: tuple[int, ...] = WAVES
    parallel: bool = True
    comparisons: int = 8
    decimals: int | None = None
    hide_below: int | None = None

    @property
    def wanted(self) -> float:
        """Coverage of the 95 % interval that the method must hold to (method.md 10)."""
        return 0.93 if self.parallel else 0.90


_HALF_THE_EFFECT = dict.fromkeys(("0484", "0483", "0482"), 0.5)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("typical", "moderate own moves, classes of 24, nine municipalities"),
    Scenario("small_floor", "own moves hardly exist", {"between_wave_sd": 0.04, "district_sd": 0.02}),
    Scenario("large_floor", "own moves are large", {"between_wave_sd": 0.30, "district_sd": 0.15}),
    Scenario(
        "heavy_tails",
        "now and then a very large own move (t, 3 df)",
        {"between_wave_sd": 0.20, "tails_df": 3},
    ),
    Scenario(
        "persistent", "own moves last (.6 over three years)", {"between_wave_sd": 0.22, "persistence": 0.6}
    ),
    Scenario("common_shocks", "the whole county moves much between waves", {"common_sd": 0.40}),
    Scenario("strong_classes", "classmates answer alike (ICC .06)", {"icc": 0.06}),
    Scenario("schools_too", "schools differ too (ICC .03 on top)", {"school_icc": 0.03}),
    Scenario("rare", "a rare answer: 2 in 100", indicators=("doping_ever",)),
    Scenario(
        "safety",
        "a common answer, its line begun in 2020 left out",
        indicators=("safe_neighbourhood_evening",),
    ),
    Scenario("few_comparisons", "three comparison municipalities", comparisons=3),
    Scenario("one_comparison", "one comparison municipality", comparisons=1),
    Scenario("one_before", "one wave before the promise", years=(2020, 2023)),
    Scenario("rounded", "per cents published without decimals", decimals=0),
    Scenario(
        "masked",
        "rounded per cents, counts below five hidden, rare answer",
        decimals=0,
        hide_below=5,
        indicators=("doping_ever",),
    ),
    Scenario(
        "schools_stay_out",
        "one school in seven did not take part in 2020",
        {"school_participation": {2020: 0.85}},
    ),
    Scenario("falling_response", "fewer answer for every wave, at random", {"response_drift": -0.35}),
    Scenario(
        "slopes", "municipalities drift apart (sd .05 per three years)", {"slope_sd": 0.05}, parallel=False
    ),
    Scenario(
        "composition",
        "the group with higher risk grows by ten points",
        {"composition_shift": 0.10},
        parallel=False,
    ),
    Scenario(
        "selective", "risk takers answer less often after the promise", {"selective": -0.6}, parallel=False
    ),
    Scenario(
        "contaminated",
        "three comparison municipalities have the same promise and half its effect",
        {"effect_elsewhere": _HALF_THE_EFFECT},
        parallel=False,
    ),
)


def scenario(name: str) -> Scenario:
    """The scenario of that name. Raises KeyError."""
    return {s.name: s for s in SCENARIOS}[name]


@cache
def _study() -> Study:
    return load_study()


def sampler_for(s: Scenario, odds_ratio: float = 1.0) -> Sampler:
    """Draws of a scenario with an effect of that odds ratio in every indicator of it, in the last wave."""
    asked = {**s.settings, "years": s.years, "odds_ratio": odds_ratio, "effect_in": s.indicators}
    asked["effect_years"] = s.years[-1:]
    return sampler_of(Plan(_study(), make_settings(asked)), s.indicators, GRADES)


@dataclass(frozen=True, eq=False)
class Shown:
    """What an analyst sees of a draw: units x waves of one indicator, comparisons cut to the scenario's.

    k: counts, or the middle of the counts that fit what was published. k_low, k_high: those counts' ends.
    masked: the source hid it. truth: log odds ratio of the effect in the last wave.
    """

    years: tuple[int, ...]
    k: Floats
    k_low: Floats
    k_high: Floats
    n: Floats
    masked: np.ndarray[Any, np.dtype[np.bool_]]
    truth: float


def shown(s: Scenario, drawn: Drawn, indicator: int = 0) -> Shown:
    """A draw as the scenario publishes it. Comparisons: the largest municipalities by pupils answering."""
    size = np.nansum(drawn.n[indicator][1:], axis=1)
    kept = [0, *(1 + np.argsort(-size, kind="stable")[: s.comparisons]).tolist()]
    k, n = drawn.k[indicator][kept], drawn.n[indicator][kept]
    low, high, masked = k.copy(), k.copy(), np.zeros(k.shape, dtype=bool)
    for at in np.argwhere(~np.isnan(n)):
        u, t = int(at[0]), int(at[1])
        low[u, t], high[u, t], masked[u, t] = _published(int(k[u, t]), int(n[u, t]), s)
    truth = float(drawn.truth[indicator, -1])
    return Shown(drawn.years, (low + high) / 2, low, high, n, masked, truth)


def _published(k: int, n: int, s: Scenario) -> tuple[int, int, bool]:
    """Smallest and largest count that fit what is printed for k of n."""
    if s.hide_below is not None and k < s.hide_below:
        return 0, min(n, s.hide_below - 1), True
    if s.decimals is None:
        return k, k, False
    printed = round_percent(k, n, s.decimals)
    half = 0.5 * 10**-s.decimals
    first, last = int((printed - half) * n / 100) - 1, int((printed + half) * n / 100) + 2
    fits = [j for j in range(max(0, first), min(n, last) + 1) if round_percent(j, n, s.decimals) == printed]
    return fits[0], fits[-1], False
