"""The table of scenarios: each does what it says, and none is another under a new name."""

from __future__ import annotations

import numpy as np
import pytest

from lhu_effect.simulate.scenarios import SCENARIOS, Scenario, sampler_for, scenario, shown

SEEDS = range(8)


def test_there_are_at_least_twelve_and_their_names_differ() -> None:
    assert len(SCENARIOS) >= 12
    assert len({s.name for s in SCENARIOS}) == len(SCENARIOS)
    assert len(
        {
            repr((s.settings, s.indicators, s.years, s.comparisons, s.decimals, s.hide_below))
            for s in SCENARIOS
        }
    ) == len(SCENARIOS)


@pytest.mark.parametrize("s", SCENARIOS, ids=lambda s: s.name)
def test_every_scenario_draws(s: Scenario) -> None:
    view = shown(s, sampler_for(s, 0.6).draw_all(1))
    assert view.k.shape == (s.comparisons + 1, len(s.years))
    assert (view.k_low <= view.k).all()
    assert (view.k <= view.k_high).all()
    assert (view.k_high <= view.n).all()
    assert np.log(0.6) - 0.02 < view.truth < np.log(0.6) + 0.05
    null = shown(s, sampler_for(s, 1.0).draw_all(1))
    assert null.truth == 0


def _mean(name: str, odds_ratio: float = 1.0) -> np.ndarray:
    """Mean log-odds of the own municipality against the comparison, by wave."""
    draw = sampler_for(scenario(name), odds_ratio)
    rows = []
    for seed in SEEDS:
        v = shown(scenario(name), draw.draw_all(seed))
        own = v.k[0] / v.n[0]
        others = v.k[1:].sum(axis=0) / v.n[1:].sum(axis=0)
        rows.append(np.log(own / (1 - own)) - np.log(others / (1 - others)))
    return np.mean(rows, axis=0)


def test_what_moves_moves_as_said() -> None:
    """Same seeds: the last wave's difference to the typical scenario is the scenario's doing."""
    typical = _mean("typical")
    assert _mean("composition")[-1] - typical[-1] > 0.03
    assert _mean("selective")[-1] - typical[-1] < -0.03
    assert _mean("composition")[:-1] == pytest.approx(typical[:-1])
    effect = _mean("typical", 0.6)[-1] - typical[-1]
    assert effect == pytest.approx(np.log(0.6), abs=0.06)
    # three of eight comparison municipalities, 46 % of the pupils compared with, take half the effect with them
    diluted = _mean("contaminated", 0.6)[-1] - _mean("contaminated")[-1]
    assert 0.1 < diluted - effect < 0.3


def test_rounding_leaves_the_true_count_inside() -> None:
    for name in ("rounded", "masked"):
        s = scenario(name)
        for seed in SEEDS:
            drawn = sampler_for(s).draw_all(seed)
            view = shown(s, drawn)
            size = np.nansum(drawn.n[0][1:], axis=1)
            kept = [0, *(1 + np.argsort(-size, kind="stable")[: s.comparisons])]
            k = drawn.k[0][kept]
            assert (view.k_low <= k).all()
            assert (k <= view.k_high).all()
    assert view.masked.any()
    assert (view.k_high[view.masked] == 4).all()


def test_schools_that_stay_out_cost_answers_in_that_wave_only() -> None:
    s = scenario("schools_stay_out")
    lost = 1 - np.mean(
        [
            sampler_for(s).draw_all(i).n[0].sum(axis=0)
            / sampler_for(scenario("typical")).draw_all(i).n[0].sum(axis=0)
            for i in SEEDS
        ],
        axis=0,
    )
    assert lost[:4] == pytest.approx([0] * 4)
    assert 0.08 < lost[4] < 0.22


def test_districts_add_up_to_the_municipality() -> None:
    drawn = sampler_for(scenario("typical")).draw_all(4)
    assert np.nansum(drawn.n_district[0], axis=0) == pytest.approx(drawn.n[0][0])
    assert np.nansum(drawn.k_district[0], axis=0) == pytest.approx(drawn.k[0][0])
    assert drawn.districts == ("aker", "mariefred", "stallarholmen", "strangnas")
    assert np.isnan(drawn.n_district[0][2, -2:]).all()
