"""Intervals for shares against Newcombe's published table and statsmodels; the design effect by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhu_effect.effects.proportions import class_effect, design_effect, effective_n, newcombe, wilson

TABLE = json.loads((Path(__file__).parents[1] / "reference" / "newcombe_1998.json").read_text("utf-8"))[
    "rows"
]
Z = 1.959963984540054


@pytest.mark.parametrize("row", TABLE)
def test_newcombe_published_table(row: dict) -> None:
    low, high = newcombe(
        np.array(row["k1"] / row["n1"]),
        np.array(row["n1"]),
        np.array(row["k0"] / row["n0"]),
        np.array(row["n0"]),
        Z,
    )
    assert (round(float(low), 4), round(float(high), 4)) == (row["low"], row["high"])


COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None, max_examples=60)
@given(COUNTS, COUNTS)
def test_agrees_with_statsmodels(one: tuple[int, int], zero: tuple[int, int]) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

    (k1, n1), (k0, n0) = one, zero
    got = newcombe(np.array(k1 / n1), np.array(n1), np.array(k0 / n0), np.array(n0), Z)
    assert got == pytest.approx(confint_proportions_2indep(k1, n1, k0, n0, method="newcomb"), abs=1e-10)
    limits = wilson(np.array(k1 / n1), np.array(n1), Z)
    assert limits == pytest.approx(proportion_confint(k1, n1, method="wilson"), abs=1e-10)


def test_effective_n_without_noise_is_n_over_design_effect() -> None:
    assert effective_n(np.array(280.0), np.array(0.2), 1.4, 0.0) == pytest.approx(200)
    # the floor bounds what any number of pupils can tell: n* <= 1 / (p q tau^2)
    assert effective_n(np.array(1e12), np.array(0.2), 1.4, 0.04) == pytest.approx(125, rel=1e-6)


def test_design_effect_is_pearson_dispersion_shrunk_with_twenty() -> None:
    k, n = np.array([2.0, 8, 5, 5]), np.array([10.0, 10, 10, 10])
    # group a: p = .5, chi2 = 2 * 9 / 2.5 = 7.2 on 1 df; group b: 0 on 1 df
    assert design_effect(k, n, ["a", "a", "b", "b"], 1.7) == pytest.approx((7.2 + 20 * 1.7) / 22)


def test_design_effect_learns_nothing_from_single_schools_or_unanimous_groups() -> None:
    k, n = np.array([2.0, 0, 0, 10, 10]), np.full(5, 10.0)
    assert design_effect(k, n, ["a", "b", "b", "c", "c"], 1.4) == 1.4


def test_design_effect_recovers_the_clustering_that_was_planted() -> None:
    rng = np.random.default_rng(1)
    n = np.full(4000, 60.0)
    p = rng.beta(0.1 * 24, 0.9 * 24, 4000)  # ICC 1/25: design effect 1 + 59/25
    k = rng.binomial(60, p).astype(float)
    assert design_effect(k, n, (np.arange(4000) // 5).tolist(), 1.4) == pytest.approx(1 + 59 / 25, rel=0.06)


def test_sums_over_classes_give_the_dispersion_of_the_classes() -> None:
    """The same by sums as class by class; unanimous and single groups tell nothing either way."""
    rng = np.random.default_rng(3)
    n, group = rng.integers(5, 30, 60).astype(float), np.repeat(np.arange(12), 5)
    k = rng.binomial(n.astype(int), 0.2).astype(float)
    k[:5] = 0
    sums = [np.bincount(group, x) for x in (np.ones(60), k, n, k * k / n)]
    assert class_effect(*sums, 1.4) == pytest.approx(design_effect(k, n, list(group), 1.4))
    assert class_effect(*(x[:1] for x in sums), 1.4) is None
