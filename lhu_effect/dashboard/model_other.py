"""Other sources as the page shows them: a block a source, a figure a measure, worded in both languages. Never a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lhu_effect.dashboard.model_parts import Table
from lhu_effect.i18n import Text

Style = Literal["line", "bars", "samples"]


@dataclass(frozen=True, slots=True)
class OtherPoint:
    """One value on the axis of time. x: its middle, in years. value None: not observed; status says why.

    bound: where a value below (above) a limit has its mark. said: what is told at the point.
    """

    x: float
    value: float | None
    bound: float | None
    status: str
    part: str
    said: Text


@dataclass(frozen=True, slots=True)
class OtherPanel:
    """The series of one place."""

    place: Text
    points: tuple[OtherPoint, ...]


@dataclass(frozen=True, slots=True)
class OtherFigure:
    """One measure of one source, a small multiple a place. first, last: whole years of the axis."""

    id: str
    source: str
    label: Text
    unit: Text
    style: Style
    panels: tuple[OtherPanel, ...]
    heading: Text
    first: int
    last: int
    table: Table
    synthetic: bool = False
    producer: str = ""
    measure: str = ""


@dataclass(frozen=True, slots=True)
class OtherBlock:
    """One source: what it measures, how to read it, whose it is, and its figures. mark: whether it is invented."""

    id: str
    title: Text
    role: Text
    paragraphs: tuple[Text, ...]
    facts: tuple[Text, ...]
    figures: tuple[OtherFigure, ...]
    synthetic: bool
    mark: Text
    address: str = ""


@dataclass(frozen=True, slots=True)
class OtherSources:
    """The panel. published: the values shown, as `audit` reads them back."""

    blocks: tuple[OtherBlock, ...]
    published: Mapping[str, object] = field(default_factory=dict)

    def figure(self, id_: str) -> OtherFigure | None:
        """The figure of that id."""
        return next((f for b in self.blocks for f in b.figures if f.id == id_), None)
