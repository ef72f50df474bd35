"""Checks a Study against itself: what it names exists, dates run forwards, nothing contradicts.

Called where a Study is made (by the loader, or by a researcher who made one in code); trusted after that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from lhu_effect.definitions.check import check_registry, require_id, require_known
from lhu_effect.definitions.model import GRADES
from lhu_effect.definitions.sources import source_kinds
from lhu_effect.errors import StudyError
from lhu_effect.study.check_promise import check_promise
from lhu_effect.study.model import Study

FLOOR_N, FLOOR_K = 5, 3


def check_study(study: Study, file: str = "study.toml") -> Study:
    """`study` itself, when nothing in it contradicts. Raises StudyError naming table, key, found and right."""
    for check in (_places, _head, _strata, _waves, _pooled, _masks, _codebook, _paths, _sources):
        check(study, file)
    _once((p.id for p in study.promises), "[[promise]]", file)
    for promise in study.promises:
        check_promise(promise, study, file)
    registry = replace(study.registry, enrolment=study.enrolment)
    check_registry(registry, StudyError, file)
    return study


def _fail(rule: str, place: str, file: str, /, **facts: Any) -> None:
    raise StudyError(rule, file=file, place=place, **facts)


def _once(ids: Iterable[object], place: str, file: str) -> None:
    seen: set[object] = set()
    for id_ in ids:
        if id_ in seen:
            _fail("study.twice", f"{place} {id_}", file)
        seen.add(id_)


def _head(study: Study, file: str) -> None:
    require_id(study.id, "[study]", StudyError, file)
    if study.minimum.n < FLOOR_N or study.minimum.k < FLOOR_K:
        n, k = study.minimum.n, study.minimum.k
        _fail("study.below_floor", "[study].minimum", file, n=n, k=k, floor_n=FLOOR_N, floor_k=FLOOR_K)


def _strata(study: Study, file: str) -> None:
    _once((s.id for s in study.strata), "[study].strata", file)
    if not study.strata:
        _fail("study.no_strata", "[study]", file)
    for s in study.strata:
        place = f"[study].strata {s.id}"
        require_id(s.id, place, StudyError, file)
        for grade in s.grades:
            require_known(grade, GRADES, "grade", place, StudyError, file)
        if not s.grades:
            _fail("definitions.empty", place, file, key="grades")
        if s.id in GRADES and s.grades != (s.id,):
            _fail("study.stratum_is_grade", place, file, id=s.id, grades=", ".join(s.grades))


def _places(study: Study, file: str) -> None:
    towns = {c: p for c, p in study.registry.places.items() if p.kind == "municipality"}
    require_known(study.municipality, towns, "place", "[study].municipality", StudyError, file)
    _once(study.comparison, "[study].comparison", file)
    if study.comparison == ("all",):
        return
    for code in study.comparison:
        require_known(code, towns, "place", "[study].comparison", StudyError, file)
        if code == study.municipality:
            _fail("study.compares_itself", "[study].comparison", file, code=code, name=towns[code].name)


def _waves(study: Study, file: str) -> None:
    _once((w.year for w in study.waves), "[[wave]]", file)
    for w in study.waves:
        if w.assumed and w.field_start is None and w.field_end is None:
            _fail("study.assumed_without", f"[[wave]] {w.year}", file)


def district_ids(study: Study) -> tuple[str, ...]:
    """Ids of the study municipality's kommundelar."""
    return tuple(d.id for d in study.registry.places[study.municipality].districts)


def _pooled(study: Study, file: str) -> None:
    _once((p.id for p in study.pooled), "[[pooled_district]]", file)
    known = district_ids(study)
    for p in study.pooled:
        place = f"[[pooled_district]] {p.id}"
        require_id(p.id, place, StudyError, file)
        if p.id == "all" or p.id in known:
            _fail("study.pool_takes_id", place, file, id=p.id)
        for d in p.districts:
            require_known(d, known, "district", place, StudyError, file)
        if len(p.districts) < 2:
            _fail("study.pool_of_one", place, file)


def _masks(study: Study, file: str) -> None:
    _once((m.text for m in study.masks), "[[mask]]", file)
    for m in study.masks:
        if m.low > m.high:
            _fail("study.mask_reversed", f"[[mask]] {m.text}", file, low=m.low, high=m.high)
        if re.fullmatch(r"[\s.,%]*\d[\d\s.,%]*", m.text):
            _fail("study.mask_is_number", f"[[mask]] {m.text}", file, text=m.text)


def _codebook(study: Study, file: str) -> None:
    for e in study.codebook:
        place = f"[[codebook]] {e.indicator} {e.wave}"
        require_known(e.indicator, study.registry.indicators, "indicator", place, StudyError, file)
        if not e.yes:
            _fail("definitions.empty", place, file, key="yes")
        for first, second, a, b in (
            ("yes", "no", e.yes, e.no),
            ("yes", "missing", e.yes, e.missing),
            ("no", "missing", e.no, e.missing),
        ):
            _apart(first, second, set(a) & set(b), place, file)


def _apart(first: str, second: str, both: set[str], place: str, file: str) -> None:
    if both:
        _fail("study.answer_twice", place, file, first=first, second=second, answer=min(both))


def _paths(study: Study, file: str) -> None:
    for key, paths in (("extracts", study.extracts), ("mapping", _given(study.mapping))):
        for path in paths:
            if not inside(path):
                _fail("study.path_outside", f"[study].{key}", file, path=path)


def _sources(study: Study, file: str) -> None:
    """Other sources: once each, in the study's folder, for places that exist, of a kind that is read."""
    _once((s.id for s in study.sources), "[[source]]", file)
    for s in study.sources:
        place = f"[[source]] {s.id}"
        require_known(s.kind, source_kinds(), "source_kind", place, StudyError, file)
        _once((m.id for m in s.measures), f"{place} measures", file)
        for path in s.files:
            if not inside(path):
                _fail("study.path_outside", f"{place} files", file, path=path)
        for code in s.places:
            require_known(code, study.registry.places, "place", f"{place} places", StudyError, file)


def _given(path: str) -> Sequence[str]:
    return (path,) if path else ()


def inside(path: str) -> bool:
    """Whether a path of a study file stays in the study's folder, read as any system would read it.

    >>> [inside(p) for p in ("extracts/", "a/../../b", "/etc", "C:\\\\x", "..")]
    [True, False, False, False, False]
    """
    here, there = PurePosixPath(path), PureWindowsPath(path)
    steps = {*here.parts, *there.parts}
    absolute = here.is_absolute() or bool(there.drive) or bool(there.root)
    return bool(path.strip()) and not absolute and ".." not in steps and "\0" not in path
