"""A study's mapping file: further spellings taught without code, as TOML or as a sheet with text and id."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lhu_effect.definitions import closest
from lhu_effect.definitions.model import GRADES, SEXES, Registry
from lhu_effect.errors import InputError
from lhu_effect.study.lines import scan, with_position
from lhu_effect.survey.grid import address
from lhu_effect.survey.grids import read_grids
from lhu_effect.survey.words import fold

if TYPE_CHECKING:
    from lhu_effect.study.model import Study

KINDS = ("indicator", "municipality", "district", "place", "grade", "sex")
_SWEDISH = {
    "fraga": "indicator", "indikator": "indicator", "matt": "indicator", "kommun": "municipality",
    "kommundel": "district", "omrade": "place", "plats": "place", "arskurs": "grade", "kon": "sex",
}  # fmt: skip
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
    for kind, text, id_, at in entries:
        allowed = known[kind] if kind else set().union(*known.values())
        if id_ not in allowed:
            near = closest(id_, sorted(allowed)) or "–"
            raise _at(InputError("survey.mapping_unknown_id", file=study.mapping, id=id_, closest=near), at)
        for own in ("place" if kind == "municipality" else kind, *(["place"] if kind == "district" else [])):
            if taught.setdefault(own, {}).setdefault(fold(text), id_) != id_:
                first = taught[own][fold(text)]
                raise _at(
                    InputError("files.mapping_twice", file=study.mapping, text=text, one=first, two=id_), at
                )
    return taught


def _at(error: InputError, at: str | int) -> InputError:
    """The error with its cell or line."""
    if isinstance(at, int):
        error.line = at
    else:
        error.cell = at
    return error


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


def _of_toml(path: Path, name: str) -> Iterable[tuple[str, str, str, str | int]]:
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        error = InputError("survey.bad_mapping", file=name, why=str(fault))
        raise with_position(error, text) from fault
    lines = scan(text)
    for key, value in raw.items():
        if isinstance(value, dict):
            kind = _kind(key)
            if not kind:
                near = closest(key, KINDS) or KINDS[0]
                error = InputError("survey.mapping_unknown_kind", file=name, kind=key, closest=near)
                raise _at(error, lines[key,])
            yield from ((kind, said, str(id_), lines[key, said]) for said, id_ in value.items())
        else:
            yield "", key, str(value), lines[key,]


def _of_sheet(path: Path, name: str) -> Iterable[tuple[str, str, str, str | int]]:
    grid = read_grids(path, name=name).grids[0]
    heads = {fold(grid.text(1, c)): c for c in range(1, grid.n_cols + 1)}
    if "text" not in heads or "id" not in heads:
        raise InputError(
            "survey.bad_mapping_sheet", file=name, sheet=grid.sheet or None, found=", ".join(heads)
        )
    column = heads.get("kind") or heads.get("slag")
    for row in range(2, grid.n_rows + 1):
        text, id_ = grid.text(row, heads["text"]), grid.text(row, heads["id"])
        said = grid.text(row, column) if column else ""
        if said and not _kind(said):
            near = closest(said, (*KINDS, *_SWEDISH)) or KINDS[0]
            where = address(row, column or 1)
            raise InputError("survey.mapping_unknown_kind", file=name, cell=where, kind=said, closest=near)
        if text and id_:
            yield _kind(said), text, _padded(id_, _kind(said)), address(row, heads["id"])


def _kind(said: str) -> str:
    """One of KINDS, also by its Swedish name; "" when it is none."""
    return said if said in KINDS else _SWEDISH.get(fold(said), fold(said) if fold(said) in KINDS else "")


def _padded(id_: str, kind: str) -> str:
    """A municipality's code whose zero a spreadsheet took (486)."""
    return (
        id_.zfill(4) if id_.isdecimal() and len(id_) == 3 and kind in ("", "municipality", "place") else id_
    )
