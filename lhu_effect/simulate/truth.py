"""What was planted and what happened: the truth table that stands beside a simulated survey."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lhu_effect.simulate.counts import expected
from lhu_effect.simulate.draw import Answers, Plan, Pupils
from lhu_effect.study.model import Study

Floats = NDArray[np.float64]

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
                expected(v, pupils, slot, len(named) + 1)
                for v in (answers.without, answers.with_effect, answers.moves.common, answers.moves.own)
            ]
            for (year, place), w, s, common, own in zip(
                named, *(c[: len(named)].tolist() for c in columns), strict=True
            ):
                log_odds = float(np.log(s / (1 - s)) - np.log(w / (1 - w)))
                rows.append((year, place, district, stratum, indicator, w, s, s - w, log_odds, common, own))
    return pl.DataFrame(rows, schema=TRUTH_SCHEMA, orient="row")


def _strata(study: Study, grades: set[str]) -> list[tuple[str, tuple[str, ...]]]:
    single = {s.id for s in study.strata}
    return [(s.id, s.grades) for s in study.strata] + [(g, (g,)) for g in sorted(grades - single)]


def _districts(study: Study, ids: set[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Units: the whole municipality (every municipality), and the study's own districts and pooled ones."""
    own = [(d, (d,)) for d in sorted(ids - {"all"})]
    return [("all", ()), *own, *((p.id, p.districts) for p in study.pooled if set(p.districts) & ids)]


def _in(cell: tuple[int, str, str, str], study: Study, inside: tuple[str, ...]) -> bool:
    return cell[1] == study.municipality and cell[2] in inside
