"""Rows per school to what the school-based methods need, where a cube has them.

Only a raw Cube has school rows: what is published never does. Gives the cells of the clustered regressions,
the counts of schools that answered both before and after, and the design effect that schools show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lhu_effect.effects.cells import Cells
from lhu_effect.effects.design import Design
from lhu_effect.effects.named import SchoolCells, SchoolRows
from lhu_effect.effects.noise import Array, Flags
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.proportions import class_effect, design_effect
from lhu_effect.effects.regressors import combined
from lhu_effect.study.model import Study
from lhu_effect.survey.cube import KEY, Cube

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Places:
    """What counts of schools are about, one element per school, wave and grade; labels as whole numbers.

    Indicators answered in the same schools, waves and grades share one, and with it all that follows from it.
    """

    year: Codes
    municipality: Codes
    district: Codes
    school: Codes
    grade: Codes


@dataclass(frozen=True, eq=False)
class _Counts:
    """Counts of one indicator, one element per element of `places`."""

    places: _Places
    k: Array
    n: Array


@dataclass(frozen=True, eq=False)
class Schools:
    """School rows of a cube, by indicator. numbers: the whole number that stands for a label, per column.

    classes: how answers vary between classes, where the cube knows.
    """

    study: Study
    cells: Cells
    counts: dict[str, _Counts]
    numbers: Mapping[str, Mapping[str, int]]
    classes: pl.DataFrame | None = None
    _made: dict[tuple[object, ...], tuple[Codes, SchoolRows] | None] = field(default_factory=dict, repr=False)

    def cells_of(self, d: Design) -> SchoolCells | None:
        """The clustered regression's cells: the unit's and the comparisons' schools, own FIT waves and target."""
        found = self.counts.get(d.question.indicator)
        if found is None or d.column is None:
            return None
        key = (found.places, d.question.district, d.question.stratum, d.rows, d.own, d.column)
        if key not in self._made:
            self._made[key] = self._rows(d, d.column, found.places)
        made = self._made[key]
        return None if made is None else SchoolCells(found.k[made[0]], found.n[made[0]], made[1])

    def _rows(self, d: Design, column: int, places: _Places) -> tuple[Codes, SchoolRows] | None:
        """Which elements a design uses, and what they are to the regression."""
        waves = [self.cells.years[c] for c in (*d.own, column)]
        mine = self._mine(d, places)
        at = np.flatnonzero(self._inside(d, places) & np.isin(places.year, waves))
        exposed = (mine & (places.year == self.cells.years[column]))[at]
        if not exposed.any() or exposed.all():
            return None
        unit = np.where(mine, -1, places.municipality)[at]
        grade = places.grade[at]
        several = grade if len(np.unique(grade)) > 1 else None
        return at, SchoolRows(places.school[at], unit, places.year[at], exposed, several)

    def same(self, d: Design, asked: Problem) -> Problem | None:
        """The problem on counts of schools that answered in the last before wave and in the target's."""
        found = self.counts.get(d.question.indicator)
        if found is None or d.column is None or d.last is None:
            return None
        places = found.places
        inside = self._inside(d, places)
        if not inside.any():
            return None
        needed = [self.cells.years[c] for c in (d.last, d.column)]
        there = [places.school[inside & (places.year == y)] for y in needed]
        kept = inside & np.isin(places.school, np.intersect1d(*there))
        k, n = np.full(asked.n.shape, np.nan), np.full(asked.n.shape, np.nan)
        codes = self._numbers("municipality", [self.cells.units[r][0] for r in d.rows])
        members = [self._mine(d, places), *(places.municipality == code for code in codes)]
        for place, member in enumerate(members):
            for t, year in enumerate(self.cells.years):
                at = kept & member & (places.year == year)
                if at.any():
                    k[place, t], n[place, t] = found.k[at].sum(), found.n[at].sum()
        return replace(asked, k_low=k, k_high=k, n=n, masked=None)

    def phi0(self, indicator: str, stratum: str) -> float | None:
        """The design effect that classes show, else schools, shrunk to the theme's; None without school rows."""
        found = self.counts.get(indicator)
        if found is None:
            return None
        prior = self.study.registry.themes[self.study.registry.indicators[indicator].theme].phi0
        if self.classes is not None:
            grades = pl.col("grade").is_in(list(self._grades(stratum)))
            sums = self.classes.filter(pl.col("indicator") == indicator, grades)
            classes, k, n, squares = (
                sums[c].cast(pl.Float64).to_numpy() for c in ("classes", "k", "n", "squares")
            )
            if shown := class_effect(classes, k, n, squares, prior):
                return shown
        places = found.places
        inside = np.isin(places.grade, self._numbers("grade", self._grades(stratum)))
        group = combined((places.year[inside], places.municipality[inside], places.grade[inside]))
        return design_effect(found.k[inside], found.n[inside], group, prior)

    def _inside(self, d: Design, places: _Places) -> Flags:
        """Schools of the unit and its comparisons in the stratum's grades."""
        codes = self._numbers("municipality", [self.cells.units[r][0] for r in d.rows])
        grades = self._numbers("grade", self._grades(d.question.stratum))
        compared = np.isin(places.municipality, codes)
        return np.asarray((self._mine(d, places) | compared) & np.isin(places.grade, grades))

    def _mine(self, d: Design, found: _Places) -> Flags:
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
    """The school rows of a raw cube in the study's strata; None where it has none."""
    of_schools = cube.frame.lazy().filter(
        pl.col("school").is_not_null(),
        ~pl.col("organiser"),
        pl.col("year").is_in(list(cells.years)),
        pl.col("grade").is_in(sorted({g for s in study.strata for g in s.grades})),
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
    counts: dict[str, _Counts] = {}
    shared: dict[bytes, _Places] = {}
    for key, part in coded.group_by("indicator", maintain_order=True):
        about = {c: part[c].to_numpy() for c in ("year", *labels)}
        written = b"".join(x.tobytes() for x in about.values())
        places = shared.setdefault(written, _Places(**about))
        counts[str(key[0])] = _Counts(places, part["k"].to_numpy(), part["n"].to_numpy())
    return Schools(study, cells, counts, numbers, cube.classes) if counts else None


def _all_sexes(rows: pl.LazyFrame) -> pl.LazyFrame:
    """One row per school, wave, grade and indicator: the published total, or the sum of the sexes (dear: only then)."""
    totals = rows.filter(pl.col("sex") == "all")
    parts = rows.filter(pl.col("sex") != "all").join(
        totals, on=[c for c in KEY if c != "sex"], how="anti", nulls_equal=True
    )
    if parts.select(pl.len()).collect().item() == 0:
        return totals
    return Cube(rows.collect()).pool("sex").frame.lazy().filter(pl.col("sex") == "all")
