"""What a survey could show, asked beforehand: the smallest detectable effects, and what would make them smaller.

Pupils and waves from a study's enrolment (or a table of cells), shares from the table or assumed; counts
are drawn with the floor and the clustering that the method expects, because data without any swings would
make the survey look better than it can be. No outcome is used. Draws are seeded: same study, same table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from lhu_effect.effects.answers import problem
from lhu_effect.effects.cells import Cells, read_cells
from lhu_effect.effects.comparison import candidates
from lhu_effect.effects.design import Design, Designer
from lhu_effect.effects.detectable import detectable_many
from lhu_effect.effects.estimators import noise_floor
from lhu_effect.effects.given import check_table
from lhu_effect.effects.noise import expit, logit
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.questions import all_questions
from lhu_effect.effects.refused import Refused
from lhu_effect.errors import EstimationError
from lhu_effect.study.model import Study
from lhu_effect.survey.cube import as_cube

if TYPE_CHECKING:
    from lhu_effect.disclosure import MaskedCube
    from lhu_effect.survey.cube import Cube

POWER_SCHEMA: dict[str, pl.DataType] = {
    **{c: pl.String() for c in ("promise", "indicator", "theme", "district", "grade")},
    "after_year": pl.Int64(),
    "variant": pl.String(),  # as_planned more_waves more_comparisons more_pupils
    "amount": pl.Float64(),  # waves or municipalities added, pupils times; null as planned
    "share": pl.Float64(),  # before; assumed where basis is "assumed"
    "basis": pl.String(),  # data | assumed
    "n_after": pl.Int64(),
    "waves_before": pl.Int64(),
    "comparisons": pl.Int64(),
    "detectable_decrease": pl.Float64(),  # positive; null: even total disappearance would not show
    "detectable_increase": pl.Float64(),
    "decrease_of_level": pl.Float64(),  # detectable decrease as a share of the level
}
ASSUMED_SHARE = {"drugs": 0.08, "alcohol_tobacco": 0.15, "safety": 0.80, "victimisation": 0.10, "other": 0.20}
ANSWERED = 0.85
FLOOR = 0.15
DRAWS = 25
SEED = 20200316
MORE_WAVES, MORE_COMPARISONS, MORE_PUPILS = (1, 2, 4), (2, 4, 8), (1.5, 2.0, 4.0)


@dataclass(frozen=True)
class Plan:
    """One line to be worked out: a problem whose counts are still to be drawn, and what it is called."""

    design: Design
    asked: Problem
    variant: str
    amount: float | None
    share: float


def power(
    study: Study, table: Cube | MaskedCube | None = None, *, alpha: float | None = None, power: float = 0.8
) -> pl.DataFrame:
    """POWER_SCHEMA: smallest detectable decrease and increase per unit, indicator and stratum.

    table: cells to take answers and levels from; None: pupils enrolled x .85 x the study's item response, and
    a level assumed for each theme; EstimationError where no enrolment is known. As planned for every unit in the
    stratum it is judged in; for the
    whole also with more waves before, more comparison municipalities, and more pupils.

    >>> from lhu_effect.study import load_study
    >>> power(load_study())["variant"].n_unique()
    4
    """
    if table is None and not any(
        e.municipality == study.municipality and e.pupils > 0 for e in study.enrolment
    ):
        raise EstimationError("effects.no_enrolment", municipality=study.municipality)
    cells = _cells(study, table)
    basis = "data" if table is not None else "assumed"
    plans = [p for d in _designs(study, cells) for p in _plans(d, cells, study, basis)]
    different = {_shape(p): p for p in plans}
    found = dict(zip(different, _found(list(different.values()), alpha or study.alpha, power), strict=True))
    return pl.DataFrame([_line(p, found[_shape(p)], basis) for p in plans], schema=POWER_SCHEMA, orient="row")


def _found(plans: list[Plan], alpha: float, power: float) -> list[list[tuple[float, float]]]:
    """(decrease, increase) of every draw of every plan; a draw that is refused is left out."""
    results = noise_floor.estimate_many([x for p in plans for x in _draws(p)], levels=(0.95,))
    kept = [(i // DRAWS, r) for i, r in enumerate(results) if not isinstance(r, Refused)]
    made = detectable_many([r.posterior for _, r in kept], [r.n for _, r in kept], alpha, power)
    found: list[list[tuple[float, float]]] = [[] for _ in plans]
    for (i, r), d in zip(kept, made, strict=True):
        found[i].append(_at_level(plans[i].share, r.counterfactual, d.decrease, d.increase))
    return found


def _at_level(share: float, drawn: float, decrease: float, increase: float) -> tuple[float, float]:
    """Differences seen at the level a draw happened to have, as the same log-odds at the planned level."""
    base, planned = logit(np.array(drawn)), logit(np.array(share))
    with np.errstate(invalid="ignore", divide="ignore"):
        down = logit(np.array(drawn - decrease)) - base
        up = logit(np.array(drawn + increase)) - base
    return share - float(expit(planned + down)), float(expit(planned + up)) - share


def _shape(p: Plan) -> tuple[object, ...]:
    """What a plan's answer depends on: questions with the same answers and level need one calculation."""
    a = p.asked
    return (a.n.tobytes(), a.fit.tobytes(), a.years.tobytes(), a.n.shape, a.target, a.phi0, p.share)


def _cells(study: Study, table: Cube | MaskedCube | None) -> Cells:
    from lhu_effect.effects.estimate import tabulated

    if table is not None:
        check_table(table, study)
    frame = tabulated(table if table is not None else _planned(study), study)
    return read_cells(frame, study, candidates(study, frame["municipality"].unique().to_list()))


def _planned(study: Study) -> Cube:
    """The survey as it would be: every question of the register asked of those enrolled who answer."""
    promised = {t for p in study.promises for t in p.themes}
    rows = [
        {
            "year": e.wave, "municipality": e.municipality, "district": e.district, "grade": e.grade, "sex": "all",
            "indicator": i.id, "n": round(e.pupils * ANSWERED * study.item_response), "status": "observed",
            "k": round(e.pupils * ANSWERED * study.item_response * ASSUMED_SHARE.get(i.theme, 0.2)),
        }
        for i in study.registry.indicators.values()
        if i.kind == "outcome" and i.theme in promised
        for e in study.enrolment
        if e.pupils > 0 and i.version_of(e.wave) is not None
    ]  # fmt: skip
    return as_cube(pl.DataFrame(rows) if rows else pl.DataFrame(schema={"year": pl.Int64}))


def _designs(study: Study, cells: Cells) -> Iterator[Design]:
    """The judged answers of the study: first wave after, in the stratum each unit is judged in."""
    designer = Designer(study, cells)
    for q in all_questions(study, cells):
        if q.kind == "after" and q.first and q.judged and not q.is_theme:
            d = designer.design(q)
            if not d.refused:
                yield d


def _plans(d: Design, cells: Cells, study: Study, basis: str) -> Iterator[Plan]:
    """The design as it is and, for the whole, with more of what helps."""
    assert d.block is not None
    asked = problem(d, cells)
    share = float((d.block.k_low + d.block.k_high)[d.row, d.last] / 2 / d.block.n[d.row, d.last])
    share = ASSUMED_SHARE.get(d.question.theme, 0.2) if basis == "assumed" else share
    yield Plan(d, asked, "as_planned", None, share)
    if not d.question.headline:
        return
    for waves in MORE_WAVES:
        yield Plan(d, _with_waves(asked, waves), "more_waves", float(waves), share)
    for units in MORE_COMPARISONS:
        yield Plan(d, _with_units(asked, units), "more_comparisons", float(units), share)
    for times in MORE_PUPILS:
        yield Plan(d, replace(asked, n=np.round(asked.n * times)), "more_pupils", times, share)


def _with_waves(p: Problem, more: int) -> Problem:
    """Waves put before the first, three years apart, each as large as the unit's last before wave."""
    last = int(np.flatnonzero(p.fit[0])[-1])
    years = np.concatenate([p.years[0] - 3.0 * np.arange(more, 0, -1), p.years])

    columns = [last] * more + list(range(len(p.years)))

    return replace(
        p, k_low=p.k_low[:, columns], k_high=p.k_high[:, columns], n=p.n[:, columns], years=years,
        fit=p.fit[:, columns], target=(0, p.target[1] + more), masked=None,
    )  # fmt: skip


def _with_units(p: Problem, more: int) -> Problem:
    """Comparison units put after the last, as large as those there are, in turn."""
    rows = [*range(len(p.n)), *(1 + i % (len(p.n) - 1) for i in range(more))]
    return replace(p, k_low=p.k_low[rows], k_high=p.k_high[rows], n=p.n[rows], fit=p.fit[rows], masked=None)


def _draws(plan: Plan) -> Iterator[Problem]:
    """Counts as the method expects them to swing: DRAWS times, the same ones for plans of the same shape."""
    p = plan.asked
    rng = np.random.default_rng(SEED)
    size = (DRAWS, *(len(x) + 24 for x in (p.n, p.years)))
    moves, noise = (rng.standard_normal(size)[:, : len(p.n), -len(p.years) :] for _ in range(2))
    level = logit(np.array(plan.share))
    for move, z in zip(moves, noise, strict=True):
        share = expit(level + FLOOR * move)
        k = p.n * share + np.sqrt(p.phi0 * p.n * share * (1 - share)) * z
        k = np.clip(np.round(k), 0, p.n)
        yield replace(p, k_low=k, k_high=k, masked=None)


def _line(p: Plan, found: list[tuple[float, float]], basis: str) -> tuple[object, ...]:
    """Median over the draws; null where most of them would not see even total disappearance."""
    q = p.design.question
    ends = [_median([pair[side] for pair in found]) for side in (0, 1)]
    unit, wave = p.asked.target
    return (
        q.period.id, q.indicator, q.theme, q.district, q.stratum, q.year, p.variant, p.amount, p.share, basis,
        int(p.asked.n[unit, wave]), int(p.asked.cells[0].sum()), int(p.asked.cells[1:].any(axis=1).sum()),
        *ends, None if ends[0] is None else ends[0] / p.share,
    )  # fmt: skip


def _median(values: list[float]) -> float | None:
    x = np.sort(np.where(np.isnan(values), np.inf, values)) if values else np.array([np.inf])
    middle = float(x[len(x) // 2])
    return middle if np.isfinite(middle) else None
