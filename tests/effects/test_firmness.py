"""Which claims need a small floor: everybody's (`floor_sensitive`) and the municipality's own (`largest_floor`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from statsmodels.stats.multitest import multipletests

from lhu_effect.effects import Effects, estimate_effects
from lhu_effect.effects.answers import Numbers, Span
from lhu_effect.effects.cells import OBSERVED, Block
from lhu_effect.effects.design import Design
from lhu_effect.effects.estimators import noise_floor
from lhu_effect.effects.firmness import largest_own_floor
from lhu_effect.effects.questions import Question
from lhu_effect.study.model import Study

from .by_hand import Table, effect
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


@pytest.mark.parametrize("waves", [2, 3, 5])
def test_the_largest_own_floor_is_where_the_whole_model_loses_the_effect(waves: int) -> None:
    """The model with the municipality's own swings that large, worked by hand: p is near .05 there."""
    rng = np.random.default_rng(waves)
    years = np.arange(2023 - 3 * waves, 2024, 3.0)[-waves:]
    n = np.array([700.0, 1800, 900, 700, 300, 200])[:, None] * np.ones(waves)
    k = rng.binomial(n.astype(int), 0.15).astype(float)
    k[0, -1] = 45.0
    fit = np.ones(k.shape, dtype=bool)
    fit[0, -1] = False
    solved = noise_floor.estimate(k, k, n, years, fit, (0, waves - 1), 1.4)
    assert isinstance(solved, noise_floor.NoiseFloor)
    asked = replace(ANSWER, fitted=solved, tau2=solved.tau2_mean)
    found = largest_own_floor(design(k), asked, 0.05)
    beyond = math.sqrt(found**2 - solved.tau2_mean)
    assert effect(Table(k, k, n, fit), years, waves - 1, 1.4)["p_value"] < 0.02
    assert 0.03 < effect(Table(k, k, n, fit), years, waves - 1, 1.4, beyond=beyond)["p_value"] < 0.07


def test_no_largest_own_floor_without_an_effect(make_study: Make) -> None:
    effects = asked(390, make_study)
    row = effects["2020", PRIMARY[0]]
    assert row.conf_low < 0 < row.conf_high
    assert effects.why(row)["largest_floor"] is None
    clear = asked(200, make_study)
    less = asked(280, make_study)
    found = [e.why(e["2020", PRIMARY[0]])["largest_floor"] for e in (clear, less)]
    assert found[0] > found[1] > 0


def design(k: np.ndarray) -> Design:
    """A design that says where the target is, and the counts."""
    nothing = np.full(k.shape, np.nan)
    block = Block(
        n=nothing, n_low=nothing, n_high=nothing, k_low=k, k_high=k, percent=nothing,
        status=np.full(k.shape, OBSERVED, dtype=np.int8), flags=np.full(k.shape, "", dtype=object),
    )  # fmt: skip
    question = Question(None, "", (), "", "all", 2023, "after", True, True, True)  # type: ignore[arg-type]
    return Design(question, block, 0, k.shape[1] - 1, (), (), (), None, "", "")


ANSWER = Numbers(0.0, Span(), (0.0, 0.0), 0.0, 0.0, 0.0, (), (), None)
