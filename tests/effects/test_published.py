"""Results others have published, from the data beside this checkout: houses, donors, students."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from lhu_effect.effects.clustered import least_squares, logistic
from lhu_effect.effects.regressors import Regressors

REAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "real"
PUBLISHED = json.loads((Path(__file__).parents[1] / "reference" / "did_published.json").read_text("utf-8"))
pytestmark = pytest.mark.skipif(
    not REAL.exists(), reason="the shared data folder is not beside this checkout"
)


def table(name: str) -> list[dict[str, str]]:
    with (REAL / "reference" / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_kielmc_houses() -> None:
    rows = table("kielmc.csv")
    near, late, y = (np.array([float(r[x]) for r in rows]) for x in ("nearinc", "y81", "rprice"))
    X = np.column_stack([near * late, np.ones(len(y)), near, late])
    fit = least_squares(y, np.ones(len(y)), Regressors.plain(X, np.arange(len(y))))
    expected = PUBLISHED["kielmc"]
    classical = np.sqrt((fit.residual**2).sum() / (len(y) - 4) * fit.bread[0, 0])
    assert fit.beta[0] == pytest.approx(expected["did"], rel=1e-10)
    assert classical == pytest.approx(expected["se"], rel=1e-10)


def test_organ_donations_and_the_one_exposed_state_whose_errors_are_never_seen() -> None:
    rows = table("organ_donations.csv")
    state, cluster = np.unique([r["State"] for r in rows], return_inverse=True)
    quarter = np.unique([r["Quarter"] for r in rows], return_inverse=True)[1]
    on = np.array(
        [r["State"] == "California" and r["Quarter"] in ("Q32011", "Q42011", "Q12012") for r in rows]
    )
    X = np.column_stack([on, np.eye(len(state))[cluster], np.eye(quarter.max() + 1)[quarter][:, 1:]]).astype(
        float
    )
    rate = np.array([float(r["Rate"]) for r in rows])
    fit = least_squares(rate, np.ones(len(rows)), Regressors.plain(X, cluster))
    expected = PUBLISHED["organ_donations"]
    assert fit.beta[0] == pytest.approx(expected["did"], abs=1e-12)
    assert np.sqrt(fit.variance(0, "CR0")) == pytest.approx(expected["se_cr0"], abs=1e-12)
    assert np.sqrt(fit.variance(0, "CR1")) == pytest.approx(expected["se_cr1"], abs=1e-12)
    # the only exposed state lies on its fit: its errors enter no sum, so the published 0.006 is far too small
    assert [state[g] for g in fit.unheard(0)] == ["California"]
    assert fit.satterthwaite(0, "CR2") == pytest.approx(25)
    assert np.isnan(fit.variance(0, "CR3"))


def test_dayton_students_by_three_logits() -> None:
    rows = table("DaytonSurvey.csv")
    names = ("alcohol", "cigarette", "marijuana")
    counts = np.zeros((2, 2, 2))
    for r in rows:
        counts[tuple(int(r[x] == "Yes") for x in names)] += float(r["Freq"])
    expected = PUBLISHED["dayton_1992"]
    for axis, name in enumerate(names):
        moved = np.moveaxis(counts, axis, 0).reshape(2, 4)
        k, n = moved[1], moved.sum(0)
        X = np.array([[1.0, a, b] for a in (0, 1) for b in (0, 1)])
        fit = logistic(k, n, Regressors.plain(X, np.arange(4)))
        assert fit is not None
        for j, other in enumerate([x for x in names if x != name], start=1):
            pair = "_".join(sorted((name, other)))
            assert np.exp(fit.beta[j]) == pytest.approx(expected["odds_ratio"][pair], rel=1e-8)
        mu = n / (1 + np.exp(-(X @ fit.beta)))
        G2 = 2 * (k * np.log(k / mu) + (n - k) * np.log((n - k) / (n - mu))).sum()
        assert float(G2) == pytest.approx(expected["G2"], rel=1e-6)
