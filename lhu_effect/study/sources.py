"""Reads the [[source]] tables: other sources than the survey, shown beside it and never on its line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from lhu_effect.definitions.check import require_id
from lhu_effect.definitions.fields import Fields
from lhu_effect.definitions.sources import source_kinds
from lhu_effect.errors import StudyError
from lhu_effect.study.model import OtherSource, SourceMeasure

COUNTS = ("persons", "events")


def read_sources(tables: Sequence[Fields]) -> tuple[OtherSource, ...]:
    """The other sources, in the file's order. Raises StudyError for an id that stands twice."""
    made: dict[str, OtherSource] = {}
    for f in tables:
        f.named(f.text("id", empty=False))
        require_id(f.text("id"), f.place, StudyError, f.file)
        if f.text("id") in made:
            f.fail("study.twice")
        made[f.text("id")] = _source(f)
    return tuple(made.values())


def _source(f: Fields) -> OtherSource:
    retrieved = f.maybe_day("retrieved")
    made = OtherSource(
        id=f.text("id"),
        kind=f.choice("kind", tuple(source_kinds())),
        files=f.words_or_one("files", None),
        title=f.maybe_both("title"),
        measures=_measures(f),
        places=f.words("places"),
        unit=f.maybe_both("unit"),
        counts=cast(Literal["persons", "events"], f.choice("counts", COUNTS, "persons")),
        producer=f.text("producer", ""),
        retrieved=retrieved.isoformat() if retrieved else "",
        terms=f.text("terms", ""),
        source=f.text("source", ""),
        note=f.maybe_both("note"),
        synthetic=f.flag("synthetic") if f.has("synthetic") else None,
    )
    if not made.files:
        f.fail("definitions.empty", key="files")
    f.done()
    return made


def _measures(f: Fields) -> tuple[SourceMeasure, ...]:
    """A list of ids as the file spells them, or of tables { id, label, unit, limit }."""
    written = f.peek("measures")
    if isinstance(written, list) and any(isinstance(m, dict) for m in written):
        return tuple(_measure(t) for t in f.tables("measures"))
    return tuple(SourceMeasure(m) for m in f.words("measures"))


def _measure(f: Fields) -> SourceMeasure:
    made = SourceMeasure(
        f.text("id", empty=False),
        f.maybe_both("label"),
        f.maybe_both("unit"),
        f.number("limit", 0.0, low=0, high=1e9) if f.has("limit") else None,
    )
    f.done()
    return made
