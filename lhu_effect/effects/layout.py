"""Answers to frames: the effects table of the contract, the reasons behind it and what both rest on.

One pass over the answers per frame; every cell is either a number that was estimated or null.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from lhu_effect.effects.answers import Change, Numbers
from lhu_effect.effects.cells import Cells
from lhu_effect.effects.design import MIN_POINT_N, Design
from lhu_effect.effects.estimators import before_after, noise_floor, theme
from lhu_effect.effects.exposure import answer as exposure_of
from lhu_effect.effects.exposure import ruling_start
from lhu_effect.effects.firmness import largest_own_floor
from lhu_effect.effects.model import EFFECT_SCHEMA, EXPOSURE_SCHEMA, REASON_SCHEMA, STANDING_SCHEMA
from lhu_effect.effects.periods import grade_at
from lhu_effect.effects.refused import Refused
from lhu_effect.study.model import Study

if TYPE_CHECKING:
    from lhu_effect.effects.estimate import Answered

Row = dict[str, Any]


def rows(
    answered: Sequence[Answered], study: Study, cells: Cells, estimator: str = noise_floor.NAME
) -> pl.DataFrame:
    """EFFECT_SCHEMA, sorted by period, indicator, unit (the whole first), stratum and wave in the study's own orders."""
    return _frame([_row(a, study, cells, estimator) for a in _sorted(answered, study, cells)], EFFECT_SCHEMA)


def reasons(answered: Sequence[Answered], study: Study, cells: Cells) -> pl.DataFrame:
    """REASON_SCHEMA: two lines a row, effect and change, in the order of `rows`."""
    lines = [line for a in _sorted(answered, study, cells) for line in _reasons(a, study, cells)]
    return _frame(lines, REASON_SCHEMA)


def standings(answered: Sequence[Answered], cells: Cells) -> pl.DataFrame:
    """STANDING_SCHEMA: the comparison municipalities of every window that was used."""
    lines: dict[tuple[Any, ...], Row] = {}
    for a in answered:
        d = a.design
        if d.last is None or d.column is None:
            continue
        for s in d.standings:
            key = (
                a.question.period.id,
                a.question.theme,
                cells.years[d.last],
                cells.years[d.column],
                s.municipality,
            )
            sources = dict.fromkeys(e.source for e in s.entries if e.source)
            values = (*key, s.exposed, s.used, " ".join(sources))
            lines[key] = dict(zip(STANDING_SCHEMA, values, strict=True))
    return _frame([lines[k] for k in sorted(lines)], STANDING_SCHEMA)


def exposures(answered: Sequence[Answered], study: Study) -> pl.DataFrame:
    """EXPOSURE_SCHEMA: every promise x indicator x wave of the periods, promise by promise."""
    lines: dict[tuple[Any, ...], Row] = {}
    grades = tuple(dict.fromkeys(g for s in study.strata for g in s.grades))
    for a in answered:
        q = a.question
        for promise in q.period.promises if not q.is_theme else ():
            for year in q.period.answers:
                key = (promise.id, q.indicator, year)
                if key in lines:
                    continue
                said = exposure_of(
                    promise, study.wave(year), study.registry.indicators[q.indicator].look_back
                )
                then = ((g, grade_at(g, year, ruling_start(promise))) for g in grades)
                lines[key] = {
                    "promise": promise.id,
                    "period": q.period.id,
                    "indicator": q.indicator,
                    "theme": q.theme,
                    "year": year,
                    "exposure": said.kind,
                    "rule": said.rule,
                    "flags": " ".join(said.flags),
                    "otherwise": " ".join(
                        f"{says.replace(' ', '_')}={kind}" for says, kind in said.otherwise
                    ),
                    "grades": " ".join(f"{g}={x}" for g, x in then if x is not None and x <= 12),
                }
    return _frame(list(lines.values()), EXPOSURE_SCHEMA)


def _sorted(answered: Sequence[Answered], study: Study, cells: Cells) -> list[Answered]:
    starts = {p.id: (ruling_start(p).toordinal(), p.id) for p in study.promises}
    at = {i: n for n, i in enumerate(study.registry.indicators)}
    at |= {f"theme:{t}": len(at) + n for n, t in enumerate(study.registry.themes)}
    unit = {d: n for n, d in enumerate(cells.districts)}
    stratum = {s.id: n for n, s in enumerate(study.strata)}

    def key(a: Answered) -> tuple[Any, ...]:
        q = a.question
        year = math.inf if q.year is None else q.year
        first = starts[q.period.promises[0].id]
        place = (not q.headline, unit[q.district], stratum[q.stratum])
        return (first, q.period.id, at[q.indicator], *place, year)

    return sorted(answered, key=key)


def _row(a: Answered, study: Study, cells: Cells, estimator: str) -> Row:
    return {
        **_key(a, study),
        **_levels(a.design, cells),
        **_change(a),
        **(_theme(a, cells) if isinstance(a.effect, theme.Theme) else _effect(a, cells)),
        "verdict": a.effect_judged.verdict.name,
        "reason": a.effect_judged.verdict.reason,
        "margin": _margin(a),
        "detectable_decrease": a.detectable.decrease if a.detectable else None,
        "detectable_increase": a.detectable.increase if a.detectable else None,
        "estimator": theme.NAME if a.question.is_theme else estimator,
        "flags": " ".join(sorted(a.flags)),
    }


def _key(a: Answered, study: Study) -> Row:
    q = a.question
    return {
        "promise": q.period.id,
        "indicator": q.indicator,
        "role": "primary" if q.primary else "exploratory",
        "municipality": study.municipality,
        "district": q.district,
        "grade": q.stratum,
        "sex": "all",
        "after_year": q.year,
        "exposure": q.kind,
    }


def _levels(d: Design, cells: Cells) -> Row:
    """Bases and observed shares of the last before wave and the target; null where hidden."""
    if d.blocks:
        return _theme_levels(d, cells)
    out: Row = {"before_years": " ".join(str(cells.years[c]) for c in d.own)}
    if d.block is None:
        return out
    masks = d.block.hidden
    for when, c in (("before", d.last), ("after", d.column)):
        if c is None:
            continue
        n = d.block.n[d.row, c]
        out[f"n_{when}"] = None if math.isnan(n) else int(n)
        if not masks[d.row, c]:
            out[f"share_{when}"] = _share(d, c)
    return out


def _share(d: Design, c: int) -> float:
    """The observed share, its mid value where rounded; NaN without answers or where the numbers contradict."""
    assert d.block is not None
    if d.block.contradictory[d.row, c] or d.block.n[d.row, c] == 0:
        return math.nan
    if d.block.bounded_n[d.row, c]:
        return float(d.block.percent[d.row, c]) / 100
    with_bounds = (d.block.k_low[d.row, c] + d.block.k_high[d.row, c]) / 2
    return float(with_bounds / d.block.n[d.row, c])


def _theme_levels(d: Design, cells: Cells) -> Row:
    """A composite has no shares; its n is the smallest of its indicators'."""
    out: Row = {"before_years": " ".join(str(cells.years[c]) for c in d.own)}
    if d.last is not None:
        out["n_before"] = _smallest([b.n[d.row, d.last] for b in d.blocks])
    out["n_after"] = _smallest([b.n[d.row, c] for b in d.blocks for c in d.after])
    return out


def _smallest(ns: Sequence[float]) -> int | None:
    return None if not ns or any(math.isnan(n) for n in ns) else int(min(ns))


def _change(a: Answered) -> Row:
    c = a.change
    name = a.change_judged.verdict.name
    if isinstance(c, Refused):
        return {"change_verdict": None if a.question.is_theme else name}
    s = c.span
    return {
        "change": c.point if _may_point(a) else None,
        "change_low": s.low,
        "change_high": s.high,
        "change90_low": s.low90,
        "change90_high": s.high90,
        "change_p_value": c.p_value,
        "change_p_adjusted": a.change_judged.p_adjusted,
        "change_verdict": name,
    }


def _effect(a: Answered, cells: Cells) -> Row:
    e = a.effect
    if not isinstance(e, Numbers):
        return {}
    s = e.span
    return {
        "before_years": " ".join(str(cells.years[c]) for c in e.before),
        "counterfactual": e.counterfactual,
        "estimate": e.point if _may_point(a) else None,
        "conf_low": s.low,
        "conf_high": s.high,
        "conf90_low": s.low90,
        "conf90_high": s.high90,
        "logit_low": e.logit[0],
        "logit_high": e.logit[1],
        "p_value": e.p_value,
        "p_adjusted": a.effect_judged.p_adjusted,
        "comparison": " ".join(cells.units[r][0] for r in e.rows),
    }


def _theme(a: Answered, cells: Cells) -> Row:
    e = a.effect
    assert isinstance(e, theme.Theme)
    wide = e.intervals[max(e.intervals)]
    rows_used = (a.design.row, *a.design.rows)
    return {
        "before_years": " ".join(str(cells.years[c]) for c in e.before),
        "logit_low": wide.logit_low,
        "logit_high": wide.logit_high,
        "p_value": e.p_value,
        "p_adjusted": a.effect_judged.p_adjusted,
        "index": e.index,
        "index_low": wide.index_low,
        "index_high": wide.index_high,
        "comparison": " ".join(cells.units[rows_used[i]][0] for i in e.comparisons),
    }


def _may_point(a: Answered) -> bool:
    """Whether a point may stand: enough answers, and nothing of the unit's own behind a mask."""
    d = a.design
    if d.block is None or d.column is None or "interval_only" in a.flags:
        return False
    n = d.block.n[d.row, d.column]
    return bool((n if not math.isnan(n) else d.block.n_low[d.row, d.column]) >= MIN_POINT_N)


def _margin(a: Answered) -> float | None:
    if a.question.is_theme:
        return None
    judged = a.change_judged if isinstance(a.effect, Refused) else a.effect_judged
    return judged.evidence.margin[1]


def _reasons(a: Answered, study: Study, cells: Cells) -> list[Row]:
    lead = "change" if isinstance(a.effect, Refused) or "few_comparisons" in a.flags else "effect"
    out = []
    for kind, answer, judged in (
        ("effect", a.effect, a.effect_judged),
        ("change", a.change, a.change_judged),
    ):
        if a.question.is_theme and kind == "change":
            continue
        e = judged.evidence
        out.append({
            **{c: v for c, v in _key(a, study).items() if c in REASON_SCHEMA},
            "kind": kind,
            "headline": a.question.is_theme or kind == lead,
            "verdict": judged.verdict.name,
            "rule": judged.verdict.rule,
            "reason": judged.verdict.reason,
            "detail": _detail(answer, a),
            "family": judged.family,
            "way": judged.way,
            "family_size": judged.size,
            "alpha": study.alpha,
            "p_value": None if isinstance(answer, Refused) else answer.p_value,
            "p_adjusted": judged.p_adjusted,
            "low": e.low,
            "high": e.high,
            "low90": e.low90,
            "high90": e.high90,
            "margin_low": e.margin[0],
            "margin_high": e.margin[1],
            "better": e.better,
            "after_years": " ".join(str(cells.years[c]) for c in a.design.after) or str(a.question.year or ""),
            **_model(answer, a, study.alpha),
        })  # fmt: skip
    return out


def _model(answer: Numbers | theme.Theme | Change | Refused, a: Answered, alpha: float) -> Row:
    """What the floor and the design effect were taken to be."""
    if isinstance(answer, Numbers):
        return {
            "tau2": answer.tau2,
            "floor_assumed": False,
            "phi": answer.fitted.phi_mean if answer.fitted else None,
            "largest_floor": largest_own_floor(a.design, answer, alpha),
        }
    if isinstance(answer, Change):
        used = answer.assumed or not isinstance(a.effect, Numbers)
        tau2 = before_after.ASSUMED_TAU**2 if used or not isinstance(a.effect, Numbers) else a.effect.tau2
        return {"tau2": tau2, "floor_assumed": answer.assumed, "largest_floor": answer.largest_floor}
    if isinstance(answer, theme.Theme):
        members = a.question.members
        weights = zip(answer.indicators_used, answer.weights, strict=True)
        return {
            "tau2": answer.tau2_mean,
            "floor_assumed": False,
            "phi": answer.psi_mean,
            "weights": " ".join(f"{members[i]}={w:.4f}" for i, w in weights),
            "left_out": " ".join(members[i] for i in sorted(answer.left_out)),
        }
    return {}


def _detail(answer: Numbers | theme.Theme | Change | Refused, a: Answered) -> str:
    if not isinstance(answer, Refused):
        return ""
    named = answer.facts.get("indicator")
    members = a.question.members
    return members[int(named)] if isinstance(named, int) and named < len(members) else answer.reason


def _frame(lines: Sequence[Row], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Columns in the schema's order; NaN is null, infinities stay."""
    columns = {c: [line.get(c) for line in lines] for c in schema}
    frame = pl.DataFrame(columns, schema=schema, strict=False)
    return frame.with_columns(
        [pl.col(c).fill_nan(None) for c, t in schema.items() if t == pl.Float64()]
        + [pl.col(c).fill_null("") for c, t in schema.items() if t == pl.String() and c in _BLANK]
    )


_BLANK = {"before_years", "reason", "comparison", "flags", "weights", "left_out", "detail", "otherwise"}
