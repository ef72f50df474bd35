"""Activities of police, municipality or others as process measures: whole counts per month, quarter or year."""

from __future__ import annotations

from collections.abc import Iterator

from lhu_effect.survey.series import Row, Task
from lhu_effect.survey.series_sheets import asked_here
from lhu_effect.survey.series_value import counted


def read(task: Task) -> Iterator[Row]:
    """The activities asked for."""
    for sheet, entry, measure, place, name in asked_here(task):
        found = counted(entry.cell, task.name, sheet, entry.at)
        yield Row(
            measure, place, entry.period, found.status, found.value,
            place_name=name, sheet=sheet, cell=entry.at,
        )  # fmt: skip
