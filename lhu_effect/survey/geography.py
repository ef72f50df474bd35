"""Places over time: districts counted by home although the study says by school, bases that jump, closed schools.

Works on the rows of the cube. What the study already pools is not said again; what it does not is a
warning that names the schools the register knows to have opened or closed there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from lhu_effect.survey.labels import Labels
from lhu_effect.survey.model import Issue

if TYPE_CHECKING:
    from lhu_effect.study.model import Study

JUMP = 1.6
LEAST = 30
MORE_THAN_ENROLLED = 1.1
FEW_OF_ENROLLED = 0.5

Series = Mapping[tuple[str, str, str], Mapping[int, dict[str, object]]]


def geography_issues(frame: pl.DataFrame, study: Study, labels: Labels) -> list[Issue]:
    """What is odd about places: one issue per district, grade and pair of waves, or per school."""
    units = frame.filter(pl.col("school").is_null(), ~pl.col("organiser"), pl.col("sex") == "all")
    series = _series(units)
    return [
        *_basis(units, study, labels),
        *_breaks(series, study),
        *_against_enrolment(series, study),
        *_closed_schools(frame, study),
    ]


def _series(units: pl.DataFrame) -> Series:
    """(municipality, district, grade) -> wave -> the row with the largest base."""
    known = units.filter(pl.col("n").is_not_null()).sort("n", descending=True, maintain_order=True)
    first = known.unique(["municipality", "district", "grade", "year"], keep="first", maintain_order=True)
    made: dict[tuple[str, str, str], dict[int, dict[str, object]]] = {}
    for row in first.sort("municipality", "district", "grade", "year").iter_rows(named=True):
        made.setdefault((row["municipality"], row["district"], row["grade"]), {})[row["year"]] = row
    return made


def _basis(units: pl.DataFrame, study: Study, labels: Labels) -> Iterator[Issue]:
    """Upper secondary pupils in a district without such a school: the district is that of the home."""
    if study.district_basis != "school" or study.municipality not in study.registry.places:
        return
    towns = {
        d.id for d in study.registry.places[study.municipality].districts
        if any(labels.is_town_too(name) for name in (d.name, *d.aliases))
    }  # fmt: skip
    elsewhere = units.filter(
        pl.col("municipality") == study.municipality,
        ~pl.col("district").is_in(["all", *sorted(towns)]),
        pl.col("grade").str.starts_with("gy"),
        pl.col("status") == "observed",
        pl.col("n_high").is_null() | (pl.col("n_high") > 0),
    )
    if towns and elsewhere.height:
        row = elsewhere.row(0, named=True)
        yield _issue("basis_contradicted", "error", row, district=_district_name(study, row))


def _breaks(series: Series, study: Study) -> Iterator[Issue]:
    """Districts whose base jumps or that vanish between two waves, unless the study pools them."""
    for (municipality, district, grade), waves in series.items():
        if district == "all" or municipality != study.municipality or _pooled(study, district, grade):
            continue
        all_waves = sorted(series.get((municipality, "all", grade), waves))
        for before, after in pairwise(all_waves):
            one, two = waves.get(before), waves.get(after)
            n1 = _n(one) if one else 0
            n2 = _n(two) if two else 0
            if max(n1, n2) < LEAST or ((n1 == 0) == (n2 == 0) and max(n1, n2) < JUMP * min(n1, n2)):
                continue
            row = two or one
            assert row is not None
            facts = {"grade": grade, "before": before, "after": after, "n1": n1, "n2": n2}
            why = _why(study, district, before, after)
            yield _issue(
                "geography_broke", "warning", row, district=_district_name(study, row), why=why, **facts
            )


def _pooled(study: Study, district: str, grade: str) -> bool:
    return any(district in p.districts and (not p.grades or grade in p.grades) for p in study.pooled)


def _why(study: Study, district: str, before: int, after: int) -> str:
    """Schools of the municipality that opened or closed between two waves, as the register has them."""
    changed = [
        s.names[0]
        for s in study.registry.schools.values()
        if s.municipality == study.municipality
        and s.district == district
        and any(year is not None and before <= year < after for year in (s.opened, s.closed))
    ]
    return ", ".join(changed) or "–"


def _against_enrolment(series: Series, study: Study) -> Iterator[Issue]:
    """More answers than pupils (the label probably means something else), or far fewer (a school is missing)."""
    pupils = {
        (e.municipality, e.district, e.grade, e.wave): e.pupils for e in study.enrolment if not e.estimated
    }
    for (municipality, district, grade), waves in series.items():
        if district != "all" and study.district_basis == "home":
            continue  # enrolment is counted where the school is
        for year, row in waves.items():
            enrolled, n = pupils.get((municipality, district, grade, year)), _n(row)
            if enrolled is None:
                continue
            facts: dict[str, object] = {"n": n, "pupils": enrolled, "year": year}
            if n > MORE_THAN_ENROLLED * enrolled + 5:
                yield _issue("more_answers_than_pupils", "warning", row, **facts)
            elif enrolled >= LEAST and n < FEW_OF_ENROLLED * enrolled:
                facts |= {"share": round(100 * n / enrolled), "grade": grade}
                yield _issue("few_answers", "warning", row, **facts)


def _closed_schools(frame: pl.DataFrame, study: Study) -> Iterator[Issue]:
    """Rows of a school in a wave after it closed: a code used again, or the wrong school."""
    rows = frame.filter(pl.col("school").is_not_null()).unique(
        ["school", "year"], keep="first", maintain_order=True
    )
    for row in rows.iter_rows(named=True):
        school = study.registry.schools.get(row["school"])
        if school is not None and school.closed is not None and row["year"] > school.closed:
            facts = {"school": school.names[0], "closed": school.closed, "year": row["year"]}
            yield _issue("school_closed", "warning", row, **facts)


def changed_answers(asked: Iterable[tuple[str, int, str, Issue]]) -> list[Issue]:
    """Questions whose answers differ between waves. asked: (indicator, wave, folded answer, where)."""
    scales: dict[str, dict[int, set[str]]] = {}
    places: dict[tuple[str, int], Issue] = {}
    for indicator, year, answer, where in asked:
        scales.setdefault(indicator, {}).setdefault(year, set()).add(answer)
        places.setdefault((indicator, year), where)
    found = []
    for indicator, waves in scales.items():
        for before, after in pairwise(sorted(waves)):
            if waves[before] != waves[after]:
                where = places[indicator, after]
                facts = {
                    "indicator": indicator, "before": before, "after": after,
                    "old": ", ".join(sorted(waves[before])), "new": ", ".join(sorted(waves[after])),
                }  # fmt: skip
                found.append(
                    Issue("survey.answers_changed", "warning", where.file, where.sheet, where.cell, facts)
                )
    return found


def _n(row: Mapping[str, object]) -> int:
    n = row["n"]
    return n if isinstance(n, int) else 0


def _district_name(study: Study, row: Mapping[str, object]) -> str:
    districts = study.registry.places[study.municipality].districts
    return next((d.name for d in districts if d.id == row["district"]), str(row["district"]))


def _issue(rule: str, severity: str, row: Mapping[str, object], **facts: object) -> Issue:
    where = (str(row["file"] or ""), str(row["sheet"] or ""), str(row["cell"] or ""))
    return Issue(f"survey.{rule}", "error" if severity == "error" else "warning", *where, facts)
