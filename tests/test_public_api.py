"""The public names: each documented with an example that runs, typed for those who check, shown as what it is."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
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


OWN = "narcotics_12_months"
MISSPELT: dict[str, tuple[Callable[[lhu.Study, lhu.Cube, lhu.Effects], object], str]] = {
    "indicator": (lambda s, c, _: lhu.estimate_effects(c, s, indicator="narkotics_ever"), "narcotics_ever"),
    "promise": (lambda s, c, _: lhu.estimate_effects(c, s, promise="2022-2032"), "2022-2023"),
    "estimator": (lambda s, c, _: lhu.estimate_effects(c, s, estimator="shool_cr2"), "school_cr2"),
    "replicated estimator": (lambda s, c, _: lhu.replicate(c, s, "2020", OWN, estimator="school_cr22"), "school_cr2"),
    "replicated measure": (lambda s, c, _: lhu.replicate(c, s, "2020", OWN[:-1]), OWN),
    "replicated district": (
        lambda s, c, _: lhu.replicate(c, s, "2020", OWN, district="marifred"),
        f"2020+2021+2022-2023, {OWN}, mariefred",
    ),
    "effect": (lambda s, c, e: e["2020", OWN[:-1]], f"2020+2021+2022-2023, {OWN}"),
    "effect's district": (lambda s, c, e: e["2020", OWN, "marifred"], f"2020+2021+2022-2023, {OWN}, mariefred"),
    "effect by half a key": (lambda s, c, e: e["2017"], f"2017, {OWN}"),
    "chart": (lambda s, c, e: lhu.plot(e, "forrest"), "forest"),
    "chart's measure": (lambda s, c, e: lhu.plot(e, "forest", indicator=OWN[:-1]), OWN),
    "grade": (lambda s, c, _: c.filter(grade="åk9"), "ak9"),
    "grades": (lambda s, c, _: c.filter(grade=["ak7", "gy_2"]), "gy2"),
    "district": (lambda s, c, _: c.filter(district="marifred"), "mariefred"),
    "wave": (lambda s, c, _: c.filter(year=2032), "2023"),
    "column": (lambda s, c, _: c.filter(grad="ak9"), "grade"),
    "language": (lambda s, c, e: lhu.explain(e["2020", OWN], lang="de"), "sv, en"),
}  # fmt: skip


@pytest.fixture(scope="module")
def asked() -> tuple[lhu.Study, lhu.Cube, lhu.Effects]:
    study = lhu.open_study()
    cube = lhu.read_survey(study).cube
    return study, cube, lhu.estimate_effects(cube, study, indicator=OWN, with_checks=False)


@pytest.mark.parametrize("name", MISSPELT)
def test_a_misspelt_id_is_answered_by_the_one_likeliest_meant(
    name: str, asked: tuple[lhu.Study, lhu.Cube, lhu.Effects]
) -> None:
    call, meant = MISSPELT[name]
    with pytest.raises(lhu.LhuError) as refused:
        call(*asked)
    known = str(refused.value.facts["known"])
    assert known.startswith(meant), known
    assert all(known in refused.value.message(lang) for lang in ("sv", "en"))


def test_a_study_made_in_code_is_checked_and_never_given_invented_answers(
    asked: tuple[lhu.Study, lhu.Cube, lhu.Effects],
) -> None:
    known, cube, _ = asked
    mine = lhu.Study("0486", registry=known.registry, id="mine", waves=known.waves)
    with pytest.raises(lhu.LhuError, match="no survey files"):
        lhu.read_survey(mine)
    odd = lhu.Promise("x", lhu.Text("x"), date(2020, 1, 1), date(2020, 12, 31), themes=("drugz",))
    with pytest.raises(lhu.LhuError, match="Did you mean “drugs”"):
        lhu.estimate_effects(cube, replace(mine, promises=(odd,)))
    with pytest.raises(lhu.LhuError, match=r"yes=\('12',\)"):
        lhu.CodebookEntry("narcotics_ever", 2023, "F46", yes="12")  # type: ignore[arg-type]
    assert lhu.CodebookEntry("narcotics_ever", 2023, "F46", yes=(12,)).yes == ("12",)  # type: ignore[arg-type]


def test_results_carry_their_study_so_that_names_and_charts_are_its_own() -> None:
    registry = lhu.load_registry().adding(
        *(lhu.Place(f"900{i}", "municipality", f"Ort{i}") for i in range(1, 4)),
        replace(
            lhu.load_registry().indicators["cannabis_ever"],
            id="hash",
            question="Har du provat hasch?",
            aliases=(),
            versions=(),
            label=lhu.Text("Provat hasch", "Tried hash"),
        ),
    )
    promise = lhu.Promise("2022", lhu.Text("Löftet"), date(2022, 1, 1), date(2022, 12, 31), themes=("drugs",))
    study = lhu.Study("9001", registry=registry, waves=(lhu.Wave(2021), lhu.Wave(2024)), promises=(promise,))
    pupils = pl.DataFrame(
        [
            {"ar": year, "ort": f"Ort{town}", "ak": 9, "q": int(i % 7 == 0)}
            for year in (2021, 2024) for town in (1, 2, 3) for i in range(140)
        ]
    )  # fmt: skip
    book = [lhu.CodebookEntry("hash", year, "q", yes=("1",), no=("0",)) for year in (2021, 2024)]
    keys = {"year": "ar", "municipality": "ort", "grade": "ak"}
    effects = lhu.estimate_effects(lhu.count_records(pupils, study, keys=keys, codebook=book), study)
    one = effects["2022", "hash"]
    assert lhu.explain(one, lang="en").startswith("Tried hash (Ort1 municipality)")
    assert "Tried hash (hash)" in one._repr_html_("en")
    assert "Tried hash" in str(lhu.plot(effects, "forest", lang="en").to_dict())
    odd = pl.concat([pupils, pupils.head(1).with_columns(ort=pl.lit("Ort9"))])
    with pytest.raises(lhu.LhuError, match=r"unknown municipality: ”Ort9” \(1\).*adding\(lhu.Place"):
        lhu.count_records(odd, study, keys=keys, codebook=book)
