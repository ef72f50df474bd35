"""The public names: each documented with an example that runs, typed for those who check, shown as what it is."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import lhu_effect as lhu
from lhu_effect.survey.cube import KEY

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", lhu.__all__)
def test_every_public_name_has_an_example_that_runs(name: str) -> None:
    found = getattr(lhu, name)
    if name == "simulate":  # a module that can be called
        found = sys.modules["lhu_effect.simulate"].simulate
    home = importlib.import_module(found.__module__)
    said = inspect.getdoc(found) or ""
    tests = doctest.DocTestFinder(recurse=False).find(found, name, globs=dict(vars(home)))
    assert sum(len(t.examples) for t in tests), f"{name} shows no example"
    assert len(said.split(">>>")[0].split()) >= 8, f"{name} says too little"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    for test in tests:
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def test_options_of_public_functions_are_keyword_only() -> None:
    most = {"explain": 2, "plot": 2, "sample_shares": 2, "replicate": 4, "did": 2}
    for name in lhu.__all__:
        found = getattr(lhu, name)
        if inspect.isfunction(found):
            given = [
                p for p in inspect.signature(found).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD
            ]
            assert len(given) <= most.get(name, 2), (name, [p.name for p in given])


CONSUMER = """
import lhu_effect as lhu

study: lhu.Study = lhu.open_study()
survey = lhu.read_survey(study)
effects: lhu.Effects = lhu.estimate_effects(survey.cube, study, estimator="aggregate_did", before=[2017], after=2023)
word: str = lhu.explain(effects["2020", "narcotics_ever"], lang="en")
cube: lhu.Cube = survey.cube.filter(grade="ak9").pool("sex")
wrong: int = effects.masked_by
lhu.plot(effects, 3)
"""


def test_a_consumer_is_typed(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    script = tmp_path / "consumer.py"
    script.write_text(CONSUMER, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(script)]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout
    mine = re.findall(r"consumer\.py:(\d+): error: .*\[([a-z-]+)\]", said)
    assert mine == [("9", "attr-defined"), ("10", "arg-type")], said


def test_unmasked_results_say_that_they_are() -> None:
    study = lhu.open_study()
    effects = lhu.estimate_effects(lhu.read_survey(study).cube, study, with_checks=False)
    one = effects["2020", "narcotics_12_months"]
    for shown in (repr(effects), repr(one), repr(lhu.read_survey(study).cube)):
        assert "unmasked, not for publication" in shown
    for page in (effects._repr_html_("en"), one._repr_html_("en")):
        assert "They must not be passed on" in page
        assert "<caption>" in page
        assert 'scope="row"' in page
    assert 'scope="col"' in effects._repr_html_()
    assert len(repr(study)) < 200


def test_what_cannot_be_meant_is_said() -> None:
    study = lhu.open_study()
    cube = lhu.read_survey(study).cube
    for ids, column in (({"municipality": "0484"}, "municipality"), ({"indicator": "headache"}, "indicator")):
        changed = cube.filter(municipality="0486").frame.with_columns(
            pl.lit(v).alias(c) for c, v in ids.items()
        )
        with pytest.raises(lhu.LhuError, match=f"column {column} holds {ids[column]}"):
            lhu.estimate_effects(lhu.Cube(changed.unique(subset=KEY, maintain_order=True)), study)
    with pytest.raises(lhu.LhuError, match="one effect"):
        lhu.explain("narcotics_ever", study)
