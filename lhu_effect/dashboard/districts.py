"""Kommundelar and waves as tables: every district x wave filled or with its reason, and promises x waves.

Says which district was judged how, where the geography broke, and which wave lies before, during or after
which promise. Never ranks: units keep the register's order everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from lhu_effect.dashboard import rounding, sentences
from lhu_effect.dashboard.levels import Cells, broken_units
from lhu_effect.dashboard.model import (
    Answer,
    Cell,
    Column,
    DistrictCell,
    DistrictTable,
    EventPoint,
    EventStudy,
    Exposure,
    Judgement,
    Level,
    Matrix,
    MatrixCell,
    Option,
    Roles,
    Series,
    Table,
    UnitBreak,
    WaveView,
)
from lhu_effect.dashboard.rows import Row
from lhu_effect.dashboard.words import capital, cleaned, joined, plain, promise_name, say
from lhu_effect.definitions.model import LookBack
from lhu_effect.effects.exposure import answer as exposure_of
from lhu_effect.effects.exposure import ruling_start
from lhu_effect.effects.periods import speaks_of, without_measure
from lhu_effect.i18n import Text
from lhu_effect.study.model import Promise, Study

COARSE = "other_districts"  # the unit that disclosure control makes of small kommundelar, wave by wave
_LOOKS: tuple[LookBack, ...] = ("lifetime", "12_months", "30_days", "now")


def judgements(rows: Sequence[Row], answers: Sequence[Answer], study: Study) -> tuple[Judgement, ...]:
    """What is said about each district in each answer: verdict, sentences, interval."""
    found = []
    for answer in answers:
        for row in rows:
            if row.theme is not None or row.exposure != "after" or row.district == "all":
                continue
            if not set(row.promises) & set(answer.promises):
                continue
            judged = row.judged
            found.append(
                Judgement(
                    answer=answer.id,
                    indicator=row.indicator,
                    unit=row.district,
                    stratum=row.grade,
                    verdict=judged.verdict,
                    word=sentences.verdict_word(judged.verdict),
                    sentences=sentences.row_sentences(row, sentences.place_of(row, study)),
                    low=judged.low if judged.verdict != "not_comparable" else None,
                    high=judged.high if judged.verdict != "not_comparable" else None,
                )
            )
    seen: dict[tuple[str, str, str, str], Judgement] = {}
    for j in found:
        seen.setdefault((j.answer, j.indicator, j.unit, j.stratum), j)
    return tuple(seen.values())


def event_studies(rows: Sequence[Row], answers: Sequence[Answer]) -> tuple[EventStudy, ...]:
    """Each wave of a unit against what was expected, per answer, indicator, unit and stratum."""
    groups: dict[tuple[str, str, str, str], dict[int, EventPoint]] = {}
    for answer in answers:
        for row in rows:
            same = set(row.promises) & set(answer.promises)
            if row.theme is None and row.after_year is not None and same:
                key = (answer.id, row.indicator, row.district, row.grade)
                groups.setdefault(key, {}).setdefault(row.after_year, _event(row, row.after_year))
    return tuple(
        EventStudy(*key, points=tuple(points[y] for y in sorted(points))) for key, points in groups.items()
    )


def _event(row: Row, year: int) -> EventPoint:
    open_reasons = ("placebo", "during", "only_during", "")
    shown = row.verdict != "not_comparable" or row.reason in open_reasons
    firm = row.verdict in ("better", "worse", "same")
    return EventPoint(
        year,
        row.exposure,
        row.verdict,
        row.estimate if firm and "interval_only" not in row.marks else None,
        row.conf_low if shown else None,
        row.conf_high if shown else None,
        "" if shown else row.reason,
        firm and "floor_sensitive" in row.marks,
    )


def unit_breaks(cells: Cells, study: Study) -> tuple[UnitBreak, ...]:
    """From which wave on a district's answers are not those of the same schools as before, and why."""
    broken = broken_units(cells, cells.years)
    made = []
    for pooled in study.pooled:
        for unit in pooled.districts:
            if unit in broken:
                why = cleaned(pooled.why) or say("reason.geography")
                since = _first_break(unit, broken[unit], study)
                told = say("districts.broken", unit=sentences.unit_name(unit, study), why=why)
                note = joined([told, say("districts.broken_from", year=since)])
                made.append(UnitBreak(unit, since, why, note))
    return tuple(made)


def _first_break(unit: str, flagged: Sequence[int], study: Study) -> int:
    """The first wave with no enrolled pupils in the unit, else the last flagged wave."""
    known = (*study.enrolment, *study.registry.enrolment)
    pools = [p.districts for p in study.pooled if unit in p.districts]
    members = {d for ds in pools for d in ds}
    gone = sorted({e.wave for e in known if e.district in members and e.pupils == 0})
    return gone[0] if gone else flagged[-1]


def district_table(
    series: Mapping[tuple[str, str, str, str], Series],
    study: Study,
    answer: Answer | None,
    indicator: str,
    stratum: str,
    waves: Sequence[WaveView],
    units: Sequence[Option],
    breaks: Sequence[UnitBreak],
) -> DistrictTable:
    """Every unit x wave of one indicator and stratum."""
    roles = wave_roles(answer, indicator, study, waves)
    found = [series.get((indicator, u.id, stratum, "all")) for u in units]
    cells = tuple(
        tuple(_district_cell(s, i, w.year, u.id, breaks) for i, w in enumerate(waves))
        for u, s in zip(units, found, strict=True)
    )
    kept = [
        n for n, row in enumerate(cells) if found[n] is not None or any(c.why == "geography" for c in row)
    ]
    label = sentences.plain_label(indicator, study)
    heads = tuple(Column(_role_head(w.year, r)) for w, r in zip(waves, roles, strict=True))
    shown = tuple((Cell(units[n].label, strong=True), *(Cell(c.text) for c in cells[n])) for n in kept)
    caption = say("table.caption_districts", measure=label, grades=stratum_name(stratum, study))
    table = Table("districts", caption, (Column(say("table.unit")), *heads), shown)
    return DistrictTable(
        answer.id if answer else "",
        indicator,
        stratum,
        tuple(w.year for w in waves),
        roles,
        tuple(units[n] for n in kept),
        tuple(cells[n] for n in kept),
        table,
        say("districts.judged_in", grades=stratum_name(stratum, study)),
    )


def wave_roles(
    answer: Answer | None, indicator: str, study: Study, waves: Sequence[WaveView]
) -> tuple[Exposure | None, ...]:
    """Before, during or after the answer's promises as this indicator sees each wave; None where they differ."""
    if answer is None:
        return (None,) * len(waves)
    return _roles(answer, study.registry.indicators[indicator].look_back, study, waves)


def all_roles(answers: Sequence[Answer], study: Study, waves: Sequence[WaveView]) -> tuple[Roles, ...]:
    """The roles of every answer and look-back."""
    return tuple(
        Roles(answer.id, look, _roles(answer, look, study, waves)) for answer in answers for look in _LOOKS
    )


def _roles(
    answer: Answer, look: LookBack, study: Study, waves: Sequence[WaveView]
) -> tuple[Exposure | None, ...]:
    mine = [p for p in study.promises if p.id in answer.promises]
    roles: list[Exposure | None] = []
    for wave in waves:
        kinds = {exposure_of(p, study.wave(wave.year), look).kind for p in mine}
        roles.append(next(iter(kinds)) if len(kinds) == 1 else None)
    return tuple(roles)


def stratum_name(group: str, study: Study) -> Text:
    """`årskurs 9 och gymnasiet år 2`, for a stratum or a grade."""
    from lhu_effect.dashboard.measures import grades_of

    stratum = next((s for s in study.strata if s.id == group), None)
    return grades_of(stratum) if stratum else say(f"grade.{group}")


def matrix(study: Study, waves: Sequence[WaveView], indicators: Sequence[str], shared: Text | None) -> Matrix:
    """Promises x waves, with what promises share an answer and which have no measure."""
    ordered = sorted(study.promises, key=lambda p: (ruling_start(p), p.id))
    known = [study.registry.indicators[i] for i in indicators]
    empty = set(without_measure(study, [i for i in known if i.kind == "outcome"]))
    cells = tuple(tuple(_matrix_cell(p, w, study, indicators, p.id in empty) for w in waves) for p in ordered)
    options = tuple(Option(p.id, cleaned(p.title) or plain(promise_name(p.id))) for p in ordered)
    columns = (Column(say("table.promise")), *(Column(say("matrix.wave", year=w.year)) for w in waves))
    rows = tuple(
        (Cell(o.label, strong=True), *(Cell(c.word) for c in row))
        for o, row in zip(options, cells, strict=True)
    )
    missing = tuple(say("matrix.no_measure", promise=o.label) for o in options if o.id in empty)
    table = Table("matrix", say("table.caption_matrix"), columns, rows)
    return Matrix(tuple(waves), options, cells, () if shared is None else (shared,), missing, table)


def _matrix_cell(
    promise: Promise, wave: WaveView, study: Study, indicators: Sequence[str], empty: bool
) -> MatrixCell:
    looked = [study.registry.indicators[i] for i in indicators]
    mine = [i for i in looked if speaks_of(promise, i, study)]
    if empty or not mine:
        return MatrixCell("", say("matrix.no_measure_short"))
    answers = [exposure_of(promise, study.wave(wave.year), i.look_back) for i in mine]
    counted = Counter(a.kind for a in answers)
    kind = max(counted, key=lambda k: (counted[k], k))
    notes = []
    if len(counted) > 1:
        notes.append(say("matrix.mixed", mark=capital(say(f"exposure.{kind}"))))
    others = dict.fromkeys(o for a in answers for o in a.otherwise)
    notes.extend(_otherwise(says, other) for says, other in others)
    if kind == "after" and all(a.rule == "long_enough" for a in answers if a.kind == kind):
        notes.append(say("matrix.ongoing"))
    if wave.assumed:
        notes.append(capital(say("matrix.assumed")))
    elif wave.start is None:
        notes.append(capital(say("matrix.unknown_dates")))
    return MatrixCell(kind, capital(say(f"exposure.{kind}")), joined(notes) if notes else None)


def _otherwise(says: str, kind: str) -> Text:
    return say("matrix.otherwise", says=says, kind=say(f"exposure.{kind}"))


def _district_cell(
    series: Series | None, place: int, year: int, unit: str, breaks: Sequence[UnitBreak]
) -> DistrictCell:
    broken = any(b.unit == unit and year >= b.from_year for b in breaks)
    level = series.levels[place] if series else None
    if level is None or level.share is None:
        why = level.why if level else "missing"
        if unit == COARSE and why == "missing":
            why = "apart"
        why = "geography" if broken and why in ("missing", "") else (why or "missing")
        mark = say("table.hidden") if why == "masked" else say(f"why.{why}")
        return DistrictCell(mark, say(f"why.{why}"), why)
    return DistrictCell(
        _level_words(level), say("why.geography") if broken else None, "broken" if broken else ""
    )


def _level_words(level: Level) -> Text:
    share = rounding.percent(level.share or 0.0)
    if level.n is None:
        return say("districts.cell_no_n", share=share)
    return say("districts.cell", share=share, n=rounding.figure(level.n))


def _role_head(year: int, role: Exposure | None) -> Text:
    if role is None:
        return say("districts.role_none", year=year)
    return say("districts.role", year=year, role=say(f"exposure.{role}"))
