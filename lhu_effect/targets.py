"""Where results go: checks of the paths a user gave, before the work starts, and whole files after it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lhu_effect.errors import InputError, UsageError

if TYPE_CHECKING:
    from lhu_effect.pipeline import Inputs


def must_exist(*paths: Path | None) -> None:
    for path in paths:
        if path is not None and not path.is_file():
            raise UsageError("cli.not_found", path=path.as_posix())


def suffix_of(out: Path, known: tuple[str, ...]) -> str:
    suffix = out.suffix.lower().lstrip(".")
    if suffix not in known:
        raise UsageError(
            "cli.unknown_format",
            path=out.name,
            suffix=out.suffix or "''",
            formats=", ".join(f".{k}" for k in known),
        )
    return suffix


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
    for target in targets:
        if target is not None:
            if target.resolve() in {p.resolve() for p in read}:
                raise UsageError("cli.out_is_input", path=target.as_posix())
            check_target(target, b"", force=force or target.suffix == ".csv", inputs=read)


def write(files: dict[Path, bytes], *, force: bool) -> None:
    from lhu_effect.writers.files import write_all

    write_all(files, force=force)


def write_folder(folder: Path, files: dict[str, bytes], *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError("cli.not_a_folder", path=folder.as_posix())
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise UsageError("cli.folder_not_empty", path=folder.as_posix())
    write({folder / name: content for name, content in files.items()}, force=force)


def json_bytes(report: object) -> bytes:
    import json

    return (json.dumps(report, ensure_ascii=False, indent=1, default=str) + "\n").encode("utf-8")
