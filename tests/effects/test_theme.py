"""The composite against whole-matrix numbers, its symmetries, what it leaves out and when it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lhu_effect.effects.estimators import theme
from lhu_effect.effects.estimators.theme import Theme, ThemeProblem
from lhu_effect.effects.refused import Refused

CASES = json.loads((Path(__file__).parents[1] / "reference" / "theme.json").read_text("utf-8"))["cases"]
IN_INTERVAL = ("logit_low", "logit_high", "index_low", "index_high")


def problem(given: dict) -> ThemeProblem:
    k_low, k_high, n, years = (np.array(given[x], dtype=float) for x in ("k_low", "k_high", "n", "years"))
    regions = tuple(given["regions"]) if given["regions"] else None
    return ThemeProblem(
        k_low, k_high, n, years, np.array(given["fit"]), given["unit"], tuple(given["after"]), given["phi0"],
        tuple(given["higher"]), regions=regions,
    )  # fmt: skip


def solve(asked: ThemeProblem) -> Theme:
    made = theme.estimate(asked)
    assert isinstance(made, Theme)
    return made


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_whole_matrices(case: dict) -> None:
    made = solve(problem(case["given"]))
    for name, value in case["expected"].items():
        found = getattr(made.intervals[0.95] if name in IN_INTERVAL else made, name)
        assert (list(found) if isinstance(value, list) else found) == pytest.approx(value, abs=1e-9), name


def test_together_as_alone() -> None:
    asked = [problem(c["given"]) for c in CASES]
    for one, made in zip(asked, theme.estimate_many(asked), strict=True):
        assert isinstance(made, Theme)
        assert made.estimate == pytest.approx(solve(one).estimate, abs=1e-11)


def test_a_question_turned_round_says_the_same() -> None:
    asked = problem(CASES[0]["given"])
    turned = replace(
        asked,
        k_low=np.concatenate([asked.n[:1] - asked.k_high[:1], asked.k_low[1:]]),
        k_high=np.concatenate([asked.n[:1] - asked.k_low[:1], asked.k_high[1:]]),
        higher=(True, False, False),
    )
    assert solve(turned) == solve(asked)


def test_the_order_of_units_and_questions_changes_nothing() -> None:
    asked = problem(CASES[0]["given"])
    units, questions = [2, 0, 3, 1], [2, 0, 1]
    moved = replace(
        asked,
        **{x: getattr(asked, x)[questions][:, units] for x in ("k_low", "k_high", "n")},
        fit=asked.fit[units],
        unit=1,
    )
    one, other = solve(asked), solve(moved)
    assert other.estimate == pytest.approx(one.estimate, abs=1e-10)
    assert other.weights == pytest.approx([one.weights[i] for i in questions], abs=1e-12)
    assert other.p_value == pytest.approx(one.p_value, abs=1e-10)


def test_rounding_widens() -> None:
    asked = problem(CASES[0]["given"])
    rounded = replace(asked, k_low=np.maximum(asked.k_low - 3, 0), k_high=asked.k_high + 3)
    one, other = solve(asked).intervals[0.95], solve(rounded).intervals[0.95]
    assert other.logit_high - other.logit_low > one.logit_high - one.logit_low


def masks(asked: ThemeProblem, *cells: tuple[int, int, int]) -> np.ndarray:
    out = np.zeros(asked.n.shape, dtype=bool)
    for cell in cells:
        out[cell] = True
    return out


def test_a_masked_before_cell_gives_an_interval_from_both_ends() -> None:
    asked = problem(CASES[0]["given"])
    low, high = asked.k_low.copy(), asked.k_high.copy()
    low[0, 0, 0], high[0, 0, 0] = 1, 19
    made = solve(replace(asked, k_low=low, k_high=high, masked=masks(asked, (0, 0, 0))))
    assert made.estimate is None
    assert made.index is None
    at_low, at_high = (
        solve(replace(asked, k_low=low, k_high=low)),
        solve(replace(asked, k_low=high, k_high=high)),
    )
    # the before count that fits its neighbours badly raises the floor: the lowest end is not where it is highest
    assert at_low.intervals[0.95].logit_low < at_high.intervals[0.95].logit_low
    for one in (at_low, at_high):
        assert made.intervals[0.95].logit_low <= one.intervals[0.95].logit_low + 1e-10
        assert made.intervals[0.95].logit_high >= one.intervals[0.95].logit_high - 1e-10
    assert made.p_value >= max(at_low.p_value, at_high.p_value) - 1e-9


def test_a_rare_question_is_left_out_by_what_was_expected_not_by_its_count() -> None:
    asked = problem(CASES[0]["given"])
    k = asked.k_low.copy()
    k[0] = np.minimum(k[0], 1)
    k[0, 0, 4] = 60
    made = solve(replace(asked, k_low=k, k_high=k))
    assert made.indicators_used == (1, 2)
    assert list(made.left_out) == [0]
    assert made.left_out[0] < 5


def reason(asked: ThemeProblem, **parts: object) -> tuple[str, dict]:
    made = theme.estimate(replace(asked, **parts))  # type: ignore[arg-type]
    assert isinstance(made, Refused)
    return made.reason, dict(made.facts)


def test_refusals_name_what_causes_them() -> None:
    asked = problem(CASES[0]["given"])
    gone, one_gone = asked.k_low.copy(), asked.k_low.copy()
    gone[1, 0, 4] = np.nan
    one_gone[1, 1:] = np.nan
    few, rare = asked.n.copy(), asked.k_low.copy()
    few[:, 0, 4] = 59
    rare[:2] = 0
    late, alone = asked.fit.copy(), asked.fit.copy()
    late[0] = alone[1:] = False
    assert reason(asked, k_low=gone, k_high=gone) == ("missing", {"indicator": 1, "year": 2023})
    assert reason(asked, masked=masks(asked, (2, 0, 4))) == ("masked", {"indicator": 2, "year": 2023})
    assert (
        reason(asked, n=few, k_low=np.minimum(asked.k_low, 59), k_high=np.minimum(asked.k_low, 59))[0]
        == "too_few"
    )
    assert reason(asked, k_low=rare, k_high=rare) == ("too_few", {"indicators": 1, "rare": 2})
    assert reason(asked, fit=late) == ("no_before_wave", {})
    assert reason(asked, fit=alone) == ("no_comparison", {})
    assert reason(asked, k_low=one_gone, k_high=one_gone) == ("no_comparison", {"indicator": 1})
