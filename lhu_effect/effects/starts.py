"""Promises that began at different times, or were delivered to a different degree: questions over many units.

Group-time effects over municipalities, each by its own first exposed wave on the theme, and the effect per
delivered share of the commitments over districts (method.md section 8). From designs and the register.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lhu_effect.definitions.model import Exposure, LookBack
from lhu_effect.effects import dose, staggered
from lhu_effect.effects.answers import counts
from lhu_effect.effects.by_name import partition
from lhu_effect.effects.cells import Cells
from lhu_effect.effects.design import Design
from lhu_effect.effects.exposure import classify, field_dates
from lhu_effect.effects.refused import Refused
from lhu_effect.effects.staggered import GroupTime
from lhu_effect.study.model import Commitment, Study


def group_times(d: Design, study: Study, cells: Cells, level: float) -> list[tuple[str, GroupTime]]:
    """Every start on the theme among the municipality and its candidates, wave by wave; [] with only one start.

    The name of each: the municipalities' codes and the wave.
    """
    if d.block is None or d.column is None:
        return []
    rows = [d.row, *(cells.row(code) for code in cells.comparison)]
    look_back = study.registry.indicators[d.question.indicator].look_back
    after = d.question.period.years("after")
    own = cells.years.index(after[0]) if after and after[0] in cells.years else None
    first = [
        own,
        *(first_exposed(study, cells, code, d.question.theme, look_back) for code in cells.comparison),
    ]
    if len({s for s in first if s is not None}) < 2:
        return []
    columns = sorted({*d.own, *d.others})
    n, k_low, k_high = (x[np.ix_(rows, columns)] for x in counts(d.block))
    made = staggered.group_time(
        k_low, k_high, n, np.array(cells.years, dtype=float)[columns],
        [columns.index(s) if s in columns else None for s in first], d.phi0, levels=(level,),
    )  # fmt: skip
    return [(_named(g, rows, columns, cells), g) for g in made]


def first_exposed(study: Study, cells: Cells, code: str, theme: str, look_back: LookBack) -> int | None:
    """Column of the first wave that lies after a municipality's own promise on the theme; None: never, or unknown."""
    own = [e for e in study.exposures if e.municipality == code and theme in e.themes]
    dated = [e for e in own if e.exposed in ("yes", "partly") and e.start is not None]
    return next(
        (c for c, year in enumerate(cells.years) if any(_after(e, study, year, look_back) for e in dated)),
        None,
    )


def dose_effect(d: Design, study: Study, cells: Cells, level: float) -> dose.Dose | Refused:
    """Log odds ratio per delivered share over the districts; refused with fewer than three distinct doses."""
    rows = partition(d, study, cells)
    if d.block is None or d.column is None or not rows:
        return Refused("too_few", {"doses": 0})
    named = [cells.units[r][1] for r in rows]
    pooled = {p.id: p.districts for p in study.pooled}
    doses = [delivered(study, d, pooled.get(x, (x,))) for x in named]
    if any(x is None for x in doses):
        return Refused("too_few", {"doses": 0})
    every = [*rows, *d.rows]
    n, k_low, k_high = (x[every] for x in counts(d.block))
    fit = np.zeros(n.shape, dtype=bool)
    fit[np.ix_(range(len(rows)), [*d.own, d.column])] = True
    fit[np.ix_(range(len(rows), len(every)), d.others)] = True
    given = np.zeros(n.shape)
    given[: len(rows), d.column] = [x or 0.0 for x in doses]
    years = np.array(cells.years, dtype=float)
    return dose.estimate((k_low + k_high) / 2, n, years, fit, given, d.phi0, (level,))


def delivered(study: Study, d: Design, districts: Sequence[str]) -> float | None:
    """Delivered share of the period's commitments that cover the districts; None where none is known."""
    covering = [
        c
        for p in d.question.period.promises
        for c in p.commitments
        if c.status != "unknown" and ("all" in c.districts or set(c.districts) & set(districts))
    ]
    return sum(map(_share, covering)) / len(covering) if covering else None


def _share(c: Commitment) -> float:
    if c.status == "partly":
        return min(1.0, c.delivered / c.planned) if c.planned and c.delivered is not None else 0.5
    return 1.0 if c.status == "delivered" else 0.0


def _after(entry: Exposure, study: Study, year: int, look_back: LookBack) -> bool:
    assert entry.start is not None
    return classify(entry.start, entry.end, *field_dates(study.wave(year)), look_back)[0] == "after"


def _named(g: GroupTime, rows: Sequence[int], columns: Sequence[int], cells: Cells) -> str:
    codes = " ".join(cells.units[rows[u]][0] for u in g.units)
    return f"{codes} {cells.years[columns[g.wave]]}"


def lines_of(
    d: Design, study: Study, cells: Cells, level: float
) -> Iterator[tuple[str, float | None, float | None, float | None, float | None, str]]:
    """Group-time effects as (name, value, low, high, p, note)."""
    for name, g in group_times(d, study, cells, level):
        if isinstance(g.result, Refused):
            yield name, None, None, None, None, g.result.reason
        else:
            wide = g.result.intervals[level]
            yield name, g.result.estimate, wide.pp_low, wide.pp_high, g.result.p_value, ""
