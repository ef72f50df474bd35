"""One row a measure: its levels as observed facts, its verdict in words, its place on the forest's axis.

Picks the rows that answer for a promise (headline unit and stratum, first after wave) and words each;
sorts by verdict, then questionnaire order, never by size. Drawing is the charts' work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

from lhu_effect.dashboard import rounding, sentences
from lhu_effect.dashboard.levels import Cells, comparison_cell, level_of, steady
from lhu_effect.dashboard.model import (
    Cell,
    Column,
    Forest,
    Kind,
    Level,
    MeasureGroup,
    MeasureRow,
    Table,
    Verdict,
)
from lhu_effect.dashboard.rows import Row
from lhu_effect.dashboard.words import capital, cleaned, joined, listed, plain, say
from lhu_effect.definitions.model import Indicator
from lhu_effect.effects.model import VERDICTS
from lhu_effect.i18n import Text
from lhu_effect.study.model import Stratum, Study

FIRM: frozenset[Verdict] = frozenset({"better", "worse", "same"})


def headline_rows(rows: Sequence[Row], promise: str, stratum: str) -> tuple[Row, ...]:
    """The rows that answer for `promise`: one an indicator, the first after wave, else a during wave.

    The unit is the municipality where the promise covers it, else the unit that covers most.
    """
    mine = [r for r in rows if promise in r.promises and r.grade == stratum and r.theme is None]
    units = {r.district for r in mine if r.role in ("primary", "exploratory")}
    unit = "all" if "all" in units else min(sorted(units), default="all")
    found: dict[str, Row] = {}
    for row in sorted(
        (r for r in mine if r.district == unit and r.exposure != "before"),
        key=lambda r: (r.exposure != "after" or r.after_year is None, r.after_year or 0),
    ):
        found.setdefault(row.indicator, row)
    return tuple(found.values())


def theme_rows(rows: Sequence[Row], promise: str, stratum: str) -> tuple[Row, ...]:
    """The composites that answer for `promise`, one a theme: all after waves together come as one row."""
    found: dict[str, Row] = {}
    for row in rows:
        fits = promise in row.promises and row.grade == stratum and row.district == "all"
        if row.theme is not None and fits and row.exposure == "after":
            found.setdefault(row.theme, row)
    return tuple(found.values())


def measure_row(row: Row, study: Study, cells: Cells, answer: str, said: Sequence[str] = ()) -> MeasureRow:
    """A row of the effects table as the list shows it. said: flags that stand over all measures."""
    judged = row.judged
    known = study.registry.indicators[row.indicator]
    place = sentences.place_of(row, study)
    firm = judged.verdict in FIRM and "interval_only" not in row.marks
    drawn = judged.verdict != "not_comparable"
    return MeasureRow(
        id=f"m-{_slug(answer)}-{row.indicator}",
        indicator=row.indicator,
        label=cleaned(known.label) or plain(row.indicator),
        theme=known.theme,
        role="primary" if row.role == "primary" else "exploratory",
        kind=row.kind,
        verdict=judged.verdict,
        word=sentences.verdict_word(judged.verdict),
        reason=row.reason,
        wanted=1 if known.better == "higher" else -1,
        levels=level_line(row, study, cells),
        sentences=sentences.row_sentences(row, place),
        notes=sentences.flag_notes(row, said),
        estimate=judged.point if firm else None,
        low=judged.low if drawn else None,
        high=judged.high if drawn else None,
        low90=judged.low90 if drawn else None,
        high90=judged.high90 if drawn else None,
        zone=row.margin if judged.verdict == "same" else None,
        fragile="floor_sensitive" in row.marks,
        promises=row.promises,
        after_year=row.after_year,
        commitments=_commitments(row.indicator, row.promises, study),
    )


def level_line(row: Row, study: Study, cells: Cells) -> Text:
    """`Före 9 av 100 (2020, 349 svar) · Efter 7 av 100 (2023, 413 svar) · jämförelsekommunerna 8 och 8`."""
    known = study.registry.indicators[row.indicator]
    sides: list[tuple[str, int | None]] = [("before", row.before_year), ("after", row.after_year)]
    own: list[Text] = []
    other: list[float | None] = []
    years = [year for _, year in sides if year is not None]
    codes = steady(cells, row.comparison.split(), years, row.grade, "all", row.indicator)
    for side, year in sides:
        if year is None:
            own.append(_absent(side, row, cells, known))
            other.append(None)
            continue
        level = level_of(cells.get(year, row.district, row.grade, "all", row.indicator), year, known)
        own.append(_side(side, level))
        found = comparison_cell(cells, codes, year, row.grade, "all", row.indicator)
        other.append(found.share if found else None)
    if other[0] is not None and other[1] is not None:
        own.append(
            say(
                "level.comparison",
                before=rounding.of_hundred_bare(other[0]),
                after=rounding.of_hundred_bare(other[1]),
            )
        )
    elif row.kind == "effect" and row.verdict != "not_comparable" and codes:
        own.append(say("level.comparison_hidden"))
    return joined(own, " · ")


def _absent(side: str, row: Row, cells: Cells, known: Indicator) -> Text:
    """No wave could be taken for that side: hidden where its nearest wave is, else there is none."""
    after = row.after_year
    if side == "before" and after is not None:
        earlier = [y for y in cells.years if y < after]
        seen = cells.get(earlier[-1], row.district, row.grade, "all", row.indicator) if earlier else None
        if seen is not None and level_of(seen, earlier[-1], known).why == "masked":
            return say("level.before_hidden", why=say("why.masked"))
    return say(f"level.{side}_none")


def _side(side: str, level: Level) -> Text:
    if level.share is None:
        return say(f"level.{side}_hidden", why=say(f"why.{level.why or 'missing'}"))
    share = rounding.of_hundred(level.share)
    if level.n is None:
        return say(f"level.{side}_without_n", share=share, year=level.year)
    return say(f"level.{side}", share=share, year=level.year, n=rounding.figure(level.n))


def grouped(rows: Sequence[MeasureRow], study: Study) -> tuple[MeasureGroup, ...]:
    """Rows by theme in the register's order, inside a theme primary first, then verdict, then questionnaire order."""
    place = {i: n for n, i in enumerate(study.registry.indicators)}

    def key(row: MeasureRow) -> tuple[bool, int, int]:
        return (row.role != "primary", VERDICTS.index(row.verdict), place[row.indicator])

    groups = []
    for theme in study.registry.themes.values():
        mine = sorted((r for r in rows if r.theme == theme.id), key=key)
        if mine:
            groups.append(MeasureGroup(theme.id, theme.label, tuple(mine)))
    return tuple(groups)


def in_verdict_order(rows: Sequence[MeasureRow], study: Study) -> tuple[MeasureRow, ...]:
    """Rows by verdict, then questionnaire order."""
    place = {i: n for n, i in enumerate(study.registry.indicators)}
    return tuple(sorted(rows, key=lambda r: (VERDICTS.index(r.verdict), place[r.indicator])))


def forest(
    rows: Sequence[MeasureRow],
    source: Mapping[str, Row],
    study: Study,
    answer: str,
    place: Text,
    grades: Text,
) -> Forest:
    """The forest of one answer on a symmetric axis, with its table."""
    ends = [abs(x) for r in rows for x in (r.low, r.high, r.zone) if x is not None]
    domain, ticks = axis(max(ends, default=0.05))
    groups = grouped(rows, study)
    table = _table(groups, source, f"measures-{_slug(answer)}", place, grades)
    return Forest(domain, ticks, groups, title(rows), table)


def axis(most: float) -> tuple[float, tuple[float, ...]]:
    """Half-width of a symmetric axis that holds `most` (a share), at most 0.3, and its ticks.

    >>> axis(0.083)
    (0.1, (-0.1, -0.05, 0.0, 0.05, 0.1))
    """
    step = next((s for s in (0.01, 0.02, 0.05, 0.1) if most <= 3 * s), 0.1)
    if most <= 2 * step:
        count = 2
    else:
        count = 3
    half = min(3, max(count, ceil(round(most / step, 9)))) if most <= 3 * step else 3
    return round(step * half, 4), tuple(round(step * i, 4) + 0.0 for i in range(-half, half + 1))


def title(rows: Sequence[MeasureRow]) -> Text:
    """The heading that states the finding: how many measures got which verdict."""
    counts = [(v, sum(r.verdict == v for r in rows)) for v in VERDICTS]
    there = [(v, c) for v, c in counts if c]
    if len(there) == 1:
        return say("measures.title_all", total=len(rows), word=tile_word(there[0][0], len(rows)))
    parts = [say("answer.square_part", count=c, word=tile_word(v, c)) for v, c in there]
    return say("measures.title_mixed", parts=joined(parts, ", "))


def tile_word(verdict: str, count: int) -> Text:
    """The verdict's word after a number of measures."""
    return say("tile.same_many" if verdict == "same" and count != 1 else f"tile.{verdict}")


def _table(
    groups: Sequence[MeasureGroup], source: Mapping[str, Row], ident: str, place: Text, grades: Text
) -> Table:
    kinds = kinds_of([r for g in groups for r in g.rows])
    named = f"difference_{kinds[0]}" if len(kinds) == 1 else "difference"
    columns = (
        Column(say("table.measure")),
        Column(say("table.verdict")),
        Column(say("table.before"), number=True, share=True),
        Column(say("table.after"), number=True, share=True),
        Column(say("table.n_before"), number=True),
        Column(say("table.n_after"), number=True),
        Column(say(f"table.{named}"), number=True, share=True),
        Column(say("table.interval_low"), number=True, share=True),
        Column(say("table.interval_high"), number=True, share=True),
        Column(say("table.note")),
    )
    rows = tuple(_table_row(row, source[row.indicator], len(kinds) > 1) for g in groups for row in g.rows)
    return Table(ident, say("table.caption_measures", grades=grades, place=place), columns, rows)


def _table_row(row: MeasureRow, source: Row, mixed: bool) -> tuple[Cell, ...]:
    judged = source.judged
    shown = row.verdict != "not_comparable"
    notes = [*([sentences.reason_sentence(row.reason)] if not shown else []), *row.notes]
    if mixed and shown:
        notes.insert(0, capital(say(f"table.kind_{row.kind}")))
    return (
        Cell(row.label, strong=True),
        Cell(row.word),
        share_cell(source.share_before),
        share_cell(source.share_after),
        count_cell(source.n_before),
        count_cell(source.n_after),
        points_cell(judged.point if shown else None),
        points_cell(row.low),
        points_cell(row.high),
        Cell(joined(notes) if notes else plain("")),
    )


def share_cell(share: float | None) -> Cell:
    """A level in per cent with one decimal, or the mark for hidden."""
    if share is None:
        return Cell(say("table.hidden"))
    return Cell(rounding.figure(rounding.near(rounding.points(share), 1), 1), share)


def points_cell(share: float | None) -> Cell:
    """A difference in percentage points with its raw sign, one decimal; a dash where there is none."""
    if share is None:
        return Cell(say("table.invisible"))
    return Cell(rounding.figure(rounding.near(rounding.points(share), 1), 1, sign=True), share)


def count_cell(count: int | None) -> Cell:
    """A number of answers, or the mark for hidden."""
    return Cell(say("table.hidden")) if count is None else Cell(rounding.figure(count), count)


def grades_of(stratum: Stratum) -> Text:
    """`årskurs 9 och gymnasiet år 2`."""
    return listed([say(f"grade.{g}") for g in stratum.grades])


def _commitments(indicator: str, promises: Sequence[str], study: Study) -> tuple[str, ...]:
    return tuple(
        f"{p.id}-{c.number}"
        for p in study.promises
        if p.id in promises
        for c in p.commitments
        if indicator in c.indicators
    )


def _slug(answer: str) -> str:
    return answer.replace("+", "_")


def kinds_of(rows: Sequence[MeasureRow]) -> tuple[Kind, ...]:
    """The kinds that the rows judge, most common first; rows that cannot be compared count only if all are such."""
    judged = [r for r in rows if r.verdict != "not_comparable"] or list(rows)
    changes = sum(r.kind == "change" for r in judged)
    if not changes:
        return ("effect",)
    if changes == len(judged):
        return ("change",)
    return ("change", "effect") if changes * 2 > len(judged) else ("effect", "change")
