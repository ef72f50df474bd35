"""Wrong use of the public calls is told in one sentence with what would be right, never by a stack of names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

import lhu_effect as lhu
from lhu_effect.study.model import Study

from .conftest import Cells

Make = Callable[..., Study]
EVER = "narcotics_ever"
TABLE = Cells().add(EVER, [400, 404, 396, 240], 4000).compare(EVER, 100).cube()


def changed(**ids: str) -> lhu.Cube:
    """Some cells moved to other ids: those of 2023."""
    to = [pl.when(pl.col("year") == 2023).then(pl.lit(v)).otherwise(c).alias(c) for c, v in ids.items()]
    return lhu.Cube(TABLE.frame.with_columns(to))


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        (TABLE, {"indicator": "narcotic_ever"}, "no measure with the id narcotic_ever.*Closest: narcotics_ever"),
        (TABLE, {"indicator": [EVER, "cannabis"]}, "no measure with the id cannabis"),
        (TABLE, {"indicator": "Använt narkotika någon gång"}, "Closest: narcotics_ever"),
        (TABLE, {"indicator": "theme:drog"}, "no measure with the id theme:drog"),
        (TABLE, {"promise": "2022"}, "no promise with the id 2022. Promises: 2020"),
        (TABLE, {"estimator": "cr2"}, "no method named cr2. Methods: school_cr2"),
        (TABLE, {"before": "last"}, "last is no year"),
        (TABLE, {"before": 2019}, "no wave 2019. Waves: 2014, 2017, 2020, 2023"),
        (TABLE, {"before": [2017, 2023], "after": 2020}, "Found 2023 before and 2020 after"),
        (TABLE, {"level": 95}, "between 0 and 1.*Found: 95"),
        (TABLE.frame, {}, "as a Cube.*not as DataFrame"),
        (changed(indicator="narcotic_ever"), {}, "column indicator holds narcotic_ever.*Closest: narcotics_ever"),
        (lhu.Cube(TABLE.frame.with_columns(grade=pl.lit("9"))), {}, "column grade holds 9.*Closest: ak9"),
        (changed(sex="K"), {}, r"column sex holds K.*girl, boy.*cube.filter\(sex="),
        (changed(status="ok"), {}, "column status holds ok.*observed, masked"),
        (changed(district="akers"), {}, "column district holds akers.*Closest: aker"),
        (lhu.Cube(pl.concat([TABLE.frame, TABLE.frame.head(1)])), {}, "2 rows .* such as 20.*counted twice"),
    ],
)  # fmt: skip
def test_wrong_use_teaches(make_study: Make, table: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(lhu.LhuError, match=said) as caught:
        lhu.estimate_effects(table, make_study(), **options)
    assert caught.value.message("sv") != caught.value.message("en")


def test_a_study_is_a_study() -> None:
    with pytest.raises(lhu.LhuError, match="not str"):
        lhu.estimate_effects(TABLE, "data")  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"year": [2020]}, None, TABLE.frame.to_pandas()])
def test_a_cube_of_something_else_says_what_it_is_made_of(given: Any) -> None:
    for make in (lhu.Cube, lhu.Cube.of):
        with pytest.raises(lhu.LhuError, match=type(given).__name__):
            make(given)


def test_what_can_be_meant_is_understood(make_study: Make) -> None:
    study = make_study()
    one = lhu.estimate_effects(TABLE, study, promise="2020", indicator=EVER, before=[2017, 2020])
    same = lhu.estimate_effects(TABLE, study, promise=2020, indicator=[EVER], before=["2017", "2020"])
    assert one.rows.equals(same.rows)
    assert one.rows.height
    latest = TABLE.frame.to_pandas()["year"].max()  # a numpy number
    from_numpy = lhu.estimate_effects(TABLE, study, before=np.array([2017, 2020]), after=latest)
    assert from_numpy.rows.equals(lhu.estimate_effects(TABLE, study, before=[2017, 2020], after=2023).rows)


@pytest.mark.parametrize("key", ["2020", 0, ("2020",), ("2020", EVER, "akers")])
def test_a_key_that_fits_no_effect_shows_some_that_do(make_study: Make, key: Any) -> None:
    with pytest.raises(lhu.LhuError, match=f"Closest: 2020, {EVER}"):
        lhu.estimate_effects(TABLE, make_study())[key]
