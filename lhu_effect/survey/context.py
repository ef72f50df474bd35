"""What stands around a table: titles, sheet and file names, a contents sheet, legends of marks.

A table takes from its surroundings the axes its own cells do not have, the nearest first; legends say
what a mark hides, and a study's own [[mask]] entries go before them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath

from lhu_effect.survey.cells import year_of
from lhu_effect.survey.grid import Grid
from lhu_effect.survey.headings import Reader, Said, read_title
from lhu_effect.survey.legend import Mark, read_legend
from lhu_effect.survey.rowlabels import PLACES
from lhu_effect.survey.tables import At, Label
from lhu_effect.survey.words import fold, words


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Axes a table takes from around it, and what is said of its numbers there."""

    context: dict[str, Label]
    measure: str = ""
    per_cent: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One text around a table. at: its cell on the same sheet, if it is there."""

    text: str
    origin: str
    at: At | None = None


def sheet_titles(
    grid: Grid,
    rows: Iterable[int],
    named: Callable[[str], str | None],
    cols: tuple[int, int] | None = None,
) -> list[Source]:
    """The texts of title rows, the lowest (nearest to the table) first. named: the axis a heading names.

    cols: only those of these columns (first, last).
    """
    found = []
    for row in sorted(rows, reverse=True):
        first, last = cols or (1, len(grid.rows[row - 1]))
        cells = ((c, grid.cell(row, c)) for c in range(first, last + 1))
        seen = [(c, x.text.strip(), x) for c, x in cells if x is not None and x.text.strip()]
        if len(seen) == 2 and named(seen[0][1].rstrip(" :")):  # "Kön" beside "Pojkar"
            found.append(Source(f"{seen[0][1].rstrip(' :')}: {seen[1][1]}", "title", (row, seen[1][0])))
            continue
        found += [
            Source(text, "title", (row, c))
            for c, text, cell in seen
            if isinstance(cell.value, str) or year_of(cell) is not None
        ]
    return found


def surroundings(sources: Sequence[Source], read: Reader) -> Surroundings:
    """The nearest label of each axis among `sources` (nearest first), and the nearest measure."""
    context: dict[str, Label] = {}
    measure, per_cent = "", False
    blocked: set[str] = set()
    for source in sources:
        said = _said(source, read)
        for axis, id_ in said.members.items():
            if axis not in blocked:
                said_so = str(id_) if axis == "place" and ":" in source.text else source.text
                context.setdefault(axis, Label(axis, said_so, id_, source.at, source.origin))
        blocked |= {a for a in said.several if a not in context}
        if source.origin in ("sheet", "contents") and fold(source.text) in words().bases:
            measure = measure or "base"
        if said.measure in ("percent", "count", "base", "mean"):
            measure = measure or said.measure
        per_cent = per_cent or said.per_cent
        if "indicator" not in context and source.origin in ("sheet", "contents") and said.rest:
            context.setdefault("unknown", Label("indicator", source.text, None, source.at, source.origin))
    return Surroundings(context, measure, per_cent)


def _said(source: Source, read: Reader) -> Said:
    text = PurePath(source.text).stem if source.origin == "file" else source.text
    if source.origin == "title" and (told := _told(text, read)) is not None:
        return told
    said = read_title(text, read.labels, read)
    keep = {a: i for a, i in said.members.items() if not (a == "place" and source.origin == "file")}
    if "place" in said.members and source.origin in ("file", "title"):
        code = read.labels.municipality_in(text)
        keep = {a: i for a, i in keep.items() if a != "place"} | ({"municipality": code} if code else {})
    return Said(keep, said.total, said.measure, said.per_cent, said.rest, said.several)


def _told(text: str, read: Reader) -> Said | None:
    """A title that says of which axis it speaks ("Kön: Pojkar"), or is a kommundel and nothing else; None for others."""
    head, colon, tail = text.partition(":")
    axis = read.labels.heading(head) if colon and tail.strip() else None
    if axis is None:
        whole = read.labels.district_only(text) or fold(text) in words().district_totals
        return Said({"place": text}) if whole else None
    said = read(tail.strip())
    if said.total and not said.members:
        return (
            Said({axis: "all"})
            if axis in ("sex", "grade")
            else Said({"place": tail.strip()})
            if axis in PLACES
            else said
        )
    if axis == "grade" and (grade := read.labels.grade(tail, bare=True)):
        return Said({"grade": grade})
    if axis == "municipality" and (code := read.labels.municipality_in(tail)):
        return Said({"municipality": code})
    return said


def contents_of(grids: Sequence[Grid]) -> dict[str, list[tuple[str, str, At]]]:
    """Sheet name -> (text, contents sheet, cell) of what a contents sheet says of it.

    A row of a contents sheet holds the name of another sheet in one cell and its description in others.
    """
    names = {fold(g.sheet): g.sheet for g in grids}
    told: dict[str, list[tuple[str, str, At]]] = {}
    for grid in grids:
        hits = []
        for r, row in enumerate(grid.rows, 1):
            texts = [
                (c, cell.text.strip())
                for c, cell in enumerate(row, 1)
                if cell is not None and cell.text.strip()
            ]
            named = [
                (c, names[fold(t)]) for c, t in texts if fold(t) in names and names[fold(t)] != grid.sheet
            ]
            if len(named) == 1 and len(texts) > 1:
                hits.append((r, named[0], texts))
        if len(hits) >= max(1, (len(grids) - 1) // 2) or fold(grid.sheet) in words().contents:
            for r, (at, name), texts in hits:
                told.setdefault(name, []).extend((t, grid.sheet, (r, c)) for c, t in texts if c != at)
    return told


def legend_marks(grids: Sequence[Grid]) -> tuple[Mark, ...]:
    """What marks hide, as the file's own texts say it ("* = 1-9 svarande"); the first word on a mark counts."""
    found: dict[str, Mark] = {}
    for grid in grids:
        for _, marks in _explaining(grid):
            for mark in marks:
                found.setdefault(mark.text, mark)
    return tuple(found.values())


def legend_cells(grids: Sequence[Grid]) -> dict[str, set[At]]:
    """Sheet -> cells whose text explains marks."""
    return {g.sheet: {at for at, _ in _explaining(g)} for g in grids}


def _explaining(grid: Grid) -> list[tuple[At, tuple[Mark, ...]]]:
    return [
        ((r, c), marks)
        for r, row in enumerate(grid.rows, 1)
        for c, cell in enumerate(row, 1)
        if cell is not None and isinstance(cell.value, str) and (marks := _marks_in(cell.value))
    ]


_SIGNS = frozenset("*.…•-–—xX:")
_SAYS = ("=", "betyder", "anger", "står för", "avser", "means", "stands for", ":")


@lru_cache(maxsize=100_000)
def _marks_in(text: str) -> tuple[Mark, ...]:
    """The marks a text explains; most texts are ruled out by what every explanation must have."""
    may = len(text) > 4 and not _SIGNS.isdisjoint(text) and any(s in text for s in _SAYS)
    return read_legend(text) if may else ()
