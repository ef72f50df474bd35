"""One file to observations: its grids' tables, which layout takes each, and what became of every cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lhu_effect import i18n
from lhu_effect.errors import UnknownLayoutError
from lhu_effect.survey.beside import Strip, strips
from lhu_effect.survey.blocks import Block, find_blocks
from lhu_effect.survey.cells import Marked, mask_personal, parse
from lhu_effect.survey.context import (
    Source,
    Surroundings,
    contents_of,
    contents_year,
    legend_cells,
    legend_marks,
    sheet_titles,
    surroundings,
)
from lhu_effect.survey.fates import Fates
from lhu_effect.survey.grid import Grid, Grids, address
from lhu_effect.survey.headings import Reader
from lhu_effect.survey.labels import Labels
from lhu_effect.survey.layout import build_table
from lhu_effect.survey.layouts import Refusal
from lhu_effect.survey.model import Issue
from lhu_effect.survey.persons import refuse_names
from lhu_effect.survey.readers import READERS
from lhu_effect.survey.tables import At, CellParser, Table
from lhu_effect.survey.tidy import Tidied, tidy
from lhu_effect.survey.told import told_bases
from lhu_effect.survey.words import fold, words

if TYPE_CHECKING:
    from lhu_effect.study.model import Study


@dataclass(eq=False)
class SheetRead:
    """One sheet: its grid, the tables on it with the layout that takes each, and the fates of its cells."""

    grid: Grid
    tables: list[tuple[Table, str]] = field(default_factory=list)
    refused: list[tuple[Table, dict[str, Refusal]]] = field(default_factory=list)
    fates: Fates = field(default_factory=Fates)


@dataclass(eq=False)
class FileRead:
    """One file as read: its sheets, observations and what was odd."""

    file: str
    layout: str
    sheets: list[SheetRead]
    tidied: Tidied
    issues: list[Issue]
    marks: frozenset[str] = frozenset()


class FileReader:
    """Reads files of one study."""

    def __init__(self, study: Study, labels: Labels) -> None:
        self.study = study
        self.labels = labels
        self.read = Reader(labels)

    def tables(self, grids: Grids) -> list[SheetRead]:
        """The tables of a file with their surroundings and layouts; nothing is refused yet."""
        for grid in grids.grids:
            refuse_names(grid, self.labels)
        told = contents_of(grids.grids)
        dated = contents_year(grids.grids)
        sheets = []
        for grid in grids.grids:
            sheet = SheetRead(grid)
            blocks = find_blocks(grid, self.labels.heading)
            for number, block in enumerate(blocks):
                for strip in strips(grid, block):
                    self._place(sheet, self._table(grids, grid, block, strip, blocks[:number], told, dated))
                _note_block(sheet, block)
            sheets.append(sheet)
        _use_contents(sheets, told)
        _use_year(sheets, dated)
        return sheets

    def _table(
        self,
        grids: Grids,
        grid: Grid,
        block: Block,
        strip: Strip,
        before: list[Block],
        told: Mapping[str, list[tuple[str, str, At]]],
        dated: tuple[Source, str] | None,
    ) -> Table:
        table = build_table(grid, strip.block, self.read, grids.kind == "text", strip.cols)
        sources = _over_labels(table, self.labels)
        if strip.cols is not None:
            sources += sheet_titles(grid, strip.block.titles, self.labels.heading, strip.cols)
        sources += sheet_titles(grid, block.titles, self.labels.heading)
        if grid.sheet:
            sources.append(Source(grid.sheet, "sheet"))
        if before:
            sources += sheet_titles(grid, before[0].titles, self.labels.heading)
        sources += [Source(text, "contents") for text, _, _ in told.get(grid.sheet, ())]
        sources.append(Source(grids.file, "file"))
        if dated is not None:
            sources.append(replace(dated[0], at=None))
        around: Surroundings = _answered(
            surroundings(sources, self.read, table.years_across()), table, self.labels
        )
        return Table(
            table.grid, table.labels, table.values, table.rows, table.header,
            around.context, around.measure, around.per_cent, tuple(g.sheet for g in grids.grids),
        )  # fmt: skip

    def _place(self, sheet: SheetRead, table: Table) -> None:
        refused: dict[str, Refusal] = {}
        for layout in READERS:
            why = layout.refuses(table)
            if why is None:
                sheet.tables.append((table, layout.name))
                break
            refused[layout.name] = why
        else:
            sheet.refused.append((table, refused))

    def observe(self, grids: Grids) -> FileRead:
        """The observations of a file. Raises UnknownLayoutError when no table of it is of a known layout."""
        sheets = self.tables(grids)
        if not any(s.tables for s in sheets):
            raise unknown_layout(grids, sheets, self.labels)
        marks: list[Marked] = [*self.study.masks, *legend_marks(grids.grids)]
        parser = CellParser(lambda cell: parse(cell, marks, self.study.mask_limit))
        out = Tidied()
        names: list[str] = []
        for sheet in sheets:
            for table, name in sheet.tables:
                first = len(out.observations)
                tidy(table, self.labels, self.study.municipality, parser, sheet.fates, out)
                out.observations += told_bases(table, out.observations[first:], parser)
                names.append(name)
        issues = [*grids.issues, *_sheet_issues(sheets)]
        layout = "+".join(dict.fromkeys(names))
        _note_sheets(sheets, legend_cells(grids.grids))
        return FileRead(grids.file, layout, sheets, out, issues, frozenset(m.text for m in marks))


def _answered(around: Surroundings, table: Table, labels: Labels) -> Surroundings:
    """ "Antal elever" over answers: the pupils who gave each, not those who were asked."""
    if around.measure != "invited":
        return around
    said = {table.grid.text(*at) for v in table.values for at in v.headings}
    said |= {r.texts["answer"][0] for r in table.rows if "answer" in r.texts}
    if labels.counted_answers.isdisjoint(map(fold, said)):
        return around
    return replace(
        around, measure="count", context={a: x for a, x in around.context.items() if a != "measure"}
    )


def _over_labels(table: Table, labels: Labels) -> list[Source]:
    """Titles that stand in the header's own rows: texts over a column of labels that do not name its axis."""
    made = {}
    for column in table.labels:
        for at in column.headings:
            text = table.grid.text(*at)
            if not labels.heading(text):
                made[at] = Source(text, "title", at)
    return list(made.values())


def topic_of(grids: Grids, table: Table) -> str:
    """What a table that is no survey of pupils is about, by the words over it; "" when they do not tell."""
    said = [fold(grids.file), fold(table.grid.sheet)]
    for row in table.grid.rows[: table.header[1]]:
        said += [fold(cell.text) for cell in row if cell is not None]
    return next(
        (topic for word, topic in words().topics.items() if any(f" {word} " in f" {text} " for text in said)),
        "",
    )


def unknown_layout(grids: Grids, sheets: list[SheetRead], labels: Labels) -> UnknownLayoutError:
    """Why no layout takes the file: the reasons given for its largest table, and the question it may have meant."""
    refused = [(len(t.rows) * len(t.values), t, r) for s in sheets for t, r in s.refused]
    if not refused:
        reasons = {x.name: Refusal("no_table") for x in READERS}
        return UnknownLayoutError("survey.unknown_layout", file=grids.file, reasons=_both(reasons))
    _, table, reasons = max(refused, key=lambda r: r[0])
    sheet = table.grid.sheet or None
    if topic := topic_of(grids, table):
        about = i18n.Text(
            i18n.text(f"survey.topics.{topic}", "sv"), i18n.text(f"survey.topics.{topic}", "en")
        )
        return UnknownLayoutError(
            "survey.other_topic", file=grids.file, sheet=sheet, topic=about, reasons=_both(reasons)
        )
    said = _both(reasons)
    if near := _near_question(table, labels):
        hint = (i18n.text("survey.labels.near_question", lang, **near) for lang in i18n.LANGS)
        said = i18n.Text(*(f"{a}. {b}" for a, b in zip((said.to("sv"), said.to("en")), hint, strict=True)))
    return UnknownLayoutError("survey.unknown_layout", file=grids.file, sheet=sheet, reasons=said)


def _near_question(table: Table, labels: Labels) -> dict[str, str]:
    """The title over a table that is most like a known question, when the table knows of none."""
    if "indicator" in table.axes():
        return {}
    for r, row in enumerate(table.grid.rows[: table.header[0]], 1):
        for c, cell in enumerate(row, 1):
            text = cell.text.strip() if cell is not None else ""
            if len(text) > 9 and (closest := labels.closest("indicator", text)):
                return {"text": mask_personal(text), "cell": address(r, c), "closest": closest}
    return {}


def _both(reasons: Mapping[str, Refusal]) -> i18n.Text:
    def said(lang: i18n.Lang) -> str:
        alike = {why.message(lang) for why in reasons.values()}
        if len(alike) == 1:
            one = alike.pop()
            return one[:1].upper() + one[1:]
        return "; ".join(
            f"{i18n.text(f'survey.layouts.{name}', lang)} – {why.message(lang)}"
            for name, why in reasons.items()
        )

    return i18n.Text(said("sv"), said("en"))


def _note_block(sheet: SheetRead, block: Block) -> None:
    """Fates of the cells around a table's values; labels and values are decided by `tidy`."""
    for rows, why in ((block.titles, "title"), (block.noted, "footnote")):
        for row in rows:
            for col, cell in enumerate(sheet.grid.rows[row - 1], 1):
                if cell is not None:
                    sheet.fates.ignored[row, col] = why
    for row in range(block.header[0], block.header[1] + 1):
        for col, cell in enumerate(sheet.grid.rows[row - 1], 1):
            if cell is not None:
                sheet.fates.ignored.setdefault((row, col), "heading")
    for row in (*block.data, *block.groups):
        for col, cell in enumerate(sheet.grid.rows[row - 1], 1):
            if cell is not None:
                sheet.fates.ignored.setdefault((row, col), "not_needed")


def _note_sheets(sheets: list[SheetRead], legends: Mapping[str, set[At]]) -> None:
    """Cells that explain marks are used; those of contents lists and notes are ignored as such."""
    for s in sheets:
        for at in legends.get(s.grid.sheet, ()):
            s.fates.used.setdefault(at, "legend")
        if not s.tables and not s.refused and auxiliary(s.grid):
            why = "contents" if fold(s.grid.sheet) in words().contents else "notes"
            for r, c, _ in s.grid.cells():
                s.fates.ignored.setdefault((r, c), why)


def _use_contents(sheets: list[SheetRead], told: Mapping[str, list[tuple[str, str, At]]]) -> None:
    """Cells of a contents sheet that named the question of a sheet that was read are used."""
    by_name = {s.grid.sheet: s for s in sheets}
    for name, entries in told.items():
        for table, _ in by_name[name].tables:
            for text, sheet, at in entries:
                if any(x.origin == "contents" and x.text == text for x in table.context.values()):
                    by_name[sheet].fates.used[at] = "indicator"


def _use_year(sheets: list[SheetRead], dated: tuple[Source, str] | None) -> None:
    """The cell of a contents sheet that named the year of a table that was read is used."""
    if dated is None:
        return
    source, name = dated
    years = (table.context.get("year") for sheet in sheets for table, _ in sheet.tables)
    if source.at is not None and any(
        y is not None and (y.origin, y.text) == ("contents", source.text) for y in years
    ):
        next(s for s in sheets if s.grid.sheet == name).fates.used[source.at] = "year"


def _sheet_issues(sheets: list[SheetRead]) -> list[Issue]:
    """Sheets that are no table, and refused tables beside read ones."""
    issues = []
    for s in sheets:
        grid = s.grid
        for table, reasons in s.refused:
            issues.append(
                Issue(
                    "survey.not_a_survey_table", "warning", grid.file, grid.sheet, "",
                    {"rows": len(table.rows), "reasons": _both(reasons)},
                )
            )  # fmt: skip
        if not s.tables and not s.refused and not auxiliary(grid):
            issues.append(Issue("survey.no_table", "warning", grid.file, grid.sheet))
    return issues


def auxiliary(grid: Grid) -> bool:
    """A sheet that by its name or its texts is a contents list or notes: nothing to warn of."""
    name = fold(grid.sheet)
    if name in words().contents or name in words().notes or grid.cells_in == 0:
        return True
    texts = sum(isinstance(cell.value, str) for _, _, cell in grid.cells())
    return texts >= 0.9 * grid.cells_in
