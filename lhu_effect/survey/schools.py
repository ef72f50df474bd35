"""Schools over time: renamed under the same code, the same name under another code, closed between two waves.

What the register of schools explains is a note; what it does not is a warning that says what to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lhu_effect.definitions.model import School
from lhu_effect.survey.grid import address
from lhu_effect.survey.model import Issue
from lhu_effect.survey.tables import At, DataRow
from lhu_effect.survey.tidy import Observation
from lhu_effect.survey.words import fold

if TYPE_CHECKING:
    from lhu_effect.study.model import Study


@dataclass(frozen=True, slots=True)
class Named:
    """A school's name in one wave, and the cell where it stands."""

    name: str
    file: str
    sheet: str
    cell: str


Names = Mapping[str, Mapping[int, Named]]


def school_issues(observations: Iterable[Observation], study: Study) -> list[Issue]:
    """What is odd about the schools of a survey's rows, one issue per school and pair of waves."""
    found = _names(observations)
    years = sorted({y for waves in found.values() for y in waves})
    register = study.registry.schools
    return [
        *_renamed(found, register),
        *_recoded(found, register),
        *_gone(found, register, years),
    ]


def _names(observations: Iterable[Observation]) -> dict[str, dict[int, Named]]:
    """Code -> wave -> the name given there (the code itself where a file gives none)."""
    made: dict[str, dict[int, Named]] = {}
    rows: dict[int, dict[int, DataRow]] = {}
    for o in observations:
        code = o.key.school
        if code is None or o.key.year in made.get(code, {}):
            continue
        here = rows.setdefault(id(o.table), {r.row: r for r in o.table.rows})
        text, at = _name_of(here[o.at[0]])
        where = (o.table.grid.file, o.table.grid.sheet, address(*(at or o.at)))
        made.setdefault(code, {})[o.key.year] = Named(text, *where)
    return made


def _name_of(row: DataRow) -> tuple[str, At | None]:
    for axis in ("school", "place", "district"):
        text, at = row.texts.get(axis, ("", None))
        if text:
            return text, at
    return "", None


def _renamed(found: Names, register: Mapping[str, School]) -> Iterator[Issue]:
    """One code, two names."""
    for code, waves in found.items():
        known = {fold(n) for n in register[code].names} if code in register else set()
        named = [(y, w) for y, w in sorted(waves.items()) if w.name and fold(w.name) != fold(code)]
        for (before, old), (after, new) in pairwise(named):
            if fold(old.name) == fold(new.name):
                continue
            explained = {fold(old.name), fold(new.name)} <= known
            facts = {"code": code, "old": old.name, "new": new.name, "before": before, "after": after}
            yield _issue("school_renamed_known" if explained else "school_renamed", new, explained, facts)


def _recoded(found: Names, register: Mapping[str, School]) -> Iterator[Issue]:
    """One name, two codes in different waves."""
    by_name: dict[str, dict[int, tuple[str, Named]]] = {}
    for code, waves in found.items():
        for year, w in waves.items():
            if w.name and fold(w.name) != fold(code):
                by_name.setdefault(fold(w.name), {}).setdefault(year, (code, w))
    for seen in by_name.values():
        for (before, (one, _)), (after, (two, new)) in pairwise(sorted(seen.items())):
            if one == two:
                continue
            explained = one in register and register[one].merged_into == two
            facts = {"name": new.name, "old": one, "new": two, "before": before, "after": after}
            yield _issue("school_recoded_known" if explained else "school_recoded", new, explained, facts)


def _gone(found: Names, register: Mapping[str, School], years: list[int]) -> Iterator[Issue]:
    """Schools of the register that closed between their last wave and the next."""
    for code, waves in found.items():
        school = register.get(code)
        later = [y for y in years if y > max(waves)]
        if (
            school is None
            or school.closed is None
            or not later
            or not max(waves) <= school.closed <= later[0]
        ):
            continue
        other = register.get(school.merged_into or "")
        into = other.names[0] if other is not None else "–"
        last = waves[max(waves)]
        facts = {"school": school.names[0], "closed": school.closed, "before": max(waves), "after": later[0]}
        yield _issue("school_gone", last, True, {**facts, "into": into})


def _issue(rule: str, at: Named, explained: bool, facts: Mapping[str, object]) -> Issue:
    return Issue(f"survey.{rule}", "note" if explained else "warning", at.file, at.sheet, at.cell, facts)
