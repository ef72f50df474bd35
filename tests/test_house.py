"""The house keeps its own rules: texts in both languages, public names, nothing of any machine."""

import re
import string
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import lhu_effect

ROOT = Path(__file__).parents[1]
TEXTS = ROOT / "lhu_effect" / "texts"
ROOMS = sorted(p.name for p in (TEXTS / "sv").glob("*.toml"))


def leaves(tree: dict[str, object], path: str = "") -> Iterator[tuple[str, object]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}.{key}")
        else:
            yield f"{path}.{key}", value


def holes(value: object) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(str(value)) if name}


@pytest.mark.parametrize("room", ROOMS)
def test_every_text_exists_in_both_languages_with_the_same_holes(room: str) -> None:
    sv, en = (dict(leaves(tomllib.loads((TEXTS / lang / room).read_text("utf-8")))) for lang in ("sv", "en"))
    assert sv.keys() == en.keys()
    assert {k for k in sv if holes(sv[k]) != holes(en[k])} == set()


def test_both_languages_have_the_same_rooms() -> None:
    assert sorted(p.name for p in (TEXTS / "en").glob("*.toml")) == ROOMS


def test_every_public_name_is_there() -> None:
    assert sorted(lhu_effect.__all__) == sorted(set(lhu_effect.__all__))
    for name in lhu_effect.__all__:
        assert getattr(lhu_effect, name) is not None


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(AttributeError, match="open_study"):
        _ = lhu_effect.estimate


def tracked() -> list[Path]:
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if found.returncode:
        pytest.skip("not a git checkout: nothing to walk")
    return [ROOT / name for name in found.stdout.decode().split("\0") if name]


def test_no_file_names_a_machine_or_a_registry() -> None:
    forbidden = re.compile("/" + r"(work|root|tmp/bash_jobs)/|pypi\.org|files\.pythonhosted|registry\.npmjs")
    culprits = []
    for path in tracked():
        if path.suffix in {".xlsx", ".png", ".parquet", ".sav", ".html"} or not path.is_file():
            continue
        if forbidden.search(path.read_text("utf-8", errors="replace")) and path != Path(__file__):
            culprits.append(path.relative_to(ROOT).as_posix())
    assert culprits == []


TOP_LEVEL = {
    "lhu_effect", "data", "dashboards", "tests", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md",
    "constraints.txt", "docs", "mkdocs.yml", "SECURITY.md", "CITATION.cff", "CONTRIBUTING.md",
}  # fmt: skip


def test_the_top_level_is_the_agreed_one() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {n for n in names if not n.startswith(".")} <= TOP_LEVEL


def test_modules_stay_in_one_piece() -> None:
    """A module is one concept: 400 lines at the most (style.md 10)."""
    long = [
        p.relative_to(ROOT).as_posix()
        for p in tracked()
        if p.suffix == ".py"
        and p.parts[-2] != "tests"
        and p.is_relative_to(ROOT / "lhu_effect")
        and len(p.read_text("utf-8").splitlines()) > 400
    ]
    assert long == []
