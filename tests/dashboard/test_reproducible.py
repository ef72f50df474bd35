"""Every number on the page comes from the exported effects and checks: the page made of the files is the same page.

The files are written as a user gets them and read back by polars and json alone; nothing else of the estimation (its
reasons, standings, posteriors) is handed over. Levels are of the masked cells, which the page carries itself.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from lhu_effect.dashboard import export, presenting, sentences
from lhu_effect.dashboard.render import render
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
    texts = [c for c, t in EFFECT_SCHEMA.items() if t == pl.String]
    return Effects(tables[0].with_columns(pl.col(texts).fill_null("")), tables[1], masked=True)


SCHEMAS = {"effects": EFFECT_SCHEMA, "checks": CHECK_SCHEMA}


def without_marks(effects: Effects) -> Effects:
    """Marks that the export adds say what the page says of itself: synthetic, and where infinity was written."""
    kept = (
        pl.col("flags")
        .str.split(" ")
        .list.eval(pl.element().filter(~pl.element().is_in(["synthetic", "unbounded"])))
    )
    return replace(effects, rows=effects.rows.with_columns(kept.list.join(" ").alias("flags")))


@pytest.mark.parametrize("suffix", ["json", "csv", "parquet"])
def test_the_page_of_the_exported_tables_is_the_same_page(made: Made, suffix: str) -> None:
    study, survey, shown, effects = made
    files = export.effect_files(effects, study, survey, suffix, stem="e")
    pages = [
        render(presenting.present(without_marks(e), shown, study, survey))
        for e in (effects, read_back(files, suffix))
    ]
    assert numbers(pages[1]) == numbers(pages[0])
    assert pages[1] == pages[0]


def test_another_number_in_the_table_is_another_page(made: Made) -> None:
    study, survey, shown, effects = made
    moved = replace(effects, rows=effects.rows.with_columns(pl.col("conf_high") + 0.05))
    pages = [render(presenting.present(e, shown, study, survey)) for e in (effects, moved)]
    assert numbers(pages[0]) != numbers(pages[1])


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


def numbers(page: str) -> list[str]:
    """The numbers a reader sees, in order."""
    seen = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.findall(r"\d+(?:[.,]\d+)?", re.sub(r"<[^>]+>", " ", seen))
