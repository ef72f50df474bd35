"""Counts seed by seed as plain arrays, without making tables: the quick way for calibration and power.

The draws are those of `simulate`; only the summing differs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lhu_effect.simulate.counts import expected
from lhu_effect.simulate.draw import Answers, Plan, Pupils
from lhu_effect.simulate.roster import Cell
from lhu_effect.simulate.shocks import Floats


@dataclass(frozen=True, eq=False)
class Drawn:
    """Counts of one seed. indicators x units x waves; NaN where nobody could answer.

    units: municipality codes, the study's own first. districts: kommundelar of the study's municipality (k_district,
    n_district: indicators x districts x waves). years: waves.
    truth, truth_district: log odds ratio of the planted effect, marginal over the pupils enrolled, against the same
    pupils and shocks without it. share_with, share_without: the own municipality's shares (indicators x waves).
    """

    indicators: tuple[str, ...]
    units: tuple[str, ...]
    districts: tuple[str, ...]
    years: tuple[int, ...]
    k: Floats
    n: Floats
    k_district: Floats
    n_district: Floats
    truth: Floats
    truth_district: Floats
    share_with: Floats
    share_without: Floats


@dataclass(frozen=True, eq=False)
class Counts:
    """`Drawn` of one indicator: k, n units x waves; truth, share_without per wave."""

    units: tuple[str, ...]
    years: tuple[int, ...]
    k: Floats
    n: Floats
    truth: Floats
    share_without: Floats


@dataclass(frozen=True)
class Sampler:
    """Draws counts of indicators summed over `grades`."""

    plan: Plan
    indicators: tuple[str, ...]
    grades: tuple[str, ...]

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Municipalities, the study's first."""
        own = self.plan.study.municipality
        return (own, *sorted({c[1] for c in self.plan.roster.cells} - {own}))

    @cached_property
    def districts(self) -> tuple[str, ...]:
        """Kommundelar of the study's municipality."""
        own = self.plan.study.municipality
        return tuple(sorted({c[2] for c in self.plan.roster.cells if c[1] == own} - {"all"}))

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Waves."""
        return tuple(sorted({c[0] for c in self.plan.roster.cells}))

    def draw(self, seed: int) -> Counts:
        """The counts of one seed; of the first indicator."""
        d = self.draw_all(seed)
        return Counts(d.units, d.years, d.k[0], d.n[0], d.truth[0], d.share_without[0])

    def draw_all(self, seed: int) -> Drawn:
        """The counts of one seed, all indicators and the districts."""
        pupils = self.plan.pupils(seed)
        made: dict[str, Answers] = {}
        answers = [self.plan.answers(i, seed, pupils, made) for i in self.indicators]
        whole = [self._sums(a, pupils, self._unit_slots, len(self.units)) for a in answers]
        split = [self._sums(a, pupils, self._district_slots, len(self.districts)) for a in answers]
        k, n, share_with, share_without = (np.stack([w[i] for w in whole]) for i in range(4))
        k_d, n_d, with_d, without_d = (np.stack([w[i] for w in split]) for i in range(4))
        return Drawn(
            self.indicators,
            self.units,
            self.districts,
            self.years,
            k,
            n,
            k_d,
            n_d,
            _logit(share_with[:, 0]) - _logit(share_without[:, 0]),
            _logit(with_d) - _logit(without_d),
            share_with[:, 0],
            share_without[:, 0],
        )

    @cached_property
    def _unit_slots(self) -> NDArray[np.int64]:
        return self._slots(len(self.units), lambda c: self.units.index(c[1]))

    @cached_property
    def _district_slots(self) -> NDArray[np.int64]:
        own, known = self.plan.study.municipality, self.districts
        inside = {c for c in self.plan.roster.cells if c[1] == own and c[2] in known}
        return self._slots(len(known), lambda c: known.index(c[2]) if c in inside else None)

    def _slots(self, rows: int, row_of: Callable[[Cell], int | None]) -> NDArray[np.int64]:
        """Per cell of the roster: row x wave, or the slot after the last when it belongs to none."""
        width = len(self.years)
        rows_of = [row_of(c) if c[3] in self.grades else None for c in self.plan.roster.cells]
        return np.array(
            [
                rows * width if row is None else row * width + self.years.index(c[0])
                for row, c in zip(rows_of, self.plan.roster.cells, strict=True)
            ]
        )

    def _sums(
        self, answers: Answers, pupils: Pupils, slots: NDArray[np.int64], rows: int
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """k, n, share with and without the effect, each rows x waves."""
        shape = (rows, len(self.years))
        where = slots[self.plan.roster.cell_of]
        size = rows * len(self.years)

        def count(chosen: NDArray[np.bool_]) -> Floats:
            return np.bincount(where[chosen], minlength=size + 1)[:size].reshape(shape).astype(float)

        n, k = count(answers.asked), count(answers.asked & answers.yes)
        n, k = np.where(n > 0, n, np.nan), np.where(n > 0, k, np.nan)
        shares = [
            expected(p, pupils, slots, size + 1)[:size].reshape(shape)
            for p in (answers.with_effect, answers.without)
        ]
        return k, n, shares[0], shares[1]


def sampler_of(plan: Plan, indicators: tuple[str, ...], grades: tuple[str, ...]) -> Sampler:
    """A sampler whose plan holds only the pupils of `grades`: fewer draws for the same law."""
    return Sampler(Plan(plan.study, replace(plan.settings, grades=grades)), indicators, grades)


def _logit(p: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        made: Floats = np.log(p) - np.log1p(-p)
    return made
