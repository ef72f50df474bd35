"""The smaller values of DashboardData: cells, levels, series, rows of the forest, points of the charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from lhu_effect.definitions.model import Better, LookBack
from lhu_effect.i18n import Text

Verdict = Literal["better", "worse", "same", "unsure", "not_comparable"]
Kind = Literal["effect", "change"]
Exposure = Literal["before", "during", "after"]
COMPARISON = "comparison"  # id of the unit "the comparison municipalities together"


@dataclass(frozen=True, slots=True)
class Cell:
    """One table cell. text: as read on the page. value: the number for CSV and Excel, None where it is a text."""

    text: Text
    value: float | int | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A table column. number: right-aligned. share: value is 0-1 and written as per cent (points) in exports."""

    title: Text
    number: bool = False
    share: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table under a chart, on the page, in CSV and in Excel. First cell of a row is its heading."""

    id: str
    caption: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """One published cell: a wave's share of one unit and group.

    share None: not shown; `why` says which (masked | missing | not_asked | geography | few | no_n).
    low, high: 95 % interval of the level (Wilson at n / design effect), None without n.
    k None with a share: the source published a rounded per cent (k_low..k_high fit it).
    """

    year: int
    n: int | None = None
    k: int | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None
    why: str = ""
    version: str | None = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Levels of one indicator, unit (district id, "all", pooled id or COMPARISON), group and sex; one per wave."""

    indicator: str
    unit: str
    group: str
    sex: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter, in the order shown."""

    id: str
    label: Text


@dataclass(frozen=True, slots=True)
class WaveView:
    """A wave on a time axis. start, end: fieldwork; None: dates unknown, drawn at the middle of the year."""

    year: int
    start: date | None
    end: date | None
    assumed: bool
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """A promise's period on a time axis. end None: open."""

    promise: str
    label: Text
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator as the reader meets it: question, answers that count, base, look-back, breaks."""

    indicator: str
    label: Text
    theme: str
    better: Better
    question: str
    answers: tuple[str, ...]
    base: str
    look_back: Text
    notes: tuple[Text, ...] = ()
    source: str = ""
    look: LookBack = "now"


@dataclass(frozen=True, slots=True)
class Roles:
    """How each wave answers for an answer's promises through questions with that look-back; None: they differ."""

    answer: str
    look: LookBack
    waves: tuple[Exposure | None, ...]


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure of one answer: headline unit, headline stratum, first after wave.

    kind: what the verdict judges. low, high: 95 % interval of it (None: unbounded or none); low90, high90
    likewise; estimate None unless better, worse or same. wanted = +1 when a higher share is better, else -1:
    wanted * low.. is "towards what is wanted". zone: margin, only for same. fragile: a clear verdict that falls
    if shares swing more between waves than is assumed (flag floor_sensitive).
    """

    id: str
    indicator: str
    label: Text
    theme: str
    role: Literal["primary", "exploratory"]
    kind: Kind
    verdict: Verdict
    word: Text
    reason: str
    wanted: int
    levels: Text
    sentences: tuple[Text, ...]
    notes: tuple[Text, ...] = ()
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    low90: float | None = None
    high90: float | None = None
    zone: float | None = None
    fragile: bool = False
    promises: tuple[str, ...] = ()
    after_year: int | None = None
    commitments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MeasureGroup:
    """Measures of one theme, in reading order: verdict, then questionnaire order."""

    theme: str
    label: Text
    rows: tuple[MeasureRow, ...]


@dataclass(frozen=True, slots=True)
class Forest:
    """The forest of one answer: domain is the symmetric half-width of the axis, a share; ticks within it."""

    domain: float
    ticks: tuple[float, ...]
    groups: tuple[MeasureGroup, ...]
    title: Text
    table: Table


@dataclass(frozen=True, slots=True)
class ThemeAnswer:
    """The composite of a theme in words. index 100 = as expected; index None unless better or worse."""

    theme: str
    label: Text
    verdict: Verdict
    word: Text
    sentences: tuple[Text, ...]
    index: float | None
    low: float | None
    high: float | None
    indicators: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """How many measures got a verdict."""

    verdict: Verdict
    count: int
    word: Text


@dataclass(frozen=True, slots=True)
class EventPoint:
    """One wave of the event study: difference from what was expected, with its interval.

    fragile: a clear verdict that falls if shares swing more than is assumed (flag floor_sensitive).
    """

    year: int
    exposure: Exposure
    verdict: Verdict
    estimate: float | None
    low: float | None
    high: float | None
    why: str = ""
    fragile: bool = False


@dataclass(frozen=True, slots=True)
class EventStudy:
    """Each wave of a unit in turn predicted from the waves before it. There is no reference wave."""

    answer: str
    indicator: str
    unit: str
    stratum: str
    points: tuple[EventPoint, ...]


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One row of the effects table as published: columns of the contract, for exports, charts and `diff`.

    estimate_shown: whether a point may stand in a chart or sentence (better, worse, same; not interval_only).
    values: the contract's columns in order, null as None.
    """

    promise: str
    indicator: str
    role: str
    district: str
    grade: str
    after_year: int | None
    exposure: Exposure
    verdict: Verdict
    change_verdict: Verdict
    reason: str
    flags: tuple[str, ...]
    estimate_shown: bool
    values: tuple[str | int | float | None, ...]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One row of the checks table (contract.md), null as None."""

    promise: str
    indicator: str
    district: str
    grade: str
    after_year: int | None
    check: str
    variant: str
    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    note: str


@dataclass(frozen=True, slots=True)
class UnitBreak:
    """From `from_year` on, a unit's answers are not those of the same schools or homes as before. note: said in full."""

    unit: str
    from_year: int
    why: Text
    note: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said about one unit (district) in one answer and indicator."""

    answer: str
    indicator: str
    unit: str
    stratum: str
    verdict: Verdict
    word: Text
    sentences: tuple[Text, ...]
    low: float | None = None
    high: float | None = None
