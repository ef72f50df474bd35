"""The simulated survey as a value, and the function that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from lhu_effect.simulate.counts import Tables, cube_of
from lhu_effect.simulate.draw import Answers, Plan
from lhu_effect.simulate.levels import SEXES
from lhu_effect.simulate.sampler import Sampler, sampler_of
from lhu_effect.simulate.settings import Settings, make_settings
from lhu_effect.simulate.truth import truth_of
from lhu_effect.study.model import Study
from lhu_effect.survey.cube import Cube
from lhu_effect.survey.model import Source, Survey


@dataclass(frozen=True, eq=False)
class Simulated:
    """An invented survey with its truth. cube: exact counts, unmasked. truth: see `counts.truth_of`."""

    study: Study
    settings: Settings
    seed: int
    cube: Cube
    truth: pl.DataFrame

    @property
    def survey(self) -> Survey:
        """As if it had been read: one synthetic source, nothing odd."""
        source = Source("simulated", "simulated", "lhu_effect simulate", synthetic=True, seed=self.seed)
        return Survey(self.cube, (source,))

    def records(self) -> pl.DataFrame:
        """One row per answering pupil: place, school, class, grade, sex, and 1, 0 or null for each indicator."""
        plan = Plan(self.study, self.settings)
        pupils, answers = _answers(plan, self.seed)
        asked = pupils.answers
        who = plan.roster.class_of[asked]
        classes = plan.roster.classes
        columns: dict[str, Any] = {
            key: pl.Series([getattr(c, key) for c in classes])[who]
            for key in ("year", "municipality", "district", "school", "grade")
        }
        columns["class"] = pl.Series([c.name for c in classes])[who]
        columns["sex"] = pl.Series(SEXES)[pupils.sex[asked]]
        for id_ in plan.indicators:
            said = np.where(answers[id_].asked, answers[id_].yes, -1)[asked]
            columns[id_] = pl.Series(said, dtype=pl.Int8).replace(-1, None)
        return pl.DataFrame(columns)


def simulate(
    study: Study, seed: int = 1, *, settings: Settings | None = None, schools: bool = False, **changes: Any
) -> Simulated:
    """A survey with a known truth for `study`: its places, waves and enrolment, invented answers.

    seed: same seed, settings and version give the same bytes. settings or changes: see `Settings`
    (odds_ratio=0.6, between_wave_sd=0.2, icc=0.02 ...). schools: rows per school too.
    Raises UsageError for a setting that is unknown or out of range, or a study without enrolment.

    >>> from lhu_effect.study import load_study
    >>> made = simulate(load_study(), indicators=("doping_ever",), years=(2020, 2023))
    >>> made.cube.frame["n"].min() > 0
    True
    """
    plan = Plan(study, settings or make_settings(changes))
    pupils, answers = _answers(plan, seed)
    tables = Tables(plan)
    frames = [tables.frame(i, answers[i], pupils, schools) for i in plan.indicators]
    truths = [truth_of(plan, i, answers[i], pupils) for i in plan.indicators]
    return Simulated(study, plan.settings, seed, cube_of(frames), pl.concat(truths))


def sampler(
    study: Study,
    indicators: str | tuple[str, ...],
    grades: tuple[str, ...],
    settings: Settings | None = None,
    **changes: Any,
) -> Sampler:
    """Draws counts seed by seed without making tables: `sampler(study, "narcotics_ever", ("ak9", "gy2")).draw(7).k`."""
    ids = (indicators,) if isinstance(indicators, str) else indicators
    return sampler_of(Plan(study, settings or make_settings(changes)), ids, grades)


def _answers(plan: Plan, seed: int) -> tuple[Any, dict[str, Answers]]:
    pupils = plan.pupils(seed)
    made: dict[str, Answers] = {}
    for indicator in plan.indicators:
        plan.answers(indicator, seed, pupils, made)
    return pupils, made
