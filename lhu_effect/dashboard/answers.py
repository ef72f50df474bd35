"""Effect rows into answers: what the first screen says after each promise, and the rows beneath it.

One `Answer` per set of identical rows, so promises that share a period share it. Counts verdicts, words
the lead, the reading guide, the quotable sentence and the council sheet; numbers only from the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from lhu_effect.dashboard import rounding, sentences
from lhu_effect.dashboard.answered import answered
from lhu_effect.dashboard.levels import Cells, groups_of, present_indicators
from lhu_effect.dashboard.measures import (
    forest,
    grades_of,
    headline_rows,
    in_verdict_order,
    kinds_of,
    measure_row,
    theme_rows,
    tile_word,
)
from lhu_effect.dashboard.model import Answer, Head, Kind, MeasureRow, ThemeAnswer, Tile, Verdict
from lhu_effect.dashboard.rows import Row
from lhu_effect.dashboard.words import capital, cleaned, joined, listed, plain, promise_name, say, small
from lhu_effect.definitions.model import Wave
from lhu_effect.effects.exposure import answer as exposure_of
from lhu_effect.effects.exposure import field_dates, ruling_start
from lhu_effect.effects.model import VERDICTS
from lhu_effect.effects.periods import speaks_of
from lhu_effect.i18n import Text
from lhu_effect.study.model import Promise, Stratum, Study

ORDER = cast(tuple[Verdict, ...], VERDICTS)
_NAMED_AT_MOST = 2


def make_answers(rows: Sequence[Row], study: Study, cells: Cells) -> tuple[Answer, ...]:
    """Every promise's answer, promises with identical rows together; the one to open with first.

    First: the latest promise that was over when a later wave was made, else the latest with an after wave, else
    the latest.
    """
    groups: dict[tuple[object, ...], list[Promise]] = {}
    for promise in sorted(study.promises, key=lambda p: (ruling_start(p), p.id)):
        stratum = headline_stratum(rows, promise.id, study).id
        found = (*headline_rows(rows, promise.id, stratum), *theme_rows(rows, promise.id, stratum))
        key = tuple((r.promise, r.indicator, r.district, r.after_year) for r in found) or (promise.id,)
        groups.setdefault(key, []).append(promise)
    made = [_answer(tuple(group), rows, study, cells) for group in groups.values()]
    return tuple(sorted(made, key=lambda a: _recency(a, study)))


def headline_stratum(rows: Sequence[Row], promise: str, study: Study) -> Stratum:
    """The first stratum that has rows for the promise; the study's first when none has."""
    return next((s for s in study.strata if headline_rows(rows, promise, s.id)), study.strata[0])


def _recency(answer: Answer, study: Study) -> tuple[bool, bool, int, str]:
    latest = max(ruling_start(p).toordinal() for p in study.promises if p.id in answer.promises)
    ongoing = all(h.ongoing is not None for h in answer.heads)
    return (answer.after_year is None, ongoing, -latest, answer.id)


def _answer(promises: tuple[Promise, ...], rows: Sequence[Row], study: Study, cells: Cells) -> Answer:
    stratum = headline_stratum(rows, promises[0].id, study)
    ident = "+".join(p.id for p in promises)
    found = headline_rows(rows, promises[0].id, stratum.id)
    composites = theme_rows(rows, promises[0].id, stratum.id)
    everywhere = sentences.common_flags(found)
    measures = tuple(measure_row(r, study, cells, ident, everywhere) for r in found)
    ordered = in_verdict_order(measures, study)
    kinds = kinds_of(measures)
    kind = kinds[0]
    place = sentences.unit_name(found[0].district if found else "all", study)
    grades = grades_of(stratum)
    after = [r.after_year for r in found if r.exposure == "after" and r.after_year is not None]
    before = [y for r in found if (y := r.before_year) is not None]
    years = (max(before, default=None), min(after, default=None))
    shared = None if None in years else _shared((*found, *composites), study)
    nothing = all(m.verdict == "not_comparable" for m in measures)
    scope = _scope(kinds, place, grades, (None, None) if nothing else years)
    finding = lead_first(measures, kind)
    afterwards = (say("sure.chosen_afterwards"),) if _afterwards(found) else ()
    heads = tuple(_head(p, measures, kind, study, shared, years[1]) for p in promises)
    return Answer(
        id=ident,
        promises=tuple(p.id for p in promises),
        kind=kind,
        heads=heads,
        themes=_themes(composites, study),
        squares=ordered,
        tiles=tuple(
            Tile(v, c, tile_word(v, c)) for v in ORDER for c in (sum(m.verdict == v for m in measures),)
        ),
        reading=(*_reading(kind, found, place), *afterwards) if found else (),
        quote=_quote(place, grades, years, finding, say("quote.caution"))
        if measures
        else say("answer.none_theme"),
        council=_council(measures, place, grades, years, finding, scope),
        cannot=_cannot(kind, found, shared, promises, study),
        answered=answered(found, study, place, grades),
        scope=scope,
        detail=say("measures.scope_plain", grades=grades, place=place)
        if None in years
        else say("measures.scope_long", grades=grades, place=place, before=years[0], after=years[1]),
        forest=forest(measures, {r.indicator: r for r in found}, study, ident, place, grades)
        if measures
        else None,
        empty=None if measures else _empty(promises[0], study, cells),
        stratum=stratum.id,
        before_year=years[0],
        after_year=years[1],
        strip=say("answer.squares_label", parts=_parts(measures)),
        tiles_label=say("answer.tiles_label", total=len(measures)),
        axis_note=say("measures.axis", zero=say(f"measures.zero_{kind}")),
        everywhere=tuple(say(f"flag.{f}") for f in everywhere),
        primary_word=say("measures.primary_afterwards" if _afterwards(found) else "measures.primary"),
    )


def _parts(measures: Sequence[MeasureRow]) -> Text:
    counts = [(v, sum(m.verdict == v for m in measures)) for v in ORDER]
    return joined([say("answer.square_part", count=c, word=tile_word(v, c)) for v, c in counts if c], ", ")


def _afterwards(found: Sequence[Row]) -> bool:
    return any("chosen_afterwards" in r.marks for r in found if r.role == "primary")


def lead_first(measures: Sequence[MeasureRow], kind: Kind) -> Text:
    """The sentence about the largest group of verdicts (ties: the more careful one), `**` around what is strong."""
    total = len(measures)
    counts = {v: sum(m.verdict == v for m in measures) for v in ORDER}
    verdict = _largest(measures)
    count = counts[verdict]
    if count == total:
        part = say("answer.part_one") if total == 1 else say("answer.part_all", total=total)
    elif count * 2 == total:
        part = say("answer.part_half")
    else:
        part = say("answer.part_some", count=count, total=total)
    suffix = "_change" if kind == "change" and verdict in ("better", "worse") else ""
    return say(f"answer.lead_{verdict}{suffix}", part=part)


def lead_rest(measures: Sequence[MeasureRow], study: Study) -> tuple[Text, ...]:
    """The clear verdicts in plain words (at most two sentences), by number where there are many; else the unsure."""
    clear = [m for m in measures if m.verdict in ("better", "worse")]
    unsure = sum(m.verdict == "unsure" for m in measures)
    if len({m.verdict for m in measures}) == 1 and len(clear) > _NAMED_AT_MOST:
        return ()
    if len(clear) > _NAMED_AT_MOST:
        counts = {v: sum(m.verdict == v for m in clear) for v in ("better", "worse")}
        return (say("answer.count_firm", better=counts["better"], worse=counts["worse"]), *_fragile(clear))
    if clear:
        return (*(_named(m, study) for m in clear), *_fragile(clear))
    if _largest(measures) == "not_comparable":
        reasons = [m.sentences[0] for m in measures if m.verdict == "not_comparable"]
        return (max(dict.fromkeys(reasons), key=reasons.count),)
    if 0 < unsure < len(measures) and _largest(measures) != "unsure":
        return (say("answer.unsure_rest", count=unsure, total=len(measures)),)
    return ()


def _fragile(clear: Sequence[MeasureRow]) -> tuple[Text, ...]:
    """The doubt that belongs beside a claim: how many of the clear verdicts fall with larger swings."""
    count = sum(m.fragile for m in clear)
    if not count:
        return ()
    if count < len(clear):
        return (say("answer.fragile_some", count=count, total=len(clear)),)
    return (say("answer.fragile_one" if count == 1 else "answer.fragile_all"),)


def _named(measure: MeasureRow, study: Study) -> Text:
    """`Färre än väntat har använt narkotika de senaste 12 månaderna.`"""
    known = study.registry.indicators[measure.indicator]
    fewer = (measure.verdict == "better") == (known.better == "lower")
    subject = cleaned(known.subject) or say("answer.named_as_label", label=measure.label)
    return say(f"answer.named_{'lower' if fewer else 'higher'}_{measure.kind}", subjects=subject)


def _largest(measures: Sequence[MeasureRow]) -> Verdict:
    counts = {v: sum(m.verdict == v for m in measures) for v in ORDER}
    careful: tuple[Verdict, ...] = ("unsure", "not_comparable", "same", "worse", "better")
    return max(careful, key=lambda v: (counts[v], -careful.index(v)))


def unmarked(words: Text) -> Text:
    """The text without the marks of what is strong."""
    return Text(words.sv.replace("**", ""), words.to("en").replace("**", ""))


def _head(
    promise: Promise,
    measures: Sequence[MeasureRow],
    kind: Kind,
    study: Study,
    shared: Text | None,
    after: int | None,
) -> Head:
    ongoing = after is not None and _runs_at(promise, study.wave(after))
    named = small(cleaned(promise.title) or plain(promise.id))
    title = say("answer.title_ongoing" if ongoing else "answer.title", promise=named)
    told = say("answer.ongoing", year=after) if ongoing else None
    lead = (lead_first(measures, kind), *lead_rest(measures, study)) if measures else ()
    return Head(promise.id, title, lead, shared, told)


def _runs_at(promise: Promise, wave: Wave) -> bool:
    return promise.end is None or field_dates(wave)[0] <= promise.end


def _scope(kinds: Sequence[Kind], place: Text, grades: Text, years: tuple[int | None, int | None]) -> Text:
    if None in years:
        return say("answer.scope_plain", grades=grades, place=place)
    key = "mixed" if len(kinds) > 1 else kinds[0]
    return say(f"answer.scope_{key}", grades=grades, place=place, before=years[0], after=years[1])


def all_shared(rows: Sequence[Row], answers: Sequence[Answer], study: Study) -> Text | None:
    """Which promises lie between the same two waves, over all answers."""
    told: list[Row] = []
    for answer in answers:
        if None not in (answer.before_year, answer.after_year):
            told += headline_rows(rows, answer.promises[0], answer.stratum)
            told += theme_rows(rows, answer.promises[0], answer.stratum)
    return _shared(told, study)


def _shared(rows: Sequence[Row], study: Study) -> Text | None:
    """Which promises lie between the same two waves: for all the rows, or theme by theme."""
    by_ids: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        if len(row.promises) > 1:
            theme = row.theme or study.registry.indicators[row.indicator].theme
            by_ids.setdefault(row.promises, [])
            if theme not in by_ids[row.promises]:
                by_ids[row.promises].append(theme)
    if not by_ids:
        return None
    alone = any(len(r.promises) == 1 for r in rows)
    if len(by_ids) == 1 and not alone:
        return say("answer.shared", promises=promises_named(next(iter(by_ids))))
    parts = [
        say(
            "answer.shared_part",
            themes=capital(listed([sentences.theme_about(t) for t in themes])),
            names=listed([plain(promise_name(i)) for i in ids]),
        )
        for ids, themes in sorted(by_ids.items(), key=lambda found: -len(found[0]))
    ]
    return say("answer.shared_many", parts=joined(parts))


def promises_named(ids: Sequence[str]) -> Text:
    """`Löftena 2020, 2021 och 2022–2023`."""
    return say("answer.promises_many", names=listed([plain(promise_name(i)) for i in ids]))


def _themes(composites: Sequence[Row], study: Study) -> tuple[ThemeAnswer, ...]:
    order = list(study.registry.themes)
    return tuple(
        _theme(row, study) for row in sorted(composites, key=lambda r: order.index(r.theme or order[-1]))
    )


def _theme(row: Row, study: Study) -> ThemeAnswer:
    theme = row.theme or ""
    known = study.registry.themes.get(theme)
    label = known.label if known else plain(theme)
    asked = next(
        (
            p.theme_indicators[theme]
            for p in study.promises
            if p.id in row.promises and theme in p.theme_indicators
        ),
        (),
    )
    firm = row.verdict in ("better", "worse")
    refused = row.verdict == "not_comparable"
    return ThemeAnswer(
        theme=theme,
        label=say("theme.title", theme=small(label)),
        verdict=row.verdict,
        word=sentences.verdict_word(row.verdict),
        sentences=sentences.theme_answer(row, len(asked)),
        index=row.index if firm else None,
        low=None if refused else row.index_low,
        high=None if refused else row.index_high,
        indicators=tuple(sentences.plain_label(i, study) for i in asked),
    )


def _reading(kind: Kind, found: Sequence[Row], place: Text) -> tuple[Text, ...]:
    if all(r.judged.verdict == "not_comparable" for r in found):
        return (say("read.nothing"), say("read.nothing_caused"))
    return (
        say(f"read.{kind}", place=place),
        say("read.not_cause"),
        say("read.unsure"),
        *([smallest] if (smallest := _smallest(found)) else []),
    )


def _smallest(found: Sequence[Row]) -> Text | None:
    """`Ändringar under 2–14 procentenheter kan vi inte se`: from the keenest measure to the dullest."""
    sizes = _detectable(found)
    if not sizes:
        return (
            say("read.detectable_none") if any(r.judged.verdict != "not_comparable" for r in found) else None
        )
    low, high = _floor_points(min(sizes)), _floor_points(max(sizes))
    if low == high:
        return say("read.detectable", points=low)
    return say("read.detectable_range", low=low, high=high)


def _detectable(found: Sequence[Row]) -> list[float]:
    """The smaller of what would show downwards and upwards, per measure."""
    both = ((r.detectable_decrease, r.detectable_increase) for r in found)
    return [min(abs(x) for x in pair if x is not None) for pair in both if any(x is not None for x in pair)]


def _floor_points(share: float) -> Text:
    value = rounding.points(share)
    places = 0 if value >= 1 else 1
    return rounding.figure(rounding.down(value, places), places)


def _quote(
    place: Text, grades: Text, years: tuple[int | None, int | None], finding: Text, caution: Text
) -> Text:
    """The finding with its place, grades and years, so that it can stand alone."""
    holes: dict[str, object] = {"place": place, "grades": grades}
    if None in years:
        where = say("quote.where_undated", **holes)
    else:
        where = say("quote.where", before=years[0], after=years[1], **holes)
    said = say("quote.text", where=where, finding=small(unmarked(finding)), caution=caution)
    return Text(said.sv.strip(), said.to("en").strip())


def _council(
    measures: Sequence[MeasureRow],
    place: Text,
    grades: Text,
    years: tuple[int | None, int | None],
    finding: Text,
    scope: Text,
) -> tuple[Text, Text, Text]:
    """Three sentences that may be quoted, each true when it stands alone."""
    found = {m.verdict for m in measures}
    first = _quote(place, grades, years, finding, plain("")) if measures else unmarked(finding)
    second = say("read.unsure") if "unsure" in found else unmarked(scope)
    return first, second, say("read.nothing_caused" if found == {"not_comparable"} else "read.not_cause")


def _cannot(
    kind: Kind, found: Sequence[Row], shared: Text | None, promises: Sequence[Promise], study: Study
) -> tuple[Text, ...]:
    told = [say("council.cannot_cause")]
    if kind == "change":
        told.append(say("council.cannot_counterfactual"))
    ids = max((r.promises for r in found), key=len, default=())
    if shared is not None and len(ids) > 1:
        told.append(say("council.cannot_apart", promises=small(promises_named(ids))))
    if any(p.commitments for p in promises):
        told.append(say("council.cannot_single"))
    told.append(say("council.cannot_district"))
    if _detectable(found):
        told.append(say("council.cannot_small", smallest=_smallest(found)))
    return tuple(told)


def _empty(promise: Promise, study: Study, cells: Cells) -> Text:
    """Why a promise has no row: no measure of its themes, no wave after it, or none of the grades asked for."""
    measured = [study.registry.indicators[i] for i in present_indicators(cells, study)]
    if not any(speaks_of(promise, i, study) for i in measured):
        return say("answer.none_theme")
    kinds = {exposure_of(promise, study.wave(y), i.look_back).kind for y in cells.years for i in measured}
    if "after" not in kinds:
        return say("answer.none_after")
    groups = groups_of(cells, study)
    lacking = [s for s in study.strata if s.id not in groups]
    if study.strata[0] in lacking:
        return say("answer.none_stratum", grades=grades_of(study.strata[0]))
    return say("answer.none_rows")
