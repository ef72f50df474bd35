"""Adjusted p-values: against statsmodels, and the testing orders against their definition by alpha."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhu_effect.effects.multiplicity import benjamini_hochberg, holm, split_between, theme_first

PS = st.lists(st.floats(0, 1), min_size=1, max_size=7)


@settings(max_examples=25)  # multipletests collects garbage at every call, a tenth of a second each
@given(PS)
def test_holm_and_bh_agree_with_statsmodels(p: list[float]) -> None:
    from statsmodels.stats.multitest import multipletests

    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-12)


def test_what_was_not_tested_is_not_in_the_family() -> None:
    nan = float("nan")
    assert holm([0.02, nan, 0.03])[[0, 2]] == pytest.approx([0.04, 0.04])
    assert np.isnan(benjamini_hochberg([0.02, nan])[1])
    assert holm([]).size == 0


def claims(p: list[float], alpha: float) -> list[bool]:
    """Holm's procedure as its definition: step down while p(i) <= alpha / (m - i)."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    out = [False] * len(p)
    for step, i in enumerate(order):
        if p[i] > alpha / (len(p) - step):
            break
        out[i] = True
    return out


SMALL = st.lists(
    st.sampled_from([0.001, 0.004, 0.008, 0.012, 0.02, 0.024, 0.03, 0.049, 0.2]), min_size=1, max_size=4
)


@given(SMALL, SMALL)
def test_both_orders_as_the_method_words_them(composites: list[float], primaries: list[float]) -> None:
    alpha = 0.05
    c, p = claims(composites, alpha / 2), claims(primaries, alpha / 2)
    if all(c):
        p = claims(primaries, alpha)
    if all(claims(primaries, alpha / 2)):
        c = claims(composites, alpha)
    adjusted_c, adjusted_p = split_between(composites, primaries)
    assert list(adjusted_c <= alpha) == c
    assert list(adjusted_p <= alpha) == p


@given(SMALL, SMALL)
def test_theme_first_opens_only_the_claimed_theme(composites: list[float], primaries: list[float]) -> None:
    at = [i % (len(composites) + 1) - 1 for i in range(len(primaries))]
    c, p = theme_first(composites, primaries, at)
    gates = claims(composites, 0.05)
    own = claims(primaries, 0.05)
    assert list(c <= 0.05) == gates
    assert list(p <= 0.05) == [o and t >= 0 and gates[t] for o, t in zip(own, at, strict=True)]


def test_one_theme_claimed_hands_its_half_to_the_primaries() -> None:
    _, alone = split_between([0.2], [0.02, 0.04])
    _, handed = split_between([0.01], [0.02, 0.04])
    assert alone == pytest.approx([0.08, 0.08])
    assert handed == pytest.approx([0.04, 0.04])


def test_no_composite_leaves_the_primaries_their_half() -> None:
    """A composite that is refused is no claim: its half is not handed on."""
    assert split_between([float("nan")], [0.02])[1] == pytest.approx([0.04])
