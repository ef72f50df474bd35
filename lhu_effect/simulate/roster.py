"""Who could be asked: classes of pupils in schools, districts and municipalities, wave by wave, from enrolment.

No chance here: the same study and settings give the same classes. Chance enters in `draw`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lhu_effect.definitions.model import GRADES, Enrolment
from lhu_effect.errors import UsageError
from lhu_effect.simulate.settings import Settings
from lhu_effect.study.model import Study

Ints = NDArray[np.int64]
Cell = tuple[int, str, str, str]  # year, municipality, district, grade
CLASS_SIZE, SCHOOL_SIZE, GYMNASIUM_SIZE = 24, 95, 220


@dataclass(frozen=True, slots=True)
class Class:
    """One class of one wave."""

    year: int
    municipality: str
    district: str
    school: str
    grade: str
    name: str
    pupils: int


@dataclass(frozen=True, eq=False)
class Roster:
    """All classes, and for each pupil the number of the class. cells: places x grade of each wave; cell_of class."""

    classes: tuple[Class, ...]
    class_of: Ints
    cells: tuple[Cell, ...]
    cell_of_class: Ints
    schools: tuple[tuple[int, str], ...]
    school_of_class: Ints

    @cached_property
    def cell_of(self) -> Ints:
        """For each pupil the number of the cell."""
        return self.cell_of_class[self.class_of]


def make_roster(study: Study, settings: Settings) -> Roster:
    """Classes from the study's enrolment. Raises UsageError when there is none for a wave or municipality asked for."""
    classes = tuple(c for e in _enrolled(study, settings) for c in _classes(study, e))
    if not classes:
        raise UsageError("simulate.no_enrolment", municipality=study.municipality)
    cells = tuple(dict.fromkeys((c.year, c.municipality, c.district, c.grade) for c in classes))
    schools = tuple(dict.fromkeys((c.year, c.school) for c in classes))
    cell_no = {cell: i for i, cell in enumerate(cells)}
    school_no = {s: i for i, s in enumerate(schools)}
    return Roster(
        classes=classes,
        class_of=np.repeat(np.arange(len(classes)), [c.pupils for c in classes]),
        cells=cells,
        cell_of_class=np.array([cell_no[c.year, c.municipality, c.district, c.grade] for c in classes]),
        schools=schools,
        school_of_class=np.array([school_no[c.year, c.school] for c in classes]),
    )


def years_of(study: Study, settings: Settings) -> tuple[int, ...]:
    """The waves to simulate: as set, else the study's, else all with enrolment."""
    return settings.years or tuple(w.year for w in study.waves) or _enrolled_years(study.enrolment)


def _enrolled_years(enrolment: Sequence[Enrolment]) -> tuple[int, ...]:
    return tuple(sorted({e.wave for e in enrolment}))


def _enrolled(study: Study, settings: Settings) -> list[Enrolment]:
    """Enrolment per district, or per municipality without districts; a wave without numbers takes the nearest's."""
    known = _enrolled_years(study.enrolment)
    if not known:
        raise UsageError("simulate.no_enrolment", municipality=study.municipality)
    found: list[Enrolment] = []
    for year in years_of(study, settings):
        nearest = min(known, key=lambda y: (abs(y - year), y))
        rows = [e for e in study.enrolment if e.wave == nearest and e.pupils > 0]
        split = {(e.municipality, e.grade) for e in rows if e.district != "all"}
        rows = [e for e in rows if e.district != "all" or (e.municipality, e.grade) not in split]
        wanted = settings.municipalities or tuple(sorted({e.municipality for e in rows}))
        grades = settings.grades or GRADES
        found += [_moved(e, year) for e in rows if e.municipality in wanted and e.grade in grades]
    return sorted(found, key=lambda e: (e.wave, e.municipality, e.district, GRADES.index(e.grade)))


def _moved(e: Enrolment, year: int) -> Enrolment:
    return Enrolment(year, e.municipality, e.district, e.grade, e.pupils, e.source, e.estimated)


def _classes(study: Study, e: Enrolment) -> list[Class]:
    """The pupils of one grade in one place, spread over schools and classes as evenly as whole pupils allow."""
    made = []
    schools = _schools(study, e)
    for school, pupils in zip(schools, _spread(e.pupils, len(schools)), strict=True):
        count = max(1, round(pupils / CLASS_SIZE))
        for i, size in enumerate(_spread(pupils, count)):
            made.append(
                Class(
                    e.wave,
                    e.municipality,
                    e.district,
                    school,
                    e.grade,
                    f"{e.grade}{chr(65 + i % 26)}{i // 26 or ''}",
                    size,
                )
            )
    return made


def _spread(whole: int, parts: int) -> list[int]:
    """`whole` as `parts` numbers that differ by one at the most."""
    each, left = divmod(whole, parts)
    return [each + (i < left) for i in range(parts)]


def _schools(study: Study, e: Enrolment) -> list[str]:
    """Codes of the schools with that grade: the register's that were open, else invented ones (code 9...)."""
    autumn = e.wave - 1
    open_ = [
        s.code
        for s in study.registry.schools.values()
        if (s.municipality, s.district) == (e.municipality, e.district)
        and e.grade in s.grades
        and not s.special
        and (s.opened or 0) <= autumn < (s.closed or 9999)
    ]
    if open_:
        return open_
    upper = e.grade.startswith("gy")
    count = max(1, round(e.pupils / (GYMNASIUM_SIZE if upper else SCHOOL_SIZE)))
    kind = 5 if upper else 0
    district = [d.id for d in study.registry.places[e.municipality].districts]
    place = district.index(e.district) + 1 if e.district in district else 0
    return [f"9{e.municipality}{place}{kind + i // 10}{i % 10}" for i in range(count)]
