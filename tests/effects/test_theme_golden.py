"""The composite against numbers made by independent code (shared/reference/golden_composite.json)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lhu_effect.effects.estimators import theme
from lhu_effect.effects.refused import Refused

GOLDEN = Path(__file__).parents[2] / ".." / "shared" / "reference" / "golden_composite.json"
CASES = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"] if GOLDEN.exists() else []
IN_INTERVAL = ("logit_low", "logit_high", "index_low", "index_high")


@pytest.mark.skipif(not CASES, reason="shared/reference/golden_composite.json is not beside this checkout")
@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_agrees_with_independent_code(case: dict) -> None:
    given, expected = case["input"], case["expected"]
    k = np.array(given["k"], dtype=float)
    problem = theme.ThemeProblem(
        k_low=k,
        k_high=k,
        n=np.array(given["n"], dtype=float),
        years=np.array(given["years"], dtype=float),
        fit=np.array(given["fit"]),
        unit=given["u"],
        after=tuple(given["after"]),
        phi0=given["phi0"],
        higher=tuple(given.get("higher_is_better", [False] * len(k))),
    )
    got = theme.estimate(problem)
    if "refused" in expected:
        assert isinstance(got, Refused)
        return
    assert isinstance(got, theme.Theme)
    for name, value in expected.items():
        holder = got.intervals[0.95] if name in IN_INTERVAL else got
        found = getattr(holder, name)
        if value is None:
            value = float(case["infinite"][name])
        assert (list(found) if isinstance(value, list) else found) == pytest.approx(value, abs=1e-8), name
