"""Values that describe the survey and the places: what is asked, where, and when.

Frozen; made once by `definitions.load` from the packaged TOML registers (or by a study's own entries
and by researchers in code). No numbers from any survey live here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from lhu_effect.i18n import Text

Better = Literal["lower", "higher"]
LookBack = Literal["lifetime", "12_months", "30_days", "now"]
Exposed = Literal["yes", "partly", "no", "unknown"]
PlaceKind = Literal["municipality", "county", "nation"]

GRADES: tuple[str, ...] = ("ak5", "ak7", "ak8", "ak9", "gy1", "gy2", "gy3", "all")
SEXES: tuple[str, ...] = ("girl", "boy", "other", "undisclosed", "all")
STATUSES: tuple[str, ...] = ("observed", "masked", "missing", "not_asked")
THEMES: tuple[str, ...] = ("drugs", "alcohol_tobacco", "safety", "victimisation", "other")


@dataclass(frozen=True, slots=True)
class Theme:
    """A group of indicators. phi0: prior design effect of classes (method.md 2.4)."""

    id: str
    label: Text
    phi0: float


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of an indicator and the waves it was asked in. Never compared with another version."""

    id: str
    waves: tuple[int, ...]
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """A share of pupils: question, answers that count, base, direction, look-back, wordings over time.

    versions empty: one wording in every wave. nested_in: the indicator of which this is a subset
    (30 days within 12 months within ever); nested_also: further ones (cannabis this year lies within cannabis
    ever and within narcotics this year). kind "process": shown as activity, never as an outcome.
    subject: what the share counts, as it stands in a sentence ("har använt narkotika någon gång").

    >>> from lhu_effect.definitions import load_registry
    >>> asked = load_registry().indicators["narcotics_ever"]
    >>> asked.theme, asked.better, asked.look_back
    ('drugs', 'lower', 'lifetime')
    """

    id: str
    label: Text
    theme: str
    better: Better
    look_back: LookBack
    subject: Text | None = None
    question: str = ""
    answers: tuple[str, ...] = ()
    base: str = ""
    versions: tuple[Version, ...] = ()
    aliases: tuple[str, ...] = ()
    nested_in: str | None = None
    nested_also: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    kind: Literal["outcome", "process"] = "outcome"
    source: str = ""

    @property
    def wholes(self) -> tuple[str, ...]:
        """The indicators of which this is a subset, as named; theirs in turn are not listed."""
        return ((self.nested_in,) if self.nested_in else ()) + self.nested_also

    def version_of(self, year: int) -> str | None:
        """Id of the wording used in wave `year`; "" when there is only one wording; None when not asked."""
        if not self.versions:
            return ""
        return next((v.id for v in self.versions if year in v.waves), None)


@dataclass(frozen=True, slots=True)
class District:
    """A part of a municipality (kommundel). id is unique within its municipality."""

    id: str
    name: str
    municipality: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality, a county or the nation. code: "0486", "04", "00". region: county code, or "".

    Invented or foreign places take a code of four digits that no municipality has:

    >>> Place("9001", "municipality", "Granvik", districts=(District("hamn", "Hamnen", "9001"),)).name
    'Granvik'
    """

    code: str
    kind: PlaceKind
    name: str
    region: str = ""
    aliases: tuple[str, ...] = ()
    districts: tuple[District, ...] = ()


@dataclass(frozen=True, slots=True)
class School:
    """A school unit. names: newest first. closed/opened: autumn term's year, None when not known or not so.

    special: a resource unit with few pupils.
    """

    code: str
    names: tuple[str, ...]
    municipality: str
    district: str
    grades: tuple[str, ...]
    opened: int | None = None
    closed: int | None = None
    merged_into: str | None = None
    special: bool = False
    note: Text | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Wave:
    """One round of the survey. Unknown dates are None; assumed dates are said wherever they matter.

    >>> Wave(2023, date(2023, 2, 1), date(2023, 3, 31), assumed=True).year
    2023
    """

    year: int
    field_start: date | None = None
    field_end: date | None = None
    assumed: bool = False
    mode: str = ""
    note: Text | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Pupils enrolled, counted where the school is: bounds an unpublished n and gives coverage.

    district "all": the whole municipality. estimated: our guess, not official statistics.
    """

    wave: int
    municipality: str
    district: str
    grade: str
    pupils: int
    source: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is known of a municipality's own promise: the register of comparison municipalities.

    start None: nothing with a date was found, whatever the period. end None: open. themes: those promised; empty with
    exposed "unknown": text not seen.
    """

    municipality: str
    exposed: Exposed
    start: date | None
    end: date | None
    themes: tuple[str, ...]
    title: Text
    source: str = ""
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Registry:
    """All definitions, keyed by id, in register order. A study overlays its own on the packaged one."""

    themes: Mapping[str, Theme] = field(default_factory=dict)
    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    waves: Mapping[int, Wave] = field(default_factory=dict)
    schools: Mapping[str, School] = field(default_factory=dict)
    exposures: tuple[Exposure, ...] = ()
    enrolment: tuple[Enrolment, ...] = ()

    def adding(self, *entries: Indicator | Place | Theme) -> Registry:
        """This registry with more entries; one with a known id takes its place. Its waves and exposures stay.

        >>> Registry().adding(Place("9001", "municipality", "Granvik")).places["9001"].name
        'Granvik'
        """
        made: dict[type, dict[str, Any]] = {Indicator: {}, Place: {}, Theme: {}}
        for entry in entries:
            made[type(entry)][entry.code if isinstance(entry, Place) else entry.id] = entry
        return replace(
            self,
            themes={**self.themes, **made[Theme]},
            indicators={**self.indicators, **made[Indicator]},
            places={**self.places, **made[Place]},
        )
