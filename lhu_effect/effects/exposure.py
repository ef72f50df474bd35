"""Dates to exposure: does a wave lie before, during or after a promise, as one question sees it?

Pure calendar arithmetic after method.md section 1. A wave without known dates counts as its whole
calendar year, which makes the rules decide on the careful side. Leaves data and estimates to others.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from lhu_effect.definitions.model import LookBack, Wave
from lhu_effect.study.model import Promise

Kind = Literal["before", "during", "after"]

_MONTHS: dict[LookBack, int] = {"12_months": 12}


@dataclass(frozen=True, slots=True)
class Answer:
    """How one wave answers for one promise through one question.

    kind: before, during or after. rule: the rule that decided (ended_before, began_after, long_enough,
    overlaps, look_back). flags: sluggish, assumed_dates, unknown_dates, date_conflict.
    otherwise: what each date that another source gives would make of it, where that differs: (says, kind).
    """

    kind: Kind
    rule: str
    flags: tuple[str, ...] = ()
    otherwise: tuple[tuple[str, Kind], ...] = ()


def answer(promise: Promise, wave: Wave, look_back: LookBack) -> Answer:
    """How `wave` answers for `promise` through a question with that look-back.

    Where sources disagree on the start, the latest start rules; the others are carried in `otherwise`.
    """
    start = ruling_start(promise)
    kind, rule = classify(start, promise.end, *field_dates(wave), look_back)
    others = tuple(
        (says, other)
        for says, begins in stated_starts(promise)
        if begins != start
        for other in (classify(begins, promise.end, *field_dates(wave), look_back)[0],)
        if other != kind
    )
    return Answer(kind, rule, _flags(promise, wave, kind, look_back, bool(others)), others)


def classify(
    start: date, end: date | None, field_start: date, field_end: date, look_back: LookBack
) -> tuple[Kind, str]:
    """The rules of method.md 1 on plain dates: kind and the rule that decided.

    >>> classify(date(2020, 3, 16), date(2020, 12, 31), date(2023, 2, 1), date(2023, 3, 31), "12_months")
    ('after', 'began_after')
    """
    if field_end < start:
        return "before", "ended_before"
    year_in = add_months(start, 12)
    if end is not None and field_start > end:
        rule = "began_after"
    elif (end is None or end > year_in) and field_start >= year_in:
        rule = "long_enough"
    else:
        return "during", "overlaps"
    if look_back != "lifetime" and _share_after(start, field_start, field_end, look_back) < 0.5:
        return "during", "look_back"
    return "after", rule


def ruling_start(promise: Promise) -> date:
    """The latest start that any source gives."""
    return max((d for _, d in stated_starts(promise)), default=promise.start)


def stated_starts(promise: Promise) -> tuple[tuple[str, date], ...]:
    """Every stated start: ("", the promise's own) and (what a source says, date) of each conflict."""
    others = tuple((c.says, c.start) for c in promise.date_conflicts if c.start is not None)
    return (("", promise.start), *others)


def field_dates(wave: Wave) -> tuple[date, date]:
    """First and last day of the fieldwork; the calendar year's where a date is unknown."""
    first = wave.field_start or date((wave.field_end or date(wave.year, 1, 1)).year, 1, 1)
    last = wave.field_end or date(first.year, 12, 31)
    return first, last


def dates_known(wave: Wave) -> bool:
    """Whether both ends of the fieldwork are stated (assumed or not)."""
    return wave.field_start is not None and wave.field_end is not None


def window_start(first: date, look_back: LookBack) -> date:
    """First day that a question asked on `first` looks back to."""
    if look_back == "30_days":
        return first - timedelta(days=30)
    return add_months(first, -_MONTHS.get(look_back, 0))


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the month's last where it has no such day."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


def _share_after(start: date, first: date, last: date, look_back: LookBack) -> float:
    """The share of the days [first - look-back, last] on or after `start`."""
    begins = window_start(first, look_back)
    days = (last - begins).days + 1
    return (last - max(start, begins)).days / days + 1 / days if last >= start else 0.0


def _flags(promise: Promise, wave: Wave, kind: Kind, look_back: LookBack, conflict: bool) -> tuple[str, ...]:
    raised = {
        "sluggish": look_back == "lifetime" and kind == "after",
        "assumed_dates": wave.assumed or promise.assumed_dates,
        "unknown_dates": not dates_known(wave),
        "date_conflict": conflict,
    }
    return tuple(sorted(f for f, is_so in raised.items() if is_so))
