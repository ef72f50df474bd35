"""What stands beside each effect: the checks table of contract.md, one line per check and variant.

Takes answered questions and asks them again through `sensitivity` and `standardise`, or works a line out
from numbers that are already there. `note` holds ids of `texts/<lang>/effects.toml` under notes or reasons.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from lhu_effect.effects import starts
from lhu_effect.effects.answers import Numbers
from lhu_effect.effects.by_name import others
from lhu_effect.effects.cells import Block, Cells, read_parts
from lhu_effect.effects.design import COVERAGE_MOVED, Design, enrolled
from lhu_effect.effects.estimators import theme
from lhu_effect.effects.model import CHECK_SCHEMA
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused
from lhu_effect.effects.schools import Schools
from lhu_effect.effects.sensitivity import Outcome, Variant, outcomes, placebos, problem_of, variants
from lhu_effect.effects.standardise import stratify
from lhu_effect.study.model import Study

if TYPE_CHECKING:
    from lhu_effect.effects.estimate import Answered

BOUNDS_M = (0.5, 1.0, 2.0)
Line = dict[str, Any]
Parts = Mapping[tuple[str, str, str], Block]


def checks(
    answered: Sequence[Answered],
    study: Study,
    cells: Cells,
    frame: pl.DataFrame,
    level: float,
    schools: Schools | None = None,
) -> pl.DataFrame:
    """CHECK_SCHEMA: every check of every effect that has numbers, in the order of the answers.

    frame: the tabulated cells, for sexes and single grades. Lines that ask the question again are made for
    the judged stratum and the first after wave only; the others for every after wave.
    """
    parts = read_parts(frame, study, cells) if answered else {}
    pupils = enrolled(study), enrolled(study, estimated=True)
    effects = [
        a for a in answered if a.question.kind == "after" and isinstance(a.effect, (Numbers, theme.Theme))
    ]
    asked = [v for i, a in enumerate(effects) for v in _asked(i, a, study, cells, parts, schools)]
    again: dict[int, list[Outcome]] = {}
    for o in outcomes(asked, level):
        again.setdefault(o.place, []).append(o)
    placebo = _placebo_rows(answered)
    lines = [
        {**_key(a, study), **line}
        for i, a in enumerate(effects)
        for line in (
            *_lines(a, again.get(i, []), placebo, cells, pupils),
            *_by_name(a, study, cells, schools, level),
            *_starts(a, study, cells, level),
        )
    ]
    columns = {c: [line.get(c) for line in lines] for c in CHECK_SCHEMA}
    made = pl.DataFrame(columns, schema=CHECK_SCHEMA, strict=False)
    numbers = [pl.col(c).fill_nan(None) for c, t in CHECK_SCHEMA.items() if t == pl.Float64()]
    return made.with_columns(*numbers, pl.col("variant").fill_null(""), pl.col("note").fill_null(""))


def _asked(
    i: int, a: Answered, study: Study, cells: Cells, parts: Parts, schools: Schools | None
) -> Iterator[Variant]:
    """The variants of one effect that have to be estimated."""
    q, d = a.question, a.design
    if not (q.judged and q.first):
        return
    yield from variants(i, d, study, cells)
    if q.is_theme:
        yield from placebos(i, d, study, cells)
        return
    grades = next(s.grades for s in study.strata if s.id == q.stratum)
    yield from _slices(i, d, study, cells, parts, grades)
    standard = _standardised(d, study, cells, parts, grades)
    if standard is not None:
        yield Variant(i, "standardised", "grade*sex", standard)
    asked = problem_of(d, study, cells)
    same = schools.same(d, asked) if schools and isinstance(asked, Problem) else None
    if same is not None:
        yield Variant(i, "same_schools", "", same)


def _slices(
    i: int, d: Design, study: Study, cells: Cells, parts: Parts, grades: Sequence[str]
) -> Iterator[Variant]:
    """Single grades of a stratum and single sexes, where they are counted before and after."""
    q = d.question
    wanted = [("grades", g, (q.indicator, g, "all")) for g in grades if len(grades) > 1]
    wanted += [("sexes", sex, (q.indicator, q.stratum, sex)) for sex in ("girl", "boy")]
    for check, name, key in wanted:
        block = parts.get(key)
        if block is None or not block.seen[d.row].any() or d.column is None:
            continue
        usable = block.counted & ~block.contradictory
        own = tuple(c for c in d.own if usable[d.row, c])
        yield Variant(i, check, name, problem_of(replace(d, block=block, own=own), study, cells))


def _standardised(
    d: Design, study: Study, cells: Cells, parts: Parts, grades: Sequence[str]
) -> Problem | None:
    """The effect's problem on standardised counts; None where there is nothing to standardise."""
    asked = problem_of(d, study, cells)
    if not isinstance(asked, Problem) or d.block is None:
        return None
    mine = {(g, s): b for (i, g, s), b in parts.items() if i == d.question.indicator}
    k, n = np.full(asked.n.shape, np.nan), np.full(asked.n.shape, np.nan)
    split = False
    for place, row in enumerate((d.row, *d.rows)):
        strata = stratify(mine, grades, row, d.block)
        if strata is not None:
            k[place], n[place] = strata.standardised()
            split |= len(strata.n) > 1
    return replace(asked, k_low=k, k_high=k, n=n, masked=None) if split else None


def _placebo_rows(answered: Sequence[Answered]) -> dict[tuple[Any, ...], list[Answered]]:
    """All waves of one question, by everything but the wave."""
    out: dict[tuple[Any, ...], list[Answered]] = {}
    for a in answered:
        if not a.question.is_theme and a.question.year is not None:
            out.setdefault(_series(a), []).append(a)
    return out


def _series(a: Answered) -> tuple[Any, ...]:
    q = a.question
    return (q.period.id, q.indicator, q.district, q.stratum)


def _key(a: Answered, study: Study) -> Line:
    q = a.question
    return {
        "promise": q.period.id,
        "indicator": q.indicator,
        "municipality": study.municipality,
        "district": q.district,
        "grade": q.stratum,
        "sex": "all",
        "after_year": q.year,
    }


def _lines(
    a: Answered,
    again: Sequence[Outcome],
    waves: Mapping[tuple[Any, ...], Sequence[Answered]],
    cells: Cells,
    pupils: tuple[Mapping[tuple[int, str, str], int], Mapping[tuple[int, str, str], int]],
) -> Iterator[Line]:
    """Every line of one effect, in the contract's order of checks."""
    study_of = [_outcome_line(o) for o in again if o.check == "event_study"]
    if not a.question.is_theme:
        study_of = [_wave_line(w) for w in waves[_series(a)]]
    else:
        study_of.append(_wave_line(a))
    yield from study_of
    yield from _bounds(a, _last_placebo(a, again, waves))
    rest = [o for o in again if o.check != "event_study"]
    yield from (_outcome_line(o) for o in rest)
    left_out = [o.value for o in rest if o.check == "leave_one_out" and o.value is not None]
    if left_out:
        yield _line("leave_one_out", "range", None, min(left_out), max(left_out))
    yield from _coverage(a, cells, pupils)
    units = _units(a)
    yield _line("permutation", "smallest", 1 / units, p_value=1 / units)


def _by_name(
    a: Answered, study: Study, cells: Cells, schools: Schools | None, level: float
) -> Iterator[Line]:
    """The same question by other methods: the cross-check always, the school methods where schools are known."""
    q, d = a.question, a.design
    if q.is_theme or not (q.judged and q.first):
        return
    for check, made in others(d, study, cells, schools, level):
        if isinstance(made, Refused):
            yield _line(check, "", None, note=made.reason)
        else:
            low, high = made.intervals.get(level, (None, None))
            yield _line(check, "", made.estimate, low, high, made.p_value, made.note)


def _starts(a: Answered, study: Study, cells: Cells, level: float) -> Iterator[Line]:
    """Other municipalities' starts on the theme, and the dose over districts, for a primary measure of the whole."""
    q, d = a.question, a.design
    if q.is_theme or not (q.headline and q.judged and q.first and q.primary):
        return
    for name, value, low, high, p_value, note in starts.lines_of(d, study, cells, level):
        yield _line("group_time", name, value, low, high, p_value, note)
    if a.effect_judged.verdict.name not in ("better", "worse"):
        return
    made = starts.dose_effect(d, study, cells, level)
    if not isinstance(made, Refused):
        low, high = made.intervals[level]
        yield _line(
            "dose", " ".join(f"{x:g}" for x in made.doses), made.beta, low, high, made.p_value, "log_odds"
        )


def _units(a: Answered) -> int:
    """Units that could change places: the municipality and its comparisons."""
    assert isinstance(a.effect, (Numbers, theme.Theme))
    return 1 + len(a.effect.rows if isinstance(a.effect, Numbers) else a.effect.comparisons)


def _wave_line(a: Answered) -> Line:
    """One wave of the event study, from the row of that wave."""
    q, e = a.question, a.effect
    note = "no_power" if q.kind == "before" else q.kind
    if isinstance(e, Numbers):
        return _line("event_study", str(q.year), e.point, e.span.low, e.span.high, e.p_value, note)
    if isinstance(e, theme.Theme):
        wide = e.intervals[max(e.intervals)]
        return _line("event_study", str(q.year), e.index, wide.index_low, wide.index_high, e.p_value, note)
    return _line("event_study", str(q.year), None, note=e.reason)


def _outcome_line(o: Outcome) -> Line:
    note = o.reason or ("no_power" if o.check == "event_study" else "")
    return _line(o.check, o.name, o.value, o.low, o.high, o.p_value, note)


def _last_placebo(
    a: Answered, again: Sequence[Outcome], waves: Mapping[tuple[Any, ...], Sequence[Answered]]
) -> float | None:
    """|placebo estimate| of the last before wave: shares, or log-odds for a theme."""
    if a.question.is_theme:
        made = [o.logit[0] for o in again if o.check == "event_study" and o.logit is not None]
        return abs(made[-1]) if made else None
    before = [
        w for w in waves[_series(a)] if w.question.kind == "before" and w.design.column == a.design.last
    ]
    points = [w.effect.point for w in before if isinstance(w.effect, Numbers) and w.effect.point is not None]
    return abs(points[0]) if points else None


def _bounds(a: Answered, placebo: float | None) -> Iterator[Line]:
    """Honest bounds for M = 0.5, 1, 2 and the breakdown M*: how far trends may part before 0 is inside."""
    low, high = _ends(a)
    unit = "log_odds" if a.question.is_theme else ""
    if placebo is None:
        yield _line("honest_bounds", "", None, note="no_placebo")
        yield _line("breakdown", "", None, note="no_placebo")
        return
    for m in BOUNDS_M:
        yield _line("honest_bounds", f"{m:g}", m * placebo, low - m * placebo, high + m * placebo, note=unit)
    inside = low <= 0 <= high
    nearest = low if low > 0 else -high
    least = None if inside else (nearest / placebo if placebo > 0 else math.inf)
    yield _line("breakdown", "", least, note="inside" if inside else unit)


def _ends(a: Answered) -> tuple[float, float]:
    e = a.effect
    if isinstance(e, Numbers):
        return e.span.low, e.span.high
    assert isinstance(e, theme.Theme)
    wide = e.intervals[max(e.intervals)]
    return wide.logit_low, wide.logit_high


def _coverage(
    a: Answered,
    cells: Cells,
    pupils: tuple[Mapping[tuple[int, str, str], int], Mapping[tuple[int, str, str], int]],
) -> Iterator[Line]:
    """Answers of enrolled pupils in the last before wave and the target, and the tipping point of non-response."""
    d, q = a.design, a.question
    if d.block is None or d.last is None or d.column is None:
        return
    official, guessed = pupils
    found: list[float] = []
    for c in (d.last, d.column):
        key = (cells.years[c], q.district, q.stratum)
        n, enrolled_here = d.block.n[d.row, c], guessed.get(key)
        if enrolled_here and not math.isnan(n):
            found.append(n / enrolled_here)
            yield _line(
                "coverage", str(key[0]), n / enrolled_here, note="" if key in official else "estimated"
            )
    if len(found) < 2 or not isinstance(a.effect, Numbers) or a.effect.point is None:
        return
    moved = abs(found[1] - found[0]) > COVERAGE_MOVED
    if found[1] < 1:
        r = found[1]
        yield _line(
            "tipping_point",
            str(q.year),
            -r * a.effect.point / (1 - r),
            note="coverage_moved" if moved else "",
        )


def _line(
    check: str,
    variant: str,
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    p_value: float | None = None,
    note: str = "",
) -> Line:
    return {
        "check": check,
        "variant": variant,
        "value": value,
        "low": low,
        "high": high,
        "p_value": p_value,
        "note": note,
    }
