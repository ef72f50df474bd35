"""Simulated surveys have the law they say: sizes, levels, clustering, nesting, truth, and the same bytes again."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from scipy.stats import multivariate_normal, norm

from lhu_effect import i18n
from lhu_effect.errors import UsageError
from lhu_effect.simulate import Settings, sampler, simulate
from lhu_effect.simulate.draw import Plan, latent_correlation
from lhu_effect.simulate.levels import level_of
from lhu_effect.simulate.model import Simulated
from lhu_effect.simulate.shocks import draw_moves
from lhu_effect.study import load_study
from lhu_effect.study.model import Study

QUIET = {"common_sd": 0.0, "between_wave_sd": 0.0, "district_sd": 0.0, "unit_sd": 0.0, "response_by_year": {}}


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study()


@pytest.fixture(scope="module")
def made(study: Study) -> Simulated:
    return simulate(study)


def test_same_seed_same_numbers_other_seed_others(study: Study, made: Simulated) -> None:
    again = simulate(study)
    assert again.cube.frame.equals(made.cube.frame)
    assert again.truth.equals(made.truth)
    assert not simulate(study, 2).cube.frame.equals(made.cube.frame)


def test_one_indicator_draws_as_it_does_among_all(study: Study, made: Simulated) -> None:
    alone = simulate(study, indicators=("safe_online",)).cube.frame
    assert alone.equals(made.cube.filter(indicator="safe_online").frame)


def test_the_cube_is_whole(made: Simulated) -> None:
    frame = made.cube.frame
    sexes = frame.filter(pl.col("sex") != "all")
    key = ["year", "municipality", "district", "grade", "indicator"]
    summed = sexes.group_by(key).agg(pl.col("n", "k").sum())
    both = frame.filter(sex="all").join(summed, on=key)
    assert (both["n"] == both["n_right"]).all()
    assert (both["k"] == both["k_right"]).all()
    split = frame.filter(pl.col("municipality") == "0486", pl.col("district") != "all")
    key = ["year", "grade", "sex", "indicator"]
    parts = split.group_by(key).agg(pl.col("n", "k").sum())
    whole = frame.filter(municipality="0486", district="all").join(parts, on=key)
    assert whole.height > 0
    assert (whole["n"] == whole["n_right"]).all()


def test_places_and_waves_are_those_of_the_study(made: Simulated) -> None:
    frame = made.cube.frame
    assert sorted(frame["year"].unique()) == [2011, 2014, 2017, 2020, 2023]
    assert frame["municipality"].n_unique() == 9
    late = frame.filter(pl.col("district") == "stallarholmen", pl.col("year") >= 2020)
    assert late.is_empty()
    upper = frame.filter(pl.col("grade") == "gy2", pl.col("municipality") == "0486")
    assert set(upper["district"]) == {"all", "strangnas"}


def test_answers_never_outnumber_pupils(study: Study, made: Simulated) -> None:
    enrolled = {(e.wave, e.municipality, e.district, e.grade): e.pupils for e in study.enrolment}
    rows = made.cube.filter(sex="all").frame
    for year, place, district, grade, n in rows.select(
        "year", "municipality", "district", "grade", "n"
    ).iter_rows():
        assert n <= enrolled[year, place, district, grade]


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("narcotics_30_days", "narcotics_12_months"),
        ("narcotics_12_months", "narcotics_ever"),
        ("cannabis_ever", "narcotics_ever"),
    ],
)
def test_nested_questions_stay_nested_pupil_by_pupil(made: Simulated, part: str, whole: str) -> None:
    records = made.records()
    both = records.filter(pl.col(part).is_not_null())
    assert (both[part] <= both[whole]).all()


def test_records_count_to_the_cube(made: Simulated) -> None:
    records = made.records().filter(pl.col("grade") == "ak9", pl.col("municipality") == "0486")
    counted = records.group_by("year").agg(
        n=pl.col("drunk_30_days").count(), k=pl.col("drunk_30_days").sum().cast(pl.Int64)
    )
    cells = made.cube.filter(
        municipality="0486", district="all", grade="ak9", sex="all", indicator="drunk_30_days"
    ).frame
    both = cells.join(counted, on="year")
    assert both.height == 5
    assert (both["n"] == both["n_right"]).all()
    assert (both["k"] == both["k_right"]).all()


def test_levels_are_plausible(made: Simulated) -> None:
    """Drug shares 3-15 % and safe shares 70-90 % in åk 9 and gy 2 together, give or take shocks."""
    rows = made.cube.filter(district="all", sex="all", grade=["ak9", "gy2"]).frame
    share = rows.group_by("indicator").agg((pl.col("k").sum() / pl.col("n").sum()).alias("share"))
    by = dict(share.iter_rows())
    assert 0.05 < by["narcotics_ever"] < 0.15
    assert 0.6 < by["safe_centre_evening"] < 0.8 < by["safe_in_school"] < 0.95


@pytest.mark.parametrize("p", [0.02, 0.1, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("icc", [0.02, 0.035, 0.1])
def test_latent_correlation_gives_the_icc_asked_for(p: float, icc: float) -> None:
    """Against scipy's bivariate normal: (P(both) - p^2) / (p q) = icc."""
    r = float(latent_correlation(np.array([p]), icc)[0])
    h = norm.ppf(p)
    both = multivariate_normal(cov=[[1, r], [r, 1]]).cdf([h, h])
    assert (both - p**2) / (p * (1 - p)) == pytest.approx(icc, abs=2e-4)


def test_classes_cluster_as_asked(study: Study) -> None:
    """Mean product of two classmates' residuals over the variance, 20 seeds, against icc = .10."""
    plan = Plan(
        study,
        Settings(indicators=("drunk_30_days",), icc=0.10, response=1, item_response=1, **QUIET),  # type: ignore[arg-type]
    )
    estimates = []
    for seed in range(20):
        pupils = plan.pupils(seed)
        answers = plan.answers("drunk_30_days", seed, pupils, {})
        share = answers.with_effect[plan.roster.cell_of, pupils.sex, pupils.group]
        residual = answers.yes - share
        size = np.bincount(plan.roster.class_of)
        total = np.bincount(plan.roster.class_of, weights=residual)
        within_pairs = (total**2).sum() - (residual**2).sum()
        estimates.append(within_pairs / (size * (size - 1)).sum() / (residual**2).mean())
    # grades and sexes have other levels, which the cell means take out but for sex: .10 within a tenth
    assert np.mean(estimates) == pytest.approx(0.10, abs=0.012)


def test_shares_are_the_truth_in_the_long_run(study: Study) -> None:
    draw = sampler(study, "easy_to_get_narcotics", ("ak9", "gy2"), odds_ratio=0.5, **QUIET)
    counts = [draw.draw(seed) for seed in range(60)]
    k = sum(c.k[0] for c in counts)
    n = sum(c.n[0] for c in counts)
    truth = np.mean([c.truth for c in counts], axis=0)
    without = np.mean([c.share_without for c in counts], axis=0)
    expected = 1 / (1 + np.exp(-(np.log(without / (1 - without)) + truth)))
    # standard error with design effect 1.4: sqrt(1.4 * .25 * .75 / (60 * 600)) = .0027
    assert np.abs(k / n - expected).max() < 0.011
    # over grades and sexes the odds ratio is a little nearer one than in each of them
    assert math.log(0.5) < truth[-1] < math.log(0.5) + 0.03
    assert (truth[:-1] == 0).all()


def test_effects_are_where_they_were_planted(study: Study) -> None:
    truth = simulate(
        study,
        indicators=("narcotics_ever", "safe_online"),
        effect_in=("theme:drugs",),
        odds_ratio=0.4,
        effect_by_district={"aker": 0.0, "mariefred": 2.0},
    ).truth
    hit = truth.filter(pl.col("log_odds_ratio").abs() > 1e-9)
    assert set(hit["indicator"]) == {"narcotics_ever"}
    assert set(hit["municipality"]) == {"0486"}
    assert set(hit["year"]) == {2023}
    assert "aker" not in set(hit["district"])
    by = dict(hit.filter(grade="ak9").select("district", "log_odds_ratio").iter_rows())
    assert by["mariefred"] == pytest.approx(2 * math.log(0.4), abs=0.05)
    assert by["strangnas"] == pytest.approx(math.log(0.4), abs=0.05)


def test_truth_has_no_stratum_that_lacks_a_grade(made: Simulated) -> None:
    both = made.truth.filter(municipality="0486", grade="ak9_gy2")
    assert set(both["district"]) == {"all", "strangnas"}


def _spread(study: Study, **settings: float) -> tuple[float, float]:
    """sd of own moves, and their correlation from wave to wave, over 300 seeds x 9 municipalities."""
    plan = Plan(study, Settings(years=(2014, 2017, 2020, 2023), district_sd=0.0, **settings))  # type: ignore[arg-type]
    level = level_of(study.registry.indicators["robbed_12_months"])
    cells = plan.roster.cells
    towns = sorted({c[1] for c in cells})
    at = [
        [next(i for i, c in enumerate(cells) if c[:2] == (y, m)) for y in plan.settings.years] for m in towns
    ]
    moves = [draw_moves(plan.roster, plan.settings, level, "robbed", seed).own for seed in range(300)]
    values = np.concatenate([own[np.array(at)] for own in moves])
    steps = np.concatenate([values[:, [i, j]] for i, j in pairwise(range(values.shape[1]))])
    return float(values.std()), float(np.corrcoef(steps.T)[0, 1])


def test_own_moves_have_the_spread_and_memory_asked_for(study: Study) -> None:
    sd, correlation = _spread(study, between_wave_sd=0.3, persistence=0.6)
    assert sd == pytest.approx(0.3, rel=0.03)
    assert correlation == pytest.approx(0.6, abs=0.03)
    sd, _ = _spread(study, between_wave_sd=0.3, tails_df=5)
    assert sd == pytest.approx(0.3, rel=0.06)


def test_selective_response_lowers_what_risk_takers_do(study: Study) -> None:
    plain = sampler(study, "narcotics_ever", ("ak9", "gy2"), odds_ratio=1.0, **QUIET)
    biased = sampler(study, "narcotics_ever", ("ak9", "gy2"), odds_ratio=1.0, selective=-1.5, **QUIET)
    means = []
    for draw in (plain, biased):
        counts = [draw.draw(seed) for seed in range(30)]
        means.append(sum(c.k[0] for c in counts) / sum(c.n[0] for c in counts))
    assert means[1][-1] < means[0][-1] - 0.01
    assert means[1][:-1] == pytest.approx(means[0][:-1])


def test_a_school_that_stays_out_has_no_answers(study: Study) -> None:
    cube = simulate(study, indicators=("robbed_12_months",), school_participation={2020: 0.0}).cube
    assert 2020 not in set(cube.frame["year"])


def test_school_rows_carry_the_registers_codes(study: Study) -> None:
    frame = simulate(study, indicators=("robbed_12_months",), schools=True).cube.frame
    schools = frame.filter(pl.col("school").is_not_null(), pl.col("municipality") == "0486")
    own = set(schools.filter(pl.col("grade") != "gy2")["school"])
    assert own <= set(study.registry.schools)
    assert {"42957784", "74265915"} <= own


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"odds_ratio": 0}, "simulate.out_of_range"),
        ({"icc": 0.9}, "simulate.out_of_range"),
        ({"between_wave": 0.1}, "simulate.unknown_setting"),
        ({"indicators": ("narcotics_evr",)}, "simulate.unknown_indicator"),
        ({"municipalities": ("0114",)}, "simulate.no_enrolment"),
    ],
)
def test_wrong_settings_are_wrong_use(study: Study, changes: dict[str, object], rule: str) -> None:
    with pytest.raises(UsageError) as caught:
        simulate(study, **changes)
    assert caught.value.rule == rule
    assert all(caught.value.message(lang) for lang in i18n.LANGS)


@pytest.mark.parametrize(
    "first", ["import lhu_effect as lhu", "import lhu_effect.simulate; import lhu_effect as lhu"]
)
def test_the_public_name_can_be_called_whoever_imported_first(first: str) -> None:
    program = (
        f"{first}\nmade = lhu.simulate(lhu.open_study(), indicators=('doping_ever',), years=(2023,))\n"
        "again = lhu.simulate(made.study, settings=made.settings)\nassert again.cube.frame.equals(made.cube.frame)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
