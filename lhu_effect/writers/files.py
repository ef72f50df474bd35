"""Puts bytes into a file so that a killed run leaves the old file or the new one, whole.

Everything this program writes goes through here: temporary file beside the target, fsync, replace. Refuses
symbolic links, inputs, folders, and files that something else wrote. Knows no format beyond its mark.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from lhu_effect.errors import ForeignOutputError, OutputError, UsageError

MARK = b"lhu_effect"
Ours = Callable[[bytes], bool]


def write_whole(
    path: Path,
    data: bytes,
    *,
    force: bool = False,
    ours: Ours | None = None,
    inputs: Iterable[Path] = (),
    private: bool = False,
) -> None:
    """Write `data` to `path`, all of it or nothing.

    force: overwrite a file that this program did not write. ours: tells from an existing file's bytes
    whether this program wrote it; None: by its generator mark, or the same heading line.
    inputs: files read in this run, never overwritten (not even with force). private: only the owner may read it.
    Folders are made as needed. Raises UsageError, ForeignOutputError (nothing touched) or OutputError (old file whole).
    """
    check_target(path, data, force=force, ours=ours, inputs=inputs)
    temporary = _prepared(path, data, 0o600 if private else 0o666)
    try:
        _put(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_all(
    files: Mapping[Path, bytes], *, force: bool = False, inputs: Iterable[Path] = (), private: bool = False
) -> None:
    """Write several files: all targets are checked, then all temporary files written, then all put in place."""
    read = tuple(inputs)
    for path, data in files.items():
        check_target(path, data, force=force, inputs=read)
    ready: dict[Path, Path] = {}
    try:
        for path, data in files.items():
            ready[path] = _prepared(path, data, 0o600 if private else 0o666)
        for path, temporary in ready.items():
            _put(temporary, path)
    finally:
        for temporary in ready.values():
            temporary.unlink(missing_ok=True)


def check_target(
    path: Path, data: bytes, *, force: bool = False, ours: Ours | None = None, inputs: Iterable[Path] = ()
) -> None:
    """Raise when `path` must not be written; so that a long run can ask before it starts (with data b"")."""
    try:
        _check_target(path, data, force, ours, inputs)
    except OSError as fault:
        raise _said(fault, path) from None


def _check_target(path: Path, data: bytes, force: bool, ours: Ours | None, inputs: Iterable[Path]) -> None:
    if path.is_symlink():
        raise UsageError("writers.is_link", file=path.name)
    if not path.exists():
        return
    if path.is_dir():
        raise UsageError("writers.is_folder", file=path.name)
    if not path.is_file():
        raise UsageError("writers.not_a_file", file=path.name)
    if any(p.exists() and p.samefile(path) for p in inputs):
        raise UsageError("writers.is_input", file=path.name)
    if force or path.stat().st_size == 0:
        return
    existing = path.read_bytes()
    if not (ours(existing) if ours else wrote_it(existing, data)):
        raise ForeignOutputError("writers.foreign", file=path.name)


def wrote_it(existing: bytes, data: bytes = b"") -> bool:
    """Whether this program wrote `existing`: a generator mark, or (tables of text) the heading line of `data`."""
    if existing.startswith(b"PK"):
        return _zip_mark(existing)
    if existing.startswith(b"PAR1"):
        return MARK in existing[-65536:]
    if MARK in existing[:4096]:
        return True
    heading = data.split(b"\n", 1)[0]
    return heading.strip() not in (b"", b"{", b"[") and existing.split(b"\n", 1)[0] == heading


def _zip_mark(existing: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(existing)) as parts, parts.open("docProps/app.xml") as part:
            return MARK in part.read(4096)
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError):
        return False


def _prepared(path: Path, data: bytes, mode: int) -> Path:
    """A temporary file beside `path` that holds `data`, safely on the disk; nothing is left when that fails."""
    temporary = path.parent / f".lhu_effect.{os.getpid()}.{secrets.token_hex(6)}.tmp"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_new(temporary, data, mode)
    except BaseException as fault:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(fault, OSError):
            raise _said(fault, path) from None
        raise
    return temporary


def _put(temporary: Path, path: Path) -> None:
    if path.is_symlink():  # made meanwhile, or hidden behind folders that did not exist when it was checked
        raise UsageError("writers.is_link", file=path.name)
    try:
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as fault:
        raise _said(fault, path) from None


def _write_new(path: Path, data: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """So that the new name survives a power cut; Windows has no such call."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _said(fault: OSError, path: Path) -> OutputError:
    """The system's fault as a sentence that says what to do."""
    if isinstance(fault, PermissionError):
        locked = path.exists() and os.access(path.parent, os.W_OK)
        rule = "writers.locked" if locked else "writers.no_permission"
        return OutputError(rule, file=path.name, folder=path.parent.name or str(path.parent))
    if fault.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return OutputError("writers.disk_full", file=path.name)
    if fault.errno == errno.EROFS:
        return OutputError("writers.no_permission", file=path.name, folder=path.parent.name)
    if isinstance(fault, (NotADirectoryError, FileExistsError)):
        return OutputError("writers.no_folder", file=path.name, folder=path.parent.name)
    return OutputError("writers.other", file=path.name, why=fault.strerror or type(fault).__name__)
