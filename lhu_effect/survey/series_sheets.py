"""The entries of every sheet of a source's file: sheets that are no table are passed over when another is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lhu_effect.errors import InputError
from lhu_effect.survey.grids import read_grids
from lhu_effect.survey.series import Task
from lhu_effect.survey.series_table import Entry, entries


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


def column_texts(found: Iterable[tuple[str, Entry]], axis: str) -> frozenset[str]:
    """The different texts of an axis in a file."""
    return frozenset(e.fields[axis] for _, e in found if e.fields.get(axis))
