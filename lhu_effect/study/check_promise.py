"""Checks one promise against its study: its measures exist and can be judged, its commitments add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from lhu_effect.definitions.check import require_id, require_known
from lhu_effect.errors import StudyError
from lhu_effect.study.model import Commitment, Promise, Study


def check_promise(p: Promise, study: Study, file: str) -> None:
    """Raise StudyError on the first contradiction in `p`."""
    place = f"[[promise]] {p.id}"
    require_id(p.id, place, StudyError, file)
    if p.end is not None and p.end < p.start:
        facts = {"first": "start", "start": p.start, "second": "end", "end": p.end}
        _fail("definitions.reversed_dates", place, file, **facts)
    _districts(p.districts, study, place, file)
    for theme in p.themes:
        require_known(theme, study.registry.themes, "theme", place, StudyError, file)
    _primary(p, study, place, file)
    _theme_indicators(p, study, place, file)
    _commitments(p, study, place, file)


def _fail(rule: str, place: str, file: str, /, **facts: Any) -> NoReturn:
    raise StudyError(rule, file=file, place=place, **facts)


def _districts(ids: Sequence[str], study: Study, place: str, file: str) -> None:
    if tuple(ids) == ("all",):
        return
    if not ids:
        _fail("definitions.empty", place, file, key="districts")
    known = [d.id for d in study.registry.places[study.municipality].districts]
    for id_ in ids:
        if id_ == "all":
            _fail("study.all_and_some", place, file)
        require_known(id_, known, "district", place, StudyError, file)


def _primary(p: Promise, study: Study, place: str, file: str) -> None:
    if p.primary and not 2 <= len(p.primary) <= 4:
        _fail("study.primary_count", place, file, count=len(p.primary))
    for id_ in p.primary:
        _measure(id_, study, f"{place}, primary", file)
        theme = study.registry.indicators[id_].theme
        if theme not in p.themes:
            _fail("study.primary_off_theme", place, file, id=id_, theme=theme, themes=", ".join(p.themes))


def _measure(id_: str, study: Study, place: str, file: str) -> None:
    require_known(id_, study.registry.indicators, "indicator", place, StudyError, file)
    if study.registry.indicators[id_].kind == "process":
        _fail("study.process_as_outcome", place, file, id=id_)


def _theme_indicators(p: Promise, study: Study, place: str, file: str) -> None:
    for theme, ids in p.theme_indicators.items():
        where = f"{place}, theme_indicators.{theme}"
        require_known(theme, study.registry.themes, "theme", where, StudyError, file)
        if theme not in p.themes:
            _fail("study.theme_not_promised", where, file, theme=theme)
        if len(ids) < 2:
            _fail("study.theme_of_one", where, file, theme=theme)
        for id_ in ids:
            _measure(id_, study, where, file)
            of = study.registry.indicators[id_].theme
            if of != theme:
                _fail("study.other_theme", where, file, id=id_, theme=of)
            _no_subset(id_, ids, study, where, file)
    if p.headline != "indicators" and not p.theme_indicators:
        _fail("study.headline_without_theme", place, file, headline=p.headline)
    if p.headline in ("indicators", "both") and p.theme_indicators and not p.primary:
        _fail("study.headline_without_primary", place, file, headline=p.headline)


def _no_subset(id_: str, ids: Sequence[str], study: Study, place: str, file: str) -> None:
    known, seen = study.registry.indicators, {id_}
    above = list(known[id_].wholes)
    while above:
        whole = above.pop(0)
        if whole in known and whole not in seen:
            if whole in ids:
                _fail("study.theme_with_subset", place, file, part=id_, whole=whole)
            seen.add(whole)
            above += known[whole].wholes


def _commitments(p: Promise, study: Study, place: str, file: str) -> None:
    numbers = [c.number for c in p.commitments]
    for c in p.commitments:
        where = f"{place}, [[promise.commitment]] {c.number}"
        if numbers.count(c.number) > 1:
            _fail("study.twice", where, file)
        _districts(c.districts, study, where, file)
        for id_ in c.indicators:
            require_known(id_, study.registry.indicators, "indicator", where, StudyError, file)
        _counts(c, where, file)


def _counts(c: Commitment, place: str, file: str) -> None:
    if c.status == "cancelled" and c.delivered:
        _fail("study.cancelled_yet_delivered", place, file, delivered=c.delivered)
    short = c.planned is not None and c.delivered is not None and c.delivered < c.planned
    if c.status == "delivered" and short:
        _fail("study.delivered_short", place, file, planned=c.planned, delivered=c.delivered)
    if c.target_ages and (len(c.target_ages) != 2 or c.target_ages[0] > c.target_ages[1]):
        _fail("study.bad_ages", place, file, found=", ".join(map(str, c.target_ages)))
