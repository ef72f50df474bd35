"""What a file really is, and whether it is safe to read: looked at before any reader opens it.

Names lie and declared sizes lie, so the first bytes decide the kind, and a package (zip) is judged by
its directory before it is opened and by what streams out of it while it is read. What this program does
not read gets an error that says what to save it as. Nothing here understands a sheet's contents.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from lhu_effect.errors import InputError

Kind = Literal["xlsx", "text", "sav", "dta", "parquet"]

MB = 1_000_000
CHUNK = 1 << 19


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may ask for. slots: cells if every row were as wide as its last cell."""

    file_bytes: int = 50 * MB
    parts: int = 2_000
    unpacked_bytes: int = 150 * MB
    ratio: int = 200
    rows: int = 20_000
    cols: int = 500
    cells: int = 1_000_000
    slots: int = 10_000_000
    strings: int = 1_000_000
    text_chars: int = 100_000
    merged_rows: int = 500_000
    silent_bytes: int = 4 * MB


TABLE = Limits()
FLAT = Limits(unpacked_bytes=600 * MB, rows=1_048_576, cells=60_000_000, slots=60_000_000, strings=20_000_000)

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x4c\x00\x00\x00\x01\x14\x02\x00", "link"),
    (b"[InternetShortcut]", "link"),
    (b"\x09\x00\x04\x00", "xls"),  # Excel 2 to 5, before the compound files
    (b"\x09\x02\x06\x00", "xls"),
    (b"\x09\x04\x06\x00", "xls"),
    (b"\x09\x08\x08\x00", "xls"),
    (b"\x09\x08\x10\x00", "xls"),
    (b"RDX2", "statistics"),
    (b"RDX3", "statistics"),
    (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"SQLite format 3", "database"),
    (b"\x00\x01\x00\x00Standard", "database"),
    (b"ARROW1", "feather"),
    (b"\x89HDF", "database"),
)
_SAS = b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00"
_STATISTICS = (".rds", ".rdata", ".rda", ".por", ".sas7bdat", ".xpt")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_WEB = ("<!doctype html", "<html", "<table", "<head", "<meta", "<body")


def file_kind(path: Path, name: str | None = None) -> Kind:
    """What `path` is, from its bytes.

    Raises InputError (`files.<what it is>`) for a kind this program does not read, an empty file, or
    Excel's lock file; OSError travels on as `files.unreadable`.
    """
    name = name or path.name
    if path.name.startswith("~$"):
        raise InputError("files.lock_file", file=name)
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise InputError("files.unreadable", file=name, why=error.strerror or "?") from error
    if not head.strip(b"\x00 \r\n\t"):
        raise InputError("files.empty", file=name)
    if head.startswith(_ZIP):
        return _package_kind(path, name)
    if head.startswith(_OLE):
        raise InputError(f"files.{_ole_kind(path)}", file=name)
    if path.suffix.lower() in _STATISTICS or _SAS in head[:64]:
        raise InputError("files.statistics", file=name)
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise InputError(f"files.{what}", file=name)
    return _by_record(head) or _text_kind(head, name)


def _by_record(head: bytes) -> Kind | None:
    """The binary formats of pupils' records."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"$FL2", b"$FL3")):
        return "sav"
    old_stata = head[0] in (104, 105, 108, *range(110, 116)) and head[1:3] in (b"\x01\x01", b"\x02\x01")
    return "dta" if head.startswith(b"<stata_dta>") or old_stata else None


def _text_kind(head: bytes, name: str) -> Kind:
    """ "text", unless it is a web page, XML or JSON in disguise, or no text at all."""
    start = _as_ascii(head)
    if start.startswith(_WEB) or ("<table" in start and "<" in start[:1]):
        raise InputError("files.web_page", file=name)
    if start.startswith(("mime-version:", "from: ")) and "multipart" in start:
        raise InputError("files.web_page", file=name)
    if start.startswith("<?xml"):
        raise InputError("files.web_page" if "<html" in start else "files.xml", file=name)
    if start.startswith(("{", "[{")) and '"' in start:
        raise InputError("files.link" if "docs.google" in start else "files.json", file=name)
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    if not wide and head.count(0) > len(head) // 3 and not _looks_utf16(head):
        raise InputError("files.not_text", file=name)
    if not wide and sum(b < 32 and b not in (0, 9, 10, 12, 13, 26) for b in head) > len(head) // 20:
        raise InputError("files.not_text", file=name)
    return "text"


def _as_ascii(head: bytes) -> str:
    return head.replace(b"\x00", b"").decode("latin-1").lstrip("\ufeff\xef\xbb\xbf\xff\xfe \r\n\t").lower()


def _looks_utf16(head: bytes) -> bool:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    return max(even, odd) > len(head) * 0.3 and min(even, odd) < len(head) * 0.05


def _ole_kind(path: Path) -> str:
    """Which of Microsoft's old compound files: a locked workbook, an .xls, or something else."""
    with path.open("rb") as stream:
        body = stream.read(TABLE.file_bytes)
    if "EncryptedPackage".encode("utf-16-le") in body:
        return "locked"
    if "Workbook".encode("utf-16-le") in body or "Book\x00".encode("utf-16-le") in body:
        return "xls"
    return "office_document"


def _package_kind(path: Path, name: str) -> Kind:
    with open_package(path, name, FLAT) as package:
        names = set(package.names)
        if "xl/workbook.bin" in names:
            raise InputError("files.xlsb", file=name)
        if "mimetype" in names:
            sheet = b"spreadsheet" in package.read("mimetype")[:200]
            raise InputError("files.ods" if sheet else "files.office_document", file=name)
        if any(n.startswith(("word/", "ppt/")) for n in names):
            raise InputError("files.office_document", file=name)
        if any(n.startswith("Index/") or n == "Index.zip" for n in names):
            raise InputError("files.numbers", file=name)
        if "[Content_Types].xml" not in names and "xl/workbook.xml" not in names:
            raise InputError("files.archive", file=name)
        return "xlsx"


class Package:
    """An open, checked package. Parts stream out in chunks and are counted as they come."""

    def __init__(self, archive: zipfile.ZipFile, name: str, limits: Limits) -> None:
        self._archive = archive
        self._name = name
        self._limits = limits
        self._unpacked = 0
        self._infos = {i.filename: i for i in archive.infolist()}

    @property
    def names(self) -> tuple[str, ...]:
        """Part names, in the package's order."""
        return tuple(self._infos)

    def chunks(self, part: str) -> Iterator[bytes]:
        """The bytes of `part`. Raises InputError when it outgrows the limits or is damaged."""
        info = self._infos[part]
        here = 0
        try:
            with self._archive.open(info) as stream:
                while chunk := stream.read(CHUNK):
                    here += len(chunk)
                    self._count(len(chunk), here, info)
                    yield chunk
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            RuntimeError,
            NotImplementedError,
        ) as error:
            raise InputError("files.damaged", file=self._name, part=part) from error

    def read(self, part: str) -> bytes:
        """All of a small `part`."""
        return b"".join(self.chunks(part))

    def _count(self, new: int, here: int, info: zipfile.ZipInfo) -> None:
        self._unpacked += new
        if self._unpacked > self._limits.unpacked_bytes:
            raise InputError(
                "files.unpacks_too_big", file=self._name, limit=self._limits.unpacked_bytes // MB
            )
        if here > MB and here > self._limits.ratio * max(info.compress_size, 1):
            raise InputError("files.bomb", file=self._name, part=info.filename, limit=self._limits.ratio)


@contextmanager
def open_package(path: Path, name: str, limits: Limits = TABLE) -> Iterator[Package]:
    """The package at `path`, its directory checked: size, number of parts, names, methods, locks."""
    stream = _opened(path, name)
    with stream:
        try:
            archive = zipfile.ZipFile(stream)
        except (
            zipfile.BadZipFile,
            OSError,
            ValueError,
            OverflowError,
            EOFError,
            NotImplementedError,
        ) as error:
            raise InputError("files.truncated", file=name) from error
        with archive:
            _check_directory(archive, path, name, limits)
            yield Package(archive, name, limits)


def _opened(path: Path, name: str) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError("files.unreadable", file=name, why=error.strerror or "?") from error


def _check_directory(archive: zipfile.ZipFile, path: Path, name: str, limits: Limits) -> None:
    infos = archive.infolist()
    if (size := path.stat().st_size) > limits.file_bytes:
        raise InputError("files.too_big", file=name, found=round(size / MB), limit=limits.file_bytes // MB)
    if len(infos) > limits.parts:
        raise InputError("files.too_many_parts", file=name, found=len(infos), limit=limits.parts)
    seen: set[str] = set()
    for info in infos:
        part = info.filename
        if _is_trick(part) or _is_trick(info.orig_filename):
            raise InputError("files.bad_part_name", file=name, part=part[:80])
        if part.casefold() in seen:
            raise InputError("files.duplicate_part", file=name, part=part[:80])
        seen.add(part.casefold())
        if info.flag_bits & 0x1:
            raise InputError("files.locked", file=name)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError("files.damaged", file=name, part=part[:80])
    declared = sum(i.file_size for i in infos if i.filename.endswith((".xml", ".rels")))
    if declared > limits.unpacked_bytes:
        raise InputError("files.unpacks_too_big", file=name, limit=limits.unpacked_bytes // MB)


def _is_trick(part: str) -> bool:
    return part.startswith("/") or "\\" in part or "\x00" in part or ":" in part or ".." in part.split("/")
