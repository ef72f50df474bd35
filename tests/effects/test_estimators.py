"""Every named estimator, none left out: unique name, an answer on ordinary data, a refusal where it must."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from lhu_effect.effects.estimators import ESTIMATORS, before_after, theme
from lhu_effect.effects.named import BySchools, ByUnits, Named, SchoolCells, SchoolRows
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused

RNG = np.random.default_rng(6)
YEARS = np.array([2017.0, 2020, 2023])
N = RNG.integers(200, 900, (6, 3)).astype(float)
K = RNG.binomial(N.astype(int), 0.2).astype(float)
FIT = np.ones((6, 3), dtype=bool)
FIT[0, 2] = False


def problem(rows: int = 6) -> Problem:
    return Problem(K[:rows], K[:rows], N[:rows], YEARS, FIT[:rows], (0, 2), 1.4)


def schools(own: int = 3) -> SchoolCells:
    units = ["own"] * own + ["m1"] * 3 + ["m2"] * 3
    rows = [(f"s{s}", unit, year) for s, unit in enumerate(units) for year in (2017, 2020, 2023)]
    n = RNG.integers(30, 90, len(rows)).astype(float)
    exposed = np.array([unit == "own" and year == 2023 for _, unit, year in rows])
    names, of, when = zip(*rows, strict=True)
    rows_of = SchoolRows(names, of, when, exposed)
    return SchoolCells(RNG.binomial(n.astype(int), 0.25).astype(float), n, rows_of)


def test_names_are_unique() -> None:
    names = [e.name for e in ESTIMATORS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: e.name)
def test_answers(estimator: ByUnits | BySchools) -> None:
    made = estimator.run(problem() if isinstance(estimator, ByUnits) else schools(), (0.95, 0.90))
    assert isinstance(made, Named)
    assert made.estimate is not None
    assert 0 < made.p_value <= 1
    for level, (low, high) in made.intervals.items():
        assert low < made.estimate < high, level
    if made.intervals:
        assert made.intervals[0.95][0] <= made.intervals[0.90][0]
        assert made.intervals[0.95][1] >= made.intervals[0.90][1]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: e.name)
def test_refuses_without_comparison(estimator: ByUnits | BySchools) -> None:
    if isinstance(estimator, ByUnits):
        made = estimator.run(problem(rows=1), (0.95,))
    else:
        cells = schools()
        own = np.array([u == "own" for u in cells.rows.unit])
        made = estimator.run(SchoolCells(cells.k[own], cells.n[own], cells.rows.where(own)), (0.95,))
    assert isinstance(made, Refused)
    assert made.reason == "no_comparison"


def test_one_exposed_cluster_is_said() -> None:
    for estimator in ESTIMATORS:
        if isinstance(estimator, BySchools):
            made = estimator.run(schools(own=1), (0.95,))
            assert isinstance(made, Refused) or made.note == "one_exposed_cluster"


def test_the_page_of_estimators_is_complete() -> None:
    """docs/estimators.md: a row each, in ESTIMATORS' order beside the two without a substitute; the tests exist."""
    root = Path(__file__).parents[2]
    page = (root / "docs" / "estimators.md").read_text("utf-8")
    rows = [[c.strip() for c in r.strip("|").split(" | ")] for r in page.splitlines() if r.startswith("| `")]
    told = [r[0].strip("` ") for r in rows]
    alone = (theme.NAME, before_after.NAME)
    assert [x for x in told if x not in alone] == [e.name for e in ESTIMATORS]
    assert set(alone) <= set(told)
    for row in rows:
        assert len(row) == 6, row
        assert all(row), row
        named = re.findall(r"`(tests/[^`]+)`", row[5])
        assert named, row
        assert all((root / path).exists() for path in named), row
