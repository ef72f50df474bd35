"""What a release promises: started both ways, versions told, completion for three shells, bounds that hold."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lhu_effect.definitions.sources import source_kinds

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SCRIPT = Path(sys.executable).parent / ("lhu-effect.exe" if os.name == "nt" else "lhu-effect")


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(c) for c in command],
        env={**os.environ, "LHU_EFFECT_LANG": "en", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    return done.stdout


def test_the_version_names_what_shaped_the_numbers_however_it_is_started() -> None:
    told = run(sys.executable, "-m", "lhu_effect", "--version").strip()
    assert told.startswith(f"lhu-effect {PROJECT['version']} (")
    for name in ("Python", "polars", "numpy", "scipy", "statsmodels", "plotly", "openpyxl"):
        assert re.search(rf"\b{name} \d+\.\d+", told), name
    assert run(SCRIPT, "--version").strip() == told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_as_the_documents_say(shell: str) -> None:
    line = f"_LHU_EFFECT_COMPLETE={shell}_source lhu-effect"
    assert line in (ROOT / "docs" / "command-line.md").read_text("utf-8")
    try:
        script = run(SCRIPT, _LHU_EFFECT_COMPLETE=f"{shell}_source")
    except subprocess.CalledProcessError as fault:  # click asks bash for its version
        pytest.skip(f"{shell}: {fault.stderr.strip()}")
    assert "lhu-effect" in script
    assert f"{shell}_complete" in script


def completed(words: str, number: int) -> list[str]:
    out = run(SCRIPT, _LHU_EFFECT_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(number))
    return [line.partition(",")[2] for line in out.splitlines()]


def test_completion_knows_commands_options_and_choices() -> None:
    assert completed("lhu-effect a", 1) == ["audit"]
    every = completed("lhu-effect ", 1)
    assert {"build", "check", "import", "effects", "power", "simulate", "new", "audit", "diff"} <= set(every)
    assert {"--out", "--lang", "--internal", "--previous"} <= set(completed("lhu-effect build --", 2))
    assert completed("lhu-effect build --lang ", 3) == ["sv", "en"]


def test_classifiers_and_lower_bound_of_python_agree() -> None:
    told = [c.rsplit(" ", 1)[1] for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert PROJECT["requires-python"] == f">={told[0]}"
    assert told == sorted(told, key=lambda v: int(v.partition(".")[2]))


def test_every_dependency_has_a_lower_bound_that_the_pins_meet() -> None:
    text = (ROOT / "constraints.txt").read_text("utf-8").lower()
    pins = dict(re.findall(r"(?m)^([\w.-]+)(?:\[[^]]*\])?==([\w.]+)", text))
    extras = PROJECT["optional-dependencies"]
    asked = [
        *PROJECT["dependencies"],
        *(d for name, deps in extras.items() if name in ("spss", "excel", "notebook", "dev") for d in deps),
    ]
    for requirement in asked:
        name, low = re.fullmatch(r"([\w.-]+)(?:\[[^]]*\])?>=([\w.]+)", requirement).groups()  # type: ignore[union-attr]
        assert name in pins, f"{name} is not pinned in constraints.txt"
        assert _parts(pins[name]) >= _parts(low), requirement


def _parts(version: str) -> list[int]:
    return [int(p) for p in re.findall(r"\d+", version)]


def test_the_citation_file_is_valid_and_names_this_version() -> None:
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    for key in ("cff-version: 1.2.0", "message:", "title:", "authors:", "type: software"):
        assert re.search(rf"(?m)^{re.escape(key)}", text), key
    assert re.search(r"(?m)^version: (\S+)$", text)[1] == PROJECT["version"]  # type: ignore[index]
    assert re.search(r"(?m)^license: (\S+)$", text)[1] == PROJECT["license"]  # type: ignore[index]
    assert re.search(r"(?m)^date-released: \d{4}-\d\d-\d\d$", text)
    assert re.search(r"(?m)^authors:\n  - (?:name|family-names): ", text)


def test_every_kind_of_source_is_in_the_documents() -> None:
    page = (ROOT / "docs" / "other-sources.md").read_text("utf-8")
    assert all(f"`{kind}`" in page for kind in source_kinds())


def test_the_analysts_tutorial_plans_before_there_are_extracts(tmp_path: Path) -> None:
    study, table = tmp_path / "our-study", tmp_path / "power.csv"
    run(SCRIPT, "new", study)
    assert "power.csv" in run(SCRIPT, "power", study, "--out", table)
    assert table.read_text("utf-8").count("\n") > 100
