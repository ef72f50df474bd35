"""Whatever the table holds, the rows are honest: no warning, no crash, and verdicts that their numbers bear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lhu_effect.effects import Effects, estimate_effects
from lhu_effect.study.model import Study

from .conftest import OTHERS, PROMISE, Cells

Make = Callable[..., Study]
EVER, OFFERED = "narcotics_ever", "offered_narcotics_12_months"
THEME = replace(PROMISE, headline="both", theme_indicators={"drugs": (EVER, OFFERED)})


@st.composite
def cell(draw: st.DrawFn) -> dict[str, object]:
    """One cell as it may come: counted, rounded, masked with or without bounds, n bounded, missing, absurd."""
    n = draw(st.integers(0, 900))
    k = draw(st.integers(0, n))
    kind = draw(
        st.sampled_from(["counted"] * 6 + ["rounded", "masked", "hidden", "bounded", "missing", "absurd"])
    )
    wide = draw(st.integers(0, 6))
    return {
        "counted": {"n": n, "k": k},
        "rounded": {"n": n, "k": None, "k_low": max(0, k - wide), "k_high": min(n, k + wide)},
        "masked": {"n": n, "k": None, "k_low": 0, "k_high": min(n, 4), "status": "masked"},
        "hidden": {"n": None, "k": None, "status": "masked"},
        "bounded": {"n": None, "k": None, "percent": 100 * k / max(n, 1), "n_low": n // 2, "n_high": n},
        "missing": {"n": None, "k": None, "status": "missing"},
        "absurd": {"n": n, "k": n + 1 + wide},
    }[kind]


@st.composite
def tables(draw: st.DrawFn) -> Cells:
    """Two indicators, the municipality, a district and up to four others; some cells are not there at all."""
    made = Cells()
    units = [("0486", "all"), ("0486", "aker"), *((c, "all") for c in OTHERS[: draw(st.integers(0, 4))])]
    rows = []
    for indicator in (EVER, OFFERED):
        for code, district in units:
            for year in made.years:
                if draw(st.integers(0, 9)):
                    where = {"year": year, "municipality": code, "district": district, "grade": "ak9"}
                    rows.append({**made.base, **where, "indicator": indicator, **draw(cell())})
    return replace(made, rows=tuple(rows))


@settings(
    deadline=None,
    max_examples=15,
    derandomize=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a whole table takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tables())
def test_any_table_gives_honest_rows(make_study: Make, table: Cells) -> None:
    study = make_study(promises=(THEME,))
    effects = estimate_effects(table.cube(), study)
    for row in effects.rows.iter_rows(named=True):
        ordered(row)
        if row["verdict"] in ("better", "worse"):
            claimed(row, effects)
        assert (row["verdict"] == "not_comparable") <= bool(row["reason"])
        assert row["estimate"] is None or row["n_after"] is None or row["n_after"] >= 30
    hidden = effects.rows.filter(pl.col("reason") == "masked")
    assert hidden["estimate"].null_count() == hidden.height


def ordered(row: dict[str, float]) -> None:
    """low <= point <= high wherever they stand, the 90 % interval inside the 95 %."""
    for point, low, high in (("estimate", "conf_low", "conf_high"), ("change", "change_low", "change_high")):
        if row[low] is None:
            assert row[point] is None
            continue
        assert row[low] <= row[high]
        narrow = (f"{low.removesuffix('_low')}90_low", f"{high.removesuffix('_high')}90_high")
        assert row[low] - 1e-9 <= row[narrow[0]] <= row[narrow[1]] <= row[high] + 1e-9
        assert row[low] >= -1
        assert row[high] <= 1
    if row["index_low"] is not None:
        assert 0 <= row["index_low"] <= row["index_high"]


def claimed(row: dict[str, float], effects: Effects) -> None:
    """A claim is an after wave's, tested, and its interval leaves out 0 (or 100)."""
    assert row["exposure"] == "after"
    assert row["p_adjusted"] <= 0.05
    assert row["logit_low"] > 0 or row["logit_high"] < 0
    assert (row["verdict"] == "better") == (row["logit_high"] < 0)
