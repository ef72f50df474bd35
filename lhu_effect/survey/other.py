"""A study's other sources into one SeriesSet: every file read by its kind, measures named, contradictions stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from lhu_effect.definitions.sources import Kind, source_kinds
from lhu_effect.errors import InputError
from lhu_effect.i18n import Text
from lhu_effect.study.model import OtherSource, Study
from lhu_effect.survey.extracts import Extract, Sidecar, read_sidecar
from lhu_effect.survey.model import Survey
from lhu_effect.survey.read import issue_of
from lhu_effect.survey.series import KEY, SERIES_SCHEMA, Row, SeriesSet, SourceInfo, SourceReader, Task
from lhu_effect.survey.series_places import PlaceNames

MOST = 12
"""Measures of one source: more must be chosen among."""
NAMED = 6


def read_other_sources(study: Study) -> SeriesSet:
    """The series of `study.sources`; empty when it has none. They stand beside the survey and are never judged.

    Raises InputError for a file that is not there, is crooked (file, sheet, cell, found, right), holds none of the
    places or measures asked for, or says two things of one period.

    >>> from lhu_effect.study import load_study
    >>> read_other_sources(load_study()).frame.columns[:3]
    ['source', 'measure', 'label_sv']
    """
    frames, infos = [], []
    for source in study.sources:
        frame, info = _one(source, study)
        frames.append(frame)
        infos.append(info)
    return SeriesSet(pl.concat([pl.DataFrame(schema=SERIES_SCHEMA), *frames]), tuple(infos))


def with_other_sources(survey: Survey, study: Study, *, strict: bool = True) -> Survey:
    """`survey` with the study's other sources. strict: the first fault is raised; else it is an issue of severity error."""
    if not study.sources:
        return survey
    try:
        other = read_other_sources(study)
        invented = next((s.id for s in other.sources if s.synthetic), None)
        if invented is not None and not survey.synthetic:
            raise InputError("survey.source_synthetic", file=study.sources[0].files[0], source=invented)
    except InputError as fault:
        if strict:
            raise
        return replace(survey, found=(*survey.found, issue_of(fault, fault.file or "")))
    return replace(survey, other=other)


def _one(source: OtherSource, study: Study) -> tuple[pl.DataFrame, SourceInfo]:
    from lhu_effect.survey.sources import SOURCES

    kind = source_kinds()[source.kind]
    reader: SourceReader = next(r for r in SOURCES if r.name == source.kind)
    rows: list[tuple[str, Row]] = []
    sides = []
    for file in source.files:
        path = (study.folder or Path()) / file
        if not path.is_file():
            raise InputError("survey.source_no_file", file=file, source=source.id)
        sides.append(read_sidecar(Extract(path, file)))
        rows += [(file, row) for row in reader.read(Task(path, file, source, kind, study))]
    _something(source, rows, study)
    _once(source, rows)
    frame = pl.DataFrame(
        [_line(r, file, source, kind, study) for file, r in rows], schema=SERIES_SCHEMA, orient="row"
    )
    return frame.unique(KEY, keep="first", maintain_order=True), _info(source, kind, sides)


def _something(source: OtherSource, rows: Sequence[tuple[str, Row]], study: Study) -> None:
    """Something must be left, each measure asked for be there, and not more than a page can show."""
    kind = source_kinds()[source.kind]
    there = list(dict.fromkeys(r.measure for _, r in rows))
    own = {r.place for _, r in rows} - {"00"} if source.kind == "skolenkaten" else {r.place for _, r in rows}
    if not own:
        wanted = source.places or (study.municipality,)
        names = ", ".join(PlaceNames(study).name(p).sv for p in wanted)
        asked = ", ".join(m.id for m in source.measures) or "–"
        raise InputError("survey.source_nothing", file=source.files[0], places=names, measures=asked)
    for m in source.measures:
        known = kind.measure(m.id)
        if not any(_same(kind, m.id, t) or (known and known == kind.measure(t)) for t in there):
            raise InputError(
                "survey.source_no_measure", file=source.files[0], measure=m.id, known=", ".join(there[:NAMED])
            )
    if len(there) > MOST and not source.measures:
        raise InputError(
            "survey.source_too_many",
            file=source.files[0],
            count=len(there),
            most=MOST,
            first=", ".join(there[:NAMED]),
        )


def _same(kind: Kind, asked: str, there: str) -> bool:
    return asked.casefold() == there.strip().casefold() or asked.casefold() == there.split(" ")[0].casefold()


def _once(source: OtherSource, rows: Sequence[tuple[str, Row]]) -> None:
    """One period of one measure at one place says one thing."""
    kind = source_kinds()[source.kind]
    first: dict[tuple[object, ...], tuple[str, Row]] = {}
    for file, r in rows:
        known = kind.measure(r.measure)
        key = (known.id if known else r.measure, r.place, r.period, r.part)
        earlier_file, earlier = first.setdefault(key, (file, r))
        if (earlier.status, earlier.value, earlier.bound) != (r.status, r.value, r.bound):
            raise InputError(
                "survey.source_twice",
                file=file,
                sheet=r.sheet or None,
                cell=r.cell,
                measure=r.measure,
                other=" ".join(
                    x
                    for x in (earlier_file if earlier_file != file else "", earlier.sheet, earlier.cell)
                    if x
                ),
                found=_shown(r),
                earlier=_shown(earlier),
            )


def _shown(r: Row) -> str:
    return f"{r.value:g}" if r.value is not None else f"<{r.bound:g}" if r.bound is not None else r.status


def _line(r: Row, file: str, source: OtherSource, kind: Kind, study: Study) -> tuple[object, ...]:
    known = kind.measure(r.measure)
    asked = Task(Path(), file, source, kind, study).asked(r.measure)
    label = (asked.label if asked else None) or (known.label if known else None) or r.label or Text(r.measure)
    unit = (asked.unit if asked else None) or r.unit or source.unit or (known.unit if known else None)
    unit = unit or kind.unit or Text("", "")
    place = r.place_name or PlaceNames(study).name(r.place)
    return (
        source.id, known.id if known else r.measure, label.sv, label.to("en"), unit.sv, unit.to("en"),
        r.place, place.sv, place.to("en"), r.period.span, r.period.start, r.period.end, r.part,
        r.value, r.bound, r.n, r.k, r.status, file, r.sheet, r.cell,
    )  # fmt: skip


def _info(source: OtherSource, kind: Kind, sides: Sequence[Sidecar]) -> SourceInfo:
    def first(own: str, name: str) -> str:
        return own or next((str(v) for s in sides if (v := getattr(s, name))), "")

    synthetic = source.synthetic if source.synthetic is not None else any(s.synthetic for s in sides)
    return SourceInfo(
        source.id,
        source.kind,
        source.title or kind.title,
        producer=first(source.producer, "producer"),
        retrieved=first(source.retrieved, "received"),
        terms=first(source.terms, "terms"),
        address=source.source or kind.source,
        note=source.note,
        synthetic=synthetic,
        counts=source.counts,
    )
