"""The calibration benchmark, short: fixed seeds, wide limits, every kind of scenario. The table is docs/method.md's."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from lhu_effect.effects.calibrated import calibration_table

SEEDS = 12


@pytest.fixture(scope="module")
def calibration() -> ModuleType:
    path = Path(__file__).parents[1] / "benchmarks" / "calibration.py"
    spec = importlib.util.spec_from_file_location("calibration", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["calibration"] = module
    spec.loader.exec_module(module)
    return module


def test_no_effect_is_seldom_seen_and_an_effect_is(calibration: ModuleType) -> None:
    lines = {
        name: calibration.summary(calibration.scenario_named(name), calibration.results(name, SEEDS, None))
        for name in ("base", "effect")
    }
    for name, s in lines.items():
        assert s["coverage"].value > 0.80, name
        assert s["districts"].value > 0.85, name
        assert s["wrong"].value == 0
        assert s["refused"].value == 0
    assert lines["base"]["family_claim"].value <= 2 / SEEDS
    assert lines["effect"]["family_claim"].value >= 0.5
    assert lines["base"]["others"]["cr1_did"].value < lines["base"]["coverage"].value
    assert calibration.table(lines).count("\n") == 3


@pytest.mark.parametrize("name", ["alone", "during"])
def test_what_must_be_refused_always_is(calibration: ModuleType, name: str) -> None:
    made = calibration.results(name, 2, None)
    assert calibration.summary(calibration.scenario_named(name), made)["refused"].value == 1.0


def test_a_hidden_target_never_has_a_point(calibration: ModuleType) -> None:
    made = calibration.results("masked", 2, None)
    assert calibration.summary(calibration.scenario_named("masked"), made)["points"] == 0


def test_a_stopped_run_goes_on_where_it_was(calibration: ModuleType, tmp_path: Path) -> None:
    first = calibration.results("alone", 2, tmp_path)
    store = tmp_path / "alone.jsonl"
    store.write_text(store.read_text(encoding="utf-8") + '{"seed": 3, "ans', encoding="utf-8")
    again = calibration.results("alone", 3, tmp_path)
    assert again[:2] == first
    assert [r["seed"] for r in again] == [1, 2, 3]
    assert len(store.read_text(encoding="utf-8").splitlines()) == 3


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_the_notes_table_is_that_of_the_docs(calibration: ModuleType, lang: str) -> None:
    """Package data and docs/method.md are written together; every scenario is in both, with the same numbers."""
    page = (Path(__file__).parents[2] / "docs" / "method.md").read_text(encoding="utf-8")
    rows = [
        line.strip("| ").split(" | ")
        for line in page.split("<!-- calibration -->")[1].split("\n")
        if "±" in line
    ]
    docs = {row[0]: [row[i] for i in (1, 2, 4, 6, 8, 9, 10)] for row in rows if len(row) > 10}
    lines = [line.strip("| ").split(" | ") for line in calibration_table(lang).splitlines()[4:]]
    assert len(lines) == len(calibration.SCENARIOS) == len(docs)
    for scenario, row in zip(calibration.SCENARIOS, lines, strict=True):
        assert row[0] == (scenario.what if lang == "en" else calibration.SV[scenario.name])
        found = [x.replace(",", ".") if lang == "sv" else x for x in row[1:]]
        assert found == docs[scenario.what], scenario.name
