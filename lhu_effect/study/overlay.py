"""A study's own definitions laid over the packaged ones: indicators, kommundelar, waves, exposures, enrolment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lhu_effect.definitions.fields import Fields
from lhu_effect.definitions.load import read_exposure, read_indicator
from lhu_effect.definitions.model import GRADES, District, Enrolment, Indicator, Place, Registry, Wave


def read_overlay(f: Fields, packaged: Registry, municipality: str, waves: Sequence[Wave]) -> Registry:
    """`packaged` with the [[indicator]], [[district]], [[exposure]] tables of a study and its `waves`."""
    places = dict(packaged.places)
    tables = f.tables("district")
    if municipality in places:
        places[municipality] = _with_districts(places[municipality], tables)
    return replace(
        packaged,
        indicators={**packaged.indicators, **_indicators(f, packaged)},
        places=places,
        waves={**packaged.waves, **{w.year: w for w in waves}},
        exposures=(*packaged.exposures, *(read_exposure(t) for t in f.tables("exposure"))),
    )


def _indicators(f: Fields, packaged: Registry) -> dict[str, Indicator]:
    made: dict[str, Indicator] = {}
    for t in f.tables("indicator"):
        indicator = read_indicator(t, packaged.indicators.get(str(t.peek("id"))))
        if indicator.id in made:
            t.fail("study.twice")
        made[indicator.id] = indicator
    return made


def _with_districts(place: Place, tables: Sequence[Fields]) -> Place:
    """New kommundelar, or further spellings of known ones."""
    districts = {d.id: d for d in place.districts}
    for f in tables:
        id_ = f.text("id", empty=False)
        f.named(id_)
        known = districts.get(id_)
        name = f.text("name", known.name if known else None, empty=False)
        aliases = (*(known.aliases if known else ()), *f.words("aliases"))
        districts[id_] = District(id_, name, place.code, tuple(dict.fromkeys(aliases)))
        f.done()
    return replace(place, districts=tuple(districts.values()))


def read_enrolment(
    tables: Sequence[Fields], packaged: Sequence[Enrolment], municipality: str, basis: str
) -> tuple[Enrolment, ...]:
    """The register's rows and the study's own [[enrolment]], which replace those of the same key.

    The register counts pupils where the school is: with basis "home" its rows by district do not apply.
    """
    own: dict[tuple[int, str, str, str], Enrolment] = {}
    for t in tables:
        e = _enrolment(t, municipality)
        if _key(e) in own:
            t.fail("study.twice")
        own[_key(e)] = e
    kept = [e for e in packaged if _key(e) not in own and (basis == "school" or e.district == "all")]
    return (*kept, *own.values())


def _key(e: Enrolment) -> tuple[int, str, str, str]:
    return (e.wave, e.municipality, e.district, e.grade)


def _enrolment(f: Fields, municipality: str) -> Enrolment:
    f.named(f.whole("wave", low=1990, high=2100))
    made = Enrolment(
        wave=f.whole("wave"),
        municipality=f.text("municipality", municipality),
        district=f.text("district", "all"),
        grade=f.choice("grade", GRADES),
        pupils=f.whole("pupils"),
        source=f.text("source", ""),
        estimated=f.flag("estimated"),
    )
    f.named(f"{made.district} {made.grade}")
    f.done()
    return made
