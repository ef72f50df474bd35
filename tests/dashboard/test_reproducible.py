"""Every number on the page comes from the exported effects and checks: the page made of the files is the same page.

The files are written as a user gets them and read back by polars and json alone; nothing else of the estimation (its
reasons, standings, posteriors) is handed over. Levels are of the masked cells, which the page carries itself.
"""

from __future__ import annotations

import io
import json
from dataclasses import fields, replace
from pathlib import Path

import polars as pl
import pytest

from lhu_effect.dashboard import export, presenting, sentences
from lhu_effect.dashboard.model import DashboardData
from lhu_effect.dashboard.rows import Row
from lhu_effect.disclosure import MaskedCube, mask
from lhu_effect.effects import CHECK_SCHEMA, EFFECT_SCHEMA, Effects, estimate_effects
from lhu_effect.study import Study, load_study
from lhu_effect.survey import read_survey
from lhu_effect.survey.cube import Cube
from lhu_effect.survey.model import Survey
from lhu_effect.survey.tabulate import tabulate
from tests.dashboard.test_sentences import digits, held

DATA = Path(__file__).parents[2] / "data"
Made = tuple[Study, Survey, MaskedCube, Effects]


@pytest.fixture(scope="module")
def made() -> Made:
    """The default study over its named measures, as the page is built."""
    study = load_study(DATA)
    named = {i for p in study.promises for ids in p.theme_indicators.values() for i in ids}
    named |= {i for p in study.promises for i in p.primary}
    survey = read_survey(study)
    shown = mask(tabulate(Cube(survey.cube.filter(indicator=sorted(named)).frame), study), study)
    return study, survey, shown, estimate_effects(shown, study)


def read_back(files: dict[str, bytes], suffix: str) -> Effects:
    """Effects of the two tables and nothing else."""
    if suffix == "json":
        whole = json.loads(files["e.json"])
        tables = [pl.DataFrame(whole[k], schema=s, orient="row") for k, s in SCHEMAS.items()]
    elif suffix == "csv":
        tables = [
            pl.read_csv(files[f"e{end}.csv"], schema=s)
            for end, s in zip(("", "_checks"), SCHEMAS.values(), strict=True)
        ]
    else:
        tables = [pl.read_parquet(io.BytesIO(files[f"e{end}.parquet"])) for end in ("", "_checks")]
    return Effects(tables[0], tables[1], masked=True)


SCHEMAS = {"effects": EFFECT_SCHEMA, "checks": CHECK_SCHEMA}


def plain(effects: Effects) -> Effects:
    """Blank and null texts alike, and without the marks that the export adds (synthetic; where infinity stood)."""
    kept = pl.element().filter(~pl.element().is_in(["synthetic", "unbounded"]))
    flags = pl.col("flags").str.split(" ").list.eval(kept).list.join(" ")
    rows, checks = (t.with_columns(pl.col(pl.String).fill_null("")) for t in (effects.rows, effects.checks))
    return Effects(rows.with_columns(flags), checks, masked=True)


def shown_of(effects: Effects, made: Made) -> DashboardData:
    study, survey, shown, _ = made
    return presenting.present(effects, shown, study, survey)


def test_the_page_of_the_exported_tables_is_the_same_page(made: Made) -> None:
    """All the page shows, worded and drawn: only the effects table that it carries along has other blanks."""
    study, survey, _, effects = made
    first = shown_of(plain(effects), made)
    for suffix in export.FORMATS:
        if suffix == "xlsx":
            continue  # dates and widths for people; its numbers are those of test_export
        back = read_back(export.effect_files(effects, study, survey, suffix, stem="e"), suffix)
        assert shown_of(plain(back), made) == first, suffix
    given = shown_of(effects, made)
    assert {f.name for f in fields(first) if getattr(given, f.name) != getattr(first, f.name)} <= {
        "effects",
        "checks",
    }


def test_another_number_in_the_table_is_another_page(made: Made) -> None:
    effects = plain(made[3])
    moved = replace(effects, rows=effects.rows.with_columns(pl.col("conf_high") + 0.05))
    assert shown_of(effects, made).answers != shown_of(moved, made).answers


def test_every_number_in_the_words_of_an_answer_comes_from_its_row(made: Made) -> None:
    study, _, _, effects = made
    told = 0
    for line in effects.rows.filter(pl.col("exposure") == "after").iter_rows(named=True):
        row = Row.of(line)
        if row.theme is not None:
            continue
        place = sentences.place_of(row, study)
        for said in sentences.row_sentences(row, place):
            found = digits(said.sv.replace(place.sv, ""))
            assert found <= held(row), (line["indicator"], said.sv)
            told += len(found)
    assert told > 100
