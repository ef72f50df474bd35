"""Where results go: checks of the paths and names a user gave, before the work starts, and whole files after it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lhu_effect.errors import InputError, UsageError

if TYPE_CHECKING:
    from lhu_effect.inputs import Inputs


def must_exist(*paths: Path | None) -> None:
    from lhu_effect.inputs import is_there

    for path in paths:
        if path is None:
            continue
        if not is_there(path):
            raise UsageError("cli.not_found", path=path.as_posix())
        if not path.is_file():
            raise UsageError("cli.not_a_file", path=path.as_posix())


def check_estimator(name: str) -> None:
    """Raise UsageError when no estimator has this name."""
    from lhu_effect.effects.estimators import ESTIMATORS

    names = [e.name for e in ESTIMATORS]
    if name not in names:
        raise UsageError("cli.unknown_estimator", name=name or "''", known=", ".join(names))


def suffix_of(out: Path, known: tuple[str, ...]) -> str:
    suffix = out.suffix.lower().lstrip(".")
    if suffix not in known:
        raise UsageError(
            "cli.unknown_format",
            path=out.name or out.as_posix(),
            suffix=out.suffix or "''",
            formats=", ".join(f".{k}" for k in known),
        )
    return suffix


def check_report(report: Path | None) -> None:
    if report is not None:
        suffix_of(report, ("json",))


def check_targets(found: Inputs, *targets: Path | None, force: bool) -> None:
    """Refuse a target before the work starts: a folder, a link, an input, a file that is not ours."""
    from lhu_effect.survey import extract_files
    from lhu_effect.writers.files import check_target

    try:
        read = list(extract_files(found.study, found.files))
    except InputError:  # said by whoever reads them; planning needs none
        read = []
    if found.study.folder is not None:
        read.append(found.study.folder / "study.toml")
        read += [found.study.folder / file for source in found.study.sources for file in source.files]
    inputs = {os.path.realpath(p) for p in read}
    asked = [t for t in targets if t is not None]
    for target in asked:
        if os.path.realpath(target) in inputs:
            raise UsageError("cli.out_is_input", path=target.as_posix())
        if sum(os.path.realpath(t) == os.path.realpath(target) for t in asked) > 1:
            raise UsageError("cli.same_target", path=target.as_posix())
        check_target(target, b"", force=force or target.suffix.lower() == ".csv", inputs=read)


def write(files: dict[Path, bytes], *, force: bool) -> None:
    from lhu_effect.writers.files import write_all

    write_all(files, force=force)


def check_folder(folder: Path, *, force: bool) -> None:
    """Refuse a folder before the work starts: a file, or one that holds something."""
    from lhu_effect.inputs import is_there

    if folder.is_symlink() or (is_there(folder) and not folder.is_dir()):
        raise UsageError("cli.not_a_folder", path=folder.as_posix())
    if is_there(folder) and any(folder.iterdir()) and not force:
        raise UsageError("cli.folder_not_empty", path=folder.as_posix())


def write_folder(folder: Path, files: dict[str, bytes], *, force: bool) -> None:
    check_folder(folder, force=force)
    write({folder / name: content for name, content in files.items()}, force=force)


def json_bytes(report: Mapping[str, object]) -> bytes:
    """A report as a file: who wrote it first, so that a later run knows its own."""
    import json

    from lhu_effect import __version__

    marked = {"program": f"lhu_effect {__version__}", **report}
    return (json.dumps(marked, ensure_ascii=False, indent=1, default=str) + "\n").encode("utf-8")
