"""How sure is this?: method, unknowns, comparison, coverage, data quality, what could have been seen, sources.

Turns study, effects, masked cells and the survey's sources into headed blocks of plain sentences. The
private import report is only counted here, never quoted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lhu_effect.dashboard import rounding, sentences
from lhu_effect.dashboard.districts import stratum_name
from lhu_effect.dashboard.levels import Cells
from lhu_effect.dashboard.measures import headline_rows, points_cell, share_cell
from lhu_effect.dashboard.model import (
    Answer,
    Block,
    Cell,
    Column,
    Definition,
    Detectable,
    DetectableRow,
    Kind,
    SourceView,
    Table,
)
from lhu_effect.dashboard.rows import Row
from lhu_effect.dashboard.words import capital, clean, cleaned, dated, listed, plain, say, small
from lhu_effect.definitions.model import GRADES, Indicator
from lhu_effect.effects.comparison import Standing, Window, candidates, standings
from lhu_effect.i18n import Text
from lhu_effect.study.model import Study
from lhu_effect.survey.model import Survey


def blocks(
    study: Study,
    survey: Survey,
    cells: Cells,
    rows: Sequence[Row],
    kind: Kind,
    answers: Sequence[Answer],
    *,
    internal: bool,
) -> tuple[Block, ...]:
    """The blocks of section 7 in reading order."""
    return (
        _method(study, kind),
        _unknown(kind),
        _comparison(study, cells, rows, answers),
        _coverage(study, cells),
        _quality(study, survey if internal else None, cells),
        _sources(study, rows),
    )


def _method(study: Study, kind: Kind) -> Block:
    numbers = range(1, 5) if kind == "effect" else range(1, 4)
    same = say(
        "sure.method_same",
        points=rounding.figure(
            study.margin.points, 0 if study.margin.points == int(study.margin.points) else 1
        ),
        share=rounding.figure(round(study.margin.share * 100)),
    )
    told = [say(f"sure.method_{kind}_{n}") for n in numbers]
    told += [say("sure.method_design"), same, say(f"sure.method_estimand_{kind}")]
    return Block("method", say("sure.method"), tuple(told))


def _unknown(kind: Kind) -> Block:
    names = ["pupils", "cause", *(["trend"] if kind == "effect" else []), "answers", "small"]
    return Block("unknown", say("sure.unknown"), bullets=tuple(say(f"sure.unknown_{n}") for n in names))


def _comparison(study: Study, cells: Cells, rows: Sequence[Row], answers: Sequence[Answer]) -> Block:
    used = comparison_codes(rows)
    codes = sorted({key[1] for key in cells.by_key})
    pool = candidates(study, codes)
    if not pool:
        return Block("comparison", say("sure.comparison"), (say("sure.comparison_none"),))
    told = [say("sure.comparison_used", names=names_of(used, study))] if used else []
    lines: dict[Text, None] = {}
    for answer in answers[:1]:
        lines.update(dict.fromkeys(_standing_lines(study, answer, pool)))
    return Block("comparison", say("sure.comparison"), tuple(told), tuple(lines))


def _standing_lines(study: Study, answer: Answer, pool: Sequence[str]) -> list[Text]:
    if answer.before_year is None or answer.after_year is None:
        return []
    window = Window.between(study.wave(answer.before_year), study.wave(answer.after_year))
    themes = dict.fromkeys(t for p in study.promises if p.id in answer.promises for t in p.themes)
    found: dict[str, dict[str, Standing]] = {}
    for theme in themes:
        for standing in standings(study, theme, window, pool):
            found.setdefault(standing.municipality, {})[theme] = standing
    return [_standing_line(code, found[code], study) for code in found]


def _standing_line(code: str, standing: Mapping[str, Standing], study: Study) -> Text:
    place = study.registry.places.get(code)
    name = plain(place.name if place else code)
    hits = {t: s for t, s in standing.items() if s.contaminated}
    if hits:
        first = next(iter(hits.values()))
        title = (cleaned(first.entries[0].title) if first.entries else None) or plain("")
        themes = listed([sentences.theme_about(t) for t in hits])
        key = "sure.comparison_contaminated" if first.used else "sure.comparison_left_out"
        return say(key, name=name, themes=themes, title=small(title))
    if any(s.exposed in ("unknown", "not_found") for s in standing.values()):
        return say("sure.comparison_unknown", name=name)
    return say("sure.comparison_no", name=name)


def comparison_codes(rows: Sequence[Row]) -> tuple[str, ...]:
    """Codes of the municipalities that any estimate used, sorted."""
    return tuple(sorted({c for r in rows for c in r.comparison.split()}))


def names_of(codes: Sequence[str], study: Study) -> Text:
    """`Vingåker, Gnesta och Trosa`."""
    places = study.registry.places
    return listed([plain(places[c].name if c in places else c) for c in codes])


def _coverage(study: Study, cells: Cells) -> Block:
    """Answers of all pupils per wave and grade, where enrolment is known and the count is shown."""
    shares: dict[str, dict[int, float]] = {}
    for entry in (*study.registry.enrolment, *study.enrolment):
        fits = entry.municipality == study.municipality and entry.district == "all" and entry.pupils > 0
        if not fits or entry.wave not in cells.years:
            continue
        key = _total(entry.wave, cells.own, entry.grade)
        answers = max((s.n for k, s in cells.by_key.items() if s.n and k[:5] == key), default=None)
        if answers is not None and answers <= entry.pupils:
            shares.setdefault(entry.grade, {})[entry.wave] = answers / entry.pupils
    if not shares:
        return Block("coverage", say("sure.coverage"), (say("sure.coverage_unknown"),))
    return Block("coverage", say("sure.coverage"), table=_coverage_table(shares))


def _coverage_table(shares: Mapping[str, Mapping[int, float]]) -> Table:
    grades = [g for g in GRADES if g in shares]
    years = sorted({y for g in grades for y in shares[g]})
    heads = [Column(capital(say(f"grade.{g}")), number=True, share=True) for g in grades]
    rows = tuple(
        (Cell(plain(str(y)), strong=True), *(_coverage_cell(shares[g].get(y)) for g in grades)) for y in years
    )
    columns = (Column(say("sure.coverage_year")), *heads)
    return Table("coverage", say("sure.coverage_caption"), columns, rows)


def _coverage_cell(share: float | None) -> Cell:
    return Cell(say("table.invisible")) if share is None else Cell(rounding.percent(share), share)


def _total(year: int, code: str, grade: str) -> tuple[int, str, str, str, str]:
    return (year, code, "all", grade, "all")


def _quality(study: Study, survey: Survey | None, cells: Cells) -> Block:
    """What is hidden and rounded; of an internal page's survey also how many remarks reading it gave.

    Published pages do not count remarks: some of them are about numbers that are hidden.
    """
    hidden = sum(1 for k, s in cells.by_key.items() if k[1] == cells.own and s.status == "masked")
    told = [
        say("sure.quality_masked", count=rounding.figure(hidden))
        if hidden
        else say("sure.quality_none_masked"),
        say("sure.quality_minimum", n=study.minimum.n, k=study.minimum.k),
    ]
    if any("rounded" in s.flags.split() for s in cells.by_key.values()):
        told.append(say("sure.quality_rounded"))
    if survey is not None:
        told.append(_remarks(len(survey.found)))
    notes = [
        say("sure.wave_note", year=y, note=note)
        for y in cells.years
        if (note := cleaned(study.wave(y).note)) is not None
    ]
    return Block("quality", say("sure.quality"), tuple(told), tuple(notes))


def _remarks(found: int) -> Text:
    if found == 0:
        return say("sure.quality_no_issues")
    if found == 1:
        return say("sure.quality_issues_one")
    return say("sure.quality_issues", count=rounding.figure(found))


def _sources(study: Study, rows: Sequence[Row]) -> Block:
    told = [say("sure.facts")]
    named = [p for p in study.promises if p.primary and p.primary_named_on is not None]
    after = any("chosen_afterwards" in r.marks for r in rows)
    for promise in named[:1]:
        when = dated(promise.primary_named_on) if promise.primary_named_on else plain("")
        key = "sure.chosen_late" if after else "sure.chosen"
        told.append(say(key, when=when, who=clean(promise.primary_named_by) or "–"))
    if after and not named:
        told.append(say("sure.chosen_afterwards"))
    return Block("sources", say("sure.sources"), tuple(told))


def source_views(survey: Survey) -> tuple[SourceView, ...]:
    """Producer and date of each extract, equal ones once; never a file name or path."""
    made = (
        SourceView(
            clean(s.producer),
            clean(s.received),
            clean(s.terms),
            s.synthetic,
            say("sure.source_synthetic" if s.synthetic else "sure.source_real"),
        )
        for s in survey.sources
    )
    return tuple(dict.fromkeys(made))


def definitions(study: Study, indicators: Sequence[str]) -> tuple[Definition, ...]:
    """What each measure asked, of whom, about which time, and where its line is broken."""
    return tuple(_definition(study.registry.indicators[i]) for i in indicators)


def _definition(known: Indicator) -> Definition:
    starts = sorted(min(v.waves) for v in known.versions if v.waves)
    breaks = [say("measures.version_break", year=y) for y in starts[1:]]
    notes = [n for v in known.versions if (n := cleaned(v.note)) is not None]
    return Definition(
        known.id,
        cleaned(known.label) or plain(known.id),
        known.theme,
        known.better,
        clean(known.question),
        tuple(clean(a) for a in known.answers),
        clean(known.base),
        say(f"look_back.{known.look_back}"),
        (*breaks, *notes),
        clean(known.source),
        known.look_back,
    )


def detectable(rows: Sequence[Row], answers: Sequence[Answer], study: Study) -> tuple[Detectable, ...]:
    """Per answer the smallest change each measure would have shown in four cases of five."""
    made = []
    for answer in answers:
        found = {r.indicator: r for r in headline_rows(rows, answer.promises[0], answer.stratum)}
        listed_as = [m.indicator for g in (answer.forest.groups if answer.forest else ()) for m in g.rows]
        lines = [_detectable_row(found[i], study) for i in listed_as if found[i].exposure == "after"]
        known = [x for x in lines if x.decrease is not None or x.increase is not None]
        if known:
            made.append(
                Detectable(
                    answer.id,
                    say("sure.detectable_title"),
                    tuple(lines),
                    _detectable_table(answer, lines, study),
                )
            )
    return tuple(made)


def _detectable_row(row: Row, study: Study) -> DetectableRow:
    level = (
        row.counterfactual if row.counterfactual is not None and row.kind == "effect" else row.share_before
    )
    label = sentences.plain_label(row.indicator, study)
    return DetectableRow(row.indicator, label, level, row.detectable_decrease, row.detectable_increase)


def _detectable_table(answer: Answer, lines: Sequence[DetectableRow], study: Study) -> Table:
    columns = (
        Column(say("table.measure")),
        Column(say("table.level"), number=True, share=True),
        Column(say("table.decrease"), number=True, share=True),
        Column(say("table.increase"), number=True, share=True),
    )
    rows = tuple(
        (
            Cell(x.label, strong=True),
            share_cell(x.before),
            points_cell(None if x.decrease is None else -abs(x.decrease)),
            points_cell(None if x.increase is None else abs(x.increase)),
        )
        for x in lines
    )
    notes = (say("sure.detectable_invisible"),) if any(x.decrease is None for x in lines) else ()
    ident = f"detectable-{answer.id.replace('+', '_')}"
    caption = say("table.caption_detectable")
    return Table(
        ident,
        Text(
            f"{caption.sv}, {stratum_name(answer.stratum, study).sv}",
            f"{caption.to('en')}, {stratum_name(answer.stratum, study).to('en')}",
        ),
        columns,
        rows,
        notes,
    )
