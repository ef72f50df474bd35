"""docs/security.md keeps its word: every promise of its table has a test and every test and file it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
TABLE = re.findall(
    r"(?m)^\| ([^|]+) \| ([^|]*`[^|]*) \|$", PAGE.split("## Promises", 1)[1].split("## Non-interf", 1)[0]
)


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")}


def named(cell: str) -> list[tuple[str, str]]:
    """(file, test) of every name in a cell of the table; `::test_x` is in the file named last, "" for a whole file."""
    found, file = [], ""
    for name in re.findall(r"`([^`]+)`", cell):
        path, _, test = name.partition("::")
        file = path or file
        found.append((file, test))
    return found


def located(file: str) -> Path:
    return next(p for p in (ROOT / file, ROOT / "tests" / "disclosure" / file) if p.exists())


def test_the_table_is_read() -> None:
    assert len(TABLE) > 35


def test_every_test_that_the_threat_model_names_exists() -> None:
    lost = []
    for promise, cell in TABLE:
        for file, test in named(cell):
            path = located(file)
            if test and test not in names_in(path):
                lost.append((promise, file, test))
            if path.is_dir():
                assert list(path.glob("test_*.py")), file
    assert lost == []


def test_every_file_that_the_pages_on_security_name_exists() -> None:
    for page in (PAGE, (ROOT / "SECURITY.md").read_text("utf-8")):
        for path in re.findall(r"`((?:docs|tests|lhu_effect)/[\w./-]+)`", page):
            assert (ROOT / path).exists(), path


def test_the_guards_taken_out_by_the_benchmark_are_where_they_were() -> None:
    """`mutants.py` takes hours; that its guards and tests still exist is seen at once."""
    import sys

    sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))
    from mutants import GUARDS

    for guard in GUARDS:
        assert guard.old in (ROOT / "lhu_effect" / guard.file).read_text("utf-8"), guard.name
        words = re.findall(r"\w+", guard.test.replace(" or ", " "))
        assert any(w in (ROOT / guard.where).read_text("utf-8") for w in words), guard.name
