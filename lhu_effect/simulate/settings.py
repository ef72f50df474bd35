"""What a simulated survey is like: sizes of shocks, clustering, response, and the planted effect. Frozen, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from lhu_effect.definitions.labels import closest
from lhu_effect.errors import UsageError


@dataclass(frozen=True, slots=True)
class Settings:
    """Log-odds unless said otherwise; standard deviations (sd) are over units or waves, per indicator.

    indicators, years, grades, municipalities: which; empty: all that the study has.
    Planted effect
        odds_ratio: of the promise's effect in `effect_in` (ids, "theme:drugs" or "all"), in the study's municipality,
        in `effect_years` (empty: waves after the last promise on a theme began). effect_by_district and
        effect_by_year: factors on the log odds ratio (a dose); a district or year left out has factor 1.
        effect_elsewhere: the same for other municipalities (a comparison with a promise of its own); left out: 0.
    Shocks
        common_sd: moves every unit of a wave alike. region_sd: the municipalities of a county alike. between_wave_sd:
        a municipality's own move in a wave (the noise floor). district_sd: a district's own, on top. persistence:
        correlation of own moves three years apart.
        tails_df: degrees of freedom of the moves (t, scaled to the same sd); None: normal. unit_sd: lasting
        differences between units. slope_sd: own drift per three years.
    Clustering
        icc: intraclass correlation of answers within a class (share scale); None: (phi0 - 1)/19 of the theme.
        school_icc: the same within a school, added.
    Response
        response: share of enrolled pupils that answer (response_by_year overrides). response_drift: change in log-odds
        per three years. selective: change in log-odds of answering per sd of a pupil's tendency to take risks, in the
        study's municipality, and only in effect_years: response that is not at random. item_response: share
        of answering pupils that answer a question. school_participation: share of schools that take part, by year.
    Composition
        composition_shift: how much larger the group with higher risk (30 %, log-odds +0.7) becomes in the study's
        municipality in effect_years. level_shift: added to every log-odds (a rarer or commoner answer).
    """

    indicators: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    grades: tuple[str, ...] = ()
    municipalities: tuple[str, ...] = ()
    odds_ratio: float = 0.5
    effect_in: tuple[str, ...] = ("easy_to_get_narcotics",)
    effect_years: tuple[int, ...] = ()
    effect_by_district: Mapping[str, float] = field(default_factory=dict)
    effect_by_year: Mapping[int, float] = field(default_factory=dict)
    effect_elsewhere: Mapping[str, float] = field(default_factory=dict)
    common_sd: float = 0.12
    region_sd: float = 0.0
    between_wave_sd: float = 0.12
    district_sd: float = 0.08
    persistence: float = 0.0
    tails_df: float | None = None
    unit_sd: float = 0.15
    slope_sd: float = 0.0
    icc: float | None = None
    school_icc: float = 0.0
    response: float = 0.88
    response_by_year: Mapping[int, float] = field(default_factory=lambda: {2020: 0.84})
    response_drift: float = 0.0
    selective: float = 0.0
    item_response: float = 0.97
    school_participation: Mapping[int, float] = field(default_factory=dict)
    composition_shift: float = 0.0
    level_shift: float = 0.0

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            for one in value.values() if isinstance(value, Mapping) else (value,):
                if one is not None and not low <= one <= high:
                    raise UsageError("simulate.out_of_range", name=name, found=one, low=low, high=high)


_RANGES: dict[str, tuple[float, float]] = {
    "odds_ratio": (0.01, 100),
    "effect_by_district": (-10, 10),
    "effect_by_year": (-10, 10),
    "effect_elsewhere": (-10, 10),
    "common_sd": (0, 3),
    "region_sd": (0, 3),
    "between_wave_sd": (0, 3),
    "district_sd": (0, 3),
    "persistence": (0, 0.99),
    "tails_df": (2.1, 1000),
    "unit_sd": (0, 3),
    "slope_sd": (0, 1),
    "icc": (0, 0.5),
    "school_icc": (0, 0.5),
    "response": (0.05, 1),
    "response_by_year": (0.05, 1),
    "response_drift": (-2, 2),
    "selective": (-3, 3),
    "item_response": (0.05, 1),
    "school_participation": (0, 1),
    "composition_shift": (-0.3, 0.7),
    "level_shift": (-6, 6),
}


def make_settings(changes: Mapping[str, Any]) -> Settings:
    """Settings with `changes`; an unknown name is an error that names the closest known one."""
    known = [f.name for f in fields(Settings)]
    for name in changes:
        if name not in known:
            near = closest(name, known) or ", ".join(known)
            raise UsageError("simulate.unknown_setting", name=name, closest=near)
    return Settings(**changes)
