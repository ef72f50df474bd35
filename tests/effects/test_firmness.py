"""A claim that would not be made at tau scale .30 carries `floor_sensitive`; no other row does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest
from statsmodels.stats.multitest import multipletests

from lhu_effect.effects import Effects, estimate_effects
from lhu_effect.study.model import Study

from .conftest import PROMISE, Cells

Make = Callable[..., Study]
PRIMARY = ("narcotics_ever", "narcotics_12_months")


def asked(after: int, make_study: Make) -> Effects:
    cells = Cells()
    for i in PRIMARY:
        cells = cells.add(i, [400, 420, 380, after], 4000).compare(i, 100, wobble=6)
    return estimate_effects(cells.cube(), make_study(promises=(replace(PROMISE, primary=PRIMARY),)))


def at_wide_scale(effects: Effects) -> dict[str, float]:
    """Holm's p-values by statsmodels over what the check `floor_scale` says at .30."""
    wide = effects.checks.filter(
        pl.col("check") == "floor_scale", pl.col("variant") == "0.30", pl.col("district") == "all",
        pl.col("after_year") == 2023,
    )  # fmt: skip
    p = {r["indicator"]: r["p_value"] for r in wide.iter_rows(named=True)}
    return dict(zip(p, multipletests(list(p.values()), method="holm")[1], strict=True))


def test_exactly_the_claims_that_need_a_small_floor_are_flagged(make_study: Make) -> None:
    seen: set[tuple[bool, bool]] = set()
    for after in (280, 300, 301, 302, 320):
        effects = asked(after, make_study)
        wide = at_wide_scale(effects)
        for i in PRIMARY:
            row = effects["2020", i]
            claimed = row.verdict in ("better", "worse")
            flagged = "floor_sensitive" in row.flags.split()
            assert flagged == (claimed and wide[i] > 0.05), (after, i)
            seen.add((claimed, flagged))
    assert seen == {(True, False), (True, True), (False, False)}


@pytest.mark.parametrize("name", ["aggregate_did", "permutation"])
def test_a_method_without_a_floor_has_no_such_flag(name: str, make_study: Make) -> None:
    cells = Cells()
    for i in PRIMARY:
        cells = cells.add(i, [80, 84, 76, 20], 800).compare(i, 100, wobble=6)
    study = make_study(promises=(replace(PROMISE, primary=PRIMARY),))
    made = estimate_effects(cells.cube(), study, estimator=name)
    assert not made.rows["flags"].str.contains("floor_sensitive").any()
