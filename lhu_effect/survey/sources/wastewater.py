"""Wastewater: amounts per 1,000 inhabitants and day, one-day samples, some of them below the limit of measurement.

Long (a column of substances) or wide (a column a substance). Weekday and weekend are told apart by the date, or by
a column that says so for samples over several days.
"""

from __future__ import annotations

from collections.abc import Iterator

from lhu_effect.errors import InputError
from lhu_effect.i18n import Text
from lhu_effect.survey.cells import fold, mask_personal, parse_text
from lhu_effect.survey.series import Period, Row, Task
from lhu_effect.survey.series_sheets import asked_here
from lhu_effect.survey.series_table import Entry
from lhu_effect.survey.series_value import measured

WEEKDAYS = (
    "måndag",
    "tisdag",
    "onsdag",
    "torsdag",
    "fredag",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
)
SHORT = ("mån", "tis", "ons", "tor", "tors", "fre", "mon", "tue", "wed", "thu", "fri")
WEEKEND = frozenset(
    (
        "helg",
        "weekend",
        "helgdag",
        "lördag",
        "söndag",
        "lör",
        "sön",
        "saturday",
        "sunday",
        "sat",
        "sun",
        "lördag-söndag",
    )
)
WEEK = frozenset(("vardag", "vardagar", "weekday", "weekdays", "arbetsdag", *WEEKDAYS, *SHORT))


def read(task: Task) -> Iterator[Row]:
    """The samples of the substances asked for."""
    for sheet, entry, measure, place, name in asked_here(task):
        asked = task.asked(measure)
        limit = parse_text(entry.fields.get("limit", "").lstrip("< ")).value or (
            asked.limit if asked else None
        )
        found = measured(entry.cell, task.name, sheet, entry.at, limit)
        part = _part(task, sheet, entry)
        unit = Text(entry.unit) if entry.unit else None
        yield Row(
            measure, place, entry.period, found.status, found.value, found.bound,
            part=part, unit=unit, place_name=name, sheet=sheet, cell=entry.at,
        )  # fmt: skip


def _part(task: Task, sheet: str, entry: Entry) -> str:
    """weekday, weekend, or "" where a period holds both and nobody says."""
    said = fold(entry.fields.get("day", ""))
    by_date = part_of(entry.period)
    if not said:
        return by_date
    told = "weekend" if said in WEEKEND else "weekday" if said in WEEK else ""
    if not told or (by_date and told != by_date):
        right = {"weekday": Text("vardag", "weekday"), "weekend": Text("helg", "weekend")}.get(
            by_date, Text("vardag eller helg", "weekday or weekend")
        )
        raise InputError(
            "survey.source_day",
            file=task.name,
            sheet=sheet or None,
            cell=entry.at,
            found=mask_personal(entry.fields["day"])[:40],
            right=right,
        )
    return told


def part_of(period: Period) -> str:
    """Whether a day is one of Monday to Friday; "" for longer periods.

    >>> from datetime import date
    >>> part_of(Period(date(2020, 3, 14), date(2020, 3, 14), "day"))
    'weekend'
    """
    if period.span != "day":
        return ""
    return "weekend" if period.start.weekday() > 4 else "weekday"
