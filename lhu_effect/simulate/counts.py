"""Counts of a simulated survey: from pupils' answers to a Cube, to plain arrays for calibration, and to the truth.

The arrays come from the same draws as the Cube; they only skip the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lhu_effect.simulate.draw import Answers, Plan, Pupils
from lhu_effect.simulate.levels import SEXES
from lhu_effect.simulate.shocks import effect_years
from lhu_effect.study.model import Study
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


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of one indicator and stratum as arrays of shape (units, waves), NaN where absent: a kernel's input.

    units: municipality codes, the study's own first. truth: log odds ratio of the effect in the study's municipality
    (marginal over its pupils) per wave, 0 where nothing was planted; share_without: its share had there been no effect.
    """

    units: tuple[str, ...]
    years: tuple[int, ...]
    k: Floats
    n: Floats
    truth: Floats
    share_without: Floats


@dataclass(frozen=True)
class Sampler:
    """Draws `Counts` seed by seed: the quick way for calibration and power."""

    plan: Plan
    indicator: str
    grades: tuple[str, ...]

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Municipalities, the study's first."""
        own = self.plan.study.municipality
        return (own, *sorted({c[1] for c in self.plan.roster.cells} - {own}))

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Waves."""
        return tuple(sorted({c[0] for c in self.plan.roster.cells}))

    @cached_property
    def _slot(self) -> NDArray[np.int64]:
        """Per cell of the roster: unit x wave number, or the last slot when its grade is not in the stratum."""
        width = len(self.years)
        return np.array(
            [
                self.units.index(c[1]) * width + self.years.index(c[0])
                if c[3] in self.grades
                else len(self.units) * width
                for c in self.plan.roster.cells
            ]
        )

    def draw(self, seed: int) -> Counts:
        """The counts of one seed."""
        pupils = self.plan.pupils(seed)
        answers = self.plan.answers(self.indicator, seed, pupils, {})
        return self.counts(answers, pupils)

    def counts(self, answers: Answers, pupils: Pupils) -> Counts:
        """Answers already drawn, as arrays."""
        shape = (len(self.units), len(self.years))
        where = self._slot[self.plan.roster.cell_of]
        size = shape[0] * shape[1]
        n = np.bincount(where[answers.asked], minlength=size + 1)[:size].reshape(shape).astype(float)
        k = np.bincount(where[answers.asked & answers.yes], minlength=size + 1)[:size].reshape(shape)
        own = [expected(self.plan, p, pupils, self._slot) for p in (answers.with_effect, answers.without)]
        share, without = (v[: len(self.years)] for v in own)
        there = n > 0
        return Counts(
            self.units,
            self.years,
            np.where(there, k.astype(float), np.nan),
            np.where(there, n, np.nan),
            np.log(share / (1 - share)) - np.log(without / (1 - without)),
            without,
        )


def expected(plan: Plan, shares: Floats, pupils: Pupils, slot: NDArray[np.int64]) -> Floats:
    """Mean share over all enrolled pupils of each slot (a number per cell of the roster); NaN for an empty slot."""
    p = shares[plan.roster.cell_of, pupils.sex, pupils.group]
    where = slot[plan.roster.cell_of]
    size = int(slot.max()) + 1
    pupils_in = np.bincount(where, minlength=size)
    summed = np.bincount(where, weights=p, minlength=size)
    with np.errstate(invalid="ignore"):
        made: Floats = summed / np.where(pupils_in > 0, pupils_in, np.nan)
    return made


TRUTH_SCHEMA: dict[str, pl.DataType] = {
    "year": pl.Int64(),
    "municipality": pl.String(),
    "district": pl.String(),
    "grade": pl.String(),
    "indicator": pl.String(),
    "share_without": pl.Float64(),
    "share_with": pl.Float64(),
    "effect": pl.Float64(),
    "log_odds_ratio": pl.Float64(),
    "common_move": pl.Float64(),
    "own_move": pl.Float64(),
}


def truth_of(plan: Plan, indicator: str, answers: Answers, pupils: Pupils) -> pl.DataFrame:
    """What was planted and what happened: per wave, unit of the study's municipality and others, and stratum.

    share_without, share_with: shares 0-1 among all enrolled pupils without and with the planted effect; effect: their
    difference. common_move, own_move: the realised moves in log-odds, weighted by pupils.
    """
    rows: list[tuple[object, ...]] = []
    cells = plan.roster.cells
    for stratum, grades in _strata(plan.study, {c[3] for c in cells}):
        for district, inside in _districts(
            plan.study, {c[2] for c in cells if c[1] == plan.study.municipality}
        ):
            members = [c[3] in grades and (district == "all" or _in(c, plan.study, inside)) for c in cells]
            have = {(*c[:2], c[3]) for c, member in zip(cells, members, strict=True) if member}
            keys = [
                c[:2] if member and all((*c[:2], g) in have for g in grades) else None
                for c, member in zip(cells, members, strict=True)
            ]
            named = [k for k in dict.fromkeys(keys) if k is not None]
            number = {k: i for i, k in enumerate(named)}
            slot = np.array([number[k] if k is not None else len(named) for k in keys])
            columns = [
                expected(plan, _as_shares(v, answers), pupils, slot)
                for v in (answers.without, answers.with_effect, answers.moves.common, answers.moves.own)
            ]
            for (year, place), w, s, common, own in zip(
                named, *(c[: len(named)].tolist() for c in columns), strict=True
            ):
                log_odds = float(np.log(s / (1 - s)) - np.log(w / (1 - w)))
                rows.append((year, place, district, stratum, indicator, w, s, s - w, log_odds, common, own))
    return pl.DataFrame(rows, schema=TRUTH_SCHEMA, orient="row")


def _as_shares(values: Floats, answers: Answers) -> Floats:
    return values if values.ndim == 3 else np.broadcast_to(values[:, None, None], answers.without.shape)


def _strata(study: Study, grades: set[str]) -> list[tuple[str, tuple[str, ...]]]:
    single = {s.id for s in study.strata}
    return [(s.id, s.grades) for s in study.strata] + [(g, (g,)) for g in sorted(grades - single)]


def _districts(study: Study, ids: set[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Units: the whole municipality (every municipality), and the study's own districts and pooled ones."""
    own = [(d, (d,)) for d in sorted(ids - {"all"})]
    return [("all", ()), *own, *((p.id, p.districts) for p in study.pooled if set(p.districts) & ids)]


def _in(cell: tuple[int, str, str, str], study: Study, inside: tuple[str, ...]) -> bool:
    return cell[1] == study.municipality and cell[2] in inside


__all__ = ["Counts", "Sampler", "Tables", "cube_of", "effect_years", "expected", "truth_of"]
