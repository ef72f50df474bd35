"""Kolada: key figures per municipality and year, from the web's export or its interface: long, or years side by side.

Both sexes together where a file has them apart. A figure that jumps by a factor near 100 stops: its unit changed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from lhu_effect.errors import InputError
from lhu_effect.i18n import Text
from lhu_effect.survey.cells import fold, parse_text
from lhu_effect.survey.series import Row, Task
from lhu_effect.survey.series_places import PlaceNames
from lhu_effect.survey.series_sheets import all_entries
from lhu_effect.survey.series_table import Entry, named_in
from lhu_effect.survey.series_value import published

BOTH = frozenset(("t", "totalt", "total", "alla", "båda", "båda könen", "samtliga", ""))
WOMEN = frozenset(("k", "kvinnor", "kvinna", "women", "female", "f", "flickor"))
PER_CENT = Text("procent", "per cent")
NEAR_100 = (60.0, 160.0)


def read(task: Task) -> Iterator[Row]:
    """The key figures asked for, of the places asked for."""
    places = PlaceNames(task.study)
    wanted = set(task.source.places) or {task.study.municipality}
    made = []
    for sheet, entry in all_entries(task):
        measure, label = _measure(entry)
        code = places.code(named_in(entry, ("place",)))
        if code in wanted and fold(entry.fields.get("sex", "")) in BOTH and task.wanted(measure):
            made.append(_row(task, sheet, entry, measure, label, code))
    yield from _same_unit(task, made)


def _measure(entry: Entry) -> tuple[str, str]:
    """The id of the key figure (N15643) where it stands, and its title; else the title for both."""
    said = named_in(entry, ("measure", "measure_name"))
    title = entry.fields.get("measure_name", "") or said
    found = re.search(r"\b[NU]\d{5}\b", said)
    if found:
        rest = (said[: found.start()] + said[found.end() :]).strip(" -–:()[]")
        return found[0], rest or (title if title != said else "")
    return said or entry.heading, title


def _row(task: Task, sheet: str, entry: Entry, measure: str, label: str, code: str) -> Row:
    if fold(entry.fields.get("status", "")) in ("private", "sekretess"):
        value = published(entry.cell, task.name, sheet, entry.at) if entry.cell.value is None else None
        status = "masked" if value is None or value.value is None else value.status
        return Row(measure, code, entry.period, status, sheet=sheet, cell=entry.at)
    found = published(entry.cell, task.name, sheet, entry.at)
    unit = Text(entry.unit) if entry.unit else PER_CENT if re.search(r"%|andel", label) else None
    n = parse_text(entry.fields.get("n", "")).value
    return Row(
        measure,
        code,
        entry.period,
        found.status,
        found.value,
        n=int(n) if n and n == int(n) else None,
        label=Text(label) if label else None,
        unit=unit,
        sheet=sheet,
        cell=entry.at,
    )


def _same_unit(task: Task, rows: Sequence[Row]) -> Iterator[Row]:
    """The rows, when no figure of two periods in a row differs by a factor near 100."""
    ordered = sorted(rows, key=lambda r: (r.measure, r.place, r.period))
    for old, new in itertools.pairwise(ordered):
        same = (old.measure, old.place) == (new.measure, new.place)
        if (
            same
            and old.value
            and new.value
            and NEAR_100[0] < max(new.value / old.value, old.value / new.value) < NEAR_100[1]
        ):
            raise InputError(
                "survey.source_unit_changed",
                file=task.name,
                sheet=new.sheet or None,
                cell=new.cell,
                measure=new.measure,
                old=f"{old.value:g}",
                old_year=old.period.start.year,
                new=f"{new.value:g}",
                new_year=new.period.start.year,
            )
    yield from rows
