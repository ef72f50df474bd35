"""Counts of a simulated survey: from pupils' answers to the cells of a Cube, and expected shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lhu_effect.simulate.draw import Answers, Plan, Pupils
from lhu_effect.simulate.levels import SEXES
from lhu_effect.survey.cube import Cube, as_cube

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tables:
    """Sums pupils of a plan into cells."""

    plan: Plan

    @cached_property
    def cells(self) -> pl.DataFrame:
        """One row per school x grade x sex: where the counts of `counts` belong."""
        rows = [
            (c.year, c.municipality, c.district, c.school, c.grade, sex)
            for c in self.plan.roster.classes
            for sex in SEXES
        ]
        schema = dict(
            zip(("year", "municipality", "district", "school", "grade", "sex"), _TYPES, strict=True)
        )
        return pl.DataFrame(rows, schema=schema, orient="row")

    def counts(self, answers: Answers, pupils: Pupils) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """n and k of each row of `cells`."""
        size = self.cells.height
        where = self.plan.roster.class_of * len(SEXES) + pupils.sex
        n = np.bincount(where[answers.asked], minlength=size)
        k = np.bincount(where[answers.asked & answers.yes], minlength=size)
        return n, k

    def frame(self, indicator: str, answers: Answers, pupils: Pupils, schools: bool) -> pl.DataFrame:
        """All cells of one indicator: districts and the municipality, sexes and all of them, schools when asked for."""
        n, k = self.counts(answers, pupils)
        fine = self.cells.with_columns(n=pl.Series(n), k=pl.Series(k), indicator=pl.lit(indicator))
        split = fine.filter(pl.col("district") != "all").with_columns(school=_NO_SCHOOL)
        levels = [fine.with_columns(school=_NO_SCHOOL, district=pl.lit("all")), split]
        if schools:
            levels.append(fine)
        both = pl.concat([*levels, *(level.with_columns(sex=pl.lit("all")) for level in levels)])
        key = ["year", "municipality", "district", "school", "grade", "sex", "indicator"]
        summed = both.group_by(key, maintain_order=True).agg(pl.col("n").sum(), pl.col("k").sum())
        return summed.filter(pl.col("n") > 0)


_TYPES = (pl.Int64, pl.String, pl.String, pl.String, pl.String, pl.String)
_NO_SCHOOL = pl.lit(None, dtype=pl.String)


def cube_of(frames: Sequence[pl.DataFrame]) -> Cube:
    """Counted cells as a Cube: exact, observed, percent as a plain share."""
    n, k = pl.col("n"), pl.col("k")
    return as_cube(
        pl.concat(frames).with_columns(
            n_low=n, n_high=n, k_low=k, k_high=k, percent=100 * k / n, status=pl.lit("observed")
        )
    )


def expected(shares: Floats, pupils: Pupils, slot: NDArray[np.int64], size: int) -> Floats:
    """Mean share over all enrolled pupils of each of `size` slots (a number per cell of the roster); NaN if empty.

    shares: by cell x sex x group, or by cell.
    """
    weights = pupils.mix.sum(axis=(1, 2))
    summed = (shares * pupils.mix).sum(axis=(1, 2)) if shares.ndim == 3 else shares * weights
    count = np.bincount(slot, weights=weights, minlength=size)
    total = np.bincount(slot, weights=summed, minlength=size)
    with np.errstate(invalid="ignore"):
        made: Floats = total / np.where(count > 0, count, np.nan)
    return made
