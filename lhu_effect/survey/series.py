"""Series of other sources than the survey: what a reader gives, and the frame of all of them.

One row is one value of one measure at one place in one period, as its source published it. Nothing here is a
pupil's answer, nothing is judged, and nothing meets the Cube.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl

from lhu_effect.definitions.sources import Kind
from lhu_effect.i18n import Text
from lhu_effect.study.model import OtherSource, SourceMeasure, Study

Status = Literal["observed", "below", "above", "masked", "missing", "not_applicable"]
Span = Literal["day", "week", "month", "quarter", "year"]

SERIES_SCHEMA: dict[str, type[pl.DataType]] = {
    "source": pl.String,
    "measure": pl.String,
    "label_sv": pl.String,
    "label_en": pl.String,
    "unit_sv": pl.String,
    "unit_en": pl.String,
    "place": pl.String,
    "place_sv": pl.String,
    "place_en": pl.String,
    "span": pl.String,
    "start": pl.Date,
    "end": pl.Date,
    "part": pl.String,
    "value": pl.Float64,
    "bound": pl.Float64,
    "n": pl.Int64,
    "k": pl.Int64,
    "status": pl.String,
    "file": pl.String,
    "sheet": pl.String,
    "cell": pl.String,
}
KEY = ("source", "measure", "place", "span", "start", "part")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days a value is about, both ends included."""

    start: date
    end: date
    span: Span


@dataclass(frozen=True, slots=True)
class Row:
    """One value as a reader found it.

    measure: as the file spells it. place: a registry id, or the file's own words. part: "weekday" or "weekend"
    for a day whose kind matters, else "". value: in `unit`, None unless observed. bound: what a value below
    (above) a limit is below (above); None when the source does not say. n: answers behind a share, k: of them
    counted. unit None: the study's or the definition's.
    """

    measure: str
    place: str
    period: Period
    status: Status
    value: float | None = None
    bound: float | None = None
    n: int | None = None
    k: int | None = None
    part: str = ""
    label: Text | None = None
    unit: Text | None = None
    place_name: Text | None = None
    sheet: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One file of one source to read. name: how messages call the file."""

    path: Path
    name: str
    source: OtherSource
    kind: Kind
    study: Study

    def asked(self, measure: str) -> SourceMeasure | None:
        """What the study says of a measure of the file, or None."""
        known = self.kind.measure(measure)
        for m in self.source.measures:
            same = self.kind.measure(m.id)
            if m.id.casefold() == measure.strip().casefold() or (known and same and known.id == same.id):
                return m
        return None

    def wanted(self, measure: str) -> bool:
        """Whether the study asks for a measure: all of them when it names none."""
        return not self.source.measures or self.asked(measure) is not None


@dataclass(frozen=True, slots=True)
class SourceReader:
    """One kind of source. read(task): the rows of one file; raises InputError naming file, sheet, cell."""

    name: str
    read: Callable[[Task], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Whose numbers a source's are. synthetic: invented."""

    id: str
    kind: str
    title: Text
    producer: str = ""
    retrieved: str = ""
    terms: str = ""
    address: str = ""
    note: Text | None = None
    synthetic: bool = False
    counts: Literal["persons", "events"] = "persons"


@dataclass(frozen=True, eq=False)
class SeriesSet:
    """All other sources of a study. frame: SERIES_SCHEMA, one row a value; sources: in the study's order."""

    frame: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SERIES_SCHEMA))
    sources: tuple[SourceInfo, ...] = ()

    def __len__(self) -> int:
        return self.frame.height
