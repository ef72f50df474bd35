"""DashboardData: everything the page shows, decided and worded, before any HTML exists.

`present` makes it from effects, masked cells and study; `render` and the charts only draw it. Every text
is in both languages (`i18n.Text`). Shares, differences and margins are 0-1 and signed as in the effects
table; a number that may not be shown is not here. Nothing here knows HTML, plotly or files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from lhu_effect.definitions.model import Better, LookBack
from lhu_effect.i18n import Lang, Text
from lhu_effect.study.model import CommitmentStatus

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
    wanted * low.. is "towards what is wanted". zone: margin, only for same. before, after, expected: shares.
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
    """One wave of the event study: difference from what was expected, with its interval."""

    year: int
    exposure: Exposure
    verdict: Verdict
    estimate: float | None
    low: float | None
    high: float | None
    why: str = ""


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


@dataclass(frozen=True, slots=True)
class Answer:
    """What the survey says after one promise (or several that cannot be told apart: identical rows).

    id: the promises joined by "+". heads: h1 and lead per promise id. scope, detail: who is
    judged, where, against what and when (one sentence under the lead; the same over the list of measures).
    strip, tiles_label: what the squares and tiles say to a screen reader. primary_word: when primaries were chosen.
    """

    id: str
    promises: tuple[str, ...]
    kind: Kind
    heads: tuple[Head, ...]
    themes: tuple[ThemeAnswer, ...]
    squares: tuple[MeasureRow, ...]
    tiles: tuple[Tile, ...]
    reading: tuple[Text, ...]
    quote: Text
    council: tuple[Text, ...]
    cannot: tuple[Text, ...]
    answered: tuple[Text, ...]
    scope: Text
    detail: Text
    forest: Forest | None
    empty: Text | None
    stratum: str
    before_year: int | None
    after_year: int | None
    strip: Text = Text("", "")
    tiles_label: Text = Text("", "")
    axis_note: Text = Text("", "")
    primary_word: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of one promise: h1, and a lead of at most three sentences, `**` around what is strong."""

    promise: str
    title: Text
    lead: tuple[Text, ...]
    shared: Text | None = None


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """Something dated that a commitment led to."""

    day: date
    status: CommitmentStatus
    label: Text


@dataclass(frozen=True, slots=True)
class Timeline:
    """A commitment's time: the promise period, dated events, fieldwork. Always drawn with its years."""

    id: str
    start: date
    end: date
    band: Band
    events: tuple[TimelineEvent, ...]
    waves: tuple[WaveView, ...]
    summary: Text


@dataclass(frozen=True, slots=True)
class CommitmentMeasure:
    """A measure that belongs to a commitment, with its verdict. href: id of its MeasureRow."""

    indicator: str
    label: Text
    verdict: Verdict
    word: Text
    href: str
    levels: Text
    sentence: Text


@dataclass(frozen=True, slots=True)
class CommitmentView:
    """One åtagande. id "2020-2": the hash value that opens it. unit: its kommundel where it has only one."""

    id: str
    number: int
    text: Text
    status: CommitmentStatus
    word: Text
    result: Text | None
    facts: tuple[Text, ...]
    where: Text
    timeline: Timeline | None
    measures: tuple[CommitmentMeasure, ...]
    no_measure: Text | None
    caution: Text | None
    source: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class PromiseView:
    """One löfte with its åtaganden. answer: id of its Answer, "" when the survey has none. short: `2020`."""

    id: str
    title: Text
    period: Text
    start: date
    end: date | None
    summary: Text
    commitments: tuple[CommitmentView, ...]
    conflicts: tuple[Text, ...]
    notes: tuple[Text, ...]
    reported_by: Text | None
    expected: Text | None
    spread: tuple[Text, ...]
    answer: str
    source: str
    short: Text = Text("", "")
    timeline: Timeline | None = None


@dataclass(frozen=True, slots=True)
class DistrictCell:
    """A kommundel's wave: what to show, or the reason why not. why: masked | missing | geography | ..."""

    text: Text
    detail: Text | None
    why: str


@dataclass(frozen=True, slots=True)
class DistrictTable:
    """Every kommundel x wave for one indicator and stratum. roles: before/during/after per wave, None outside."""

    answer: str
    indicator: str
    stratum: str
    waves: tuple[int, ...]
    roles: tuple[Exposure | None, ...]
    units: tuple[Option, ...]
    cells: tuple[tuple[DistrictCell, ...], ...]
    table: Table
    judged: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A promise x wave: before, during, after, or nothing ("") with the reason in `note`."""

    exposure: Literal["before", "during", "after", ""]
    word: Text
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Promises x waves; `shared` says which promises share an answer; `missing` those without a measure."""

    waves: tuple[WaveView, ...]
    promises: tuple[Option, ...]
    cells: tuple[tuple[MatrixCell, ...], ...]
    shared: tuple[Text, ...]
    missing: tuple[Text, ...]
    table: Table


@dataclass(frozen=True, slots=True)
class DetectableRow:
    """Smallest difference the survey would notice. before: level it starts from. None: not even total change."""

    indicator: str
    label: Text
    before: float | None
    decrease: float | None
    increase: float | None


@dataclass(frozen=True, slots=True)
class Detectable:
    """The smallest-detectable chart of one answer."""

    answer: str
    title: Text
    rows: tuple[DetectableRow, ...]
    table: Table


@dataclass(frozen=True, slots=True)
class Block:
    """A headed run of paragraphs and bullets in "Hur säkert är det här?"."""

    id: str
    title: Text
    paragraphs: tuple[Text, ...] = ()
    bullets: tuple[Text, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class SourceView:
    """One extract: producer and date as its sidecar says; never a path."""

    producer: str
    received: str
    terms: str
    synthetic: bool
    kind: Text


@dataclass(frozen=True, slots=True)
class DashboardData:
    """The page. Series, events, judgements hold every choice the filters offer; `start` is what opens.

    start: hash keys and values of the page as it opens (lofte, ind, kd, ak, kon, cmp).
    masked_text: the mark for hidden numbers. cells: published cells as `audit` reads them.
    districts holds the tables shown without JavaScript.
    """

    study: str
    title: Text
    place: str
    lang: Lang
    version: str
    synthetic: bool
    internal: bool
    kind: Kind
    comparison_term: Text
    comparison_names: tuple[str, ...]
    comparison_notes: tuple[Text, ...]
    answers: tuple[Answer, ...]
    promises: tuple[PromiseView, ...]
    definitions: tuple[Definition, ...]
    themes: tuple[Option, ...]
    units: tuple[Option, ...]
    groups: tuple[Option, ...]
    sexes: tuple[Option, ...]
    waves: tuple[WaveView, ...]
    bands: tuple[Band, ...]
    series: tuple[Series, ...]
    events: tuple[EventStudy, ...]
    judgements: tuple[Judgement, ...]
    districts: tuple[DistrictTable, ...]
    matrix: Matrix
    detectable: tuple[Detectable, ...]
    effects: tuple[EffectRow, ...]
    checks: tuple[CheckRow, ...]
    breaks: tuple[UnitBreak, ...]
    blocks: tuple[Block, ...]
    sources: tuple[SourceView, ...]
    start: tuple[tuple[str, str], ...]
    masked_text: Text
    roles: tuple[Roles, ...] = ()
    cells: Mapping[str, object] = field(default_factory=dict)
