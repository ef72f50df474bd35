"""The entries of every sheet of a source's file, and those the study asks for; sheets that are no table are passed over
when another is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lhu_effect.errors import InputError
from lhu_effect.i18n import Text
from lhu_effect.survey.grids import read_grids
from lhu_effect.survey.series import Task
from lhu_effect.survey.series_places import PlaceNames
from lhu_effect.survey.series_table import Entry, entries, named_in


def all_entries(task: Task) -> Iterator[tuple[str, Entry]]:
    """(sheet, entry) of all visible sheets. Raises InputError when no sheet is a table, or one is crooked."""
    found = False
    first: InputError | None = None
    for grid in (g for g in read_grids(task.path, name=task.name).grids if not g.hidden):
        try:
            for entry in entries(grid, task):
                found = True
                yield grid.sheet, entry
        except InputError as fault:
            if fault.rule != "survey.source_no_heading":
                raise
            first = first or fault
    if not found:
        raise first or InputError("survey.source_empty", file=task.name)


class Asked(NamedTuple):
    """An entry of a measure and a place that the study asks for. place: id; name: how the page calls it."""

    sheet: str
    entry: Entry
    measure: str
    place: str
    name: Text


def asked_here(task: Task) -> Iterator[Asked]:
    """The entries of a local table that the study asks for: own kommundelar and places the registers do not know stay."""
    places = PlaceNames(task.study)
    cells = list(all_entries(task))
    texts = frozenset(e.fields["place"] for _, e in cells if e.fields.get("place"))
    here = {task.study.municipality, *task.source.places}
    for sheet, entry in cells:
        measure = named_in(entry, ("measure",)) or entry.heading
        place = places.local(entry.fields.get("place", ""), texts)
        if (place in here or place not in task.study.registry.places) and task.wanted(measure):
            yield Asked(sheet, entry, measure, place, places.name(place))
