"""Power planning: what helps helps, what cannot be seen is null, and no outcome is used."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from lhu_effect.definitions.model import Enrolment
from lhu_effect.effects import POWER_SCHEMA, estimate_effects, power
from lhu_effect.errors import EstimationError
from lhu_effect.study.model import Study

from .conftest import OTHERS, YEARS, Cells

Make = Callable[..., Study]
EVER = "narcotics_ever"


@pytest.fixture(scope="module")
def planned(make_study: Make) -> pl.DataFrame:
    pupils = tuple(
        Enrolment(y, code, "all", "ak9", 900 if code == "0486" else 400)
        for y in YEARS
        for code in ("0486", *OTHERS)
    )
    pupils += tuple(Enrolment(y, "0486", "aker", "ak9", 40) for y in YEARS)
    return power(make_study(enrolment=pupils))


def ever(planned: pl.DataFrame, variant: str, district: str = "all") -> pl.DataFrame:
    return planned.filter(
        pl.col("indicator") == EVER, pl.col("variant") == variant, pl.col("district") == district
    )


def test_columns(planned: pl.DataFrame) -> None:
    assert planned.schema == pl.Schema(POWER_SCHEMA)
    assert set(planned["basis"]) == {"assumed"}
    line = ever(planned, "as_planned").row(0, named=True)
    assert (line["n_after"], line["waves_before"], line["comparisons"]) == (688, 3, 4)
    assert line["decrease_of_level"] == pytest.approx(line["detectable_decrease"] / line["share"])


def test_more_pupils_show_smaller_effects(planned: pl.DataFrame) -> None:
    rows = pl.concat([ever(planned, "as_planned"), ever(planned, "more_pupils")])
    for side in ("detectable_decrease", "detectable_increase"):
        values = rows[side].to_list()
        assert values == sorted(values, reverse=True)
    # Published design studies of this setting: 43-73 % of the level at n = 740 (method.md section 4).
    assert 0.4 < rows["decrease_of_level"][0] < 0.75


def test_a_small_district_cannot_see_even_total_disappearance(planned: pl.DataFrame) -> None:
    line = ever(planned, "as_planned", "aker").row(0, named=True)
    assert line["detectable_decrease"] is None
    assert line["detectable_increase"] > 0.1


def test_the_same_study_gives_the_same_table(make_study: Make) -> None:
    cells = Cells().add(EVER, [60, 64, 62, 41], 700).compare(EVER, 40, 500)
    one, two = (power(make_study(), cells.cube()) for _ in range(2))
    assert one.equals(two)
    assert set(one["basis"]) == {"data"}
    assert one["share"][0] == pytest.approx(62 / 700)


def test_planning_agrees_with_what_the_effect_could_have_shown(make_study: Make) -> None:
    """Drawn with the expected swings, the plan lies near the detectable effect of one such survey."""
    cells = Cells().add(EVER, [60, 78, 50, 58], 700).compare(EVER, 40, 500, wobble=10)
    seen = estimate_effects(cells.cube(), make_study())["2020", EVER]
    line = ever(power(make_study(), cells.cube()), "as_planned").row(0, named=True)
    assert line["detectable_decrease"] == pytest.approx(seen.detectable_decrease, rel=0.4)
    assert line["detectable_increase"] == pytest.approx(seen.detectable_increase, rel=0.4)


def test_a_study_without_comparison_has_nothing_to_plan(make_study: Make) -> None:
    alone = tuple(Enrolment(y, "0486", "all", "ak9", 900) for y in YEARS)
    assert power(make_study(enrolment=alone)).height == 0
    with pytest.raises(EstimationError, match="0486"):
        power(make_study(enrolment=()))
