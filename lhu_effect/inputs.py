"""What the user pointed at: the study of a folder, the default study, or extracts alone and a study made for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lhu_effect.errors import UsageError

if TYPE_CHECKING:
    from lhu_effect.study.model import Stratum, Study
    from lhu_effect.survey.cube import Cube

STUDY_FILE = "study.toml"
MOST_NAMED = 9


@dataclass(frozen=True)
class Inputs:
    """What the user pointed at: a study (files None: the extracts it names) or extracts alone."""

    study: Study
    files: tuple[Path, ...] | None


def find_inputs(paths: Sequence[Path], municipality: str | None = None, *, whose: bool = True) -> Inputs:
    """The study of a folder or study.toml, the default study for no paths, or a study made for lone files.

    whose: the files must show whose promise they are about; without, several municipalities are only read.
    Raises UsageError when a path does not exist, when studies and files are mixed, or when it does not
    show whose promise the files are about.
    """
    for path in paths:
        if not is_there(path):
            raise UsageError("cli.not_found", path=path.as_posix())
    if not paths:
        here = Path("data")
        return _whole_study(here if (here / STUDY_FILE).is_file() else None, municipality)
    studies = [p for p in paths if p.name == STUDY_FILE or (p / STUDY_FILE).is_file()]
    if studies and len(paths) > 1:
        raise UsageError("cli.study_and_files", path=studies[0].as_posix())
    if studies:
        return _whole_study(studies[0].parent if studies[0].is_file() else studies[0], municipality)
    return _lone_files(tuple(paths), municipality, whose=whose)


def _whole_study(folder: Path | None, municipality: str | None) -> Inputs:
    from lhu_effect.study import load_study

    study = load_study(folder)
    if municipality is not None and municipality != study.municipality:
        raise UsageError("cli.study_has_municipality", code=municipality, found=study.municipality)
    return Inputs(study, None)


def is_there(path: Path) -> bool:
    """Whether there is such a path; a name that no system can have names nothing."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _lone_files(paths: tuple[Path, ...], municipality: str | None, *, whose: bool) -> Inputs:
    from lhu_effect.definitions import load_registry
    from lhu_effect.study import study_for
    from lhu_effect.study.model import Study
    from lhu_effect.survey import read_survey

    registry = load_registry()
    unknown = Study(municipality="", registry=registry)
    cube = read_survey(unknown, paths, strict=False).cube
    if municipality is None:
        candidates = municipalities_of(cube)
        if len(candidates) > 1 and whose:
            named = [f"{registry.places[c].name} {c}" for c in candidates[:MOST_NAMED]]
            more = ["…"] if len(candidates) > MOST_NAMED else []
            raise UsageError("cli.which_municipality", found=", ".join(named + more))
        municipality = candidates[0] if len(candidates) == 1 else ""
    elif municipality not in registry.places or not municipality_code(municipality):
        closest = _closest_code(municipality, registry.places)
        raise UsageError("cli.unknown_municipality", code=municipality, closest=closest)
    if not municipality:
        return Inputs(unknown, paths)
    study = study_for(municipality)
    return Inputs(replace(study, strata=strata_of(study, cube)), paths)


def strata_of(study: Study, cube: Cube) -> tuple[Stratum, ...]:
    """The study's strata that the municipality's cells can fill, else one stratum per grade they have.

    A lone extract need not hold every grade; its headline is the first stratum it can answer for.
    """
    from lhu_effect.study.model import Stratum

    own = cube.frame.filter(cube.frame["municipality"] == study.municipality)
    grades = set(own["grade"].unique())
    known = tuple(s for s in study.strata if grades >= set(s.grades))
    return known or tuple(Stratum(g, (g,)) for g in sorted(grades)) or study.strata


def municipalities_of(cube: Cube) -> list[str]:
    """The one municipality whose districts the cells name, else every municipality there is."""
    own = cube.frame.filter(~cube.frame["organiser"])
    with_districts = sorted(set(own.filter(own["district"] != "all")["municipality"]))
    everyone = sorted({c for c in own["municipality"] if municipality_code(c)})
    return with_districts if len(with_districts) == 1 else everyone


def _closest_code(asked: str, known: Iterable[str]) -> str:
    """The municipality code most like `asked`: fewest digits that differ, then the nearest number."""

    def unlike(code: str) -> tuple[int, int, str]:
        differ = sum(a != b for a, b in zip(code, asked, strict=False)) + abs(len(code) - len(asked))
        return differ, abs(int(code) - int(asked)) if asked.isdecimal() else 0, code

    return min((c for c in known if municipality_code(c)), key=unlike)


def municipality_code(code: str) -> bool:
    """Whether a code is a municipality's: regions have two digits."""
    return len(code) == 4
