"""Whose answers a result stands on: how many answered, in which waves, which pupils, on which dates."""

from __future__ import annotations

from collections.abc import Sequence

from lhu_effect.dashboard import rounding
from lhu_effect.dashboard.rows import Row
from lhu_effect.dashboard.words import listed, period_text, plain, say
from lhu_effect.effects.exposure import field_dates, ruling_start
from lhu_effect.effects.periods import grade_at
from lhu_effect.i18n import Text
from lhu_effect.study.model import Study


def answered(found: Sequence[Row], study: Study, place: Text, grades: Text) -> tuple[Text, ...]:
    if not found:
        return ()
    told = [_counts(found, place, grades)]
    home = study.registry.places.get(study.municipality)
    if found[0].district == "all" and home and home.districts:
        told.append(say("answered.districts_all", districts=listed([plain(d.name) for d in home.districts])))
        told.append(say(f"answered.basis_{study.district_basis}"))
    elif found[0].district != "all":
        told.append(say("answered.districts_some", districts=place))
    asked = [r for r in found if r.n_before is not None or r.n_after is not None]
    told.extend(_cohorts(asked, study))
    told.extend(_dates(asked, study))
    return tuple(told)


def _counts(found: Sequence[Row], place: Text, grades: Text) -> Text:
    before = [r.n_before for r in found if r.n_before is not None]
    after = [r.n_after for r in found if r.n_after is not None]
    years = [r.before_year for r in found if r.before_year is not None]
    if not before or not after or not years:
        return say("answered.hidden")
    holes: dict[str, object] = {
        "place": place,
        "grades": grades,
        "before": max(years),
        "after": found[0].after_year,
    }
    ends = (min(before), max(before), min(after), max(after))
    if ends[0] == ends[1] and ends[2] == ends[3]:
        return say(
            "answered.own", n_before=rounding.figure(ends[0]), n_after=rounding.figure(ends[2]), **holes
        )
    names = ("low_before", "high_before", "low_after", "high_after")
    numbers = {n: rounding.figure(e) for n, e in zip(names, ends, strict=True)}
    return say("answered.own_range", **numbers, **holes)


def _cohorts(found: Sequence[Row], study: Study) -> list[Text]:
    """Which school year the pupils were in when the promise began, one sentence a grade."""
    if not found:
        return []
    row = found[0]
    promise = next((p for p in study.promises if p.id == row.promises[0]), None)
    stratum = next((s for s in study.strata if s.id == row.grade), None)
    if promise is None or stratum is None or row.exposure != "after" or row.after_year is None:
        return []
    start = ruling_start(promise)
    told = []
    for grade in stratum.grades:
        then = grade_at(grade, row.after_year, start)
        if then is None or then < 0:
            continue
        words = _school_year(then)
        holes: dict[str, object] = {"grade": say(f"grade.{grade}"), "year": row.after_year, "then": words}
        told.append(say("answered.cohort", start=start.year if start.month <= 6 else start.year + 1, **holes))
    return told


def _school_year(year: int) -> Text:
    if year == 0:
        return say("answered.cohort_preschool")
    return say("answered.cohort_year", year=year) if year < 10 else say(f"grade.gy{year - 9}")


def _dates(found: Sequence[Row], study: Study) -> list[Text]:
    years = sorted({y for r in found for y in (r.before_year, r.after_year) if y is not None})
    waves = [study.wave(y) for y in years]
    told = [
        say("answered.assumed", year=w.year, period=period_text(*field_dates(w)))
        for w in waves
        if w.assumed and w.field_start and w.field_end
    ]
    unknown = [plain(str(w.year)) for w in waves if w.field_start is None and w.field_end is None]
    return [*told, *([say("answered.unknown_dates", years=listed(unknown))] if unknown else [])]
