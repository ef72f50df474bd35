"""Exports and `lhu.plot`: the library's numbers, marked, never formulas, the same bytes every time."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace

import openpyxl
import polars as pl
import pytest

from lhu_effect.dashboard import export, plotly_figure
from lhu_effect.dashboard.chart_data import Pick
from lhu_effect.dashboard.charts import CHARTS, chart, trend
from lhu_effect.dashboard.plotting import plot
from lhu_effect.effects.model import CHECK_SCHEMA, EFFECT_SCHEMA, Effects
from lhu_effect.errors import UsageError
from lhu_effect.survey.model import Source, Survey
from tests.dashboard import chart_sample, fixtures, other_sample

ABOUT = export.About.page(chart_sample.data())
MADE = fixtures.make()
SHOWN = other_sample.shown()


def synthetic() -> Survey:
    return replace(
        MADE.survey, sources=(Source("a.xlsx", "wide", "Region Sörmland", "2026-01-01", synthetic=True),)
    )


def files(suffix: str, effects: Effects = MADE.effects, survey: Survey = MADE.survey) -> dict[str, bytes]:
    return export.effect_files(effects, MADE.study, survey, suffix, stem="e", lang="sv")


def test_csv_has_the_columns_of_the_contract_and_the_librarys_numbers() -> None:
    made = files("csv")
    assert set(made) == {"e.csv", "e_checks.csv"}
    back = pl.read_csv(made["e.csv"], schema=EFFECT_SCHEMA)
    shown = [c for c in EFFECT_SCHEMA if c != "flags"]
    assert back.select(shown).fill_null("").equals(MADE.effects.rows.select(shown).fill_null(""))
    assert tuple(pl.read_csv(made["e_checks.csv"]).columns) == tuple(CHECK_SCHEMA)


def test_every_format_says_that_numbers_are_invented_or_private() -> None:
    private = replace(MADE.effects, masked=False)
    csv_text = files("csv", private, synthetic())["e.csv"].decode()
    flags = pl.read_csv(csv_text.encode(), schema=EFFECT_SCHEMA)["flags"]
    assert all({"internal", "synthetic"} <= set(f.split()) for f in flags)
    held = json.loads(files("json", private, synthetic())["e.json"])
    assert held["about"]["notes"] == ["Syntetiska data – inga riktiga elever", "Internt – får inte spridas"]
    book = openpyxl.load_workbook(io.BytesIO(files("xlsx", private, synthetic())["e.xlsx"]))
    assert "Syntetiska data – inga riktiga elever" in [c.value for c in book["Om uppgifterna"]["B"]]
    assert "Internt – får inte spridas" in [c.value for c in book["Om uppgifterna"]["B"]]


def test_a_published_real_result_carries_no_warning() -> None:
    real = replace(MADE.survey, sources=(Source("a.xlsx", "wide", "Region Sörmland"),))
    published = replace(MADE.effects, masked=True)
    rows = pl.read_csv(files("csv", published, real)["e.csv"], schema=EFFECT_SCHEMA)
    assert not any({"internal", "synthetic"} & set((f or "").split()) for f in rows["flags"])


def test_unbounded_ends_are_inf_in_csv_and_null_with_a_flag_elsewhere() -> None:
    rows = MADE.effects.rows.with_columns(pl.lit(float("-inf")).alias("logit_low"))
    effects = replace(MADE.effects, rows=rows)
    assert "-inf" in files("csv", effects)["e.csv"].decode()
    held = json.loads(files("json", effects)["e.json"])["effects"]
    assert all(r["logit_low"] is None and "unbounded" in r["flags"] for r in held)
    back = pl.read_parquet(files("parquet", effects)["e.parquet"])
    assert back["logit_low"].null_count() == back.height


def test_workbook_has_effects_checks_and_method_and_the_same_numbers() -> None:
    book = openpyxl.load_workbook(io.BytesIO(files("xlsx")["e.xlsx"]))
    assert book.sheetnames == ["Effekter", "Kontroller", "Om uppgifterna"]
    assert all(sheet.sheet_state == "visible" for sheet in book)
    head, *rows = book["Effekter"].iter_rows(values_only=True)
    assert head == tuple(EFFECT_SCHEMA)
    place = head.index("share_before")
    expected = [v for v in MADE.effects.rows["share_before"] if v is not None]
    assert [r[place] for r in rows if r[place] is not None] == pytest.approx(expected, rel=1e-14)
    with zipfile.ZipFile(io.BytesIO(files("xlsx")["e.xlsx"])) as parts:
        assert "creator" not in parts.read("docProps/core.xml").decode()


@pytest.mark.parametrize("suffix", export.FORMATS)
def test_same_bytes_every_time(suffix: str) -> None:
    assert files(suffix) == files(suffix)


def test_unknown_format_is_named() -> None:
    with pytest.raises(UsageError):
        files("pdf")


def test_page_table_as_csv_is_the_table_with_its_warning() -> None:
    view = chart("trend").view(chart_sample.data(), Pick("narcotics_ever", "ak9"))
    table = trend.table(view)  # type: ignore[arg-type]
    rows = list(csv.reader(io.StringIO(export.table_csv(table, ABOUT, "sv").decode("utf-8-sig"))))
    assert rows[0] == [
        "År",
        "Plats",
        "Andel, procent",
        "Från",
        "Till",
        "Antal svar",
        "Anmärkning",
        "Om uppgifterna",
    ]
    assert len(rows) == len(table.rows) + 1
    first = view.levels[0]  # type: ignore[union-attr]
    assert float(rows[1][2]) == pytest.approx(first.share * 100, abs=1e-4)
    assert rows[1][7] == "Syntetiska data – inga riktiga elever"


def test_texts_that_look_like_formulas_stay_texts() -> None:
    data = chart_sample.hostile()
    view = chart("trend").view(data, Pick("narcotics_ever", "ak9"))
    table = trend.table(view)  # type: ignore[arg-type]
    rows = list(csv.reader(io.StringIO(export.table_csv(table, ABOUT, "en").decode("utf-8-sig"))))
    assert rows[1][1].startswith("'=1+1")
    book = openpyxl.load_workbook(io.BytesIO(export.table_xlsx(table, ABOUT, "en")))
    cell = book.worksheets[0]["B2"]
    assert cell.data_type == "s"


def test_plot_draws_every_kind_in_both_languages() -> None:
    for kind in [c.name for c in CHARTS]:
        for lang in ("sv", "en"):
            made = plot(MADE.effects, kind, study=MADE.study, cells=MADE.cube, other=SHOWN, lang=lang)  # type: ignore[arg-type]
            assert made.layout.title.text
            assert "template" not in json.loads(made.to_json())["layout"]
            assert "bdata" not in made.to_json()
    assert plotly_figure.CONFIG["displayModeBar"] is False


def test_plot_names_what_there_is() -> None:
    with pytest.raises(UsageError, match="forest"):
        plot(MADE.effects, "pie", study=MADE.study)
    with pytest.raises(UsageError, match=r"survey\.other"):
        plot(MADE.effects, "other", study=MADE.study)
    with pytest.raises(UsageError, match="cocaine"):
        plot(MADE.effects, "other", other=SHOWN, indicator="heroin")
    assert "Kokain" in plot(MADE.effects, "other", other=SHOWN, indicator="cocaine").layout.title.text
    with pytest.raises(UsageError, match="cells"):
        plot(MADE.effects, "trend", study=MADE.study)
    with pytest.raises(UsageError, match="narcotics"):
        plot(MADE.effects, "event", study=MADE.study, indicator="nothing")
    with pytest.raises(UsageError, match="2020"):
        plot(MADE.effects, "forest", study=MADE.study, promise="1999")


def test_planning_page_says_sizes_in_words_pictures_and_a_table() -> None:
    from lhu_effect.dashboard.power_page import power_page
    from lhu_effect.effects.power import POWER_SCHEMA

    def row(variant: str, amount: float | None, decrease: float | None) -> dict[str, object]:
        values = (
            "2020",
            "narcotics_12_months",
            "drugs",
            "all",
            "ak9_gy2",
            2023,
            variant,
            amount,
            0.08,
            "assumed",
        )
        return dict(zip(POWER_SCHEMA, (*values, 700, 3, 3, decrease, 0.06, None), strict=True))

    rows = [row("as_planned", None, 0.05), row("more_waves", 1.0, 0.04), row("more_pupils", 4.0, None)]
    made = power_page(pl.DataFrame(rows, schema=POWER_SCHEMA), MADE.study, "sv", synthetic=True)
    assert "Narkotika: en minskning syns först när den är ungefär 5 procentenheter." in made
    assert made.count("<svg") == 2
    assert "1 mätning till före" in made
    assert "Syntetiska data – inga riktiga elever" in made
    assert "<script" not in made
    assert "style=" not in made
