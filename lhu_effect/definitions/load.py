"""Makes the packaged Registry from the TOML files beside this module, or from the same tables in memory.

Each `read_*` turns one table into one frozen value; `load_registry` puts them together and has them checked.
A study's own entries are read by the same functions, so that both take the same keys.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Literal, TypeVar, cast, get_args

from lhu_effect.definitions.check import check_registry
from lhu_effect.definitions.fields import Fields, parse_toml
from lhu_effect.definitions.model import (
    GRADES,
    THEMES,
    Better,
    District,
    Enrolment,
    Exposed,
    Exposure,
    Indicator,
    LookBack,
    Place,
    PlaceKind,
    Registry,
    School,
    Theme,
    Version,
    Wave,
)
from lhu_effect.errors import DefinitionError
from lhu_effect.i18n import Text

T = TypeVar("T")


@cache
def load_registry() -> Registry:
    """The packaged definitions: themes, indicators, places, waves, schools, exposures, enrolment.

    Read once per process. Raises DefinitionError when a register is wrong (a fault in the package).

    >>> load_registry().places["0486"].name
    'Strängnäs'
    """
    indicators = _file("indicators.toml")
    themes = tuple(read_theme(f) for f in indicators.tables("theme"))
    asked = tuple(read_indicator(f) for f in indicators.tables("indicator"))
    indicators.done()
    places = (*_tables("places.toml", "place", read_place), *_other_places())
    registry = Registry(
        themes={t.id: t for t in themes},
        indicators={i.id: i for i in asked},
        places={p.code: p for p in sorted(places, key=lambda p: p.code)},
        waves={w.year: w for w in _tables("waves.toml", "wave", read_wave)},
        schools={s.code: s for s in _schools()},
        exposures=_tables("promises.toml", "exposure", read_exposure),
        enrolment=_enrolment(),
    )
    check_registry(registry, DefinitionError, "definitions/*.toml")
    return registry


def read_theme(f: Fields) -> Theme:
    """One [[theme]]."""
    f.named(f.text("id"))
    made = Theme(f.choice("id", THEMES), f.both("label"), f.number("phi0", 1.7, low=1, high=10))
    f.done()
    return made


def read_indicator(f: Fields, known: Indicator | None = None) -> Indicator:
    """One [[indicator]]. known: the packaged one of the same id, whose missing keys it fills and whose aliases it keeps."""
    f.named(f.text("id", empty=False))
    said = _Inherited(f, known)
    made = Indicator(
        id=f.text("id"),
        label=f.both("label", known.label if known else None),
        theme=f.choice("theme", THEMES, known.theme if known else None),
        better=cast(Better, f.choice("better", get_args(Better), known.better if known else None)),
        look_back=_look_back(f, known),
        subject=f.maybe_both("subject") or (known.subject if known else None),
        question=said.text("question"),
        answers=said.words("answers"),
        base=said.text("base"),
        versions=tuple(read_version(v) for v in f.tables("versions")) or (known.versions if known else ()),
        aliases=tuple(dict.fromkeys((*(known.aliases if known else ()), *f.words("aliases")))),
        nested_in=f.text("nested_in", (known.nested_in if known else None) or "") or None,
        nested_also=f.words("nested_also", known.nested_also if known else ()),
        grades=f.words("grades", known.grades if known else (), among=GRADES),
        kind=cast(
            Literal["outcome", "process"],
            f.choice("kind", ("outcome", "process"), known.kind if known else "outcome"),
        ),
        source=said.text("source"),
    )
    f.done()
    return made


class _Inherited:
    """Keys that fall back on the packaged indicator of the same id."""

    def __init__(self, f: Fields, known: Indicator | None) -> None:
        self._f, self._known = f, known

    def text(self, key: str) -> str:
        return self._f.text(key, getattr(self._known, key) if self._known else "")

    def words(self, key: str) -> tuple[str, ...]:
        return self._f.words(key, getattr(self._known, key) if self._known else ())


def _look_back(f: Fields, known: Indicator | None) -> LookBack:
    """The look-back window; "12 months" and "30 days" may be written with a blank, as in study files."""
    spelled = {"lifetime": "lifetime", "12 months": "12_months", "30 days": "30_days", "now": "now"}
    allowed = (*spelled, *(v for v in spelled.values() if v not in spelled))
    found = f.choice("look_back", allowed, known.look_back if known else None)
    return cast(LookBack, spelled.get(found, found))


def read_version(f: Fields) -> Version:
    """One wording of an indicator."""
    f.named(f.text("id", empty=False))
    made = Version(f.text("id"), f.wholes("waves"), f.maybe_both("note"))
    f.done()
    return made


def read_place(f: Fields) -> Place:
    """One [[place]] with its districts."""
    code = f.text("code", empty=False)
    f.named(code)
    made = Place(
        code=code,
        kind=cast(PlaceKind, f.choice("kind", get_args(PlaceKind))),
        name=f.text("name", empty=False),
        region=f.text("region", ""),
        aliases=f.words("aliases"),
        districts=tuple(read_district(d, code) for d in f.tables("district")),
    )
    f.done()
    return made


def read_district(f: Fields, municipality: str) -> District:
    """One kommundel."""
    f.named(f.text("id", empty=False))
    made = District(f.text("id"), f.text("name", empty=False), municipality, f.words("aliases"))
    f.done()
    return made


def read_wave(f: Fields) -> Wave:
    """One [[wave]]."""
    f.named(f.whole("year", low=1990, high=2100))
    made = Wave(
        year=f.whole("year"),
        field_start=f.maybe_day("field_start"),
        field_end=f.maybe_day("field_end"),
        assumed=f.flag("assumed"),
        mode=f.text("mode", ""),
        note=f.maybe_both("note"),
        source=f.text("source", ""),
    )
    f.done()
    return made


def read_school(f: Fields, source: str) -> School:
    """One [[school]]."""
    f.named(f.text("code", empty=False))
    made = School(
        code=f.text("code"),
        names=f.words("names", None),
        municipality=f.text("municipality"),
        district=f.text("district"),
        grades=f.words("grades", None, among=GRADES),
        opened=f.maybe_whole("opened", low=1900, high=2100),
        closed=f.maybe_whole("closed", low=1900, high=2100),
        merged_into=f.text("merged_into", "") or None,
        special=f.flag("special"),
        note=f.maybe_both("note"),
        source=f.text("source", source),
    )
    f.done()
    return made


def read_exposure(f: Fields) -> Exposure:
    """One [[exposure]] of the register, or of a study."""
    f.named(f.text("municipality", empty=False))
    made = Exposure(
        municipality=f.text("municipality"),
        exposed=cast(Exposed, f.choice("exposed", get_args(Exposed))),
        start=f.maybe_day("start"),
        end=f.maybe_day("end"),
        themes=f.words("themes", among=THEMES),
        title=f.both("title", Text("Eget löfte", "Own promise")),
        source=f.text("source", ""),
        note=f.maybe_both("note"),
    )
    f.done()
    return made


def _schools() -> tuple[School, ...]:
    f = _file("schools.toml")
    source = f.text("source")
    schools = tuple(read_school(s, source) for s in f.tables("school"))
    f.done()
    return schools


def _other_places() -> tuple[Place, ...]:
    """Places known by name only."""
    f = _file("other_places.toml")
    counties, municipalities = f.table("counties"), f.table("municipalities")
    f.done()
    made = [Place(c, "county", counties.text(c)) for c in counties.names()]
    for code in municipalities.names():
        name, *aliases = municipalities.words(code, None)
        made.append(Place(code, "municipality", name, code[:2], tuple(aliases)))
    return tuple(made)


def _enrolment() -> tuple[Enrolment, ...]:
    """Rows [wave, municipality, district, grade, pupils] of the two tables, the official one first."""
    data = resources.files(__package__) / "enrolment.toml"
    tables = parse_toml(data.read_bytes(), "definitions/enrolment.toml", DefinitionError)
    return tuple(
        Enrolment(wave, place, district, grade, pupils, tables[kind]["source"], kind == "estimated")
        for kind in ("official", "estimated")
        for wave, place, district, grade, pupils in tables[kind]["rows"]
    )


def _file(name: str) -> Fields:
    data = (resources.files(__package__) / name).read_bytes()
    where = f"definitions/{name}"
    return Fields(parse_toml(data, where, DefinitionError), name, where, DefinitionError)


def _tables(name: str, key: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
    f = _file(name)
    made = tuple(read(t) for t in f.tables(key))
    f.done()
    return made
