"""What happens to the log-odds of each place and wave: lasting differences, common path, own moves, slopes, the effect.

One indicator at a time; nested indicators share the moves of the one they are part of.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhu_effect.simulate.levels import Level
from lhu_effect.simulate.roster import Cell, Roster
from lhu_effect.simulate.settings import Settings
from lhu_effect.study.model import Study

Floats = NDArray[np.float64]


def stream(seed: int, *names: str) -> np.random.Generator:
    """A generator of its own for each use, so that one draw more or less elsewhere changes nothing here."""
    words = [zlib.crc32(name.encode()) for name in names]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


@dataclass(frozen=True, eq=False)
class Moves:
    """Log-odds added to each cell of the roster: common (every unit, or all of a county, alike), own (the unit's, in
    that wave), lasting."""

    common: Floats
    own: Floats
    lasting: Floats

    @property
    def total(self) -> Floats:
        """All of it."""
        return self.common + self.own + self.lasting


def draw_moves(roster: Roster, settings: Settings, level: Level, root: str, seed: int) -> Moves:
    """Moves of the indicator family named by its root. Standard deviations as in Settings; own moves are AR(1) in time."""
    years = sorted({c[0] for c in roster.cells})
    places = sorted({c[1] for c in roster.cells})
    districts = sorted({(c[1], c[2]) for c in roster.cells})
    y = _numbers(roster, lambda cell: cell[0])
    p = _numbers(roster, lambda cell: cell[1])
    d = _numbers(roster, lambda cell: cell[1:3])
    rng = stream(seed, "common", root)
    z = (np.array(years) - float(np.mean(years))) / 3
    common = level.trend * z + settings.common_sd * _moves(rng, (len(years),), settings.tails_df)
    counties = _numbers(roster, lambda cell: cell[1][:2])
    rng = stream(seed, "counties", root)
    of_county = settings.region_sd * _moves(rng, (counties.max() + 1, len(years)), settings.tails_df)
    rng = stream(seed, "places", root)
    own_place = settings.between_wave_sd * _path(rng, len(places), years, settings)
    lasting_place = settings.unit_sd * rng.standard_normal(len(places))
    slope = settings.slope_sd * rng.standard_normal(len(places))
    rng = stream(seed, "districts", root)
    own_district = settings.district_sd * _path(rng, len(districts), years, settings)
    lasting_district = settings.unit_sd * rng.standard_normal(len(districts))
    split = np.array([c[2] != "all" for c in roster.cells], dtype=float)
    return Moves(
        common=common[y] + of_county[counties, y],
        own=own_place[p, y] + slope[p] * z[y] + split * own_district[d, y],
        lasting=lasting_place[p] + split * lasting_district[d],
    )


def _path(rng: np.random.Generator, units: int, years: Sequence[int], settings: Settings) -> Floats:
    """Stationary AR(1) paths with unit variance, shape (units, waves); correlation persistence per three years."""
    fresh = _moves(rng, (units, len(years)), settings.tails_df)
    path = fresh.copy()
    for i in range(1, len(years)):
        rho = settings.persistence ** ((years[i] - years[i - 1]) / 3) if settings.persistence else 0.0
        path[:, i] = rho * path[:, i - 1] + math.sqrt(1 - rho**2) * fresh[:, i]
    return path


def _moves(rng: np.random.Generator, shape: tuple[int, ...], df: float | None) -> Floats:
    """Unit variance, normal or t."""
    if df is None:
        return rng.standard_normal(shape)
    return rng.standard_t(df, shape) * math.sqrt((df - 2) / df)


def planted(roster: Roster, study: Study, settings: Settings, indicator: str, theme: str) -> Floats:
    """Log odds ratio of the effect in each cell of the roster."""
    hit = {"all", indicator, f"theme:{theme}"} & set(settings.effect_in)
    years = effect_years(study, settings)
    effect = np.zeros(len(roster.cells))
    if not hit:
        return effect
    for i, (year, place, district, _) in enumerate(roster.cells):
        if year in years:
            own = place == study.municipality
            dose = (
                settings.effect_by_district.get(district, 1.0)
                if own
                else settings.effect_elsewhere.get(place, 0)
            )
            effect[i] = math.log(settings.odds_ratio) * dose * settings.effect_by_year.get(year, 1.0)
    return effect


def effect_years(study: Study, settings: Settings) -> tuple[int, ...]:
    """Waves with the effect: as set, else those after the year in which the last promise on a theme began."""
    if settings.effect_years:
        return settings.effect_years
    waves = settings.years or tuple(w.year for w in study.waves)
    started = [p.start.year for p in study.promises if p.themes and any(y > p.start.year for y in waves)]
    return tuple(y for y in waves if started and y > max(started))


def _numbers(roster: Roster, key: Callable[[Cell], object]) -> NDArray[np.int64]:
    """The position of each cell's key among the sorted keys."""
    values = [key(c) for c in roster.cells]
    order = {v: i for i, v in enumerate(sorted(set(values), key=str))}
    return np.array([order[v] for v in values])
