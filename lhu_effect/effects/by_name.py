"""A question answered by another estimator, asked for by its name: as headline, or as a check beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from lhu_effect.effects.answers import Numbers, Span, problem
from lhu_effect.effects.cells import Block, Cells
from lhu_effect.effects.design import Design, geography_broken
from lhu_effect.effects.estimators import ESTIMATORS, aggregate
from lhu_effect.effects.named import BySchools, ByUnits, Named
from lhu_effect.effects.noise import expit
from lhu_effect.effects.refused import Refused
from lhu_effect.effects.schools import Schools
from lhu_effect.study.model import Study

SCHOOL_CHECKS = ("school_cr2", "wild_bootstrap")
COSTLY = "wild_bootstrap"  # seconds each: only for primary measures of the whole
WHOLE = 0.98
NAN = float("nan")


def solve_by(
    by: ByUnits | BySchools, d: Design, cells: Cells, schools: Schools | None, level: float
) -> Numbers | Refused:
    """The answer of the estimator `by`, in the shape of the default's; no floor, no detectable effect."""
    made = _answer(by, d, cells, schools, level)
    if isinstance(made, Refused):
        return made
    assert d.block is not None
    assert d.column is not None
    n = d.block.n[d.row, d.column]
    share = float((d.block.k_low[d.row, d.column] + d.block.k_high[d.row, d.column]) / 2 / n)
    wide, at90 = (made.intervals.get(x, (NAN, NAN)) for x in (level, 0.90))
    if made.scale == "share":
        span, point = Span(*wide, *at90), made.estimate
        logit = (NAN, NAN)
    else:
        moved = [_moved(share, n, theta) for theta in (*wide, *at90)]
        span, logit = Span(*moved), wide
        point = None if made.estimate is None else _moved(share, n, made.estimate)
    return Numbers(
        point=point,
        span=span,
        logit=logit,
        p_value=made.p_value,
        counterfactual=NAN if point is None else min(1.0, max(0.0, share - point)),
        tau2=NAN,
        before=d.own,
        rows=d.rows,
        fitted=None,
    )


def others(
    d: Design, study: Study, cells: Cells, schools: Schools | None, level: float
) -> Iterator[tuple[str, Named | Refused]]:
    """The cross-check and, where schools are known, the school-clustered checks of one design."""
    if d.refused:
        return
    yield "cross_check", _cross_check(d, study, cells, level)
    for e in ESTIMATORS:
        if schools is None or not isinstance(e, BySchools) or e.name not in SCHOOL_CHECKS:
            continue
        if e.name != COSTLY or (d.question.headline and d.question.primary):
            yield e.name, _answer(e, d, cells, schools, level)


def _answer(
    by: ByUnits | BySchools, d: Design, cells: Cells, schools: Schools | None, level: float
) -> Named | Refused:
    if d.refused:
        return Refused(d.refused)
    levels = tuple(dict.fromkeys((level, 0.90)))
    if isinstance(by, ByUnits):
        return by.run(problem(d, cells), levels)
    found = schools.cells_of(d) if schools else None
    return Refused("refused") if found is None else by.run(found, levels)


def _cross_check(d: Design, study: Study, cells: Cells, level: float) -> Named | Refused:
    """Weighted difference-in-differences of district changes (of the unit's where districts do not add up to it)."""
    assert d.block is not None
    assert d.column is not None
    own = partition(d, study, cells) or [d.row]
    rows = [*own, *d.rows]
    k = ((d.block.k_low + d.block.k_high) / 2)[rows]
    treated = np.arange(len(rows)) < len(own)
    made = aggregate.estimate(k, d.block.n[rows], treated, d.own, [d.column], (level,))
    if isinstance(made, Refused):
        return made
    note = "districts" if len(own) > 1 else ""
    return Named(made.estimate, made.intervals, made.p_value, "share", made.std_error, float(made.df), note)


def partition(d: Design, study: Study, cells: Cells) -> list[int]:
    """Rows of districts and pooled districts that together are the whole unit in every wave used; else none."""
    q = d.question
    if q.district != "all" or d.block is None:
        return []
    pooled = {p.id: p.districts for p in study.pooled}

    def counts_here(name: str) -> bool:
        if name in pooled:
            return any(geography_broken(study, x, q.stratum) for x in pooled[name])
        return name != "all" and "+" not in name and not geography_broken(study, name, q.stratum)

    found = [cells.row(study.municipality, name) for name in cells.districts if counts_here(name)]
    columns = [*d.own, *([] if d.column is None else [d.column])]
    return found if len(found) > 1 and _adds_up(d.block, found, d.row, columns) else []


def _adds_up(block: Block, parts: list[int], whole: int, columns: list[int]) -> bool:
    counted = block.counted[np.ix_(parts, columns)]
    total = np.where(counted, block.n[np.ix_(parts, columns)], 0.0).sum(0)
    share = total / block.n[whole, columns]
    return bool(counted[:, -1].any() and ((share >= WHOLE) & (share <= 1 / WHOLE)).all())


def _moved(share: float, n: float, theta: float) -> float:
    """A log-odds effect as a difference of shares, from the observed share back to what it would have been."""
    p = min(max(share, 0.5 / n), 1 - 0.5 / n)
    return share - float(expit(np.array(math.log(p / (1 - p)) - theta)))
