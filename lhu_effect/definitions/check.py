"""Checks a Registry against itself: what is named exists, spellings are unambiguous, dates run forwards.

The same checks hold for the packaged registry and for a study's own laid over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lhu_effect.definitions.labels import closest, fold
from lhu_effect.definitions.model import District, Indicator, Place, Registry
from lhu_effect.errors import LhuError

ID = re.compile(r"[a-z0-9][a-z0-9_-]*")


def check_registry(registry: Registry, error: type[LhuError], file: str) -> None:
    """Raise `error` on the first contradiction, naming `file`."""
    for check in (_indicators, _places, _waves, _schools, _exposures, _enrolment):
        check(registry, error, file)


def require_id(text: str, place: str, error: type[LhuError], file: str) -> None:
    """Ids stand in file names, addresses and blank-separated lists: a-z, 0-9, _ and - only."""
    if not ID.fullmatch(text):
        raise error("definitions.bad_id", file=file, place=place, id=text)


def require_known(
    found: str, known: Iterable[str], kind: str, place: str, error: type[LhuError], file: str
) -> None:
    """`found` must be one of `known`; the message names the closest."""
    listed = list(known)
    if found in listed:
        return
    near = closest(found, listed)
    if near:
        raise error(f"definitions.unknown_{kind}_near", file=file, place=place, found=found, closest=near)
    raise error(
        f"definitions.unknown_{kind}", file=file, place=place, found=found, known=", ".join(listed[:30])
    )


def _indicators(r: Registry, error: type[LhuError], file: str) -> None:
    for i in r.indicators.values():
        place = f"[[indicator]] {i.id}"
        require_id(i.id, place, error, file)
        require_known(i.theme, r.themes, "theme", place, error, file)
        for whole in i.wholes:
            require_known(whole, r.indicators, "indicator", place, error, file)
        _no_cycle(i, r.indicators, error, file)
        _versions_apart(i, error, file)
    _one_meaning(
        ((s, i.id) for i in r.indicators.values() for s in indicator_spellings(i)),
        "[[indicator]]",
        error,
        file,
    )


def _no_cycle(i: Indicator, all_: Mapping[str, Indicator], error: type[LhuError], file: str) -> None:
    seen, above = set[str](), list(i.wholes)
    while above:
        at = above.pop()
        if at == i.id:
            raise error("definitions.nested_cycle", file=file, place=f"[[indicator]] {i.id}", id=at)
        if at not in seen and at in all_:
            seen.add(at)
            above += all_[at].wholes


def _versions_apart(i: Indicator, error: type[LhuError], file: str) -> None:
    seen: dict[int, str] = {}
    for v in i.versions:
        for year in v.waves:
            if year in seen:
                raise error(
                    "definitions.two_versions",
                    file=file,
                    place=f"[[indicator]] {i.id}",
                    year=year,
                    first=seen[year],
                    second=v.id,
                )
            seen[year] = v.id


def _places(r: Registry, error: type[LhuError], file: str) -> None:
    for p in r.places.values():
        place = f"[[place]] {p.code}"
        wanted = r"\d{4}" if p.kind == "municipality" else r"\d{2}"
        if not re.fullmatch(wanted, p.code, re.ASCII):
            raise error("definitions.bad_code", file=file, place=place, code=p.code)
        if p.region:
            require_known(p.region, r.places, "place", place, error, file)
        for d in p.districts:
            require_id(d.id, place, error, file)
        _one_meaning(((s, d.id) for d in p.districts for s in district_spellings(d)), place, error, file)
    _one_meaning(
        ((s, p.code) for p in r.places.values() for s in place_spellings(p)), "[[place]]", error, file
    )


def _waves(r: Registry, error: type[LhuError], file: str) -> None:
    for w in r.waves.values():
        if w.field_start and w.field_end and w.field_end < w.field_start:
            raise error(
                "definitions.reversed_dates",
                file=file,
                place=f"[[wave]] {w.year}",
                first="field_start",
                start=w.field_start,
                second="field_end",
                end=w.field_end,
            )
        for key, day in (("field_start", w.field_start), ("field_end", w.field_end)):
            if day and abs(day.year - w.year) > 1:
                raise error(
                    "definitions.far_date",
                    file=file,
                    place=f"[[wave]] {w.year}",
                    key=key,
                    day=day,
                    year=w.year,
                )


def _schools(r: Registry, error: type[LhuError], file: str) -> None:
    for s in r.schools.values():
        place = f"[[school]] {s.code}"
        require_known(s.municipality, r.places, "place", place, error, file)
        require_known(
            s.district, [d.id for d in r.places[s.municipality].districts], "district", place, error, file
        )
        if s.merged_into is not None:
            require_known(s.merged_into, r.schools, "school", place, error, file)


def _exposures(r: Registry, error: type[LhuError], file: str) -> None:
    for e in r.exposures:
        place = f"[[exposure]] {e.municipality}"
        require_known(e.municipality, r.places, "place", place, error, file)
        if e.exposed in ("yes", "partly") and (e.start is None or not e.themes):
            raise error("definitions.exposed_without", file=file, place=place, exposed=e.exposed)
        if e.start and e.end and e.end < e.start:
            raise error(
                "definitions.reversed_dates",
                file=file,
                place=place,
                first="start",
                start=e.start,
                second="end",
                end=e.end,
            )


def _enrolment(r: Registry, error: type[LhuError], file: str) -> None:
    """One number per key, and the whole at least as large as its parts."""
    seen: dict[tuple[int, str, str, str], int] = {}
    for e in r.enrolment:
        key = (e.wave, e.municipality, e.district, e.grade)
        if key in seen:
            raise error("definitions.enrolled_twice", file=file, place=f"[[enrolment]] {key}")
        seen[key] = e.pupils
    for wave, municipality, grade in {(k[0], k[1], k[3]) for k in seen if k[2] == "all"}:
        whole = seen[wave, municipality, "all", grade]
        parts = sum(
            n for k, n in seen.items() if k[:2] == (wave, municipality) and k[3] == grade and k[2] != "all"
        )
        if parts > whole:
            place = f"[[enrolment]] {wave} {municipality} {grade}"
            raise error("definitions.parts_exceed", file=file, place=place, parts=parts, whole=whole)


def indicator_spellings(i: Indicator) -> tuple[str, ...]:
    """All spellings of an indicator: id, labels, question, aliases."""
    return tuple(s for s in (i.id, i.label.sv, i.label.en or "", i.question, *i.aliases) if s)


def district_spellings(d: District) -> tuple[str, ...]:
    """All spellings of a kommundel."""
    return (d.id, d.name, *d.aliases)


def place_spellings(p: Place) -> tuple[str, ...]:
    """All spellings of a municipality, county or the nation."""
    return (p.code, p.name, *p.aliases)


def _one_meaning(spellings: Iterable[tuple[str, str]], place: str, error: type[LhuError], file: str) -> None:
    seen: dict[str, str] = {}
    for spelling, id_ in spellings:
        if seen.setdefault(fold(spelling), id_) != id_:
            first = seen[fold(spelling)]
            raise error(
                "definitions.two_meanings", file=file, place=place, spelling=spelling, first=first, second=id_
            )
