"""A study: what one municipality wants answered. Frozen values; `study.load` makes them from study.toml,
a researcher makes them in code. Checked where they are made (`study.check`), trusted after that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from lhu_effect.definitions.load import load_registry
from lhu_effect.definitions.model import Enrolment, Exposure, Registry, Wave
from lhu_effect.errors import StudyError
from lhu_effect.i18n import Lang, Text

CommitmentStatus = Literal["delivered", "partly", "cancelled", "unknown"]
Headline = Literal["theme", "indicators", "both"]


@dataclass(frozen=True, slots=True)
class Stratum:
    """Grades answered together. The first stratum of a study is the headline's. Its cells carry `id` as grade.

    >>> Stratum("ak9_gy2", ("ak9", "gy2")).grades
    ('ak9', 'gy2')
    """

    id: str
    grades: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Minimum:
    """Primary suppression: a cell is masked when n < n, k < k or n-k < k. Floor 5 and 3."""

    n: int = 10
    k: int = 5


@dataclass(frozen=True, slots=True)
class Margin:
    """ "Unchanged" means within max(points / 100, share * min(p, 1-p))."""

    points: float = 1.0
    share: float = 0.25


@dataclass(frozen=True, slots=True)
class PooledDistrict:
    """Districts counted together because the border between them moved. grades: where it moved."""

    id: str
    label: Text
    districts: tuple[str, ...]
    basis: Literal["school", "home"] = "school"
    grades: tuple[str, ...] = ()
    why: Text | None = None


@dataclass(frozen=True, slots=True)
class Mask:
    """A mark in the source that hides a count: `text` stands for low..high."""

    text: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class CodebookEntry:
    """Records: which variable and answers make an indicator in a wave. base "all" or a condition.

    yes, no, missing: codes as texts (whole numbers become texts). A code in none of them stops the count: it is
    neither yes nor no.

    >>> CodebookEntry("narcotics_ever", 2023, "F46", yes=("2",), no=("1",), missing=("9",)).variable
    'F46'
    """

    indicator: str
    wave: int
    variable: str
    yes: tuple[str, ...]
    no: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    base: str = "all"

    def __post_init__(self) -> None:
        for name in ("yes", "no", "missing"):
            given = getattr(self, name)
            if isinstance(given, str):
                raise StudyError("study.code_not_listed", indicator=self.indicator, name=name, found=given)
            object.__setattr__(self, name, tuple(str(code) for code in given))


@dataclass(frozen=True, slots=True)
class DateConflict:
    """Two sources disagree on a date of a promise."""

    what: str
    says: str
    source: str = ""
    start: date | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """One item (åtagande) of a promise. districts ("all",): the whole municipality.

    indicators empty: the survey does not measure it. target_ages: inclusive, or empty.

    >>> from lhu_effect.i18n import Text
    >>> Commitment(2, Text("Två narkotikasök", "Two searches"), "partly", planned=2, delivered=1).delivered
    1
    """

    number: int
    text: Text
    status: CommitmentStatus
    result: Text | None = None
    planned: int | None = None
    delivered: int | None = None
    districts: tuple[str, ...] = ("all",)
    dates: tuple[date, ...] = ()
    target_ages: tuple[int, ...] = ()
    why: Text | None = None
    indicators: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """A medborgarlöfte: a period with themes, measures named beforehand, and commitments.

    >>> from lhu_effect.i18n import Text
    >>> two = tuple(Commitment(i, Text("x", "x"), s) for i, s in enumerate(("delivered", "cancelled"), 1))
    >>> Promise("2020", Text("Löftet", "The promise"), date(2020, 3, 16), date(2020, 12, 31), commitments=two).dose
    0.5
    """

    id: str
    title: Text
    start: date
    end: date | None
    districts: tuple[str, ...] = ("all",)
    themes: tuple[str, ...] = ()
    primary: tuple[str, ...] = ()
    headline: Headline = "indicators"
    theme_indicators: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    primary_named_on: date | None = None
    primary_named_by: str = ""
    expected: Text | None = None
    reported_by: Text | None = None
    source: str = ""
    assumed_dates: bool = False
    date_conflicts: tuple[DateConflict, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    note: Text | None = None

    @property
    def dose(self) -> float | None:
        """Delivered share of the commitments: cancelled 0, partly delivered/planned (0.5 if not counted)."""
        known = [c for c in self.commitments if c.status != "unknown"]
        if not known:
            return None
        return sum(_delivered_share(c) for c in known) / len(known)


def _delivered_share(c: Commitment) -> float:
    if c.status == "partly":
        return min(1.0, c.delivered / c.planned) if c.planned and c.delivered is not None else 0.5
    return 1.0 if c.status == "delivered" else 0.0


@dataclass(frozen=True, slots=True)
class SourceMeasure:
    """One measure wanted from another source. id: as its file spells it. limit: what "below the limit" means."""

    id: str
    label: Text | None = None
    unit: Text | None = None
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class OtherSource:
    """Another source than the survey: shown under its own heading, never judged.

    kind: an id of definitions/sources.toml. files: relative to the study. measures empty: all the files have.
    places: municipality or county codes; empty: the study's own municipality and its places. counts: whether
    an activity counts persons (small counts are hidden) or events. Blank texts are the sidecar's to say.
    """

    id: str
    kind: str
    files: tuple[str, ...]
    title: Text | None = None
    measures: tuple[SourceMeasure, ...] = ()
    places: tuple[str, ...] = ()
    unit: Text | None = None
    counts: Literal["persons", "events"] = "persons"
    producer: str = ""
    retrieved: str = ""
    terms: str = ""
    source: str = ""
    note: Text | None = None
    synthetic: bool | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """Everything the analysis must know besides the numbers.

    comparison: municipality codes, or ("all",) for all in the extracts but the study's own.
    registry: the packaged definitions with the study's own laid over (indicators, exposures, waves).
    folder: where study.toml lies; None for a study made in code. extracts: files or folders, relative to it.

    Made in code, without a TOML file; the registers fill in what is not given:

    >>> from lhu_effect.i18n import Text
    >>> promise = Promise("2020", Text("Löftet", "The promise"), date(2020, 3, 16), date(2020, 12, 31),
    ...                   themes=("drugs",), primary=("narcotics_12_months",))
    >>> Study("0486", id="mine", promises=(promise,), waves=(Wave(2020), Wave(2023)))
    Study('mine', municipality '0486', promises: 2020, waves: 2020, 2023)
    """

    municipality: str
    registry: Registry = field(default_factory=load_registry)
    id: str = "study"
    title: Text = Text("Studie", "Study")
    extracts: tuple[str, ...] = ()
    language: Lang = "sv"
    district_basis: Literal["school", "home"] = "school"
    comparison: tuple[str, ...] = ("all",)
    contaminated: Literal["exclude", "flag"] = "exclude"
    strata: tuple[Stratum, ...] = (
        Stratum("ak9_gy2", ("ak9", "gy2")),
        Stratum("ak9", ("ak9",)),
        Stratum("gy2", ("gy2",)),
        Stratum("ak7", ("ak7",)),
    )
    margins: tuple[str, ...] = ("district*grade", "grade*sex")
    minimum: Minimum = Minimum()
    mask_limit: int = 5
    item_response: float = 0.9
    mapping: str = ""
    margin: Margin = Margin()
    alpha: float = 0.05
    waves: tuple[Wave, ...] = ()
    pooled: tuple[PooledDistrict, ...] = ()
    promises: tuple[Promise, ...] = ()
    codebook: tuple[CodebookEntry, ...] = ()
    codebook_keys: Mapping[str, str] = field(default_factory=dict)
    masks: tuple[Mask, ...] = ()
    enrolment: tuple[Enrolment, ...] = field(default_factory=lambda: load_registry().enrolment)
    folder: Path | None = None
    sources: tuple[OtherSource, ...] = ()

    def __repr__(self) -> str:
        promises, waves = (
            ", ".join(x) for x in ([p.id for p in self.promises], [str(w.year) for w in self.waves])
        )
        return f"Study({self.id!r}, municipality {self.municipality!r}, promises: {promises or '–'}, waves: {waves or '–'})"

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """The register of other municipalities' own promises, the study's additions last."""
        return self.registry.exposures

    def wave(self, year: int) -> Wave:
        """The wave of `year`: the study's, else the register's, else one without dates."""
        own = next((w for w in self.waves if w.year == year), None)
        return own or self.registry.waves.get(year) or Wave(year)
