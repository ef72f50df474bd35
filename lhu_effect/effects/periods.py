"""Promises to periods: which promises share an answer, and what else lies between the waves.

The unit of an answer is a period: the municipality's promises on one theme with the same last wave
before and the same first wave after (method.md section 1). Decided from dates and texts alone, before
any number is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lhu_effect.definitions.model import Indicator, LookBack, Wave
from lhu_effect.effects.exposure import Answer, Kind, answer, field_dates, ruling_start
from lhu_effect.study.model import Headline, Promise, Study

_ADDED_YEARS = {"ak5": 5, "ak7": 7, "ak8": 8, "ak9": 9, "gy1": 10, "gy2": 11, "gy3": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """Promises that one comparison of waves answers for.

    id: promise ids joined by "+", in order of start. theme: of the question. answers: every wave's
    exposure, by year. earlier, later: the municipality's other promises on the theme, outside the period.
    """

    id: str
    promises: tuple[Promise, ...]
    theme: str
    answers: Mapping[int, Answer]
    earlier: tuple[Promise, ...] = ()
    later: tuple[Promise, ...] = ()

    def years(self, kind: Kind) -> tuple[int, ...]:
        """The waves of one kind of exposure, in order."""
        return tuple(y for y, a in sorted(self.answers.items()) if a.kind == kind)

    @property
    def headline(self) -> Headline:
        """Which answer was wanted beforehand; promises that differ on it are answered both ways."""
        wanted = {p.headline for p in self.promises}
        return wanted.pop() if len(wanted) == 1 else "both"

    @property
    def primary(self) -> tuple[str, ...]:
        """Measures named by any promise of the period, in the order named."""
        return tuple(dict.fromkeys(i for p in self.promises for i in p.primary))

    @property
    def districts(self) -> tuple[str, ...]:
        """Districts covered: ("all",) as soon as one promise covers the municipality."""
        covered = tuple(dict.fromkeys(d for p in self.promises for d in p.districts))
        return ("all",) if "all" in covered or not covered else covered


def periods(study: Study, indicator: Indicator, years: Sequence[int]) -> tuple[Period, ...]:
    """The periods that `indicator` answers for, in order of start. years: the survey's waves."""
    asked = tuple(p for p in in_order(study.promises) if speaks_of(p, indicator, study))
    return _grouped(study, asked, indicator.theme, (indicator.look_back,), years)


def theme_periods(
    study: Study, theme: str, indicators: Sequence[Indicator], years: Sequence[int]
) -> tuple[Period, ...]:
    """The periods of a theme's composite: a wave is after only if it is so for every named indicator."""
    asked = tuple(p for p in in_order(study.promises) if theme in p.themes and p.theme_indicators.get(theme))
    return _grouped(study, asked, theme, tuple(i.look_back for i in indicators), years)


def speaks_of(promise: Promise, indicator: Indicator, study: Study) -> bool:
    """Whether the promise is about the indicator: its theme is promised, or it is named."""
    if indicator.kind != "outcome":
        return False
    named = {*promise.primary, *(i for c in promise.commitments for i in c.indicators)}
    named.update(i for group in promise.theme_indicators.values() for i in group)
    return indicator.theme in promise.themes or indicator.id in named


def coverages(study: Study) -> tuple[tuple[str, ...], ...]:
    """The sets of two or more districts (short of the whole) that promises cover, alone or together."""
    themes = {t for p in study.promises for t in p.themes} | {""}
    sets: dict[tuple[str, ...], None] = {}
    for theme in sorted(themes):
        of_theme = [p.districts for p in in_order(study.promises) if not theme or theme in p.themes]
        for covered in (*of_theme, tuple(dict.fromkeys(d for ds in of_theme for d in ds))):
            if len(covered) > 1 and "all" not in covered:
                sets[covered] = None
    return tuple(sets)


def without_measure(study: Study, indicators: Sequence[Indicator]) -> tuple[str, ...]:
    """Promises that no indicator in the survey is about ("inget mått i enkäten gäller detta löfte")."""
    return tuple(
        p.id for p in in_order(study.promises) if not any(speaks_of(p, i, study) for i in indicators)
    )


def in_order(promises: Sequence[Promise]) -> tuple[Promise, ...]:
    """Promises by start, then id."""
    return tuple(sorted(promises, key=lambda p: (ruling_start(p), p.id)))


def precedes(period: Period, wave: Wave) -> tuple[Promise, ...]:
    """Own earlier promises on the theme that had begun when `wave` was in the field."""
    return tuple(p for p in period.earlier if ruling_start(p) <= field_dates(wave)[1])


def named_afterwards(period: Period, indicator: str, wave: Wave) -> bool:
    """Whether the measure was named after the wave's fieldwork, or without a date."""
    naming = [p for p in period.promises if indicator in p.primary or _in_theme(p, indicator)]
    dates = [p.primary_named_on for p in naming if p.primary_named_on is not None]
    return bool(naming) and (not dates or min(dates) > field_dates(wave)[1])


def grade_at(grade: str, wave_year: int, day: date) -> int | None:
    """The school year (1-12, gy1 = 10; below 1: not yet at school) that the wave's pupils were in on `day`.

    >>> grade_at("ak9", 2023, date(2020, 3, 16))
    6
    """
    spring = day.year if day.month <= 6 else day.year + 1
    return _ADDED_YEARS[grade] - (wave_year - spring) if grade in _ADDED_YEARS else None


def reached(grade: str, wave_year: int, promise: Promise, ages: tuple[int, ...]) -> bool:
    """Whether the wave's pupils were of the targeted ages at any time of the promise.

    Pupils turn (school year + 7) in the calendar year of that spring; the promise lasts to its end or
    to the wave.
    """
    then = grade_at(grade, wave_year, ruling_start(promise))
    ends = date(min(wave_year, promise.end.year if promise.end else wave_year), 6, 30)
    later = grade_at(grade, wave_year, max(ends, ruling_start(promise)))
    if not ages or then is None or later is None:
        return True
    return then + 6 <= max(ages) and later + 7 >= min(ages)


def missed_by(period: Period, indicator: str, grades: Sequence[str], wave_year: int) -> tuple[str, ...]:
    """The grades whose pupils no commitment measured by the indicator ever aimed at; () where none aims."""
    aimed = [
        (p, c.target_ages)
        for p in period.promises
        for c in p.commitments
        if indicator in c.indicators and c.status != "cancelled"
    ]
    if not aimed or any(not ages for _, ages in aimed):
        return ()
    return tuple(g for g in grades if not any(reached(g, wave_year, p, ages) for p, ages in aimed))


def _in_theme(promise: Promise, indicator: str) -> bool:
    return indicator.startswith("theme:") and indicator.removeprefix("theme:") in promise.theme_indicators


def _grouped(
    study: Study,
    asked: tuple[Promise, ...],
    theme: str,
    look_backs: tuple[LookBack, ...],
    years: Sequence[int],
) -> tuple[Period, ...]:
    answers = {p.id: {y: _through_all(p, study.wave(y), look_backs) for y in sorted(years)} for p in asked}
    groups: dict[tuple[int | None, int | None], list[Promise]] = {}
    for p in asked:
        groups.setdefault(_between(answers[p.id]), []).append(p)
    return tuple(_period(group, theme, answers, asked) for group in groups.values())


def _period(
    group: list[Promise], theme: str, answers: dict[str, dict[int, Answer]], asked: tuple[Promise, ...]
) -> Period:
    mine = {p.id for p in group}
    place = [p.id for p in asked]
    first, last = place.index(group[0].id), place.index(group[-1].id)
    joint = {
        y: _jointly([answers[i][y] for i in mine_in_order])
        for mine_in_order in [[p.id for p in group]]
        for y in answers[group[0].id]
    }
    return Period(
        id="+".join(p.id for p in group),
        promises=tuple(group),
        theme=theme,
        answers=joint,
        earlier=tuple(p for p in asked[:first] if p.id not in mine),
        later=tuple(p for p in asked[last + 1 :] if p.id not in mine),
    )


def _between(answers: dict[int, Answer]) -> tuple[int | None, int | None]:
    """Last wave before, first wave after."""
    before = [y for y, a in answers.items() if a.kind == "before"]
    after = [y for y, a in answers.items() if a.kind == "after"]
    return (max(before) if before else None, min(after) if after else None)


def _through_all(promise: Promise, wave: Wave, look_backs: tuple[LookBack, ...]) -> Answer:
    return _jointly([answer(promise, wave, b) for b in look_backs])


def _jointly(answers: Sequence[Answer]) -> Answer:
    """One answer for several: before or after only where all agree."""
    kinds = {a.kind for a in answers}
    ruling = answers[0] if len(kinds) == 1 else next((a for a in answers if a.kind == "during"), None)
    flags = tuple(sorted({f for a in answers for f in a.flags}))
    others = tuple(dict.fromkeys(o for a in answers for o in a.otherwise))
    if ruling is None:
        return Answer("during", "overlaps", flags, others)
    return Answer(ruling.kind, ruling.rule, flags, others)
