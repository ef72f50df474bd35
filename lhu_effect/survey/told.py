"""Numbers of answers told in headings and row labels ("Flickor (n=123)"), as observations like any other base."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from lhu_effect.survey.cells import Parsed
from lhu_effect.survey.grid import Cell
from lhu_effect.survey.tables import At, Table
from lhu_effect.survey.tidy import Observation


def told_bases(
    table: Table, found: Sequence[Observation], parse: Callable[[Cell], Parsed]
) -> list[Observation]:
    """Bases told in headings and row labels ("Flickor (n=123)"), where all figures there are of one unit."""
    columns = {c.col: c.base for c in table.values if c.base is not None}
    rows = {r.row: r.base for r in table.rows if r.base is not None}
    there: dict[tuple[str, At], list[Observation]] = {}
    for o in found:
        for told in (columns.get(o.at[1]), rows.get(o.at[0])):
            if told is not None:
                there.setdefault(told, []).append(o)
    made = []
    for (number, at), about in there.items():
        units = {replace(o.key, indicator="") for o in about}
        asked = {o.key.indicator for o in about}
        cell = table.grid.cell(*at)
        if len(units) != 1 or cell is None or any(o.measure == "base" for o in about):
            continue
        key = about[0].key if len(asked) == 1 else units.pop()
        figure = replace(cell, value=number)
        made.append(
            Observation(key, "base", "", parse(figure), table, about[0].column, at, figure, len(asked) == 1)
        )
    return made
