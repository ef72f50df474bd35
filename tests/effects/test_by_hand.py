"""Rows of the default study's effects table against method.md worked by hand (`by_hand.py`), to 1e-8.

Starts from the cells that may be published (rounded, some hidden) and from what a row says it rests on
(before_years, comparison, after_years), so that what is checked is what a reader could check.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lhu_effect.disclosure import mask
from lhu_effect.effects import Effects, estimate_effects
from lhu_effect.study import Study, load_study
from lhu_effect.survey import read_survey
from lhu_effect.survey.cube import Cube
from lhu_effect.survey.tabulate import tabulate

from .by_hand import Table, change, composite, effect, fit

DATA = Path(__file__).parents[2] / "data"
PHI0 = {"drugs": 1.4, "safety": 1.7}  # method.md 2.4
LINE_BEGINS = {"drugs": 2011, "safety": 2020}  # method.md 1: safety was rewritten in 2020
CLOSE = 1e-8


@pytest.fixture(scope="module")
def made() -> tuple[Study, pl.DataFrame, Effects]:
    study = load_study(DATA)
    named = {i for p in study.promises for ids in p.theme_indicators.values() for i in ids}
    primary = {i for p in study.promises for i in p.primary}
    cube = read_survey(study).cube.filter(indicator=sorted(named | primary))
    shown = mask(tabulate(Cube(cube.frame), study), study)
    return study, shown.frame, estimate_effects(shown, study, with_checks=False)


def table(frame: pl.DataFrame, row: dict, indicator: str, theme: str) -> Table:
    """The row's counts: its own unit first, then the comparisons it names; FIT as method.md 2 says."""
    years = sorted(frame["year"].unique())
    units = [(row["municipality"], row["district"]), *((c, "all") for c in row["comparison"].split())]
    part = frame.filter(
        pl.col("indicator") == indicator, pl.col("grade") == row["grade"], pl.col("sex") == "all",
        pl.col("status") == "observed",
    )  # fmt: skip
    low, high, n = (np.full((len(units), len(years)), np.nan) for _ in range(3))
    columns = ("municipality", "district", "year", "n", "k", "k_low", "k_high")
    for code, district, year, base, k, few, many in part.select(columns).iter_rows():
        if (code, district) in units:
            at = units.index((code, district)), years.index(year)
            n[at] = base
            low[at], high[at] = (few, many) if k is None else (k, k)
    comparable = np.array([y >= LINE_BEGINS[theme] for y in years])
    before = np.array([str(y) in row["before_years"].split() for y in years])
    fitted = np.array([before if d == 0 else comparable for d in range(len(units))])
    return Table(low, high, n, fitted & ~np.isnan(n))


def agree(found: dict, row: dict) -> None:
    for name, value in found.items():
        assert row[name] == pytest.approx(value, abs=CLOSE, rel=CLOSE), name


def test_composites_of_one_and_of_several_waves_after(made: tuple[Study, pl.DataFrame, Effects]) -> None:
    study, frame, effects = made
    years = np.array(sorted(frame["year"].unique()), dtype=float)
    rows = effects.rows.filter(
        pl.col("indicator").str.starts_with("theme:"), pl.col("logit_low").is_not_null()
    )
    waves: set[int] = set()
    for row in rows.iter_rows(named=True):
        theme = row["indicator"].removeprefix("theme:")
        promise = next(p for p in study.promises if p.id == row["promise"].split("+")[0])
        members = promise.theme_indicators[theme]
        why = effects.why(effects[row["promise"], row["indicator"], row["district"], row["grade"]])
        after = [list(years).index(float(y)) for y in why["after_years"].split()]
        waves.add(len(after))
        higher = [study.registry.indicators[i].better == "higher" for i in members]
        agree(
            composite([table(frame, row, i, theme) for i in members], higher, years, after, PHI0[theme]), row
        )
    assert rows.height >= 10
    assert waves == {1, 2}


def test_effects_and_changes_of_first_and_later_waves(made: tuple[Study, pl.DataFrame, Effects]) -> None:
    study, frame, effects = made
    years = np.array(sorted(frame["year"].unique()), dtype=float)
    rows = effects.rows.filter(
        ~pl.col("indicator").str.starts_with("theme:"), pl.col("exposure") == "after",
        pl.col("estimate").is_not_null(), pl.col("district").is_in(["all", "strangnas"]),
        pl.col("grade").is_in(["ak9_gy2", "ak7"]),
        pl.col("indicator").is_in(["easy_to_get_narcotics", "safe_neighbourhood_evening"]),
    )  # fmt: skip
    for row in rows.iter_rows(named=True):
        theme = study.registry.indicators[row["indicator"]].theme
        t = table(frame, row, row["indicator"], theme)
        wave = list(years).index(float(row["after_year"]))
        agree(effect(t, years, wave, PHI0[theme]), row)
        last = list(years).index(float(row["before_years"].split()[-1]))
        agree(change(t, last, wave, PHI0[theme], fit(t, years, wave, PHI0[theme]).tau2), row)
    assert rows.height >= 10
    assert set(rows["after_year"]) == {2020, 2023}
