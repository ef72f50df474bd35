"""What each chart is drawn from: small frozen views picked out of DashboardData, and numbers as charts say them.

A view holds one selection (indicator, unit, group, sex, answer) with its labels; the charts turn it into a
scene and a table without asking anybody else. Rounding here is the browser's too (templates/charts.js).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from lhu_effect import i18n
from lhu_effect.dashboard.model import (
    COMPARISON,
    Band,
    Cell,
    Column,
    DashboardData,
    EventPoint,
    EventStudy,
    Judgement,
    Kind,
    Level,
    Option,
    Series,
    UnitBreak,
    WaveView,
)
from lhu_effect.i18n import Lang, Text


@dataclass(frozen=True, slots=True)
class Pick:
    """A reader's selection: ids as in the page's hash. compare: whether the comparison is drawn."""

    indicator: str
    group: str
    unit: str = "all"
    sex: str = "all"
    answer: str = ""
    compare: bool = True


@dataclass(frozen=True, slots=True)
class TrendView:
    """Levels of one unit over the waves, and of the comparison municipalities taken together."""

    indicator: Text
    unit: Text
    group: Text
    sex: Text
    comparison_label: Text
    levels: tuple[Level, ...]
    comparison: tuple[Level, ...]
    bands: tuple[Band, ...]
    waves: tuple[WaveView, ...]
    breaks: tuple[UnitBreak, ...] = ()


@dataclass(frozen=True, slots=True)
class EventView:
    """Differences from what was expected, wave by wave. words: verdict id -> its word."""

    indicator: Text
    unit: Text
    group: Text
    points: tuple[EventPoint, ...]
    bands: tuple[Band, ...]
    waves: tuple[WaveView, ...]
    words: tuple[tuple[str, Text], ...]
    kind: Kind = "effect"

    def word(self, verdict: str) -> Text:
        """The verdict's word."""
        return dict(self.words)[verdict]


@dataclass(frozen=True, slots=True)
class DistrictPanel:
    """One small multiple. word: the verdict's, or None when nothing was judged.

    group: whose answers; comparison: of the same grades.
    """

    unit: Text
    levels: tuple[Level, ...]
    group: Text
    comparison: tuple[Level, ...] = ()
    verdict: str = ""
    word: Text | None = None
    breaks: tuple[UnitBreak, ...] = ()


@dataclass(frozen=True, slots=True)
class DistrictsView:
    """All kommundelar of one indicator and group, in register order: never a ranking."""

    indicator: Text
    group: Text
    comparison_label: Text
    panels: tuple[DistrictPanel, ...]
    bands: tuple[Band, ...]
    waves: tuple[WaveView, ...]


@dataclass(frozen=True, slots=True)
class LevelsRow:
    """An indicator's share before and after, beside the comparison's."""

    label: Text
    before: Level
    after: Level
    comparison_before: Level | None = None
    comparison_after: Level | None = None


@dataclass(frozen=True, slots=True)
class LevelsView:
    """How common each thing is: shown whatever the verdict."""

    comparison_label: Text
    rows: tuple[LevelsRow, ...]
    before_year: int
    after_year: int
    group: Text = field(default=Text(""))


def trend_view(data: DashboardData, pick: Pick) -> TrendView:
    """The levels of `pick`; a selection without cells gives a view without levels."""
    series = series_map(data)
    own = series.get((pick.indicator, pick.unit, pick.group, pick.sex))
    other = series.get((pick.indicator, COMPARISON, pick.group, pick.sex)) if pick.compare else None
    return TrendView(
        indicator=indicator_label(data, pick.indicator),
        unit=option_label(data.units, pick.unit),
        group=option_label(data.groups, pick.group),
        sex=option_label(data.sexes, pick.sex),
        comparison_label=data.comparison_term,
        levels=own.levels if own else (),
        comparison=other.levels if other else (),
        bands=data.bands,
        waves=data.waves,
        breaks=tuple(b for b in data.breaks if b.unit == pick.unit),
    )


def event_view(data: DashboardData, pick: Pick) -> EventView:
    """The event study of `pick`; without estimates a view without points."""
    found = next(
        (e for e in data.events if event_key(e) == (pick.answer, pick.indicator, pick.unit, pick.group)), None
    )
    answer = next((a for a in data.answers if a.id == pick.answer), None)
    promises = answer.promises if answer else ()
    return EventView(
        indicator=indicator_label(data, pick.indicator),
        unit=option_label(data.units, pick.unit),
        group=option_label(data.groups, pick.group),
        points=found.points if found else (),
        bands=tuple(b for b in data.bands if b.promise in promises) or data.bands,
        waves=data.waves,
        words=verdict_words(),
        kind=answer.kind if answer else data.kind,
    )


def districts_view(data: DashboardData, pick: Pick) -> DistrictsView | None:
    """Every unit but the whole municipality and the comparison, for `pick`'s indicator; None where there is none.

    A unit without the group's grades (a kommundel without gymnasium) shows the first group that it has.
    """
    series = series_map(data)
    judged = {(j.answer, j.indicator, j.unit, j.stratum): j for j in data.judgements}
    panels = []
    for unit in data.units:
        group = _group_of(data, pick, unit.id, series)
        if unit.id in ("all", COMPARISON) or group is None:
            continue
        found: Judgement | None = judged.get((pick.answer, pick.indicator, unit.id, group))
        other = series.get((pick.indicator, COMPARISON, group, "all"))
        panels.append(
            DistrictPanel(
                unit=unit.label,
                levels=series[pick.indicator, unit.id, group, "all"].levels,
                group=option_label(data.groups, group),
                comparison=other.levels if other else (),
                verdict=found.verdict if found else "",
                word=found.word if found else None,
                breaks=tuple(b for b in data.breaks if b.unit == unit.id),
            )
        )
    if not panels:
        return None
    return DistrictsView(
        indicator=indicator_label(data, pick.indicator),
        group=option_label(data.groups, pick.group),
        comparison_label=data.comparison_term,
        panels=tuple(panels),
        bands=data.bands,
        waves=data.waves,
    )


def _group_of(
    data: DashboardData, pick: Pick, unit: str, series: dict[tuple[str, str, str, str], Series]
) -> str | None:
    groups = [pick.group, *(g.id for g in data.groups)]
    return next((g for g in groups if (pick.indicator, unit, g, "all") in series), None)


def levels_view(data: DashboardData, pick: Pick) -> LevelsView | None:
    """Levels before and after for every measure of `pick`'s answer; None when it has no pair of waves."""
    said = next((a for a in data.answers if a.id == pick.answer), None)
    if said is None or said.forest is None or said.before_year is None or said.after_year is None:
        return None
    series = series_map(data)
    rows = []
    for measure in (row for group in said.forest.groups for row in group.rows):
        own = series.get((measure.indicator, "all", said.stratum, "all"))
        other = series.get((measure.indicator, COMPARISON, said.stratum, "all"))
        before, after = level_of(own, said.before_year), level_of(own, said.after_year)
        if before is not None and after is not None:
            rows.append(
                LevelsRow(
                    measure.label,
                    before,
                    after,
                    level_of(other, said.before_year),
                    level_of(other, said.after_year),
                )
            )
    return LevelsView(
        data.comparison_term,
        tuple(rows),
        said.before_year,
        said.after_year,
        option_label(data.groups, said.stratum),
    )


def level_of(series: Series | None, year: int) -> Level | None:
    """The level of wave `year`."""
    return next((v for v in series.levels if v.year == year), None) if series else None


def series_map(data: DashboardData) -> dict[tuple[str, str, str, str], Series]:
    """Series by indicator, unit, group, sex."""
    return {(s.indicator, s.unit, s.group, s.sex): s for s in data.series}


def event_key(event: EventStudy) -> tuple[str, str, str, str]:
    """What an event study is looked up by."""
    return (event.answer, event.indicator, event.unit, event.stratum)


def option_label(options: Sequence[Option], wanted: str) -> Text:
    """Label of an option; its id when it is not among them."""
    return next((o.label for o in options if o.id == wanted), Text(wanted))


def indicator_label(data: DashboardData, indicator: str) -> Text:
    """Label of an indicator; its id when it is not defined on the page."""
    return next((d.label for d in data.definitions if d.indicator == indicator), Text(indicator))


def verdict_words() -> tuple[tuple[str, Text], ...]:
    """The five verdicts' words (texts of the room dashboard)."""
    names = ("better", "worse", "same", "unsure", "not_comparable")
    return tuple((name, both(f"dashboard.verdict.{name}")) for name in names)


def both(key: str, **holes: object) -> Text:
    """The text `key` in both languages."""
    return Text(i18n.text(key, "sv", **holes), i18n.text(key, "en", **holes))


def at(day: date) -> float:
    """A day on an axis of years.

    >>> at(date(2020, 7, 2))
    2020.5
    """
    first, following = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return round(day.year + (day - first).days / (following - first).days, 4)


def wave_at(wave: WaveView) -> float:
    """Where a wave stands: the middle of its fieldwork, or of its year where that is unknown."""
    if wave.start is None or wave.end is None:
        return wave.year + 0.5
    return round((at(wave.start) + at(wave.end)) / 2, 4)


def band_at(band: Band, last: float) -> tuple[float, float]:
    """A promise's period; an open one reaches `last`."""
    return at(band.start), (last if band.end is None else round(at(band.end) + 1 / 366, 4))


def capital(words: str) -> str:
    """`words` with a capital first letter."""
    return words[:1].upper() + words[1:]


def half_up(value: float, decimals: int = 0) -> float:
    """`value` rounded as people do, alike in Python and in the browser."""
    scale = 10.0**decimals
    return math.floor(abs(value) * scale + 0.5 + 1e-9) / scale * (-1 if value < 0 else 1)


def per_cent(share: float, lang: Lang, decimals: int = 0) -> str:
    """A share 0-1 as per cent without sign or unit.

    >>> per_cent(0.0875, "sv", 1)
    '8,8'
    """
    return i18n.number(half_up(share * 100, decimals), lang, decimals)


def outwards(low: float, high: float, lang: Lang, signed: bool = False) -> tuple[str, str]:
    """An interval 0-1 in whole per cent (points), rounded outwards so that it never claims too much.

    >>> outwards(-0.031, 0.064, "sv", signed=True)
    ('−4', '+7')
    """
    ends = (math.floor(low * 100 + 1e-9), math.ceil(high * 100 - 1e-9))
    low_said, high_said = (("+" if signed and v > 0 else "") + i18n.number(v, lang) for v in ends)
    return low_said, high_said


def column(name: str, *, share: bool = False, number: bool = True) -> Column:
    """A column titled by `charts.column.<name>`."""
    return Column(both(f"charts.column.{name}"), number=number, share=share)


def words(text: Text, *, strong: bool = False) -> Cell:
    """A cell of text."""
    return Cell(text, None, strong)


def share_cell(share: float | None, *, signed: bool = False) -> Cell:
    """A cell of a share or difference 0-1, shown in per cent (points) with one decimal; none: empty."""
    if share is None:
        return Cell(Text("", ""))
    plus = "+" if signed and half_up(share * 100, 1) > 0 else ""
    return Cell(Text(plus + per_cent(share, "sv", 1), plus + per_cent(share, "en", 1)), share)


def count_cell(n: int | None) -> Cell:
    """A cell of a count."""
    if n is None:
        return Cell(Text("", ""))
    return Cell(Text(i18n.number(n, "sv"), i18n.number(n, "en")), n)


def why_text(why: str) -> Text:
    """The words of a reason for an empty point."""
    key = f"charts.why.{why}"
    return both(key if i18n.has_text(key) else "charts.why.other")
