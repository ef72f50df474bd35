"""Which files a study reads, and what their sidecars say of them.

A sidecar `<file name>.toml` tells who made an extract, when it came, on what terms, and whether its numbers
are invented. No sidecar: a real extract of unknown producer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from lhu_effect.errors import InputError

if TYPE_CHECKING:
    from lhu_effect.study.model import Study

READ = frozenset((".xlsx", ".xlsm", ".csv", ".tsv", ".txt", ".tab", ".parquet", ".sav", ".zsav", ".dta"))
REFUSED = frozenset(
    (".xls", ".xlsb", ".ods", ".pdf", ".numbers", ".sas7bdat", ".por", ".rds", ".rdata", ".feather", ".dbf", ".slk",
     ".zip", ".7z", ".rar", ".gz", ".html", ".htm", ".mht", ".mhtml", ".url", ".gsheet", ".lnk")
)  # fmt: skip
SIDECAR_KEYS = ("producer", "received", "terms", "synthetic", "seed", "title", "year", "note", "source")
AUXILIARY = frozenset(("readme.txt", "las_mig.txt", "läs_mig.txt", "licens.txt", "license.txt", "truth.csv"))


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What stands beside an extract."""

    producer: str = ""
    received: str = ""
    terms: str = ""
    synthetic: bool = False
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Extract:
    """One file to read. name: how messages and reports call it, relative to the study."""

    path: Path
    name: str


def extract_files(study: Study, files: Sequence[Path] | None = None) -> list[Path]:
    """The files that `read_survey(study, files)` reads, folders walked, sorted.

    files None: the study's own extracts. Raises InputError for one that is not there.
    """
    return [e.path for e in list_extracts(study, files)]


def list_extracts(study: Study, files: Sequence[Path] | None = None) -> list[Extract]:
    """As `extract_files`, with the names by which messages call the files."""
    base = study.folder
    wanted = list(files) if files is not None else [(base or Path()) / e for e in study.extracts]
    if files is None and base is None:
        wanted = []
    found: dict[Path, Extract] = {}
    others = {((base or Path()) / f).resolve() for s in study.sources for f in s.files}
    for path in wanted:
        if not path.exists():
            rule = "survey.no_such_file" if files is not None else "survey.no_such_extracts"
            raise InputError(rule, file=_name(path, base))
        inside = list(_walk(path)) if path.is_dir() else [path]
        if not inside and files is not None:
            kinds = " ".join(sorted(READ))
            raise InputError("files.folder_without_files", file=_name(path, base), kinds=kinds)
        for one in inside:
            if one.resolve() not in others:  # read as another source, never as the survey's
                found.setdefault(one.resolve(), Extract(one, _name(one, base)))
    return sorted(found.values(), key=lambda e: e.name)


def _walk(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.rglob("*")):
        plain = path.is_file() and not path.name.startswith((".", "~$"))
        if plain and path.suffix.lower() in READ | REFUSED and path.name.lower() not in AUXILIARY:
            yield path


def _name(path: Path, base: Path | None) -> str:
    try:
        return path.resolve().relative_to(base.resolve()).as_posix() if base is not None else path.name
    except ValueError:
        return path.name


def read_sidecar(extract: Extract) -> Sidecar:
    """The sidecar of an extract. Raises InputError when it is no TOML or has a key nobody knows."""
    path = extract.path.with_name(extract.path.name + ".toml")
    if not path.is_file():
        return Sidecar()
    name = f"{extract.name}.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InputError("survey.bad_sidecar", file=name, why=str(fault)) from fault
    for key in raw:
        if key not in SIDECAR_KEYS:
            raise InputError("survey.unknown_sidecar_key", file=name, key=key, known=", ".join(SIDECAR_KEYS))
    synthetic, seed = raw.get("synthetic", False), raw.get("seed")
    if not isinstance(synthetic, bool):
        raise InputError("survey.bad_sidecar_value", file=name, key="synthetic", found=str(synthetic))
    return Sidecar(
        str(raw.get("producer", "")),
        _day(raw.get("received", "")),
        str(raw.get("terms", "")),
        synthetic,
        seed if isinstance(seed, int) else None,
    )


def _day(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
