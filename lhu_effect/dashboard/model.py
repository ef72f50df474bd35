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

from lhu_effect.dashboard.model_other import OtherSources as OtherSources
from lhu_effect.dashboard.model_parts import (
    COMPARISON as COMPARISON,
)
from lhu_effect.dashboard.model_parts import (
    Band as Band,
)
from lhu_effect.dashboard.model_parts import (
    Cell as Cell,
)
from lhu_effect.dashboard.model_parts import (
    CheckRow as CheckRow,
)
from lhu_effect.dashboard.model_parts import (
    Column as Column,
)
from lhu_effect.dashboard.model_parts import (
    Definition as Definition,
)
from lhu_effect.dashboard.model_parts import (
    EffectRow as EffectRow,
)
from lhu_effect.dashboard.model_parts import (
    EventPoint as EventPoint,
)
from lhu_effect.dashboard.model_parts import (
    EventStudy as EventStudy,
)
from lhu_effect.dashboard.model_parts import (
    Exposure as Exposure,
)
from lhu_effect.dashboard.model_parts import (
    Forest as Forest,
)
from lhu_effect.dashboard.model_parts import (
    Judgement as Judgement,
)
from lhu_effect.dashboard.model_parts import (
    Kind as Kind,
)
from lhu_effect.dashboard.model_parts import (
    Level as Level,
)
from lhu_effect.dashboard.model_parts import (
    MeasureGroup as MeasureGroup,
)
from lhu_effect.dashboard.model_parts import (
    MeasureRow as MeasureRow,
)
from lhu_effect.dashboard.model_parts import (
    Option as Option,
)
from lhu_effect.dashboard.model_parts import (
    Roles as Roles,
)
from lhu_effect.dashboard.model_parts import (
    Series as Series,
)
from lhu_effect.dashboard.model_parts import (
    Table as Table,
)
from lhu_effect.dashboard.model_parts import (
    ThemeAnswer as ThemeAnswer,
)
from lhu_effect.dashboard.model_parts import (
    Tile as Tile,
)
from lhu_effect.dashboard.model_parts import (
    UnitBreak as UnitBreak,
)
from lhu_effect.dashboard.model_parts import (
    Verdict as Verdict,
)
from lhu_effect.dashboard.model_parts import (
    WaveView as WaveView,
)
from lhu_effect.i18n import Lang, Text
from lhu_effect.study.model import CommitmentStatus


@dataclass(frozen=True, slots=True)
class Answer:
    """What the survey says after one promise (or several that cannot be told apart: identical rows).

    id: the promises joined by "+". heads: h1 and lead per promise id. scope, detail: who is
    judged, where, against what and when (one sentence under the lead; the same over the list of measures).
    strip, tiles_label: what the squares and tiles say to a screen reader. primary_word: when primaries were chosen.
    everywhere: what weakens the comparison of every measure.
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
    everywhere: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of one promise: h1, and a lead of at most three sentences, `**` around what is strong."""

    promise: str
    title: Text
    lead: tuple[Text, ...]
    shared: Text | None = None
    ongoing: Text | None = None


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """Something dated that a commitment led to. what: the commitment, where a line is about several."""

    day: date
    status: CommitmentStatus
    label: Text
    what: Text | None = None


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
    districts holds the tables shown without JavaScript. other: sources beside the survey, never judged.
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
    other: OtherSources | None = None
