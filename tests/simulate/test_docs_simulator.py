"""docs/simulator.md is run, and its table names every setting with its default."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from lhu_effect.simulate import Settings
from lhu_effect.simulate.scenarios import SCENARIOS

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_table() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == {f.name for f in fields(Settings)}


def test_numeric_defaults_are_those_of_the_code() -> None:
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("| `")]
    said = {r[1].strip(" `"): r[2].strip() for r in rows}
    plain = {name: float(text) for name, text in said.items() if re.fullmatch(r"[\d.]+", text)}
    assert len(plain) >= 12
    made = Settings()
    for name, value in plain.items():
        found = getattr(made, name.split("`")[0])
        if isinstance(found, (int, float)):
            assert found == value, name


def test_the_examples_run() -> None:
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "docs/simulator.md", "exec"), {})


def test_the_scenarios_are_described() -> None:
    assert "SCENARIOS" in PAGE
    assert len(SCENARIOS) == 21
