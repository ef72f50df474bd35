"""What hiding a cell costs the reader: a whole number from public facts only, never from a count.

The headline stratum of a whole municipality costs most, a sex slice of one grade least; between districts
the larger (official enrolment) costs more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from lhu_effect.disclosure.pattern import Name
from lhu_effect.study.model import Study

_SEX = {"all": 100, "girl": 12, "boy": 11}
_OTHER_SEX = 3


def cost_of(study: Study, municipality: str) -> Callable[[Name], int]:
    """The cost of hiding (district, grade, sex) of a municipality, at least 1."""
    pooled = {p.id for p in study.pooled}
    moved = {d for p in study.pooled if p.basis == study.district_basis for d in p.districts}
    home = municipality == study.municipality
    headline = study.strata[0].id if study.strata else ""
    several = {s.id for s in study.strata if len(s.grades) > 1}
    pupils: dict[str, int] = {}
    for e in study.enrolment:
        if e.municipality == municipality:
            pupils[e.district] = pupils.get(e.district, 0) + e.pupils
    whole = max(1, sum(size for district, size in pupils.items() if district != "all"))

    @cache
    def cost(name: Name) -> int:
        district, grade, sex = name
        if district == "all":
            unit = 100 if home else 60
        elif district in pooled:
            unit = 40
        else:
            unit = (6 if district in moved else 15) + 20 * pupils.get(district, 0) // whole
        level = 4 if grade == headline else 2 if grade in several else 1
        return max(1, unit * level * _SEX.get(sex, _OTHER_SEX) // 100)

    return cost
