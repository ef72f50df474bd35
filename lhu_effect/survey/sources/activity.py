"""Activities of police, municipality or others as process measures: whole counts per month, quarter or year."""

from __future__ import annotations

from collections.abc import Iterator

from lhu_effect.survey.series import Row, Task
from lhu_effect.survey.series_places import PlaceNames
from lhu_effect.survey.series_sheets import all_entries, column_texts
from lhu_effect.survey.series_table import named_in
from lhu_effect.survey.series_value import counted


def read(task: Task) -> Iterator[Row]:
    """The activities asked for."""
    places = PlaceNames(task.study)
    cells = list(all_entries(task))
    named = column_texts(cells, "place")
    for sheet, entry in cells:
        measure = named_in(entry, ("measure",)) or entry.heading
        place = places.local(entry.fields.get("place", ""), named)
        elsewhere = place in task.study.registry.places and place not in {
            task.study.municipality,
            *task.source.places,
        }
        if elsewhere or not task.wanted(measure):
            continue
        found = counted(entry.cell, task.name, sheet, entry.at)
        yield Row(
            measure, place, entry.period, found.status, found.value,
            place_name=places.name(place), sheet=sheet, cell=entry.at,
        )  # fmt: skip
