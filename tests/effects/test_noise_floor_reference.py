"""The default estimator against whole-matrix numbers (tests/reference/noise_floor.json, made by dense.py)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lhu_effect.effects.estimators import noise_floor

CASES = json.loads((Path(__file__).parents[1] / "reference" / "noise_floor.json").read_text("utf-8"))["cases"]
IN_INTERVAL = ("pp_low", "pp_high", "logit_low", "logit_high")


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_whole_matrices(case: dict) -> None:
    given = {x: np.array(v) for x, v in case["given"].items() if x not in ("target", "phi0", "regions")}
    got = noise_floor.estimate(
        **given,
        target=tuple(case["given"]["target"]),
        phi0=case["given"]["phi0"],
        regions=case["given"]["regions"],
    )
    assert isinstance(got, noise_floor.NoiseFloor)
    for name, value in case["expected"].items():
        holder = got.intervals[0.95] if name in IN_INTERVAL else got
        assert getattr(holder, name) == pytest.approx(float(value), abs=1e-9), name
