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
from lhu_effect.survey.headings import Reader, Said, read_title, years_in
from lhu_effect.survey.legend import Mark, read_legend
from lhu_effect.survey.rowlabels import PLACES
from lhu_effect.survey.tables import UNUSED_MEASURES, At, Label
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


def surroundings(sources: Sequence[Source], read: Reader, years: int = 0) -> Surroundings:
    """The nearest label of each axis among `sources` (nearest first), and the nearest measure.

    years: how many stand side by side in the table, which is then no table of changes.
    """
    context: dict[str, Label] = {}
    measure, per_cent = "", False
    blocked: set[str] = set()
    for source in sources:
        said = _said(source, read)
        for axis, id_ in said.members.items():
            if axis not in blocked:
                context.setdefault(axis, _label(axis, id_, source))
        blocked |= {a for a in said.several if a not in context}
        if source.origin in ("sheet", "contents") and fold(source.text) in words().bases:
            measure = measure or "base"
        found = _difference(source, said, years) or said.measure
        if said.per_cent and found in ("count", "base"):
            found = ""  # "Andel (%) och antal svar": each column says which
        if found in UNUSED_MEASURES and not measure:
            context["measure"] = Label("measure", source.text, found, source.at, source.origin)
        if found in ("percent", "count", "base", *UNUSED_MEASURES):
            measure = measure or found
        per_cent = per_cent or said.per_cent
        if "indicator" not in context and source.origin in ("sheet", "contents") and said.rest:
            context.setdefault("unknown", Label("indicator", source.text, None, source.at, source.origin))
    return Surroundings(context, measure, per_cent)


def _difference(source: Source, said: Said, years: int) -> str:
    """ "difference" for a title in prose over differences: it begins with the word, or counts in percentage points."""
    text = fold(source.text)
    prose = source.origin in ("title", "sheet") and bool(said.rest)
    points = "procentenheter" in text.split()
    return "difference" if prose and (points or (years < 2 and text.startswith(_DIFFERENCES))) else ""


_OUTSIDE = frozenset(("utom", "utan", "exklusive", "exkl", "ej", "inte", "jamfort", "jamfor", "mot"))
_DIFFERENCES = ("forandring ", "differens ", "okning ", "minskning ")
UNCLEAR = "?"  # the id of a place that prose over a table speaks of: perhaps the table's, perhaps not


def _label(axis: str, id_: str | int, source: Source) -> Label:
    """What a source says of an axis. A place is its name, not the whole text, unless the text is prose."""
    if axis == "place" and id_ == UNCLEAR:
        return Label(axis, source.text, None, source.at, source.origin)
    return Label(axis, str(id_) if axis == "place" else source.text, id_, source.at, source.origin)


def _said(source: Source, read: Reader) -> Said:
    text = PurePath(source.text).stem if source.origin == "file" else source.text
    if source.origin == "title" and (told := _told(text, read)) is not None:
        return told
    said = read_title(text, read.labels, read)
    members = dict(said.members)
    if "place" in members and source.origin in ("file", "title"):
        del members["place"]
        code = read.labels.municipality_in(text)
        members |= {"municipality": code} if code else {}
    title = source.origin == "title"
    if "place" not in members and (district := read.labels.district_in(text, as_name=title)):
        outside = any(word in _OUTSIDE for word in fold(text).split())
        members["place"] = UNCLEAR if (title and said.rest) or outside else district
    several = said.several - set(members)
    return Said(members, said.total, said.measure, said.per_cent, said.rest, several)


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


def contents_year(grids: Sequence[Grid]) -> tuple[Source, str] | None:
    """The one year that the words over a contents list speak of, and the sheet they are on; None for none or several."""
    found: dict[int, tuple[Source, str]] = {}
    for grid in (g for g in grids if fold(g.sheet) in words().contents and len(grids) > 1):
        for r, c, cell in grid.cells():
            for year in years_in(cell.text):
                found.setdefault(year, (Source(str(year), "contents", (r, c)), grid.sheet))
    return next(iter(found.values())) if len(found) == 1 else None


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
