"""A written time into the days it means: a day, a week, a month, a quarter or a year. Never guesses.

`3/4/2020` is refused (April in Sweden, March elsewhere); `2019+2020` is no period of a series.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta

from lhu_effect.survey.cells import fold, year_of
from lhu_effect.survey.grid import Cell
from lhu_effect.survey.series import Period

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february feb",
            "mars march mar",
            "april apr",
            "maj may",
            "juni june jun",
            "juli july jul",
            "augusti august aug",
            "september sept sep",
            "oktober october okt oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_YEAR = r"(19[89]\d|20\d\d|2100)"
_DAY = re.compile(rf"{_YEAR}[-/.]?(\d\d)[-/.]?(\d\d)(?:[ t]\d\d:\d\d.*)?")
_DAY_SV = re.compile(rf"(\d{{1,2}})[ /](\d{{1,2}}|[a-zåäö]+)\.? {_YEAR}")
_MONTH = re.compile(rf"{_YEAR} ?[-/m] ?(\d{{1,2}})")
_MONTH_CODE = re.compile(rf"{_YEAR}(0[1-9]|1[0-2])")
_NAMED = re.compile(rf"([a-zåäö]+)\.?[- ]{_YEAR}")
_NAMED_LAST = re.compile(rf"{_YEAR}[- ]([a-zåäö]+)\.?")
_WEEK = re.compile(rf"{_YEAR} ?[-,]? ?(?:v|w|vecka|week)\.? ?(\d{{1,2}})")
_WEEK_FIRST = re.compile(rf"(?:v|w|vecka|week)\.? ?(\d{{1,2}})[ ,]+{_YEAR}")
_QUARTER = re.compile(rf"{_YEAR} ?[-,]? ?(?:k|q|kv|kvartal|quarter)\.? ?([1-4])")
_QUARTER_FIRST = re.compile(rf"(?:k|q|kv|kvartal|quarter)\.? ?([1-4])[ ,]+{_YEAR}")


def month_of(text: str) -> int | None:
    """1-12 for the name of a month (whole or three letters), or None.

    >>> month_of("Mars"), month_of("okt."), month_of("Kokain")
    (3, 10, None)
    """
    return _MONTHS.get(fold(text).rstrip("."))


def period_of(cell: Cell, year: int | None = None) -> Period | None:
    """The period a cell names, or None. year: the year said elsewhere, for a cell that holds a month only.

    >>> period_of(Cell("2020M03", "2020M03")).end
    datetime.date(2020, 3, 31)
    >>> period_of(Cell("3/4/2020", "3/4/2020")) is None
    True
    """
    if isinstance(cell.value, datetime | date):
        return _of_date(cell.value, cell)
    if (plain := year_of(cell)) is not None:
        return whole_year(plain)
    if isinstance(cell.value, str):
        return _of_text(fold(cell.value), year)
    if isinstance(cell.value, int | float) and cell.value == int(cell.value):
        return _of_text(str(int(cell.value)), year)
    return None


def whole_year(year: int) -> Period:
    """1 January to 31 December."""
    return Period(date(year, 1, 1), date(year, 12, 31), "year")


def month_period(year: int, month: int) -> Period | None:
    """The days of a month; None for a month that is none."""
    if not 1 <= month <= 12:
        return None
    return Period(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]), "month")


def _of_date(value: date, cell: Cell) -> Period:
    day = value.date() if isinstance(value, datetime) else value
    odd = year_of(cell)
    if odd is not None and day.year < 1990:  # the number 2017 that a spreadsheet shows as a day in 1905
        return whole_year(odd)
    return Period(day, day, "day")


def _of_text(said: str, year: int | None) -> Period | None:
    for pattern, make in _FORMS:
        if found := pattern.fullmatch(said):
            return make(found)
    if year is not None:
        month = month_of(said) or (int(said) if said.isdecimal() and len(said) < 3 else 0)
        return month_period(year, month)
    return None


def _day(year: str, month: int, day: str) -> Period | None:
    try:
        made = date(int(year), month, int(day))
    except ValueError:
        return None
    return Period(made, made, "day")


def _week(year: str, week: str) -> Period | None:
    try:
        first = date.fromisocalendar(int(year), int(week), 1)
    except ValueError:
        return None
    return Period(first, first + timedelta(days=6), "week")


def _quarter(year: str, number: str) -> Period:
    first = 3 * int(number) - 2
    last = calendar.monthrange(int(year), first + 2)[1]
    return Period(date(int(year), first, 1), date(int(year), first + 2, last), "quarter")


def _named(name: str, year: str) -> Period | None:
    month = month_of(name)
    return month_period(int(year), month) if month else None


def _day_sv(m: re.Match[str]) -> Period | None:
    month = int(m[2]) if m[2].isdecimal() else (month_of(m[2]) or 0)
    return _day(m[3], month, m[1]) if month else None


_FORMS = (
    (_DAY, lambda m: _day(m[1], int(m[2]), m[3])),
    (_DAY_SV, _day_sv),
    (_MONTH_CODE, lambda m: month_period(int(m[1]), int(m[2]))),
    (_MONTH, lambda m: month_period(int(m[1]), int(m[2]))),
    (_NAMED, lambda m: _named(m[1], m[2])),
    (_NAMED_LAST, lambda m: _named(m[2], m[1])),
    (_WEEK, lambda m: _week(m[1], m[2])),
    (_WEEK_FIRST, lambda m: _week(m[2], m[1])),
    (_QUARTER, lambda m: _quarter(m[1], m[2])),
    (_QUARTER_FIRST, lambda m: _quarter(m[2], m[1])),
)
