"""School-clustered regressions from counts: pyfixest's numbers, and the pupil-row fit to 1e-12."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from lhu_effect.effects import clustered
from lhu_effect.effects.estimators import school_clustered
from lhu_effect.effects.estimators.school_clustered import Clustered
from lhu_effect.effects.refused import Refused

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "clustered.json").read_text("utf-8"))
with (Path(__file__).parents[1] / "reference" / "clubsandwich.csv").open(encoding="utf-8") as lines:
    CLUBSANDWICH = list(csv.DictReader(lines))
CELLS, EXPECTED = REFERENCE["cells"], REFERENCE["expected"]
ARGS = tuple(CELLS[x] for x in ("k", "n", "school", "unit", "year", "exposed"))


def solve(**options: object) -> Clustered:
    made = school_clustered.estimate(*ARGS, **options)  # type: ignore[arg-type]
    assert isinstance(made, Clustered)
    return made


def pupils() -> tuple[np.ndarray, ...]:
    """One row per pupil: y, X (effect, unit and year dummies), school."""
    y = np.concatenate([[1.0] * k + [0.0] * (n - k) for k, n in zip(CELLS["k"], CELLS["n"], strict=True)])
    at = np.repeat(np.arange(len(CELLS["n"])), CELLS["n"])
    unit, year, school = (np.unique(CELLS[x], return_inverse=True)[1][at] for x in ("unit", "year", "school"))
    X = np.column_stack(
        [
            np.array(CELLS["exposed"])[at],
            np.ones(len(y)),
            *(unit == u for u in (1, 2)),
            *(year == t for t in (1, 2)),
        ]
    ).astype(float)
    return y, X, school


@pytest.mark.parametrize(("kind", "theirs"), [("CR1", "CRV1"), ("CR3", "CRV3")])
def test_agrees_with_pyfixest(kind: str, theirs: str) -> None:
    made = solve(vcov=kind)
    assert made.pupils == EXPECTED["pupils"]
    assert made.estimate == pytest.approx(EXPECTED[theirs]["estimate"], abs=1e-10)
    assert made.std_error == pytest.approx(EXPECTED[theirs]["se"], abs=1e-10)


@pytest.mark.parametrize("row", CLUBSANDWICH, ids=lambda r: f"{r['link']}-{r['vcov']}")
def test_agrees_with_clubsandwich(row: dict[str, str]) -> None:
    made = solve(link=row["link"], vcov=row["vcov"].removesuffix("S"))
    assert made.estimate == pytest.approx(float(row["estimate"]), abs=1e-9)
    assert made.std_error == pytest.approx(float(row["std_error"]), abs=1e-9)
    if row["vcov"] != "CR1S":
        assert made.df == pytest.approx(float(row["df"]), rel=1e-7)


def test_wild_bootstrap_agrees_with_wildboottest() -> None:
    made = school_clustered.wild_bootstrap(*ARGS)
    assert made.enumerated
    assert made.draws == 512
    # the pattern that draws the data itself and its mirror count as equally extreme here; not in theirs
    assert made.p_value - 2 / 512 == pytest.approx(EXPECTED["wild_p"], abs=1e-12)
    assert made.low < solve().estimate < made.high


def pupil_row_variance(
    X: np.ndarray, residual: np.ndarray, school: np.ndarray, power: float, v: np.ndarray
) -> tuple[float, float]:
    """CR2 (power -1/2) or CR3 (-1) of column 0, and Satterthwaite's df, with the N x N matrices themselves."""
    M = np.linalg.inv(X.T @ X)
    H = X @ M @ X.T
    V, columns = 0.0, []
    for g in np.unique(school):
        at = school == g
        D = np.diag(v[at] if power == -0.5 else np.ones(at.sum()))
        values, vectors = np.linalg.eigh(D @ (np.eye(at.sum()) - H[np.ix_(at, at)]) @ D)
        root = np.where(values > 1e-10, np.abs(values) ** power, 0.0)
        a = D @ (vectors * root) @ vectors.T @ X[at] @ M[:, 0]
        V += float(a @ residual[at]) ** 2
        full = np.zeros(len(X))
        full[at] = a
        columns.append(full - H @ full)
    P = np.array(columns) @ np.array(columns).T
    return V, float(np.trace(P) ** 2 / (P**2).sum())


@pytest.mark.parametrize(("kind", "power"), [("CR2", -0.5), ("CR3", -1.0)])
def test_linear_from_counts_equals_the_pupil_rows(kind: str, power: float) -> None:
    y, X, school = pupils()
    beta = np.linalg.lstsq(X, y, rcond=None)[0]
    V, df = pupil_row_variance(X, y - X @ beta, school, power, np.ones(len(y)))
    made = solve(vcov=kind)
    assert made.estimate == pytest.approx(beta[0], abs=1e-12)
    assert made.std_error == pytest.approx(np.sqrt(V), abs=1e-12)
    assert made.df == pytest.approx(df, abs=1e-9)


@pytest.mark.parametrize(("kind", "power"), [("CR2", -0.5), ("CR3", -1.0)])
def test_logit_from_counts_equals_the_pupil_rows(kind: str, power: float) -> None:
    import statsmodels.api as sm

    y, X, school = pupils()
    fit = sm.GLM(y, X, family=sm.families.Binomial()).fit(tol=1e-14, tol_criterion="params", maxiter=100)
    w = fit.mu * (1 - fit.mu)
    V, df = pupil_row_variance(X * np.sqrt(w)[:, None], (y - fit.mu) / np.sqrt(w), school, power, w)
    made = solve(vcov=kind, link="logit")
    assert made.estimate == pytest.approx(fit.params[0], abs=1e-12)
    assert made.std_error == pytest.approx(np.sqrt(V), abs=1e-12)
    assert made.df == pytest.approx(df, abs=1e-8)


@pytest.mark.parametrize("link", ["linear", "logit"])
def test_cr1_from_counts_equals_statsmodels_on_pupil_rows(link: str) -> None:
    import statsmodels.api as sm

    y, X, school = pupils()
    family = sm.families.Gaussian() if link == "linear" else sm.families.Binomial()
    fit = sm.GLM(y, X, family=family).fit(
        cov_type="cluster", cov_kwds={"groups": school, "use_correction": True}, tol=1e-14, maxiter=100
    )
    assert solve(vcov="CR1", link=link).std_error == pytest.approx(fit.bse[0], abs=1e-10)


def test_few_schools_have_few_degrees_of_freedom() -> None:
    made = solve()
    assert made.treated_clusters == 3
    assert 1 <= made.df < made.clusters - 1


def test_one_treated_school_has_leverage_one_under_school_effects() -> None:
    """With one exposed school its own dummy and effect take it whole: CR3 is undefined and says so."""
    k, n = [30, 20, 40, 41, 22, 25], [100] * 6
    args = (k, n, list("aabbcc"), list("aabbcc"), [1, 2] * 3, [0, 1, 0, 0, 0, 0])
    assert school_clustered.estimate(*args, vcov="CR3") == Refused("leverage", {"schools": 3})


def test_separation_is_refused() -> None:
    k, n = [30, 0, 40, 41, 22, 25], [100] * 6
    args = (k, n, list("abcdef"), list("aabbbb"), [1, 2] * 3, [0, 1, 0, 0, 0, 0])
    assert school_clustered.estimate(*args, link="logit") == Refused("separation", {"schools": 6})


def test_an_effect_that_the_dummies_swallow_is_refused() -> None:
    args = ([30, 20, 40, 41], [100] * 4, list("abcd"), list("aabb"), [1, 2, 1, 1], [0, 1, 0, 0])
    assert school_clustered.estimate(*args) == Refused("no_comparison")


def test_the_bootstrap_draws_with_a_fixed_seed_where_patterns_are_too_many() -> None:
    rng = np.random.default_rng(4)
    G = 16
    school = np.repeat([f"s{g}" for g in range(G)], 2)
    unit = np.repeat(["own"] * 5 + ["other"] * (G - 5), 2)
    year = np.tile([1, 2], G)
    exposed = (unit == "own") & (year == 2)
    n = np.full(2 * G, 80)
    args = (rng.binomial(n, 0.2), n, list(school), list(unit), list(year), exposed)
    one, two = (school_clustered.wild_bootstrap(*args) for _ in range(2))
    assert one == two
    assert not one.enumerated
    assert one.draws == clustered.DRAWS
