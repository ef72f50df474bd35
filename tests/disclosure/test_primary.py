"""The primary rule and the type that cannot hold a hidden number."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhu_effect.disclosure.masked import NUMBERS, PLACES, MaskedCube, without_numbers
from lhu_effect.disclosure.primary import at_least_floor, must_hide, too_small
from lhu_effect.study.model import Minimum
from lhu_effect.survey.cube import CUBE_SCHEMA, as_cube

USUAL = Minimum()
BASE = {
    "year": 2020,
    "municipality": "0486",
    "district": "all",
    "grade": "ak9",
    "sex": "all",
    "indicator": "narcotics_ever",
    "n": 40,
    "k": 10,
    "status": "observed",
}


def frame(*rows: dict) -> pl.DataFrame:
    return as_cube(pl.DataFrame([BASE | r for r in rows], schema_overrides=CUBE_SCHEMA)).frame


def hidden(rule: Minimum = USUAL, **cell) -> bool:
    return frame(cell).select(must_hide(rule)).item()


@pytest.mark.parametrize(
    ("n", "k", "small"),
    [
        (40, 10, False),
        (10, 5, False),
        (40, 5, False),
        (40, 35, False),
        (40, 4, True),
        (40, 36, True),
        (40, 0, True),
        (40, 40, True),
        (9, 5, True),
        (0, 0, True),
    ],
)
def test_the_rule_at_its_edges(n: int, k: int, small: bool):
    assert hidden(n=n, k=k) is small


def test_bounds_are_judged_by_the_worst_count_within_them():
    assert not hidden(n=100, k=None, k_low=5, k_high=95)
    assert hidden(n=100, k=None, k_low=4, k_high=20)
    assert hidden(n=100, k=None, k_low=50, k_high=96)
    assert hidden(n=None, n_low=9, n_high=40, k=None, k_low=5, k_high=6)
    assert hidden(n=None, k=10)
    assert hidden(k=None)


def test_without_n_the_others_are_judged_by_the_share():
    rounded = {"n": None, "n_low": 100, "n_high": 200, "k": None}
    assert not hidden(**rounded, k_low=90, k_high=180, percent=90.0)
    assert hidden(**rounded, k_low=95, k_high=190, percent=95.0)


def test_what_came_masked_stays_masked_and_a_masked_sum_is_judged_by_its_bounds():
    bounds = {"k": None, "k_low": 20, "k_high": 24}
    assert hidden(**bounds, status="masked")
    assert not hidden(**bounds, status="masked", flags="part_masked")
    assert hidden(k=None, k_low=0, k_high=8, status="masked", flags="part_masked")
    assert not hidden(n=None, k=None, status="missing")


def test_a_study_may_raise_but_never_lower_below_the_floor():
    assert hidden(n=40, k=10, rule=Minimum(n=10, k=11))
    assert at_least_floor(Minimum(n=1, k=0)) == Minimum(n=5, k=3)
    assert hidden(n=40, k=2, rule=Minimum(n=1, k=0))
    assert not hidden(n=40, k=3, rule=Minimum(n=1, k=0))


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_share_and_its_complement_are_hidden_together(n: int, k: int):
    k = min(n, k)
    assert hidden(n=n, k=k) == hidden(n=n, k=n - k)


def masked(*rows: dict, rule: Minimum = USUAL) -> MaskedCube:
    return MaskedCube(without_numbers(frame(*rows), must_hide(rule)), rule)


def test_a_masked_row_holds_no_number_and_no_place():
    small = {
        "k": 2,
        "percent": 5.0,
        "file": "a.xlsx",
        "sheet": "1",
        "cell": "B4",
        "flags": "geography rounded",
    }
    row = masked(small).frame.row(0, named=True)
    assert {row[c] for c in (*NUMBERS, *PLACES)} == {None}
    assert (row["status"], row["flags"]) == ("masked", "geography")


def test_a_visible_row_keeps_its_numbers_but_not_its_place():
    row = masked({"percent": 25.0, "file": "a.xlsx", "cell": "B4", "flags": "rounded"}).frame.row(
        0, named=True
    )
    assert (row["n"], row["k"], row["percent"], row["file"], row["cell"]) == (40, 10, 25.0, None, None)
    assert (row["status"], row["flags"]) == ("observed", "rounded")


def test_a_masked_sum_that_passes_is_visible_with_its_bounds():
    row = masked(
        {"k": None, "k_low": 20, "k_high": 24, "status": "masked", "flags": "part_masked"}
    ).frame.row(0, named=True)
    assert (row["status"], row["k_low"], row["k_high"], row["flags"]) == ("observed", 20, 24, "part_masked")


@pytest.mark.parametrize("column", NUMBERS)
def test_the_type_refuses_a_number_in_a_masked_row(column: str):
    good = masked({"k": 2})
    value = pl.lit(30).cast(CUBE_SCHEMA[column]).alias(column)
    with pytest.raises(ValueError, match="carries a number"):
        MaskedCube(good.frame.with_columns(value), good.minimum)


def test_the_type_refuses_small_cells_schools_places_and_doubles():
    good = masked({}).frame
    for bad, words in [
        (good.with_columns(pl.lit(2, dtype=pl.Int64).alias("k")), "carries|primary"),
        (good.with_columns(k_low=pl.lit(2, dtype=pl.Int64)), "primary"),
        (good.with_columns(school=pl.lit("12345678")), "schools"),
        (good.with_columns(organiser=pl.lit(True)), "organisers"),
        (good.with_columns(file=pl.lit("a.xlsx")), "source files"),
        (pl.concat([good, good]), "two rows"),
        (good.drop("percent"), "columns"),
    ]:
        with pytest.raises(ValueError, match=words):
            MaskedCube(bad)
    with pytest.raises(ValueError, match="primary"):
        MaskedCube(good, Minimum(n=10, k=20))
    assert replace(MaskedCube(good), minimum=Minimum(n=3, k=1)).minimum.n == 3
    with pytest.raises(ValueError, match="primary"):
        MaskedCube(
            good.with_columns(*(pl.lit(2, dtype=pl.Int64).alias(c) for c in ("k", "k_low", "k_high"))),
            Minimum(n=3, k=1),
        )


@given(st.integers(0, 9), st.integers(0, 9))
def test_what_must_be_hidden_leaves_no_trace(one: int, other: int):
    a, b = ({"n": n, "k": n // 2, "percent": 50.0} for n in (one, other))
    assert masked(a, {"sex": "girl"}).frame.equals(masked(b, {"sex": "girl"}).frame)


def test_the_rule_is_an_expression_without_nulls():
    assert frame({"n": None, "k": None}).select(too_small(USUAL)).to_series().to_list() == [True]
