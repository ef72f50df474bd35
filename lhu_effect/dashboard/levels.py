"""Masked cells into the levels a reader may see: one series per indicator, unit, group and sex.

Only visible numbers leave here. The comparison municipalities are one unit: their counts are summed over
those whose cell is shown in every wave asked for (`steady`), so that the line moves because answers did and
not because a municipality with few answers came or went; intervals are Wilson's at n / design effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import polars as pl

from lhu_effect.dashboard.model import COMPARISON, Level, Series
from lhu_effect.definitions.model import GRADES, SEXES, Indicator
from lhu_effect.study.model import Study

Key = tuple[int, str, str, str, str, str]  # year, municipality, district, grade, sex, indicator
_WANTED = ("year", "municipality", "district", "grade", "sex", "indicator")
_VALUES = ("n", "k", "k_low", "k_high", "percent", "status", "flags", "n_low", "n_high")
_Z = 1.959963984540054  # 97.5 % point of the normal distribution
_FEW = 3  # fewer municipalities than this (of more) are not "the comparison municipalities"


@dataclass(frozen=True, slots=True)
class Seen:
    """One visible or masked cell: n, k (or bounds), published per cent, status, flags."""

    n: int | None
    k: int | None
    k_low: int | None
    k_high: int | None
    percent: float | None
    status: str
    flags: str
    n_low: int | None = None
    n_high: int | None = None

    @property
    def share(self) -> float | None:
        """The share shown: k/n, else the published per cent, else the middle of k's bounds when rounding made them."""
        if self.status != "observed":
            return None
        if self.k is not None and self.n:
            return self.k / self.n
        if self.percent is not None and (self.n or self.n_low):
            return self.percent / 100
        if self.n and self.k_low is not None and self.k_high is not None and "part_masked" not in self.flags:
            return (self.k_low + self.k_high) / 2 / self.n
        return None


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a table by key, and which units, groups and sexes have any."""

    by_key: Mapping[Key, Seen]
    years: tuple[int, ...]
    own: str

    def get(self, year: int, district: str, group: str, sex: str, indicator: str) -> Seen | None:
        """A cell of the study's own municipality."""
        return self.by_key.get((year, self.own, district, group, sex, indicator))


def read_cells(frame: pl.DataFrame, study: Study) -> Cells:
    """The cells of a tabulated frame (CUBE_SCHEMA), school and organiser rows left out."""
    kept = frame.filter(pl.col("school").is_null() & ~pl.col("organiser"))
    columns = kept.select(*_WANTED, *_VALUES)
    by_key = {row[:6]: Seen(*row[6:]) for row in columns.iter_rows()}
    years = sorted({key[0] for key in by_key} | {w.year for w in study.waves})
    return Cells(by_key, tuple(years), study.municipality)


def level_of(seen: Seen | None, year: int, indicator: Indicator) -> Level:
    """What is shown of a cell: the share with its interval, or why not."""
    version = indicator.version_of(year)
    if seen is None:
        return Level(year, why="not_asked" if version is None else "missing", version=version)
    share = seen.share
    if share is None:
        why = seen.status if seen.status != "observed" else ("masked" if seen.n else "no_n")
        return Level(year, why=why, version=version)
    return Level(year, seen.n, seen.k, share, None, None, "", version)


def with_design(level: Level, phi0: float) -> Level:
    """The level with Wilson's interval at n / phi0; without n the interval is left out."""
    if level.share is None or not level.n:
        return level
    low, high = wilson(level.share, level.n / phi0)
    return Level(level.year, level.n, level.k, level.share, low, high, level.why, level.version)


def wilson(share: float, size: float) -> tuple[float, float]:
    """Wilson's 95 % interval for a share at an effective size (Wilson 1927)."""
    z2 = _Z * _Z
    middle = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = _Z * sqrt(share * (1 - share) / size + z2 / (4 * size * size)) / (1 + z2 / size)
    return max(0.0, middle - half), min(1.0, middle + half)


def all_series(cells: Cells, study: Study, used: Mapping[str, Sequence[str]]) -> tuple[Series, ...]:
    """Every series that has at least one shown or masked cell, in filter order.

    used: the comparison municipalities per indicator.
    """
    units = (*units_of(cells, study), COMPARISON)
    groups, sexes = groups_of(cells, study), sexes_of(cells)
    made = (
        series
        for indicator in present_indicators(cells, study)
        for unit in units
        for group in groups
        for sex in sexes
        if (series := one_series(cells, study, used.get(indicator, ()), indicator, unit, group, sex))
    )
    return tuple(made)


def one_series(
    cells: Cells, study: Study, codes: Sequence[str], indicator: str, unit: str, group: str, sex: str
) -> Series | None:
    """One series over all waves; None when there is no cell at all, or none but "missing"."""
    known = study.registry.indicators[indicator]
    theme = study.registry.themes.get(known.theme)
    if unit == COMPARISON:
        codes = steady(cells, codes, cells.years, group, sex, indicator)
    seen: list[Seen | None] = [
        comparison_cell(cells, codes, year, group, sex, indicator)
        if unit == COMPARISON
        else cells.get(year, unit, group, sex, indicator)
        for year in cells.years
    ]
    if all(s is None or s.status in ("missing", "not_asked") for s in seen):
        return None
    levels = [
        with_design(level_of(s, year, known), theme.phi0 if theme else 1.7)
        for s, year in zip(seen, cells.years, strict=True)
    ]
    return Series(indicator, unit, group, sex, tuple(levels))


def steady(
    cells: Cells, codes: Sequence[str], years: Iterable[int], group: str, sex: str, indicator: str
) -> tuple[str, ...]:
    """The comparison municipalities whose share is shown in the same waves, as many waves as leave enough of them.

    Enough: three, or all where there are fewer. Waves that show most of them choose first; a wave that would
    leave too few is not shown (`comparison_cell`).
    """
    enough = min(_FEW, len(codes))
    shown = [
        {c for c in codes if _is_counted(cells.by_key.get((year, c, "all", group, sex, indicator)))}
        for year in years
    ]
    always = set(codes)
    for found in sorted(shown, key=len, reverse=True):
        if len(always & found) >= enough:
            always &= found
    return tuple(c for c in codes if c in always)


def comparison_cell(
    cells: Cells, codes: Sequence[str], year: int, group: str, sex: str, indicator: str
) -> Seen | None:
    """The municipalities `codes` of a wave together: their counts summed; where one is not shown, that cell."""
    found = [cells.by_key.get((year, code, "all", group, sex, indicator)) for code in codes]
    shown = [s for s in found if s is not None and _is_counted(s)]
    if len(shown) < len(found) or not shown:
        return next((s for s in found if s is not None and not _is_counted(s)), None)
    n = sum(s.n or 0 for s in shown)
    whole = all(s.k is not None for s in shown)
    k = sum(s.k or 0 for s in shown) if whole else None
    share = sum((s.share or 0.0) * (s.n or 0) for s in shown) / n
    return Seen(n, k, None, None, share * 100, "observed", "summed")


def _is_counted(seen: Seen | None) -> bool:
    return seen is not None and seen.share is not None and bool(seen.n)


def present_indicators(cells: Cells, study: Study) -> tuple[str, ...]:
    """Indicators of the register that have cells of the study's own municipality, in register order."""
    there = {key[5] for key in cells.by_key if key[1] == cells.own}
    return tuple(i for i in study.registry.indicators if i in there)


def units_of(cells: Cells, study: Study) -> tuple[str, ...]:
    """ "all", the districts in the register's order, further ones sorted, then pooled ids."""
    there = {key[2] for key in cells.by_key if key[1] == cells.own}
    home = study.registry.places.get(study.municipality)
    known = [d.id for d in (home.districts if home else ()) if d.id in there]
    pooled = [p.id for p in study.pooled if p.id in there]
    rest = sorted(there - {"all", *known, *pooled})
    return tuple(u for u in ("all", *known, *rest, *pooled) if u in there or u == "all")


def groups_of(cells: Cells, study: Study) -> tuple[str, ...]:
    """Stratum ids in the study's order, then single grades that are no stratum."""
    there = {key[3] for key in cells.by_key if key[1] == cells.own}
    strata = [s.id for s in study.strata if s.id in there]
    return (*strata, *(g for g in GRADES if g in there and g not in strata))


def sexes_of(cells: Cells) -> tuple[str, ...]:
    """Sexes that have cells, `all` first."""
    there = {key[4] for key in cells.by_key if key[1] == cells.own}
    return tuple(s for s in ("all", *(x for x in SEXES if x != "all")) if s in there or s == "all")


def broken_units(cells: Cells, years: Iterable[int]) -> dict[str, tuple[int, ...]]:
    """Waves per unit whose cells carry the flag `geography`."""
    found: dict[str, set[int]] = {}
    for (year, code, district, _, _, _), seen in cells.by_key.items():
        if code == cells.own and "geography" in seen.flags.split() and year in set(years):
            found.setdefault(district, set()).add(year)
    return {unit: tuple(sorted(found[unit])) for unit in sorted(found)}
