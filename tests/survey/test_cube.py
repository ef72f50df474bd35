"""The Cube: pooling is a sum that never counts a total twice."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhu_effect.errors import UsageError
from lhu_effect.survey.cube import CLASS_SCHEMA, Cube, as_cube


def cell(
    sex: str = "all", district: str = "all", k: int | None = 3, n: int = 20, **more: object
) -> dict[str, object]:
    counts = {
        "n": n,
        "n_low": n,
        "n_high": n,
        "k": k,
        "k_low": k if k is not None else 0,
        "k_high": k if k is not None else 4,
    }
    status = "observed" if k is not None else "masked"
    base = {
        "year": 2020,
        "municipality": "0486",
        "grade": "ak9",
        "indicator": "a",
        "status": status,
        "flags": "",
    }
    return {**base, "sex": sex, "district": district, **counts, **more}


def cube(*cells: dict[str, object]) -> Cube:
    return as_cube(pl.DataFrame(list(cells), infer_schema_length=None))


def test_parts_are_summed_where_no_total_is_published() -> None:
    pooled = cube(cell("girl", k=3, n=20), cell("boy", k=5, n=30)).pool("sex").frame
    assert pooled.select("sex", "k", "n", "flags", "status").row(0) == ("all", 8, 50, "summed", "observed")


def test_a_published_total_is_kept_and_never_added_to_its_parts() -> None:
    pooled = cube(cell("girl", k=3), cell("boy", k=5), cell("all", k=9, n=45)).pool("sex").frame
    assert pooled.select("k", "n", "flags").rows() == [(9, 45, "")]


def test_a_masked_part_masks_the_sum_and_leaves_its_bounds() -> None:
    pooled = cube(cell("girl", k=3), cell("boy", k=None)).pool("sex").frame
    assert pooled.select("k", "k_low", "k_high", "status").row(0) == (None, 3, 7, "masked")


def test_flags_of_the_parts_follow_the_sum() -> None:
    pooled = cube(cell("girl", flags="rounded"), cell("boy", flags="n_bounded")).pool("sex").frame
    assert pooled["flags"].to_list() == ["n_bounded rounded summed"]


def test_an_unknown_axis_is_refused() -> None:
    with pytest.raises(ValueError, match="sex, grade, district or school"):
        cube(cell()).pool("year")


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(20, 99)), min_size=4, max_size=4))
def test_pooling_commutes(counts: list[tuple[int, int]]) -> None:
    keys = [(sex, district) for sex in ("girl", "boy") for district in ("aker", "mariefred")]
    parts = cube(
        *(cell(sex, district, k=k, n=n) for (sex, district), (k, n) in zip(keys, counts, strict=True))
    )
    one, other = parts.pool("sex").pool("district"), parts.pool("district").pool("sex")
    assert one.frame.equals(other.frame)
    assert one.frame.row(0, named=True)["n"] == sum(n for _, n in counts)


def test_a_table_without_what_a_cube_needs_says_which_columns() -> None:
    with pytest.raises(UsageError, match=r"municipality, district, grade, sex, indicator, status\. Cube\.of"):
        Cube.of(pl.DataFrame({"year": [2020], "n": [10]}))
    with pytest.raises(UsageError, match="extra"):
        Cube(cube(cell()).frame.with_columns(extra=pl.lit(1)))


def test_cells_are_chosen_by_any_column_and_any_kind_of_list() -> None:
    hidden = cell("boy", k=None, year=2023)
    cells = cube(cell("girl"), hidden)
    assert cells.filter(status="masked").frame["sex"].to_list() == ["boy"]
    assert cells.filter(year=pl.Series([2023])).frame.equals(cells.filter(year={2023}).frame)
    with pytest.raises(UsageError, match="no cell has status = mask"):
        cells.filter(status="mask")


def test_an_empty_field_is_chosen_as_none_and_classes_go_with_their_cells() -> None:
    classes = pl.DataFrame(
        {
            "year": [2020, 2023],
            "municipality": ["0486"] * 2,
            "grade": ["ak9"] * 2,
            "indicator": ["narcotics_ever"] * 2,
            "classes": [4, 5],
            "n": [80, 90],
            "k": [8, 9],
            "squares": [1.5, 1.6],
        },
        schema=CLASS_SCHEMA,
    )
    rows = pl.concat([cube(cell(year=2020)).frame, cube(cell(year=2023)).frame])
    of_schools = rows.with_columns(school=pl.lit("Thomasgymnasiet"))
    cells = replace(as_cube(pl.concat([rows, of_schools])), classes=classes)
    assert cells.filter(school=None).frame.drop_nulls("school").is_empty()
    assert len(cells.filter(school=[None, "Thomasgymnasiet"])) == len(cells) == 4
    kept = cells.filter(year=2023, school=None)
    assert kept.classes is not None
    assert kept.classes["year"].to_list() == [2023]
