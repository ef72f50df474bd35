"""Promises and commitments as the reader meets them: what was promised, what was done, what the survey says of it.

Words the status, the places, the timeline and the measures of each commitment. What came of a commitment
is told as somebody's report, never as a cause of what the survey shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from lhu_effect.dashboard import rounding, sentences
from lhu_effect.dashboard.levels import Cells, level_of
from lhu_effect.dashboard.measures import grades_of
from lhu_effect.dashboard.model import (
    Answer,
    Band,
    CommitmentMeasure,
    CommitmentView,
    MeasureRow,
    PromiseView,
    Timeline,
    TimelineEvent,
    WaveView,
)
from lhu_effect.dashboard.words import (
    capital,
    clean,
    cleaned,
    dated,
    joined,
    listed,
    period_text,
    plain,
    promise_name,
    say,
)
from lhu_effect.effects.exposure import field_dates, ruling_start
from lhu_effect.i18n import Text
from lhu_effect.study.model import Commitment, Promise, Study

STATUSES = ("delivered", "partly", "cancelled", "unknown")


def promise_views(study: Study, answers: Sequence[Answer], cells: Cells) -> tuple[PromiseView, ...]:
    """Every promise, latest first."""
    by_promise = {p: a for a in answers for p in a.promises}
    ordered = sorted(study.promises, key=lambda p: (-ruling_start(p).toordinal(), p.id))
    return tuple(_promise(p, study, by_promise[p.id], cells) for p in ordered)


def wave_views(study: Study, years: Sequence[int]) -> tuple[WaveView, ...]:
    """The waves of the page on the time axis."""
    waves = [study.wave(y) for y in years]
    return tuple(WaveView(w.year, w.field_start, w.field_end, w.assumed, cleaned(w.note)) for w in waves)


def bands(study: Study) -> tuple[Band, ...]:
    """The promise periods in order of start."""
    ordered = sorted(study.promises, key=lambda p: (ruling_start(p), p.id))
    return tuple(_band(p) for p in ordered)


def _band(promise: Promise) -> Band:
    return Band(promise.id, cleaned(promise.title) or plain(promise.id), ruling_start(promise), promise.end)


def _promise(promise: Promise, study: Study, answer: Answer, cells: Cells) -> PromiseView:
    start = ruling_start(promise)
    measures = {m.indicator: m for m in answer.squares}
    return PromiseView(
        id=promise.id,
        title=cleaned(promise.title) or plain(promise.id),
        period=capital(period_text(start, promise.end)),
        start=start,
        end=promise.end,
        summary=_summary(promise),
        commitments=tuple(_commitment(c, promise, study, measures, cells) for c in promise.commitments),
        conflicts=_conflicts(promise, start),
        notes=tuple(
            n for n in (cleaned(promise.note), _assumed(promise), _undated(promise)) if n is not None
        ),
        reported_by=say("promise.reported_by", who=cleaned(promise.reported_by))
        if promise.reported_by
        else None,
        expected=cleaned(promise.expected),
        spread=_spread(promise, study, cells),
        answer=answer.id if measures else "",
        source=clean(promise.source),
        short=plain(promise_name(promise.id)),
        timeline=_timeline(promise.id, promise.commitments, promise, study, cells),
    )


def _assumed(promise: Promise) -> Text | None:
    return say("promise.assumed") if promise.assumed_dates else None


def _undated(promise: Promise) -> Text | None:
    undated = promise.commitments and not any(c.dates for c in promise.commitments)
    return say("timeline.no_dates_at_all") if undated else None


def _summary(promise: Promise) -> Text:
    if not promise.commitments:
        return say("promise.summary_none")
    counts = [(s, sum(c.status == s for c in promise.commitments)) for s in STATUSES]
    parts = [
        say(f"status_count.{s}_one") if n == 1 else say(f"status_count.{s}", count=n) for s, n in counts if n
    ]
    total = len(promise.commitments)
    return say(
        "promise.summary_one" if total == 1 else "promise.summary", count=total, parts=joined(parts, ", ")
    )


def _conflicts(promise: Promise, start: date) -> tuple[Text, ...]:
    """One sentence for each thing the sources disagree on, all that they say in it."""
    known = {"signed": "promise.conflict_signed"}
    found: dict[str, dict[Text, None]] = {}
    for conflict in promise.date_conflicts:
        found.setdefault(conflict.what, {})[say("promise.said", says=clean(conflict.says))] = None
    return tuple(
        say(known.get(what, "promise.conflict"), says=_or_counted(tuple(said), start), start=dated(start))
        for what, said in found.items()
    )


def _or_counted(said: Sequence[Text], start: date) -> Text:
    """What the sources say; where only one is quoted, the date we count from is the other."""
    return listed(said if len(said) > 1 else (*said, say("promise.said", says=dated(start))))


def _spread(promise: Promise, study: Study, cells: Cells) -> tuple[Text, ...]:
    """How common what the promise is about is: the latest level of each named measure."""
    named = dict.fromkeys((*promise.primary, *(i for ids in promise.theme_indicators.values() for i in ids)))
    stratum = study.strata[0]
    lines = [line for i in named if (line := _spread_line(i, study, cells, stratum.id))]
    if not lines:
        return ()
    place = sentences.unit_name("all", study)
    return (*lines, say("promise.spread_where", grades=grades_of(stratum), place=place))


def _spread_line(indicator: str, study: Study, cells: Cells, group: str) -> Text | None:
    known = study.registry.indicators.get(indicator)
    if known is None:
        return None
    for year in reversed(cells.years):
        level = level_of(cells.get(year, "all", group, "all", indicator), year, known)
        if level.share is not None:
            holes: dict[str, object] = {
                "measure": cleaned(known.label),
                "share": rounding.of_hundred(level.share),
                "year": year,
            }
            if level.n is None:
                return say("promise.spread_line_no_n", **holes)
            return say("promise.spread_line", n=rounding.figure(level.n), **holes)
    return None


def _commitment(
    item: Commitment, promise: Promise, study: Study, measures: Mapping[str, MeasureRow], cells: Cells
) -> CommitmentView:
    mine = [measures[i] for i in item.indicators if i in measures]
    local = "all" not in item.districts
    home = study.registry.places.get(study.municipality)
    everywhere = {d.id for d in home.districts} if home else set()
    whole = not local or set(item.districts) >= everywhere
    where = (
        listed([sentences.unit_name(d, study) for d in item.districts]) if local else say("promise.where_all")
    )
    measured = [_measure(m) for m in mine]
    return CommitmentView(
        id=f"{promise.id}-{item.number}",
        number=item.number,
        text=cleaned(item.text) or plain(""),
        status=item.status,
        word=say(f"status.{item.status}"),
        result=cleaned(item.result),
        facts=_facts(item, dated_days=any(c.dates for c in promise.commitments)),
        where=capital(where),
        timeline=_timeline(f"{promise.id}-{item.number}", (item,), promise, study, cells)
        if item.dates
        else None,
        measures=tuple(measured),
        no_measure=None if measured else say("promise.no_measure"),
        caution=_caution(measured, not whole, where),
        source=clean(item.source or promise.source),
        unit=item.districts[0] if local and len(item.districts) == 1 else "",
    )


def _measure(row: MeasureRow) -> CommitmentMeasure:
    doubt = (say("flag.floor_sensitive"),) if row.fragile else ()
    said = joined([row.sentences[0], *doubt])
    return CommitmentMeasure(row.indicator, row.label, row.verdict, row.word, row.id, row.levels, said)


def _caution(measured: Sequence[CommitmentMeasure], local: bool, where: Text) -> Text | None:
    if not measured:
        return None
    told = [say("promise.whole_place", where=where)] if local else []
    return joined([*told, say("promise.caution")])


def _facts(item: Commitment, *, dated_days: bool) -> tuple[Text, ...]:
    """What is known of how it went; days that no commitment of the promise has are told once, beside the promise."""
    told: list[Text] = []
    if item.planned is not None and item.delivered is not None and not _counted(item):
        key = "promise.planned" if item.delivered <= item.planned else "promise.more_than_planned"
        told.append(say(key, delivered=item.delivered, planned=item.planned))
    why = cleaned(item.why)
    if why is not None:
        told.append(why)
    if dated_days and not item.dates:
        told.append(say("timeline.no_dates"))
    if item.target_ages:
        low, high = min(item.target_ages), max(item.target_ages)
        told.append(say("promise.age", low=low) if low == high else say("promise.ages", low=low, high=high))
    return tuple(told)


def _counted(item: Commitment) -> bool:
    """Whether the result itself says how many were made of how many: then it is not said a second time."""
    said = [int(n) for n in re.findall(r"\d+", item.result.sv)] if item.result else []
    wanted = [n for n in (item.delivered, item.planned) if n is not None]
    return all(said.count(n) >= wanted.count(n) for n in wanted)


def _timeline(
    ident: str, items: Sequence[Commitment], promise: Promise, study: Study, cells: Cells
) -> Timeline | None:
    """Dated events on a year axis that holds the promise and the nearest waves around it; None without waves."""
    band = _band(promise)
    waves = _near_waves(study, cells, band)
    if not waves:
        return None
    events = tuple(
        TimelineEvent(day, c.status, dated(day), cleaned(c.text) if len(items) > 1 else None)
        for day, c in sorted(((d, c) for c in items for d in c.dates), key=_day)
    )
    spans = [field_dates(study.wave(w.year)) for w in waves]
    end = band.end or max([band.start, *(s[1] for s in spans)])
    days = [band.start, end, *(e.day for e in events), *(d for s in spans for d in s)]
    return Timeline(
        id=ident,
        start=date(min(days).year, 1, 1),
        end=date(max(days).year, 12, 31),
        band=band,
        events=events,
        waves=waves,
        summary=_timeline_words(band, events, waves),
    )


def _day(event: tuple[date, Commitment]) -> tuple[date, int]:
    return event[0], event[1].number


def _near_waves(study: Study, cells: Cells, band: Band) -> tuple[WaveView, ...]:
    """The last wave that began before the promise did, those during it, and the first after it."""
    views = wave_views(study, cells.years)
    begins = {w.year: field_dates(study.wave(w.year))[0] for w in views}
    end = band.end or date.max
    before = [w for w in views if begins[w.year] < band.start][-1:]
    during = [w for w in views if band.start <= begins[w.year] <= end]
    after = [w for w in views if begins[w.year] > end][:1]
    return (*before, *during, *after)


def _timeline_words(band: Band, events: Sequence[TimelineEvent], waves: Sequence[WaveView]) -> Text:
    asked = listed([_wave_words(w) for w in waves])
    period = period_text(band.start, band.end)
    if events:
        return say(
            "timeline.summary_events", period=period, events=listed([e.label for e in events]), waves=asked
        )
    return say("timeline.summary", period=period, waves=asked)


def _wave_words(wave: WaveView) -> Text:
    if wave.start is None or wave.end is None:
        return say("timeline.wave_year", year=wave.year)
    days = period_text(wave.start, wave.end)
    return say("timeline.wave_assumed", days=days) if wave.assumed else days
