"""Rows per school to what the school-based methods need, where a cube has them.

Only a raw Cube has school rows: what is published never does. Gives the cells of the clustered regressions,
the counts of schools that answered both before and after, and the design effect that schools show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from lhu_effect.survey.cube import KEY, Cube


@dataclass(frozen=True, eq=False)
class _Counts:
    """Counted school cells of one indicator, one element per school, wave and grade; labels as whole numbers."""

    year: NDArray[np.int64]
    municipality: NDArray[np.int64]
    district: NDArray[np.int64]
    school: NDArray[np.int64]
    grade: NDArray[np.int64]
    k: Array
    n: Array

    def where(self, kept: Flags) -> _Counts:
        """The elements that are kept."""
        return _Counts(**{name: getattr(self, name)[kept] for name in self.__dataclass_fields__})


@dataclass(frozen=True, eq=False)
class Schools:
    """School rows of a cube, by indicator. numbers: the whole number that stands for a label, per column."""

    study: Study
    cells: Cells
    counts: dict[str, _Counts]
    numbers: Mapping[str, Mapping[str, int]]

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
        unit = np.where(self._mine(d, used), -1, used.municipality)
        several = len(np.unique(used.grade)) > 1
        grade = used.grade if several else None
        return SchoolCells(used.k, used.n, used.school, unit, used.year, exposed, grade)

    def same(self, d: Design, asked: Problem) -> Problem | None:
        """The problem on counts of schools that answered in the last before wave and in the target's."""
        found = self._of(d)
        if found is None or d.column is None or d.last is None:
            return None
        needed = [self.cells.years[c] for c in (d.last, d.column)]
        there = [found.school[found.year == y] for y in needed]
        kept = found.where(np.isin(found.school, np.intersect1d(*there)))
        k, n = np.full(asked.n.shape, np.nan), np.full(asked.n.shape, np.nan)
        codes = self._numbers("municipality", [self.cells.units[r][0] for r in d.rows])
        members = [self._mine(d, kept), *(kept.municipality == code for code in codes)]
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
        inside = found.where(np.isin(found.grade, self._numbers("grade", self._grades(stratum))))
        group = list(zip(inside.year, inside.municipality, inside.grade, strict=True))
        theme = self.study.registry.indicators[indicator].theme
        return design_effect(inside.k, inside.n, group, self.study.registry.themes[theme].phi0)

    def _of(self, d: Design) -> _Counts | None:
        """Schools of the unit and its comparisons in the stratum's grades."""
        found = self.counts.get(d.question.indicator)
        if found is None:
            return None
        codes = self._numbers("municipality", [self.cells.units[r][0] for r in d.rows])
        inside = self._mine(d, found) | np.isin(found.municipality, codes)
        grades = self._numbers("grade", self._grades(d.question.stratum))
        kept = found.where(inside & np.isin(found.grade, grades))
        return kept if len(kept.k) else None

    def _mine(self, d: Design, found: _Counts) -> Flags:
        own = found.municipality == self._numbers("municipality", [self.study.municipality])[0]
        if d.question.district == "all":
            return np.asarray(own)
        parts = self._numbers("district", self._parts(d.question.district))
        return np.asarray(own & np.isin(found.district, parts))

    def _numbers(self, column: str, labels: Sequence[str]) -> list[int]:
        """-2 for a label that no school has."""
        return [self.numbers[column].get(label, -2) for label in labels]

    def _parts(self, district: str) -> Sequence[str]:
        pooled = next((p.districts for p in self.study.pooled if p.id == district), None)
        return list(pooled) if pooled else district.split("+")

    def _grades(self, stratum: str) -> Sequence[str]:
        return list(next(s.grades for s in self.study.strata if s.id == stratum))


def read_schools(cube: Cube, study: Study, cells: Cells) -> Schools | None:
    """The school rows of a raw cube; None where it has none."""
    of_schools = cube.frame.lazy().filter(
        pl.col("school").is_not_null(), ~pl.col("organiser"), pl.col("year").is_in(list(cells.years))
    )
    frame = (
        _all_sexes(of_schools)
        .filter(pl.col("status") == "observed", pl.col("k").is_not_null(), pl.col("n") > 0)
        .select("indicator", "year", "municipality", "district", "school", "grade", "k", "n")
        .collect()
    )
    labels = ("municipality", "district", "school", "grade")
    numbers = {c: {label: i for i, label in enumerate(frame[c].unique().sort())} for c in labels}
    coded = frame.with_columns(
        pl.col(c).replace_strict(numbers[c], return_dtype=pl.Int64) for c in labels if len(frame)
    ).with_columns(pl.col("k", "n").cast(pl.Float64))
    columns = ("year", *labels, "k", "n")
    counts = {
        str(key[0]): _Counts(**{c: part[c].to_numpy() for c in columns})
        for key, part in coded.group_by("indicator", maintain_order=True)
    }
    return Schools(study, cells, counts, numbers) if counts else None


def _all_sexes(rows: pl.LazyFrame) -> pl.LazyFrame:
    """One row per school, wave, grade and indicator: the published total, or the sum of the sexes (dear: only then)."""
    totals = rows.filter(pl.col("sex") == "all")
    parts = rows.filter(pl.col("sex") != "all").join(
        totals, on=[c for c in KEY if c != "sex"], how="anti", nulls_equal=True
    )
    if parts.select(pl.len()).collect().item() == 0:
        return totals
    return Cube(rows.collect()).pool("sex").frame.lazy().filter(pl.col("sex") == "all")
