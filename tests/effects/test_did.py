"""`lhu.did` on tables that are no study of ours: published numbers, others' packages, and its cautions."""

from __future__ import annotations

import csv
import json
import math
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import lhu_effect as lhu
from lhu_effect.effects.difference_fits import Did
from lhu_effect.effects.estimators import noise_floor
from lhu_effect.i18n import has_text

REAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "real" / "reference"
REFERENCE = Path(__file__).parents[1] / "reference"
PUBLISHED = json.loads((REFERENCE / "did_published.json").read_text("utf-8"))
CLUSTERED = json.loads((REFERENCE / "clustered.json").read_text("utf-8"))
needs_real = pytest.mark.skipif(
    not REAL.exists(), reason="the shared data folder is not beside this checkout"
)


@needs_real
def test_kielmc_houses() -> None:
    table = pl.read_csv(REAL / "kielmc.csv")
    made = lhu.did(table, outcome="rprice", exposed="y81nrinc", unit="nearinc", time="y81", vcov="iid")
    expected = PUBLISHED["kielmc"]
    got = (made.estimate, made.std_error, made.p_value)
    assert got == pytest.approx((expected["did"], expected["se"], 0.112594840699057), rel=1e-9)
    assert set(made.warnings) == {"rows_independent", "one_wave_before"}
    alone = lhu.did(table, outcome="rprice", exposed="y81nrinc", controls=["nearinc", "y81"], vcov="CR1")
    assert alone.clusters == table.height


@needs_real
def test_organ_donations_say_that_one_exposed_state_is_no_sample() -> None:
    quarter = pl.col("Quarter_Num")
    table = pl.read_csv(REAL / "organ_donations.csv").with_columns(
        on=((pl.col("State") == "California") & (quarter >= 4)).cast(pl.Int64)
    )
    expected = PUBLISHED["organ_donations"]
    for kind in ("CR0", "CR1"):
        made = lhu.did(table, outcome="Rate", exposed="on", unit="State", time="Quarter_Num", vcov=kind)
        got = (made.estimate, made.std_error)
        assert got == pytest.approx((expected["did"], expected[f"se_{kind.lower()}"]), abs=1e-12)
        assert made.warnings == ("one_exposed_cluster",)
        assert made.p_permutation == pytest.approx(5 / 27)
        assert "too narrow" in made.explain("en")
        assert "för smalt" in made.explain("sv")
    with pytest.raises(lhu.LhuError, match="One cluster alone"):
        lhu.did(table, outcome="Rate", exposed="on", unit="State", time="Quarter", vcov="CR3")


@needs_real
def test_dayton_students_as_counts_and_as_pupils() -> None:
    table = pl.read_csv(REAL / "DaytonSurvey.csv")
    yes = pl.col("marijuana") == "Yes"
    counts = table.group_by("alcohol", "cigarette").agg(
        k=pl.col("Freq").filter(yes).sum(), n=pl.col("Freq").sum()
    )
    drinks = (pl.col("alcohol") == "Yes").cast(pl.Int64).alias("drinks")
    made = lhu.did(
        counts.with_columns(drinks), exposed="drinks", controls=["cigarette"], k="k", n="n", estimator="logit"
    )
    assert math.exp(made.estimate or 0) == pytest.approx(
        PUBLISHED["dayton_1992"]["odds_ratio"]["alcohol_marijuana"], rel=1e-9
    )
    pupils = table.with_columns(drinks, y=yes.cast(pl.Int64)).select(pl.all().repeat_by("Freq").explode())
    again = lhu.did(pupils, exposed="drinks", outcome="y", controls=["cigarette"], estimator="logit")
    got = (again.estimate, again.std_error)
    assert got == pytest.approx((made.estimate, made.std_error), rel=1e-9)
    assert again.rows == 2276


@pytest.mark.parametrize(("kind", "theirs"), [("CR1", "CRV1"), ("CR3", "CRV3")])
def test_counts_per_school_give_pyfixest_s_numbers(kind: str, theirs: str) -> None:
    """tests/reference/make_clustered.py says which command made them."""
    cells = CLUSTERED["cells"]
    made = lhu.did(
        cells, exposed="exposed", k="k", n="n", unit="unit", time="year", cluster="school", estimator="linear", vcov=kind
    )  # fmt: skip
    expected = CLUSTERED["expected"][theirs]
    assert (made.estimate, made.std_error) == pytest.approx((expected["estimate"], expected["se"]), abs=1e-10)


def panel() -> pl.DataFrame:
    """12 towns, 5 years, 4 exposed from the fourth: a law of their own each, in thousandths."""
    with (REFERENCE / "panel.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return pl.DataFrame([{**r, "year": int(r["year"]), "on": int(r["on"]), "y": float(r["y"])} for r in rows])


@pytest.mark.parametrize("row", json.loads((REFERENCE / "panel.json").read_text("utf-8"))["expected"])
def test_fixed_effects_inside_clusters_give_clubsandwich_s_and_pyfixest_s_numbers(row: dict) -> None:
    """tests/reference/panel.R and make_panel.py made them."""
    made = lhu.did(panel(), outcome="y", exposed="on", unit="town", time="year", vcov=row["vcov"])
    assert made.estimate == pytest.approx(row["estimate"], rel=1e-10)
    assert made.std_error == pytest.approx(row["std_error"], rel=1e-9)
    if "df" in row:
        assert made.df == pytest.approx(row["df"], rel=1e-7)


def counts(**changes: object) -> dict[str, list[object]]:
    """Four towns, three years; a and b exposed in 2023."""
    table: dict[str, list[object]] = {
        "town": [t for t in "abcd" for _ in range(3)],
        "year": [2017, 2020, 2023] * 4,
        "on": [0, 0, 1] * 2 + [0] * 6,
        "k": [40, 42, 20, 31, 30, 22, 80, 85, 84, 55, 50, 61],
        "n": [400, 410, 390, 300, 310, 290, 800, 810, 805, 500, 505, 510],
    }
    return {**table, **changes}  # type: ignore[dict-item]


COLUMNS = {"exposed": "on", "k": "k", "n": "n", "unit": "town", "time": "year"}


def test_exposed_units_are_summed_for_the_default_estimator() -> None:
    made = lhu.did(counts(), **COLUMNS)
    k = np.array([[71, 72, 42], [80, 85, 84], [55, 50, 61]], dtype=float)
    n = np.array([[700, 720, 680], [800, 810, 805], [500, 505, 510]], dtype=float)
    fit = np.array([[True, True, False], [True] * 3, [True] * 3])
    direct = noise_floor.estimate(k, k, n, np.array([2017, 2020, 2023]), fit, (0, 2), 1.4)
    assert isinstance(direct, noise_floor.NoiseFloor)
    ends = direct.intervals[0.95]
    got = (made.estimate, made.conf_low, made.conf_high)
    assert got == pytest.approx((direct.estimate, ends.pp_low, ends.pp_high), abs=1e-13)
    assert made.warnings == ("units_summed", "few_comparisons")
    assert made.scale == "share"


def test_pandas_and_mappings_and_polars_are_one() -> None:
    table = counts()
    frame = pl.DataFrame(table)
    made = [lhu.did(t, **COLUMNS, estimator="logit") for t in (table, frame, frame.to_pandas())]
    assert made[0] == made[1] == made[2]
    assert made[0].warnings == ("few_exposed_clusters",)


def test_staggered_starts_are_named() -> None:
    table = counts(on=[0, 0, 1, 0, 1, 1] + [0] * 6)
    with pytest.raises(lhu.LhuError, match="2020, 2023"):
        lhu.did(table, **COLUMNS)
    assert "staggered" in lhu.did(table, **COLUMNS, estimator="linear").warnings


@pytest.mark.parametrize(
    ("changes", "options", "said"),
    [
        ({}, {"exposed": "dose"}, "no column dose"),
        ({"k": ["40", "x", *("30" for _ in range(10))]}, {}, "row 2: x is not a number"),
        ({"k": [900] * 12}, {}, "k = 900 and n = 400"),
        ({}, {"k": None}, "Give either outcome"),
        ({}, {"estimator": "magic"}, "noise_floor_did, aggregate_did, linear, logit"),
        ({}, {"unit": None, "estimator": "aggregate_did"}, "needs the columns"),
        ({"year": ["HT17", "HT20", "HT23"] * 4}, {}, "must hold numbers"),
        ({"on": [0] * 12}, {}, "must be 1 in the exposed rows"),
        ({"on": [0] * 12}, {"estimator": "linear"}, "cannot be told"),
        ({}, {"at": 2017}, "no wave 2017"),
        ({"n": [None] * 12}, {}, "Too few rows"),
        ({"k": [0, 0, 0] * 4}, {"estimator": "logit"}, "does not settle"),
        ({"state": ["x"] * 12}, {"estimator": "linear", "cluster": "state"}, "only one cluster"),
        ({"n": [400, 410, 5, 300, 310, 4, *[500] * 6], "k": [3] * 12}, {}, "Too few answered"),
        ({}, {"k": None, "n": None, "outcome": "n", "estimator": "logit"}, "0 or 1"),
        ({}, {"level": 95}, "between 0 and 1"),
        ({}, {"design_effect": 0}, "above 0"),
        ({}, {"estimator": "linear", "vcov": "HC1"}, "no vcov named HC1"),
        ({}, {"vcov": "CR2"}, "does not use vcov"),
        ({}, {"controls": "town", "cluster": "town"}, "does not use controls, cluster"),
        ({}, {"estimator": "linear", "weights": "n"}, "does not use weights"),
        ({"w": [0] * 12}, {"k": None, "n": None, "outcome": "k", "weights": "w"}, "Weights must be above 0"),
        ({"n": [math.inf] * 12}, {}, "n = inf"),
        ({"year": [date(y, 2, 1) for y in (2017, 2020, 2023)] * 4}, {}, "must hold numbers"),
        ({"k": [400] * 12, "n": [400] * 12}, {"estimator": "linear"}, "does not vary"),
        ({"k": [400] * 12, "n": [400] * 12}, {"estimator": "aggregate_did"}, "not enough for this method"),
    ],
)
def test_wrong_use_is_told_in_one_message(changes: dict, options: dict, said: str) -> None:
    with pytest.raises(lhu.LhuError, match=said) as caught:
        lhu.did(counts(**changes), **{**COLUMNS, **options})
    assert caught.value.message("sv") != caught.value.message("en")


@pytest.mark.parametrize("table", [[1, 2], None, "table.csv"])
def test_a_table_is_a_table(table: object) -> None:
    with pytest.raises(lhu.LhuError, match=f"not {type(table).__name__}"):
        lhu.did(table, **COLUMNS)  # type: ignore[arg-type]


def test_controls_that_are_the_units_add_nothing() -> None:
    made = [
        lhu.did(counts(), **COLUMNS, estimator="linear", controls=c) for c in ((), "town", ["town", "year"])
    ]
    assert made[0] == made[1] == made[2]
    assert lhu.did(pl.DataFrame(counts()).lazy(), **COLUMNS, estimator="linear") == made[0]


def test_every_caution_has_words() -> None:
    source = (Path(lhu.__file__).parent / "effects" / "difference_fits.py").read_text("utf-8")
    from lhu_effect.i18n import room_texts

    for lang in ("sv", "en"):
        for name in room_texts("effects", lang)["did"]["warnings"]:
            assert f'"{name}"' in source
            assert has_text(f"effects.did.warnings.{name}", lang)
    unbounded = Did("x", "share", None, None, None, 1.0, -math.inf, 0.00012, 0.95, 1, None, None)
    assert "−∞ to 0.00012" in str(unbounded)
