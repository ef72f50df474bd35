"""One row of the effects table as files that compute it again without this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from lhu_effect.effects import replication
from lhu_effect.effects.answers import problem, theme_problem
from lhu_effect.effects.cells import Cells, read_cells
from lhu_effect.effects.comparison import candidates
from lhu_effect.effects.design import Design, Designer
from lhu_effect.effects.estimate import named, tabulated
from lhu_effect.effects.estimators import noise_floor, theme
from lhu_effect.effects.given import check_estimator, check_table, indicators_of, promise_of
from lhu_effect.effects.named import BySchools
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.questions import Question, all_questions
from lhu_effect.effects.refused import Refused
from lhu_effect.effects.schools import Schools, read_schools
from lhu_effect.errors import EstimationError, UsageError, nearest_keys
from lhu_effect.i18n import Lang
from lhu_effect.study.model import Study

if TYPE_CHECKING:
    from lhu_effect.disclosure import MaskedCube
    from lhu_effect.survey.cube import Cube


def replicate(
    table: Cube | MaskedCube,
    study: Study,
    promise: str,
    indicator: str,
    *,
    district: str = "all",
    grade: str | None = None,
    estimator: str = noise_floor.NAME,
    lang: Lang = "en",
    calibration: str | None = None,
) -> dict[str, str]:
    """The bundle's files by name: cells, question, expected answer, scripts and a method note.

    The row is the promise's first wave after; district "all": everything it covers; grade None: the stratum
    the unit is judged in. indicator "theme:<theme>": the composite, which has no other method in its place.
    calibration: a table for the note. Raises UsageError where there is no such number (refused, n only bounded,
    the unit behind a mask), EstimationError for unknown names.

    >>> import lhu_effect as lhu
    >>> study = lhu.open_study()
    >>> files = replicate(lhu.read_survey(study).cube, study, "2020", "narcotics_12_months")
    >>> len(files) > 3
    True
    """
    check_table(table, study)
    frame = tabulated(table, study)
    promise_of(promise, study)
    indicators_of(indicator, study, frame)
    check_estimator(estimator)
    composite = indicator.startswith("theme:")
    if (composite and estimator != noise_floor.NAME) or estimator not in replication.REPLICABLE:
        known = (
            noise_floor.NAME if composite else ", ".join(e for e in replication.REPLICABLE if e != theme.NAME)
        )
        raise EstimationError("effects.unknown_estimator", name=estimator, known=known)
    cells = read_cells(frame, study, candidates(study, frame["municipality"].unique().to_list()))
    schools = _schools(table, study, cells)
    d = _design(study, cells, schools, promise, indicator, district, grade)
    units = [_name(study, *cells.units[r]) for r in (d.row, *d.rows)]
    if composite:
        return _files(replication.bundle(
            theme.NAME, theme_problem(d, cells, study), units, indicators=d.question.members, lang=lang,
            calibration=calibration,
        ))  # fmt: skip
    by = named(estimator, table, schools)
    asked = schools.cells_of(d) if isinstance(by, BySchools) and schools else _problem(d, cells)
    if asked is None:
        _nothing("refused")
    return _files(replication.bundle(estimator, asked, units, lang=lang, calibration=calibration))


def _files(made: dict[str, str] | Refused) -> dict[str, str]:
    if isinstance(made, Refused):
        _nothing(made.reason)
    return made


def _design(
    study: Study,
    cells: Cells,
    schools: Schools | None,
    promise: str,
    indicator: str,
    district: str,
    grade: str | None,
) -> Design:
    def wanted(q: Question) -> bool:
        ids = {p.id for p in q.period.promises} | {q.period.id}
        unit = q.headline if district == "all" else q.district == district
        stratum = q.judged if grade is None else q.stratum == grade
        return (
            promise in ids and q.indicator == indicator and q.kind == "after" and q.first and unit and stratum
        )

    found = next((q for q in all_questions(study, cells) if wanted(q)), None)
    if found is None:
        key = [x for x in (promise, indicator, district, grade) if x]
        after = [q for q in all_questions(study, cells) if q.kind == "after" and not q.is_theme]
        known = [(q.period.id, q.indicator, q.district, q.stratum) for q in after]
        raise EstimationError("effects.no_such_effect", key=", ".join(key), known=nearest_keys(key, known))
    d = Designer(study, cells, schools.phi0 if schools else lambda _, __: None).design(found)
    if d.refused:
        _nothing(d.refused)
    return d


def _problem(d: Design, cells: Cells) -> Problem:
    assert d.block is not None
    assert d.column is not None
    used = [(d.row, c) for c in (*d.own, d.column)] + [(r, c) for r in d.rows for c in d.others]
    if any(d.block.bounded_n[at] for at in used):
        _nothing("n_missing")
    return problem(d, cells)


def _nothing(reason: str) -> NoReturn:
    raise UsageError("effects.nothing_to_replicate", reason=reason)


def _name(study: Study, municipality: str, district: str) -> str:
    place = study.registry.places.get(municipality)
    name = place.name if place else municipality
    return name if district == "all" else f"{name} {district}"


def _schools(table: Cube | MaskedCube, study: Study, cells: Cells) -> Schools | None:
    from lhu_effect.survey.cube import Cube

    return read_schools(table, study, cells) if isinstance(table, Cube) else None
