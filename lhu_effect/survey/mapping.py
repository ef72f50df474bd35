"""A study's mapping file: further spellings taught without code, as TOML or as a sheet with text and id."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lhu_effect.definitions import closest
from lhu_effect.definitions.model import GRADES, SEXES, Registry
from lhu_effect.errors import InputError
from lhu_effect.survey.grid import address
from lhu_effect.survey.grids import read_grids
from lhu_effect.survey.words import fold

if TYPE_CHECKING:
    from lhu_effect.study.model import Study

KINDS = ("indicator", "municipality", "district", "place", "grade", "sex")
Taught = dict[str, dict[str, str]]


def read_mapping(study: Study) -> Taught:
    """Kind -> folded spelling -> id; empty when the study has no mapping file.

    TOML: tables named by kind (`[district]`, `"Mfred" = "mariefred"`) or entries of no kind. A workbook or
    CSV: columns `text` and `id`, optionally `kind`. Raises InputError for an id that does not exist.
    """
    if not study.mapping:
        return {}
    path = (study.folder or Path()) / study.mapping
    if not path.is_file():
        raise InputError("survey.no_such_file", file=study.mapping)
    entries = (
        _of_toml(path, study.mapping) if path.suffix.lower() == ".toml" else _of_sheet(path, study.mapping)
    )
    taught: Taught = {}
    known = _known(study.registry)
    for kind, text, id_, cell in entries:
        if id_ not in known.get(kind, set().union(*known.values())):
            near = closest(id_, sorted(set().union(*known.values()))) or "–"
            raise InputError(
                "survey.mapping_unknown_id", file=study.mapping, cell=cell or None, id=id_, closest=near
            )
        taught.setdefault("place" if kind == "municipality" else kind, {})[fold(text)] = id_
        if kind == "district":
            taught.setdefault("place", {})[fold(text)] = id_
    return taught


def _known(registry: Registry) -> dict[str, set[str]]:
    places = set(registry.places)
    districts = {d.id for p in registry.places.values() for d in p.districts} | {"all"}
    return {
        "indicator": set(registry.indicators),
        "municipality": places,
        "place": places | districts,
        "district": districts,
        "grade": set(GRADES),
        "sex": set(SEXES),
    }


def _of_toml(path: Path, name: str) -> Iterable[tuple[str, str, str, str]]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InputError("survey.bad_mapping", file=name, why=str(fault)) from fault
    for key, value in raw.items():
        if isinstance(value, dict):
            if key not in KINDS:
                near = closest(key, KINDS) or KINDS[0]
                raise InputError("survey.mapping_unknown_kind", file=name, kind=key, closest=near)
            yield from ((key, text, str(id_), "") for text, id_ in value.items())
        else:
            yield "", key, str(value), ""


def _of_sheet(path: Path, name: str) -> Iterable[tuple[str, str, str, str]]:
    grid = read_grids(path, name=name).grids[0]
    heads = {fold(grid.text(1, c)): c for c in range(1, grid.n_cols + 1)}
    if "text" not in heads or "id" not in heads:
        raise InputError(
            "survey.bad_mapping_sheet", file=name, sheet=grid.sheet or None, found=", ".join(heads)
        )
    for row in range(2, grid.n_rows + 1):
        text, id_ = grid.text(row, heads["text"]), grid.text(row, heads["id"])
        if text and id_:
            kind = fold(grid.text(row, heads["kind"])) if "kind" in heads else ""
            yield kind, text, id_, address(row, heads["id"])
