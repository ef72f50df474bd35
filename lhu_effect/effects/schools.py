"""Rows per school to what the school-based methods need, where a cube has them.

Only a raw Cube has school rows: what is published never does. Gives the cells of the clustered regressions,
the counts of schools that answered both before and after, and the design effect that schools show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lhu_effect.effects.cells import Cells
from lhu_effect.effects.design import Design
from lhu_effect.effects.named import SchoolCells
from lhu_effect.effects.noise import Array, Flags
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.proportions import design_effect
from lhu_effect.study.model import Study
from lhu_effect.survey.cube import Cube


@dataclass(frozen=True, eq=False)
class _Counts:
    """Counted school cells of one indicator, one element per school, wave and grade."""

    year: NDArray[np.int64]
    municipality: NDArray[np.str_]
    district: NDArray[np.str_]
    school: NDArray[np.str_]
    grade: NDArray[np.str_]
    k: Array
    n: Array

    def where(self, kept: Flags) -> _Counts:
        """The elements that are kept."""
        return _Counts(**{name: getattr(self, name)[kept] for name in self.__dataclass_fields__})


@dataclass(frozen=True, eq=False)
class Schools:
    """School rows of a cube, by indicator."""

    study: Study
    cells: Cells
    counts: dict[str, _Counts]

    def cells_of(self, d: Design) -> SchoolCells | None:
        """The clustered regression's cells: the unit's and the comparisons' schools, own FIT waves and target."""
        found = self._of(d)
        if found is None or d.column is None:
            return None
        waves = [self.cells.years[c] for c in (*d.own, d.column)]
        used = found.where(np.isin(found.year, waves))
        exposed = self._mine(d, used) & (used.year == self.cells.years[d.column])
        if not exposed.any() or exposed.all():
            return None
        unit = np.where(self._mine(d, used), "own", used.municipality)
        several = len(set(used.grade.tolist())) > 1
        return SchoolCells(
            used.k, used.n, used.school.tolist(), unit.tolist(), used.year.tolist(), exposed,
            used.grade.tolist() if several else None,
        )  # fmt: skip

    def same(self, d: Design, asked: Problem) -> Problem | None:
        """The problem on counts of schools that answered in the last before wave and in the target's."""
        found = self._of(d)
        if found is None or d.column is None or d.last is None:
            return None
        needed = [self.cells.years[c] for c in (d.last, d.column)]
        there = [set(found.school[found.year == y].tolist()) for y in needed]
        kept = found.where(np.isin(found.school, sorted(there[0] & there[1])))
        k, n = np.full(asked.n.shape, np.nan), np.full(asked.n.shape, np.nan)
        members = [self._mine(d, kept), *(kept.municipality == self.cells.units[r][0] for r in d.rows)]
        for place, inside in enumerate(members):
            for t, year in enumerate(self.cells.years):
                at = inside & (kept.year == year)
                if at.any():
                    k[place, t], n[place, t] = kept.k[at].sum(), kept.n[at].sum()
        return replace(asked, k_low=k, k_high=k, n=n, masked=None)

    def phi0(self, indicator: str, stratum: str) -> float | None:
        """The design effect that schools show, shrunk to the theme's; None without school rows."""
        found = self.counts.get(indicator)
        if found is None:
            return None
        inside = found.where(np.isin(found.grade, self._grades(stratum)))
        group = list(zip(inside.year, inside.municipality, inside.grade, strict=True))
        theme = self.study.registry.indicators[indicator].theme
        return design_effect(inside.k, inside.n, group, self.study.registry.themes[theme].phi0)

    def _of(self, d: Design) -> _Counts | None:
        """Schools of the unit and its comparisons in the stratum's grades."""
        found = self.counts.get(d.question.indicator)
        if found is None:
            return None
        codes = [self.cells.units[r][0] for r in d.rows]
        inside = self._mine(d, found) | np.isin(found.municipality, codes)
        kept = found.where(inside & np.isin(found.grade, self._grades(d.question.stratum)))
        return kept if len(kept.k) else None

    def _mine(self, d: Design, found: _Counts) -> Flags:
        own = found.municipality == self.study.municipality
        if d.question.district == "all":
            return np.asarray(own)
        return np.asarray(own & np.isin(found.district, self._parts(d.question.district)))

    def _parts(self, district: str) -> Sequence[str]:
        pooled = next((p.districts for p in self.study.pooled if p.id == district), None)
        return list(pooled) if pooled else district.split("+")

    def _grades(self, stratum: str) -> Sequence[str]:
        return list(next(s.grades for s in self.study.strata if s.id == stratum))


def read_schools(cube: Cube, study: Study, cells: Cells) -> Schools | None:
    """The school rows of a raw cube; None where it has none."""
    rows = Cube(cube.frame.filter(pl.col("school").is_not_null(), ~pl.col("organiser")))
    if not len(rows):
        return None
    frame = rows.pool("sex").frame.filter(
        pl.col("sex") == "all",
        pl.col("status") == "observed",
        pl.col("k").is_not_null(),
        pl.col("n") > 0,
        pl.col("year").is_in(list(cells.years)),
    )
    columns = ("year", "municipality", "district", "school", "grade", "k", "n")
    counts = {
        str(key[0]): _Counts(**{c: _array(part[c]) for c in columns})  # type: ignore[arg-type]
        for key, part in frame.group_by("indicator", maintain_order=True)
    }
    return Schools(study, cells, counts) if counts else None


def _array(values: pl.Series) -> NDArray[np.generic]:
    if values.name in ("k", "n"):
        return values.cast(pl.Float64).to_numpy()
    return values.to_numpy() if values.name == "year" else np.array(values.to_list(), dtype=str)
