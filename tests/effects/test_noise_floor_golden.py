"""The default estimator against numbers made by independent code (shared/reference/golden_effects.json)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lhu_effect.effects.estimators import noise_floor
from lhu_effect.effects.refused import Refused

GOLDEN = Path(__file__).parents[2] / ".." / "shared" / "reference" / "golden_effects.json"
CASES = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"] if GOLDEN.exists() else []
BOUNDS = {"conf_low": "pp_low", "conf_high": "pp_high", "logit_low": "logit_low", "logit_high": "logit_high"}


@pytest.mark.skipif(not CASES, reason="shared/reference/golden_effects.json is not beside this checkout")
@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_agrees_with_independent_code(case: dict) -> None:
    k, n = np.array(case["k"], dtype=float), np.array(case["n"], dtype=float)
    got = noise_floor.estimate(
        k,
        k,
        n,
        np.array(case["years"]),
        np.array(case["fit"]),
        tuple(case["target"]),
        case["phi0"],
        (case["level"],),
    )
    expected = case["expected"]
    if "refused" in expected:
        assert isinstance(got, Refused)
        return
    assert isinstance(got, noise_floor.NoiseFloor)
    for name, value in expected.items():
        holder = got.intervals[case["level"]] if name in BOUNDS else got
        if value is None:
            value = -np.inf if name.endswith("low") else np.inf
        assert getattr(holder, BOUNDS.get(name, name)) == pytest.approx(value, abs=1e-8), name
