"""docs/how-to-add.md, each recipe followed once with a toy that then shows up."""

import dataclasses
import sys
from pathlib import Path

import polars as pl
import pytest

import lhu_effect as lhu
from lhu_effect.effects.named import ByUnits, Named

STUDY = """
[study]
id = "toy"
title = "Toy"
municipality = "0486"
extracts = ["toy.csv"]
strata = [{ id = "ak9", grades = ["ak9"] }]

[[wave]]
year = 2020
field_start = 2020-01-20
field_end = 2020-03-06

[[wave]]
year = 2023
field_start = 2023-02-01
field_end = 2023-03-31

[[indicator]]
id = "sleeps_badly"
label = { sv = "Sover dåligt", en = "Sleeps badly" }
theme = "other"
better = "lower"
look_back = "now"
question = "Hur sover du?"
answers = ["Dåligt"]
base = "alla som svarat"
aliases = ["sömnbesvär"]

[[promise]]
id = "sleep"
title = "Sömnlöftet"
start = 2020-04-01
end = 2020-12-31
themes = ["other", "drugs"]
primary = ["sleeps_badly", "narcotics_ever"]
primary_named_on = 2020-03-01
primary_named_by = "kommunen"
"""
COUNTS = """År;Kommun;Årskurs;Fråga;Antal;Antal svar
2020;Strängnäs;Åk 9;Sömnbesvär;90;300
2023;Strängnäs;Åk 9;Sömnbesvär;45;310
2020;Strängnäs;Åk 9;Använt narkotika någon gång;27;300
2023;Strängnäs;Åk 9;Använt narkotika någon gång;29;310
2020;Nyköping;Åk 9;Sömnbesvär;180;600
2023;Nyköping;Åk 9;Sömnbesvär;186;610
2020;Oxelösund;Åk 9;Sömnbesvär;33;110
2023;Oxelösund;Åk 9;Sömnbesvär;35;112
2020;Trosa;Åk 9;Sömnbesvär;50;180
2023;Trosa;Åk 9;Sömnbesvär;52;182
"""


def add_to(registry: str, entry: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more line in a registry, wherever it was imported."""
    holders = [m for name, m in sys.modules.items() if name.startswith("lhu_effect") and hasattr(m, registry)]
    for module in holders:
        monkeypatch.setattr(module, registry, (entry, *getattr(module, registry)))


@pytest.fixture
def study(tmp_path: Path) -> lhu.Study:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "toy.csv").write_text(COUNTS, encoding="utf-8")
    return lhu.open_study(tmp_path)


def test_an_indicator_and_a_promise_are_entries_in_a_study(study: lhu.Study) -> None:
    effects = lhu.estimate_effects(lhu.read_survey(study).cube, study)
    row = effects.rows.filter(pl.col("indicator") == "sleeps_badly", pl.col("after_year") == 2023).row(
        0, named=True
    )
    assert (row["promise"], row["role"], row["n_before"], row["n_after"]) == ("sleep", "primary", 300, 310)
    assert row["share_after"] == pytest.approx(45 / 310)
    page = lhu.build_dashboard(study, out=study.folder / "page.html") if study.folder else Path()
    assert "Sover dåligt" in page.read_text("utf-8")


def test_a_layout_is_a_line_in_readers(study: lhu.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from lhu_effect.survey.layouts import Layout

    lhu.read_survey(study)
    add_to("READERS", Layout("toy", lambda table: None), monkeypatch)
    survey = lhu.read_survey(study)
    assert [f["layout"] for f in survey.report["files"]] == ["toy"]
    assert len(survey.cube) == 10


def test_an_estimator_is_a_line_in_estimators(study: lhu.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    certain = Named(-0.1, {0.95: (-0.2, -0.05), 0.9: (-0.19, -0.06)}, 0.01, "share")
    cube = lhu.read_survey(study).cube
    assert lhu.estimate_effects is not None
    add_to("ESTIMATORS", ByUnits("toy", lambda problem, levels: certain), monkeypatch)
    effects = lhu.estimate_effects(cube, study, estimator="toy")
    row = effects.rows.filter(pl.col("indicator") == "sleeps_badly", pl.col("exposure") == "after").row(
        0, named=True
    )
    assert (row["estimator"], row["estimate"], row["conf_low"]) == ("toy", -0.1, -0.2)


def test_a_chart_is_a_line_in_charts(study: lhu.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from lhu_effect.dashboard.charts import chart

    effects = lhu.estimate_effects(lhu.read_survey(study).cube, study)
    add_to("CHARTS", dataclasses.replace(chart("forest"), name="toy"), monkeypatch)
    assert (
        lhu.plot(effects, "toy", study=study).to_dict()["data"]
        == lhu.plot(effects, "forest", study=study).to_dict()["data"]
    )


def test_another_source_is_a_line_in_sources_and_a_kind(
    study: lhu.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import date

    from lhu_effect.definitions import sources as definitions
    from lhu_effect.i18n import Text
    from lhu_effect.survey.series import Period, Row, SourceReader
    from lhu_effect.survey.sources import SOURCES

    kind = definitions.Kind(
        "toy",
        Text("Leksaken", "The toy"),
        "context",
        Text("Vad den mäter."),
        Text("Läs så här."),
        None,
        "",
        {},
    )
    kinds = {**definitions.source_kinds(), "toy": kind}
    for module in [
        m for name, m in sys.modules.items() if name.startswith("lhu_effect") and hasattr(m, "source_kinds")
    ]:
        monkeypatch.setattr(module, "source_kinds", lambda: kinds)
    assert "toy" not in {s.name for s in SOURCES}
    spring = Period(date(2020, 3, 1), date(2020, 3, 31), "month")
    row = Row("Snurror", "0486", spring, "observed", 17.0, unit=Text("varv"))
    add_to("SOURCES", SourceReader("toy", lambda task: iter([row])), monkeypatch)
    assert study.folder is not None
    (study.folder / "toy.txt").write_text("17", encoding="utf-8")
    (study.folder / "study.toml").write_text(
        STUDY + '[[source]]\nid = "t"\nkind = "toy"\nfiles = "toy.txt"\n', encoding="utf-8"
    )
    page = lhu.build_dashboard(lhu.open_study(study.folder), out=study.folder / "page.html").read_text(
        "utf-8"
    )
    assert "Leksaken" in page
    assert "Snurror, senast: 17 (mars 2020)" in page
