"""Which cells page and effects may use, on frames written out by hand."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhu_effect.definitions.model import District, Place, Registry, School
from lhu_effect.i18n import Text
from lhu_effect.study.model import Enrolment, PooledDistrict, Stratum, Study
from lhu_effect.survey.cube import Cube, as_cube
from lhu_effect.survey.tabulate import has_pupils, tabulate

TOWN, MARI, STAL = "strangnas", "mariefred", "stallarholmen"
PLACE = Place(
    "0486", "municipality", "Strängnäs", districts=tuple(District(d, d, "0486") for d in (TOWN, MARI, STAL))
)
OTHER = Place("0488", "municipality", "Trosa")
POOL = PooledDistrict("mari_stal", Text("M och S"), (MARI, STAL), grades=("ak9",))
STUDY = Study(
    "0486",
    Registry(places={"0486": PLACE, "0488": OTHER}),
    strata=(Stratum("ak9_gy2", ("ak9", "gy2")), Stratum("ak9", ("ak9",))),
    pooled=(POOL,),
)
YEAR = 2017


def cell(
    district: str = "all", grade: str = "ak9", sex: str = "all", n: int | None = 40, k: int | None = 6, **more
):
    return {
        "year": YEAR,
        "municipality": "0486",
        "district": district,
        "grade": grade,
        "sex": sex,
        "indicator": "narcotics_ever",
        "n": n,
        "k": k,
        "status": "observed",
    } | more


def table(*rows, study: Study = STUDY) -> Cube:
    return tabulate(as_cube(pl.DataFrame(list(rows), infer_schema_length=None)), study)


def one(cube: Cube, **ids) -> dict:
    frame = cube.filter(**ids).frame
    assert frame.height == 1, frame
    return frame.row(0, named=True)


def test_the_published_total_wins_over_the_sum_of_its_parts():
    got = table(cell(n=101, k=11), cell(TOWN, n=40, k=5), cell(MARI, n=30, k=3), cell(STAL, n=30, k=2))
    assert (one(got, district="all")["n"], one(got, district="all")["k"]) == (101, 11)
    assert one(got, district="all")["flags"] == ""


def test_districts_are_summed_only_if_every_one_is_observed():
    parts = [cell(TOWN, n=40, k=5), cell(MARI, n=30, k=3), cell(STAL, n=30, k=2)]
    whole = one(table(*parts), district="all", grade="ak9")
    assert (whole["n"], whole["k"], whole["k_low"], whole["flags"]) == (100, 10, 10, "summed")
    assert table(*parts[:2]).filter(district="all").frame.is_empty()
    masked = cell(STAL, n=30, k=None, k_low=0, k_high=4, status="masked")
    assert table(*parts[:2], masked).filter(district="all").frame.is_empty()


def test_a_district_without_pupils_is_not_waited_for():
    empty = replace(STUDY, enrolment=(Enrolment(YEAR, "0486", STAL, "ak9", 0),))
    got = table(cell(TOWN, n=40, k=5), cell(MARI, n=30, k=3), study=empty)
    assert one(got, district="all")["n"] == 70
    assert one(got, district="mari_stal")["n"] == 30


def test_sexes_are_summed_where_no_total_is_published_and_both_are_there():
    girl, boy, other = cell(sex="girl", n=20, k=2), cell(sex="boy", n=19, k=3), cell(sex="other", n=2, k=1)
    assert one(table(girl, boy, other), sex="all")["n"] == 41
    assert one(table(girl, boy, other), sex="all")["flags"] == "summed"
    assert table(girl, other).filter(sex="all").frame.is_empty()
    assert one(table(girl, boy, cell(n=45, k=7)), sex="all")["n"] == 45


def test_a_stratum_needs_every_grade():
    got = table(cell(grade="ak9"), cell(grade="gy2", n=60, k=9), cell(TOWN, grade="ak9"))
    assert (one(got, grade="ak9_gy2")["n"], one(got, grade="ak9_gy2")["k"]) == (100, 15)
    assert one(got, grade="ak9_gy2")["flags"] == ""
    assert got.filter(grade="ak9_gy2", district=TOWN).frame.is_empty()


def test_a_missing_or_unasked_grade_leaves_no_count():
    missing = table(cell(grade="ak9"), cell(grade="gy2", n=None, k=None, status="missing"))
    row = one(missing, grade="ak9_gy2")
    assert (row["status"], row["n"], row["k_high"]) == ("missing", None, None)


def test_a_partly_masked_sum_is_masked_with_summed_bounds():
    got = table(cell(grade="ak9", k=None, k_low=0, k_high=4, status="masked"), cell(grade="gy2", n=60, k=9))
    row = one(got, grade="ak9_gy2")
    assert (row["status"], row["n"], row["k"], row["k_low"], row["k_high"]) == ("masked", 100, None, 9, 13)
    assert row["flags"] == "part_masked"


def test_rounded_parts_sum_to_bounds():
    rounded = {"k": None, "k_low": 9, "k_high": 11, "percent": 10.0, "n": 100, "flags": "rounded"}
    got = one(table(cell(grade="ak9") | rounded, cell(grade="gy2") | rounded), grade="ak9_gy2")
    assert (got["k"], got["k_low"], got["k_high"], got["percent"], got["flags"]) == (
        None,
        18,
        22,
        None,
        "rounded",
    )
    assert one(table(cell(grade="ak9") | rounded), grade="ak9")["percent"] == 10.0


def test_pooled_districts_are_summed_and_their_parts_marked():
    got = table(cell(TOWN), cell(MARI, n=50, k=5), cell(STAL, n=30, k=4), cell(MARI, grade="ak7"))
    pooled = one(got, district="mari_stal", grade="ak9")
    assert (pooled["n"], pooled["k"], pooled["flags"]) == (80, 9, "pooled")
    assert one(got, district=MARI, grade="ak9")["flags"] == "geography"
    assert one(got, district=MARI, grade="ak7")["flags"] == ""
    assert one(got, district=TOWN, grade="ak9")["flags"] == ""


def test_a_break_by_school_does_not_exist_by_home():
    got = table(cell(MARI), cell(STAL), study=replace(STUDY, district_basis="home"))
    assert one(got, district=MARI)["flags"] == ""


def test_a_pooled_district_waits_for_every_part_it_cannot_explain():
    assert "mari_stal" not in table(cell(MARI)).frame["district"].to_list()


def test_schools_organisers_other_places_and_other_slices_are_left_out():
    rows = [
        cell(),
        cell(school="12345678"),
        cell(n=999, organiser=True),
        cell(municipality="04"),
        cell(municipality="0488"),
        cell("somewhere", municipality="0488"),
        cell(TOWN, sex="girl"),
        cell(sex="girl"),
    ]
    got = table(*rows).frame
    assert got["school"].is_null().all()
    assert got["n"].max() == 40
    kept = (
        got.select("municipality", "district", "sex").unique().sort("municipality", "district", "sex").rows()
    )
    assert kept == [("0486", "all", "all"), ("0486", "all", "girl"), ("0488", "all", "all")]


def test_only_the_named_comparison_is_kept():
    rows = [cell(), cell(municipality="0488"), cell(municipality="0461")]
    got = table(*rows, study=replace(STUDY, comparison=("0461",)))
    assert got.frame["municipality"].unique().sort().to_list() == ["0461", "0486"]


@pytest.mark.parametrize(("year", "there"), [(2017, True), (2018, True), (2020, False)])
def test_a_school_that_closed_in_autumn_answers_until_that_spring(year: int, there: bool):
    schools = {
        "1": School("1", ("Stallarholmsskolan",), "0486", STAL, ("ak9",), closed=2018),
        "2": School("2", ("Paulinska",), "0486", TOWN, ("ak9",)),
    }
    study = replace(STUDY, registry=replace(STUDY.registry, schools=schools))
    assert has_pupils(study, "0486", STAL, "ak9", year) is there
    assert has_pupils(study, "0486", STAL, "gy2", year) is None
    assert has_pupils(replace(study, district_basis="home"), "0486", STAL, "ak9", year) is None


def test_an_empty_cube_gives_an_empty_table():
    empty = as_cube(pl.DataFrame(schema={"year": pl.Int64}))
    assert len(tabulate(empty, STUDY)) == 0


def test_tabulating_twice_changes_nothing():
    rows = [cell(d, g, n=40, k=6) for d in (TOWN, MARI, STAL) for g in ("ak9", "gy2")]
    once = table(*rows, cell(sex="girl", n=60, k=9), cell(sex="boy", n=60, k=9))
    assert tabulate(once, STUDY).frame.equals(once.frame)


counts = st.tuples(st.integers(1, 200), st.floats(0, 1)).map(lambda c: (c[0], round(c[0] * c[1])))


@settings(max_examples=40, deadline=None)
@given(st.lists(counts, min_size=6, max_size=6), st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order_of_rows_or_sums(drawn, random):
    keys = [(d, g) for d in (TOWN, MARI, STAL) for g in ("ak9", "gy2")]
    rows = [cell(d, g, n=n, k=k) for (d, g), (n, k) in zip(keys, drawn, strict=True)]
    expected = (sum(n for n, _ in drawn), sum(k for _, k in drawn))
    random.shuffle(rows)
    got = table(*rows)
    whole = one(got, district="all", grade="ak9_gy2")
    assert (whole["n"], whole["k"]) == expected
    parts = got.filter(grade="ak9_gy2", district=[TOWN, MARI, STAL]).frame
    assert (parts["n"].sum(), parts["k"].sum()) == expected
