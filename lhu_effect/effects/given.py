"""What the public calls of this room were given: each argument and column checked once, wrong use told in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import polars as pl

from lhu_effect.definitions.labels import bare
from lhu_effect.definitions.model import GRADES, SEXES
from lhu_effect.disclosure.structure import OTHER_DISTRICTS
from lhu_effect.effects.estimators import ESTIMATORS
from lhu_effect.errors import EstimationError, nearest
from lhu_effect.study.model import Study
from lhu_effect.survey.cube import KEY

if TYPE_CHECKING:
    from lhu_effect.disclosure import MaskedCube
    from lhu_effect.survey.cube import Cube

STATUSES = ("observed", "masked", "missing", "not_asked")
SHOWN = 6
NEAR = 3


def check_table(table: Cube | MaskedCube, study: Study) -> None:
    """Raise EstimationError for what is no table of cells or no study, and for ids that the study does not know.

    Cells of other places are left alone; a table of which no cell is the study's would give no rows, and no rows
    would be no answer.
    """
    from lhu_effect.disclosure import MaskedCube
    from lhu_effect.survey.cube import Cube

    if not isinstance(table, Cube | MaskedCube):
        raise EstimationError("effects.not_a_table", found=type(table).__name__)
    if not isinstance(study, Study):
        raise EstimationError("effects.not_a_study", found=type(study).__name__)
    frame = table.frame
    known = sorted(study.registry.indicators)
    for axis, wanted in (("municipality", [study.municipality]), ("indicator", known)):
        found = _ids(frame, axis)
        if found and not set(found) & set(wanted):
            raise EstimationError(
                "effects.nothing_of_study", column=axis, found=_some(found),
                wanted=_some(_near(found[0], wanted) or wanted),
            )  # fmt: skip
    for axis, some in (("indicator", known), ("sex", SEXES), ("status", STATUSES)):
        _check_known(_ids(frame, axis), axis, some)
    grades = [*GRADES, *(s.id for s in study.strata)]
    if not set(_ids(frame, "grade")) & set(grades):  # strata of another study may stand beside
        _check_known(_ids(frame, "grade"), "grade", grades)
    mine = frame.filter(pl.col("municipality") == study.municipality)
    _check_known(_ids(mine, "district"), "district", _districts(study))
    _check_once(frame)


def check_level(level: float) -> None:
    """Raise EstimationError for a level that is no probability between 0 and 1."""
    if not isinstance(level, int | float) or not 0 < level < 1:
        raise EstimationError("effects.bad_level", found=level)


def years_of(given: Sequence[int | str] | int | str | None) -> tuple[int, ...]:
    """Waves named one or several, as numbers. Raises EstimationError for what is no year."""
    if given is None:
        return ()
    some = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
    if wrong := [y for y in some if not str(y).isdecimal()]:
        raise EstimationError("effects.bad_year", found=wrong[0])
    return tuple(int(y) for y in some)


def check_waves(before: Sequence[int], after: Sequence[int], waves: Sequence[int]) -> None:
    """Raise EstimationError for waves that the table lacks, and for a wave before that is not before those after."""
    for year in (*before, *after):
        if year not in waves:
            raise EstimationError("effects.no_such_wave", year=year, known=", ".join(map(str, waves)))
    if before and after and max(before) >= min(after):
        raise EstimationError("effects.waves_crossed", before=max(before), after=min(after))


def check_estimator(name: str | None) -> None:
    """Raise EstimationError for a method that is not there, with those there are."""
    names = [e.name for e in ESTIMATORS]
    if name is not None and name not in names:
        raise EstimationError("effects.unknown_estimator", name=name, known=nearest(name, names))


def promise_of(given: str | int | None, study: Study) -> str | None:
    """A promise's id (or several joined by "+"). Raises EstimationError for one that the study has not."""
    promises = [p.id for p in study.promises]
    if given is not None and not set(str(given).split("+")) <= set(promises):
        raise EstimationError("effects.unknown_promise", name=given, known=nearest(given, promises))
    return None if given is None else str(given)


def indicators_of(
    given: str | Sequence[str] | None, study: Study, frame: pl.DataFrame
) -> tuple[str, ...] | None:
    """Indicators and composites named one or several; None: all. Raises EstimationError with the closest ids."""
    if given is None:
        return None
    themes = sorted({t for p in study.promises for t, ids in p.theme_indicators.items() if ids})
    known = [*_ids(frame, "indicator"), *(f"theme:{t}" for t in themes)]
    wanted = (given,) if isinstance(given, str) else tuple(given)
    for name in wanted:
        if name not in known:
            closest = _near(str(name), known, _labels(study, known)) or known
            raise EstimationError("effects.unknown_indicator", name=name, known=_some(closest))
    return wanted


def _check_known(found: Iterable[str], column: str, known: Sequence[str]) -> None:
    wrong = sorted(set(found) - set(known))
    if wrong:
        closest = _near(wrong[0], known) or list(known)
        raise EstimationError("effects.unknown_id", column=column, found=_some(wrong), known=_some(closest))


def _check_once(frame: pl.DataFrame) -> None:
    """A cell that stands twice would be counted twice."""
    twice = frame.filter(pl.struct(KEY).is_duplicated())
    if twice.height:
        row = twice.sort(list(KEY)).row(0, named=True)
        which = ", ".join(str(row[c]) for c in KEY if row[c] is not None and c != "organiser")
        raise EstimationError("effects.cell_twice", count=twice.height, which=which)


def _districts(study: Study) -> list[str]:
    """Ids a table may hold of the own municipality: registered and pooled districts, and what masking adds up."""
    place = study.registry.places.get(study.municipality)
    own = [d.id for d in place.districts] if place else []
    return ["all", *own, *(p.id for p in study.pooled), OTHER_DISTRICTS]


def _ids(frame: pl.DataFrame, column: str) -> list[str]:
    return frame[column].drop_nulls().unique().sort().to_list()


def _labels(study: Study, ids: Iterable[str]) -> dict[str, str]:
    """What a person may call a measure, folded: its label in both languages, and a theme's bare id."""
    made = {i.removeprefix("theme:"): i for i in ids}
    for i in set(made.values()) & set(study.registry.indicators):
        label = study.registry.indicators[i].label
        made |= {bare(label.to("sv")): i, bare(label.to("en")): i}
    return made


def _near(name: str, known: Iterable[str], labels: Mapping[str, str] | None = None) -> list[str]:
    """The known ids most like `name`, by id or by label."""
    spelled = {**{bare(k): k for k in known}, **(labels or {})}
    found = get_close_matches(bare(name), list(spelled), n=NEAR, cutoff=0.5)
    return list(dict.fromkeys(spelled[f] for f in found))


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:SHOWN]) + (" …" if len(ids) > SHOWN else "")
