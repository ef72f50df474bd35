"""Opens a binary file in a child process that may use only so much memory and time.

A hostile .xlsx, .sav, .dta or .parquet can end the process of the library that reads it, uncatchably. Here
it ends `load_child`, and the caller gets one InputError. What comes back is a frame and plain facts.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

from lhu_effect.errors import InputError, UsageError
from lhu_effect.survey import load_child
from lhu_effect.survey.load_child import Heading
from lhu_effect.survey.preflight import Kind

MEMORY_MB = 3_000
SECONDS = 300
_EXTRAS: Mapping[str, tuple[str, str]] = {
    "sav": ("pyreadstat", "spss"),
    "dta": ("pyreadstat", "spss"),
    "xlsx": ("fastexcel", "excel"),
}


@dataclass(frozen=True, eq=False)
class Loaded:
    """frame: the wanted columns (none for records in Parquet, which are only tried). names: all columns."""

    frame: pl.DataFrame
    names: tuple[str, ...]
    told: Mapping[str, Any]


def load(
    path: Path,
    kind: Kind,
    name: str,
    *,
    wanted: Sequence[str] = (),
    heading: Heading | None = None,
    table_rows: int | None = None,
) -> Loaded:
    """The columns `wanted` of the file at `path`.

    heading: of a workbook's records. table_rows: take a Parquet file as a table of at most so many rows
    (one more is loaded, so that the caller sees when there are more), its plain columns all wanted.
    Raises InputError when the file is damaged or takes too much memory or time; UsageError when the
    library for this kind is not installed.
    """
    module, extra = _EXTRAS.get(kind, ("", ""))
    if module and find_spec(module) is None:
        raise UsageError("files.needs_extra", file=name, extra=extra, kind=kind)
    asked = {
        "wanted": list(wanted),
        "heading": asdict(heading) if heading else None,
        "table_rows": table_rows,
    }
    with tempfile.TemporaryDirectory(prefix="lhu-effect-") as folder:
        out = Path(folder) / "records.arrow"
        told = _run(path, kind, asked, out, name)
        frame = pl.read_ipc(io.BytesIO(out.read_bytes())) if out.exists() else pl.DataFrame()
    return Loaded(frame, tuple(told["names"]), told)


def _run(path: Path, kind: str, asked: Mapping[str, Any], out: Path, name: str) -> dict[str, Any]:
    script = [sys.executable, "-P", load_child.__file__]
    environment = {**os.environ, "POLARS_MAX_THREADS": "2", "MALLOC_ARENA_MAX": "2", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            [*script, kind, str(path.resolve()), str(out), str(MEMORY_MB)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InputError("files.too_slow", file=name, seconds=SECONDS) from error
    if done.returncode == load_child.UNREADABLE:
        rule = "too_heavy" if done.stderr.endswith(b"MemoryError") else "records_damaged"
        raise InputError(f"files.{rule}", file=name, limit=MEMORY_MB)
    if done.returncode:
        raise InputError("files.too_heavy", file=name, limit=MEMORY_MB)
    told: dict[str, Any] = json.loads(done.stdout)
    return told
