"""Each check against the same thing done the long way: another study, another table, plain arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from lhu_effect.definitions.model import Enrolment, Exposure
from lhu_effect.effects import CHECK_SCHEMA, Effect, Effects, estimate_effects, replicate
from lhu_effect.errors import EstimationError, UsageError
from lhu_effect.i18n import LANGS, Text, has_text
from lhu_effect.study.model import Commitment, Promise, Stratum, Study

from .conftest import OTHERS, PROMISE, Cells

Make = Callable[..., Study]
EVER = "narcotics_ever"


@pytest.fixture
def table() -> Cells:
    return Cells().add(EVER, [400, 440, 396, 300], 4000).compare(EVER, 100, wobble=9)


def check(effects: Effects, name: str, variant: str = "", indicator: str = EVER) -> dict[str, float]:
    found = effects.checks.filter(
        pl.col("check") == name, pl.col("indicator") == indicator, pl.col("promise").str.contains("2020")
    )
    return (found.filter(pl.col("variant") == variant) if variant else found).row(0, named=True)


def same(line: dict[str, float], effect: Effect) -> None:
    assert line["value"] == pytest.approx(effect.estimate, abs=1e-9)
    assert line["low"] == pytest.approx(effect.conf_low, abs=1e-9)
    assert line["high"] == pytest.approx(effect.conf_high, abs=1e-9)
    assert line["p_value"] == pytest.approx(effect.p_value, abs=1e-9)


def test_leave_one_out_is_the_study_without_that_municipality(make_study: Make, table: Cells) -> None:
    effects = estimate_effects(table.cube(), make_study())
    values = []
    for code in OTHERS:
        rest = tuple(c for c in OTHERS if c != code)
        without = estimate_effects(table.cube(), make_study(comparison=rest))["2020", EVER]
        same(check(effects, "leave_one_out", code), without)
        values.append(without.estimate)
    spread = check(effects, "leave_one_out", "range")
    assert (spread["low"], spread["high"]) == pytest.approx((min(values), max(values)))


def test_without_wave_is_the_table_without_that_wave(make_study: Make, table: Cells) -> None:
    effects = estimate_effects(table.cube(), make_study())
    for year in (2014, 2017, 2020):
        rest = replace(table, rows=tuple(r for r in table.rows if r["year"] != year))
        same(
            check(effects, "without_wave", str(year)),
            estimate_effects(rest.cube(), make_study())["2020", EVER],
        )


def test_contaminated_kept_is_the_study_that_keeps_them(make_study: Make, table: Cells) -> None:
    own = Exposure(OTHERS[0], "yes", date(2021, 1, 1), date(2021, 12, 31), ("drugs",), Text(""))
    study = make_study()
    study = replace(study, registry=replace(study.registry, exposures=(*study.registry.exposures, own)))
    kept = replace(study, contaminated="flag")
    effects, flagged = (estimate_effects(table.cube(), s) for s in (study, kept))
    same(check(effects, "contaminated_kept", f"with {OTHERS[0]}"), flagged["2020", EVER])
    same(check(flagged, "contaminated_kept", f"without {OTHERS[0]}"), effects["2020", EVER])


def test_without_earlier_promise_leaves_those_waves_out(make_study: Make, table: Cells) -> None:
    before = Promise("2017", Text(""), date(2016, 12, 1), date(2017, 12, 31), themes=("drugs",))
    study = make_study(promises=(before, PROMISE))
    effects = estimate_effects(table.cube(), study)
    same(
        check(effects, "without_earlier_promise", "2017 2020"),
        estimate_effects(table.cube(), study, before=[2014])["2020", EVER],
    )


def test_event_study_is_the_rows_of_every_wave(make_study: Make, table: Cells) -> None:
    effects = estimate_effects(table.cube(), make_study())
    for year in (2017, 2020, 2023):
        row = effects.rows.filter(pl.col("after_year") == year).row(0, named=True)
        same(check(effects, "event_study", str(year)), Effect(row))
    assert check(effects, "event_study", "2020")["note"] == "no_power"
    assert check(effects, "event_study", "2014")["value"] is None


def test_honest_bounds_and_breakdown(make_study: Make, table: Cells) -> None:
    clear = table.change({"municipality": "0486", "year": 2023}, k=120)
    effects = estimate_effects(clear.cube(), make_study())
    effect, placebo = effects["2020", EVER], abs(check(effects, "event_study", "2020")["value"])
    for m in (0.5, 1, 2):
        line = check(effects, "honest_bounds", f"{m:g}")
        assert line["low"] == pytest.approx(effect.conf_low - m * placebo)
        assert line["high"] == pytest.approx(effect.conf_high + m * placebo)
    least = check(effects, "breakdown")["value"]
    assert effect.conf_high + least * placebo == pytest.approx(0, abs=1e-12)
    level = table.change({"municipality": "0486", "year": 2023}, k=400)
    unsure = estimate_effects(level.cube(), make_study())
    assert (check(unsure, "breakdown")["value"], check(unsure, "breakdown")["note"]) == (None, "inside")


def test_no_placebo_no_bounds(make_study: Make, table: Cells) -> None:
    one = replace(table, rows=tuple(r for r in table.rows if r["year"] in (2020, 2023)))
    effects = estimate_effects(one.cube(), make_study())
    assert check(effects, "honest_bounds")["note"] == "no_placebo"
    assert check(effects, "breakdown")["value"] is None


def test_coverage_and_tipping_point(make_study: Make, table: Cells) -> None:
    pupils = tuple(Enrolment(y, "0486", "all", "ak9", n) for y, n in ((2020, 4400), (2023, 5600)))
    study = make_study(enrolment=pupils)
    effects = estimate_effects(table.cube(), study)
    effect = effects["2020", EVER]
    assert check(effects, "coverage", "2020")["value"] == pytest.approx(4000 / 4400)
    assert check(effects, "coverage", "2023")["value"] == pytest.approx(4000 / 5600)
    assert "coverage_moved" in effect.flags.split()
    r = 4000 / 5600
    assert check(effects, "tipping_point")["value"] == pytest.approx(-r * effect.estimate / (1 - r))
    # Had the others' difference been that, the effect over all enrolled pupils would be nought:
    assert r * effect.estimate + (1 - r) * check(effects, "tipping_point")["value"] == pytest.approx(
        0, abs=1e-12
    )


def test_smallest_p_of_a_permutation(make_study: Make, table: Cells) -> None:
    assert check(estimate_effects(table.cube(), make_study()), "permutation")["value"] == 1 / (
        1 + len(OTHERS)
    )


def by_sex(
    cells: Cells, girls: int, share_girls: float, share_boys: float, code: str, n: int = 2000
) -> Cells:
    """One unit in every wave: `girls` of n in the last wave, half before; total rows added."""
    for place, year in enumerate(cells.years):
        g = girls if place == 3 else n // 2
        counts = {"girl": (round(g * share_girls), g), "boy": (round((n - g) * share_boys), n - g)}
        counts["all"] = (sum(k for k, _ in counts.values()), n)
        rows = [
            {**cells.base, "year": year, "municipality": code, "district": "all", "grade": "ak9", "indicator": EVER,
             "sex": sex, "k": k, "n": m}
            for sex, (k, m) in counts.items()
        ]  # fmt: skip
        cells = replace(cells, rows=(*cells.rows, *rows))
    return cells


def test_standardising_undoes_a_shift_of_the_sexes(make_study: Make) -> None:
    """Girls 5 %, boys 25 % in every wave; the last wave has 90 % girls: nothing changed but who answered."""
    cells = by_sex(Cells(), 1800, 0.05, 0.25, "0486")
    for code in OTHERS:
        cells = by_sex(cells, 1000, 0.05, 0.25, code)
    effects = estimate_effects(cells.cube(), make_study())
    crude, standard = effects["2020", EVER], check(effects, "standardised")
    assert crude.estimate < -0.05
    assert abs(standard["value"]) < 0.005
    assert {check(effects, "sexes", s)["variant"] for s in ("girl", "boy")} == {"girl", "boy"}
    assert abs(check(effects, "sexes", "girl")["value"]) < 0.005


def test_grades_are_asked_apart(make_study: Make) -> None:
    cells = Cells()
    for grade, last in (("ak9", 300), ("gy2", 400), ("both", 700)):
        k = 800 if grade == "both" else 400
        n = 8000 if grade == "both" else 4000
        cells = replace(cells, grade=grade).add(EVER, [k, k, k, last], n).compare(EVER, n // 40, n // 4)
    strata = (Stratum("both", ("ak9", "gy2")),)
    effects = estimate_effects(cells.cube(), make_study(strata=strata))
    alone = estimate_effects(cells.cube(), make_study(strata=(Stratum("ak9", ("ak9",)),)))
    same(check(effects, "grades", "ak9"), alone["2020", EVER])
    assert check(effects, "grades", "gy2")["value"] == pytest.approx(0, abs=0.002)


def test_floor_and_design_effect_widen(make_study: Make, table: Cells) -> None:
    effects = estimate_effects(table.cube(), make_study())
    for name, variants in (
        ("floor_scale", ("0.10", "0.20", "0.30")),
        ("design_effect", ("1.0", "1.4", "2.0")),
    ):
        widths = [line["high"] - line["low"] for line in (check(effects, name, v) for v in variants)]
        assert widths == sorted(widths)
    same(check(effects, "floor_scale", "0.20"), effects["2020", EVER])
    same(check(effects, "design_effect", "1.4"), effects["2020", EVER])


def test_composites_have_checks_on_the_index(make_study: Make) -> None:
    drugs = (EVER, "offered_narcotics_12_months", "easy_to_get_narcotics")
    cells = Cells()
    for i in drugs:
        cells = cells.add(i, [400, 410, 396, 120], 4000).compare(i, 100)
    promise = replace(PROMISE, headline="theme", theme_indicators={"drugs": drugs})
    effects = estimate_effects(cells.cube(), make_study(promises=(promise,)))
    theme = "theme:drugs"
    last = check(effects, "event_study", "2023", theme)
    assert last["value"] == effects["2020", theme].index
    assert 60 < check(effects, "event_study", "2020", theme)["value"] < 160
    assert check(effects, "leave_one_out", OTHERS[0], theme)["high"] < 100
    assert check(effects, "breakdown", indicator=theme)["note"] == "log_odds"


def test_columns_and_words(make_study: Make, table: Cells) -> None:
    checks = estimate_effects(table.cube(), make_study()).checks
    assert checks.schema == pl.Schema(CHECK_SCHEMA)
    notes = set(checks["note"]) - {""}
    for lang in LANGS:
        assert all(has_text(f"effects.checks.{c}", lang) for c in set(checks["check"]))
        assert all(
            has_text(f"effects.notes.{n}", lang) or has_text(f"effects.reasons.{n}", lang) for n in notes
        )
    bare = estimate_effects(table.cube(), make_study(), with_checks=False)
    assert bare.checks.height == 0


def schools(table: Cells) -> Cells:
    """The same counts, told school by school: each unit's cell split over five schools of unlike size."""
    split: list[dict[str, object]] = []
    for r in table.rows:
        k, n = int(r["k"]), int(r["n"])  # type: ignore[call-overload]
        for s in range(5):
            ns = n * (s + 1) // 15
            ks = min(ns, k * (s + 1) // 15 + (s % 3 - 1) * 3)
            split.append({**r, "school": f"{r['municipality']}-{s}", "district": "aker", "k": ks, "n": ns})
    return replace(table, rows=(*table.rows, *split))


def test_school_rows_bring_the_school_checks(make_study: Make, table: Cells) -> None:
    from lhu_effect.effects.estimators import school_clustered

    cube = schools(table).cube()
    effects = estimate_effects(cube, make_study())
    rows = [r for r in schools(table).rows if r.get("school")]
    made = school_clustered.estimate(
        [r["k"] for r in rows], [r["n"] for r in rows], [r["school"] for r in rows],
        [r["municipality"] for r in rows], [r["year"] for r in rows],
        [r["municipality"] == "0486" and r["year"] == 2023 for r in rows],
    )  # fmt: skip
    line = check(effects, "school_cr2")
    assert isinstance(made, school_clustered.Clustered)
    assert (line["value"], line["p_value"]) == pytest.approx((made.estimate, made.p_value))
    assert (line["low"], line["high"]) == pytest.approx(made.intervals[0.95])
    assert check(effects, "wild_bootstrap")["value"] == pytest.approx(made.estimate)
    named = estimate_effects(cube, make_study(), estimator="school_cr2")["2020", EVER]
    assert (named.estimator, named.conf_low) == ("school_cr2", pytest.approx(line["low"]))
    assert effects.why(effects["2020", EVER])["phi"] is not None


def test_same_schools_leaves_out_a_school_that_came_or_went(make_study: Make, table: Cells) -> None:
    cells = schools(table)
    gone = {"school": "0486-4", "year": 2023}
    rows = tuple(r for r in cells.rows if not all(r.get(c) == v for c, v in gone.items()))
    effects = estimate_effects(replace(cells, rows=rows).cube(), make_study())
    kept = [r for r in rows if r.get("school") and r["school"] != "0486-4"]
    alone = Cells()
    for code in ("0486", *OTHERS):
        k, n = ([sum(int(r[x]) for r in kept if r["municipality"] == code and r["year"] == y) for y in alone.years]  # type: ignore[call-overload]
                for x in ("k", "n"))  # fmt: skip
        alone = alone.add(EVER, k, n, code)
    by_hand = estimate_effects(alone.cube(), make_study())["2020", EVER]
    assert check(effects, "same_schools")["value"] == pytest.approx(by_hand.estimate, abs=0.002)


def test_methods_by_name_need_their_data(make_study: Make, table: Cells) -> None:
    with pytest.raises(EstimationError) as caught:
        estimate_effects(table.cube(), make_study(), estimator="school_cr2")
    assert caught.value.rule == "effects.needs_schools"
    named = estimate_effects(table.cube(), make_study(), estimator="aggregate_did")
    effect, crossed = named["2020", EVER], check(named, "cross_check")
    assert effect.estimator == "aggregate_did"
    assert (effect.estimate, effect.conf_low) == pytest.approx((crossed["value"], crossed["low"]))


def test_municipalities_that_began_at_other_times_are_asked_apart(make_study: Make, table: Cells) -> None:
    """0428 had its own promise in 2018: exposed from wave 2020 on, a comparison before that and never after."""
    early = Exposure("0428", "yes", date(2018, 1, 1), date(2018, 12, 31), ("drugs",), Text(""))
    study = make_study()
    others = tuple(e for e in study.exposures if e.municipality != "0428")
    study = replace(study, registry=replace(study.registry, exposures=(*others, early)))
    effects = estimate_effects(table.cube(), study)
    names = effects.checks.filter(pl.col("check") == "group_time")["variant"].to_list()
    assert names == ["0428 2020", "0428 2023", "0486 2023"]
    until = replace(
        table, rows=tuple(r for r in table.rows if not (r["municipality"] == "0428" and int(r["year"]) >= 2020))  # type: ignore[call-overload]
    )  # fmt: skip
    same(check(effects, "group_time", "0486 2023"), estimate_effects(until.cube(), study)["2020", EVER])
    assert (
        estimate_effects(table.cube(), make_study()).checks.filter(pl.col("check") == "group_time").height
        == 0
    )


def test_dose_over_districts_only_beside_a_verdict(make_study: Make) -> None:
    """More was delivered in Åker than in Mariefred than in town, and more was changed: the slope is negative."""
    cells = Cells()
    falls = {"strangnas": (2000, 1.0), "mariefred": (1000, 0.6), "aker": (1000, 0.3)}
    whole = [0, 0, 0, 0]
    for district, (n, left) in falls.items():
        k = [n // 10, n // 10, n // 10, round(n // 10 * left)]
        whole = [a + b for a, b in zip(whole, k, strict=True)]
        cells = cells.add(EVER, k, n, district=district)
    cells = cells.add(EVER, whole, 4000).compare(EVER, 100)
    given = {
        "strangnas": ("cancelled",) * 2,
        "mariefred": ("delivered", "cancelled"),
        "aker": ("delivered",) * 2,
    }
    commitments = tuple(
        Commitment(10 * i + j, Text(""), status, districts=(d,))  # type: ignore[arg-type]
        for i, (d, both) in enumerate(given.items())
        for j, status in enumerate(both)
    )
    effects = estimate_effects(
        cells.cube(), make_study(promises=(replace(PROMISE, commitments=commitments),))
    )
    assert effects["2020", EVER].verdict == "better"
    line = check(effects, "dose")
    assert (line["variant"], line["note"]) == ("0 0.5 1", "log_odds")
    assert line["high"] < 0
    level = cells.change({"municipality": "0486", "district": "all", "year": 2023}, k=396)
    unsure = estimate_effects(level.cube(), make_study(promises=(replace(PROMISE, commitments=commitments),)))
    assert unsure.checks.filter(pl.col("check") == "dose").height == 0


def test_a_bundle_holds_the_rows_own_number(make_study: Make, table: Cells) -> None:
    effect = estimate_effects(table.cube(), make_study())["2020", EVER]
    files = replicate(table.cube(), make_study(), "2020", EVER)
    expected = dict(line.split(",") for line in files["expected.csv"].split()[1:])
    assert float(expected["estimate"]) == pytest.approx(effect.estimate, abs=1e-12)
    assert float(expected["low_0.95"]) == pytest.approx(effect.conf_low, abs=1e-12)
    assert "Strängnäs" in files["cells.csv"]
    hidden = table.change({"municipality": "0486", "year": 2023}, status="masked", k=None, n=None)
    with pytest.raises(UsageError) as caught:
        replicate(hidden.cube(), make_study(), "2020", EVER)
    assert caught.value.facts["reason"] == "masked"
