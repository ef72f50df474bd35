"""Every verdict and every reason, each from a table one can read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from lhu_effect.definitions.model import Exposure, Version, Wave
from lhu_effect.disclosure import mask
from lhu_effect.effects import EFFECT_SCHEMA, VERDICTS, Effect, Effects, estimate_effects
from lhu_effect.errors import EstimationError
from lhu_effect.i18n import LANGS, Text, has_text
from lhu_effect.study.model import Margin, PooledDistrict, Stratum, Study
from lhu_effect.survey.tabulate import tabulate

from .conftest import OTHERS, PROMISE, WAVES, Cells

Make = Callable[..., Study]
EVER, YEAR = "narcotics_ever", "narcotics_12_months"


def table(own: list[int | None], n: int = 4000, others: int = 100, **more: object) -> Cells:
    """One indicator: the municipality's counts beside four steady comparison municipalities."""
    return Cells().add(EVER, own, n, **more).compare(EVER, others)


def headline(effects: Effects, indicator: str = EVER) -> Effect:
    return effects["2020", indicator]


def test_a_large_fall_is_better_and_a_large_rise_worse(make_study: Make) -> None:
    better = headline(estimate_effects(table([400, 404, 396, 120]).cube(), make_study()))
    worse = headline(estimate_effects(table([400, 404, 396, 960]).cube(), make_study()))
    assert (better.verdict, worse.verdict) == ("better", "worse")
    assert better.conf_high < 0 < worse.conf_low
    assert better.p_adjusted <= 0.05
    assert better.before_years == "2014 2017 2020"
    assert better.comparison == " ".join(sorted(OTHERS))
    assert (better.change_verdict, worse.change_verdict) == ("better", "worse")


def test_nothing_moved_and_many_answered_is_same(make_study: Make) -> None:
    cells = Cells().add(EVER, [40_000, 40_000, 40_000, 40_000], 400_000).compare(EVER, 10_000, 100_000)
    same = headline(estimate_effects(cells.cube(), make_study(margin=Margin(6.0, 0.25))))
    assert same.verdict == "same"
    assert -same.margin < same.conf90_low <= 0 <= same.conf90_high < same.margin


def test_few_answers_are_unsure(make_study: Make) -> None:
    unsure = headline(estimate_effects(table([10, 11, 12, 7], n=100).cube(), make_study()))
    assert (unsure.verdict, unsure.reason) == ("unsure", "")
    assert unsure.conf_low < 0 < unsure.conf_high


@pytest.mark.parametrize("own", [[400, 404, 396, 120], [400, 404, 396, 960], [10, 11, 12, 7], [400] * 4])
def test_verdict_is_the_same_for_the_complement(make_study: Make, own: list[int]) -> None:
    """Coding the answers the other way round turns every number and no verdict."""
    study, n, m = make_study(), 4000, 1000
    indicator = study.registry.indicators[EVER]
    mirrored = replace(indicator, better="higher")
    flipped = replace(
        study, registry=replace(study.registry, indicators={**study.registry.indicators, EVER: mirrored})
    )
    one = headline(estimate_effects(table(own, n).cube(), study))
    other = headline(estimate_effects(table([n - k for k in own], n, m - 100).cube(), flipped))
    assert (one.verdict, one.change_verdict) == (other.verdict, other.change_verdict)
    assert one.estimate == pytest.approx(-other.estimate, abs=1e-9)
    assert one.conf_low == pytest.approx(-other.conf_high, abs=1e-9)
    assert one.margin == pytest.approx(other.margin, abs=1e-9)
    assert one.p_value == pytest.approx(other.p_value, abs=1e-9)


def test_only_the_own_municipality_gets_changes(make_study: Make) -> None:
    alone = Cells().add(EVER, [400, 404, 396, 120], 4000)
    effects = estimate_effects(alone.cube(), make_study())
    effect = headline(effects)
    assert (effect.verdict, effect.reason, effect.comparison) == ("not_comparable", "no_comparison", "")
    assert effect.estimate is None
    assert effect.change_verdict == "better"
    why = effects.why(effect, "change")
    assert (why["headline"], why["floor_assumed"], why["rule"]) == (True, True, "claimed")
    assert why["largest_floor"] >= 0.30


def test_without_comparison_a_change_must_hold_at_the_strict_floor(make_study: Make) -> None:
    """Clear at the assumed floor .15 and not at .30: unsure, with the floor at which it would hold."""
    alone = Cells().add(EVER, [400, 404, 396, 240], 4000)
    effects = estimate_effects(alone.cube(), make_study())
    effect, why = headline(effects), effects.why(headline(effects), "change")
    assert effect.change_high < 0
    assert effect.change_verdict == "unsure"
    assert why["rule"] == "floor"
    assert 0.15 < why["largest_floor"] < 0.30


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        ([None, None, None, 120], "no_before_wave"),
        ([400, 404, 396, None], "wave_missing"),
        ([None, None, 396, 120], ""),
    ],
)
def test_missing_waves(make_study: Make, own: list[int | None], reason: str) -> None:
    effect = headline(estimate_effects(table(own).cube(), make_study()))
    assert effect.reason == reason
    assert (effect.verdict == "not_comparable") == bool(reason)
    assert (effect.estimate is None) == bool(reason)


def test_one_wave_only(make_study: Make) -> None:
    cells = replace(Cells(years=(2023,)).add(EVER, [120], 4000), years=(2023,)).compare(EVER, 100)
    effect = headline(estimate_effects(cells.cube(), make_study(waves=WAVES[-1:])))
    assert (effect.verdict, effect.reason, effect.change_verdict) == (
        "not_comparable",
        "no_before_wave",
        "not_comparable",
    )


def test_only_during_waves(make_study: Make) -> None:
    running = replace(PROMISE, start=date(2019, 6, 1), end=date(2024, 12, 31))
    waves = (*WAVES[:3], Wave(2020, date(2019, 9, 1), date(2019, 10, 1)))
    cells = Cells(years=(2014, 2017, 2020)).add(EVER, [400, 404, 120], 4000)
    cells = cells.compare(EVER, 100)
    effects = estimate_effects(cells.cube(), make_study(promises=(running,), waves=(*WAVES[:2], waves[-1])))
    effect = headline(effects)
    assert (effect.after_year, effect.verdict, effect.reason) == (None, "not_comparable", "only_during")
    during = effects.rows.filter(pl.col("exposure") == "during")
    assert during["reason"].to_list() == ["during"]
    assert during["estimate"].null_count() == 0
    assert during["p_adjusted"].null_count() == during.height


def test_no_wave_after_yet(make_study: Make) -> None:
    late = replace(PROMISE, start=date(2024, 1, 1), end=date(2024, 12, 31))
    effect = headline(estimate_effects(table([400] * 4).cube(), make_study(promises=(late,))))
    assert (effect.verdict, effect.reason) == ("not_comparable", "no_after_wave")


def test_too_few_and_interval_only(make_study: Make) -> None:
    def asked(n: int) -> Effect:
        cells = Cells().add(EVER, [10, 11, 12, 1], [100, 100, 100, n]).compare(EVER, 100)
        return headline(estimate_effects(cells.cube(), make_study()))

    assert asked(9).reason == "too_few"
    assert (asked(9).conf_low, asked(9).change_low) == (None, None)
    few = asked(29)
    assert (few.estimate, few.change) == (None, None)
    assert few.conf_low is not None
    assert "interval_only" in few.flags.split()
    assert asked(30).estimate is not None


def test_a_masked_target_never_has_a_point(make_study: Make) -> None:
    hidden = {"year": 2023, "municipality": "0486"}
    cells = table([400, 404, 396, 3])
    bounded = cells.change(hidden, status="masked", k=None, k_low=0, k_high=4)
    nothing = cells.change(hidden, status="masked", k=None, n=None)
    for masked in (bounded, nothing):
        effect = headline(estimate_effects(masked.cube(), make_study()))
        assert (effect.verdict, effect.reason, effect.change_verdict) == (
            "not_comparable",
            "masked",
            "not_comparable",
        )
        assert (effect.estimate, effect.change, effect.share_after) == (None, None, None)


def test_a_masked_before_cell_leaves_an_interval_from_both_ends(make_study: Make) -> None:
    hidden = {"year": 2020, "municipality": "0486"}
    cells = Cells().add(EVER, [12, 12, 3, 12], 120).compare(EVER, 100)
    masked = cells.change(hidden, status="masked", k=None, k_low=0, k_high=4)
    effect = headline(estimate_effects(masked.cube(), make_study()))
    ends = [headline(estimate_effects(cells.change(hidden, k=k).cube(), make_study())) for k in (0, 4)]
    assert effect.estimate is None
    assert "interval_only" in effect.flags.split()
    assert effect.conf_low == pytest.approx(ends[1].conf_low, abs=1e-9)
    assert effect.conf_high == pytest.approx(ends[0].conf_high, abs=1e-9)


def test_a_hidden_last_before_wave_is_not_passed_over(make_study: Make) -> None:
    """Small counts are hidden because they are small: older waves alone would show a fall that is not there."""
    hidden = {"year": 2020, "municipality": "0486"}
    last = table([40, 40, 4, 4]).change(hidden, status="masked", k=None, n=None)
    effect = headline(estimate_effects(last.cube(), make_study()))
    assert (effect.verdict, effect.reason, effect.change_verdict) == (
        "not_comparable",
        "masked",
        "not_comparable",
    )
    assert (effect.before_years, effect.share_before, effect.share_after) == ("", None, 0.001)
    older = table([4, 40, 40, 40]).change({**hidden, "year": 2014}, status="masked", k=None, n=None)
    said = headline(estimate_effects(older.cube(), make_study()))
    assert (said.before_years, "masked_before" in said.flags.split()) == ("2017 2020", True)
    gap = headline(estimate_effects(table([40, 40, None, 40]).cube(), make_study()))
    assert (gap.before_years, "older_before" in gap.flags.split()) == ("2014 2017", True)


def test_a_masked_comparison_is_counted_in_the_middle_and_flagged(make_study: Make) -> None:
    cells = table([400, 404, 396, 380]).change(
        {"year": 2020, "municipality": OTHERS[0]}, status="masked", k=None, k_low=98, k_high=102
    )
    effect = headline(estimate_effects(cells.cube(), make_study()))
    assert effect.comparison == " ".join(sorted(OTHERS))
    assert "masked_comparison" in effect.flags.split()


def test_everything_masked(make_study: Make) -> None:
    cells = table([400] * 4).change({}, status="masked", k=None, n=None)
    effects = estimate_effects(cells.cube(), make_study())
    assert set(effects.rows["verdict"]) == {"not_comparable"}
    assert effects.rows["estimate"].null_count() == effects.rows.height
    assert headline(effects).reason == "masked"


def per_cent(cells: Cells, low: int, high: int | None) -> Cells:
    """The same table as published without n: per cents, and bounds for n."""
    rows = tuple(
        {**r, "percent": 100 * r["k"] / r["n"], "k": None, "n": None, "n_low": low, "n_high": high}  # type: ignore[operator]
        for r in cells.rows
    )
    return replace(cells, rows=rows)


def test_n_between_bounds_needs_both_ends_for_a_claim(make_study: Make) -> None:
    study = make_study()
    narrow = headline(estimate_effects(per_cent(table([400, 404, 396, 120]), 3500, 4000).cube(), study))
    wide = headline(estimate_effects(per_cent(table([400, 404, 396, 190]), 60, 40_000).cube(), study))
    level = headline(estimate_effects(per_cent(table([400, 404, 396, 380]), 100, 800).cube(), study))
    assert narrow.verdict == "better"
    assert "n_bounded" in narrow.flags.split()
    assert (wide.verdict, wide.reason) == ("not_comparable", "n_missing")
    assert (level.verdict, level.reason) == ("unsure", "")
    assert narrow.share_after == pytest.approx(0.03)


def test_no_n_and_no_bound_is_n_missing(make_study: Make) -> None:
    effect = headline(estimate_effects(per_cent(table([400] * 4), 100, None).cube(), make_study()))
    assert (effect.verdict, effect.reason) == ("not_comparable", "n_missing")
    assert effect.conf_low is None


def test_a_cell_hidden_for_want_of_a_base_does_not_say_that_few_answered(make_study: Make) -> None:
    study = make_study()
    cells = per_cent(table([400] * 4), 100, None)
    cube = replace(cells, rows=tuple({**r, "flags": "n_bounded"} for r in cells.rows)).cube()
    effect = headline(estimate_effects(mask(tabulate(cube, study), study), study))
    assert (effect.verdict, effect.reason) == ("not_comparable", "n_missing")


def test_rounded_counts_widen_and_are_flagged(make_study: Make) -> None:
    cells = table([400, 404, 396, 380])
    rows = tuple({**r, "k": None, "k_low": int(r["k"]) - 5, "k_high": int(r["k"]) + 5} for r in cells.rows)  # type: ignore[call-overload]
    exact = headline(estimate_effects(cells.cube(), make_study()))
    rounded = headline(estimate_effects(replace(cells, rows=rows).cube(), make_study()))
    assert "rounded" in rounded.flags.split()
    assert rounded.estimate == pytest.approx(exact.estimate, abs=0.003)
    assert rounded.conf_high - rounded.conf_low > exact.conf_high - exact.conf_low


def test_a_changed_question_breaks_the_line(make_study: Make) -> None:
    study = make_study()
    known = study.registry.indicators
    split = replace(known[EVER], versions=(Version("old", (2014, 2017, 2020)), Version("new", (2023,))))
    broken = replace(study, registry=replace(study.registry, indicators={**known, EVER: split}))
    effect = headline(estimate_effects(table([400, 404, 396, 120]).cube(), broken))
    assert (effect.verdict, effect.reason, effect.change_verdict) == (
        "not_comparable", "question_changed", "not_comparable",
    )  # fmt: skip
    half = replace(known[EVER], versions=(Version("old", (2014, 2017)), Version("new", (2020, 2023))))
    rest = replace(study, registry=replace(study.registry, indicators={**known, EVER: half}))
    assert headline(estimate_effects(table([400, 404, 396, 120]).cube(), rest)).before_years == "2020"


def test_a_broken_district_is_answered_by_its_pooled_id_only(make_study: Make) -> None:
    pooled = PooledDistrict("m_s", Text("M"), ("mariefred", "stallarholmen"), grades=("ak9",))
    cells = table([400, 404, 396, 120])
    for district, k in (("mariefred", 50), ("stallarholmen", 40), ("m_s", 90)):
        cells = cells.add(EVER, [k, k, k, k // 4], 900, district=district)
    effects = estimate_effects(cells.cube(), make_study(pooled=(pooled,)))
    assert effects["2020", EVER, "mariefred"].reason == "geography"
    assert effects["2020", EVER, "stallarholmen"].change_verdict == "not_comparable"
    assert effects["2020", EVER, "m_s"].estimate is not None
    home = replace(pooled, basis="home")
    by_home = estimate_effects(cells.cube(), make_study(pooled=(home,)))
    assert by_home["2020", EVER, "mariefred"].reason != "geography"


def test_numbers_that_contradict_each_other(make_study: Make) -> None:
    target = {"year": 2023, "municipality": "0486"}
    effect = headline(
        estimate_effects(table([400, 404, 396, 380]).change(target, k=4001).cube(), make_study())
    )
    assert (effect.verdict, effect.reason, effect.change_verdict) == (
        "not_comparable", "contradiction", "not_comparable",
    )  # fmt: skip
    other = {"year": 2020, "municipality": OTHERS[0]}
    kept = headline(estimate_effects(table([400, 404, 396, 380]).change(other, k=1001).cube(), make_study()))
    assert kept.estimate is not None


def test_fewer_than_three_comparisons_make_the_change_the_headline(make_study: Make) -> None:
    effects = estimate_effects(table([400, 404, 396, 120]).cube(), make_study(comparison=OTHERS[:2]))
    effect = headline(effects)
    assert "few_comparisons" in effect.flags.split()
    assert effects.why(effect, "change")["headline"]
    assert effects.why(effect)["way"] == "benjamini_hochberg"
    one = headline(estimate_effects(table([400, 404, 396, 120]).cube(), make_study(comparison=OTHERS[:1])))
    assert {"few_comparisons", "one_comparison"} <= set(one.flags.split())


def exposure(
    code: str, exposed: str, themes: tuple[str, ...], start: date | None, end: date | None
) -> Exposure:
    return Exposure(code, exposed, start, end, themes, Text("own"), source="https://example.org")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "used", "flag"),
    [
        (exposure("0428", "yes", ("drugs",), date(2021, 1, 1), date(2021, 12, 31)), False, ""),
        (exposure("0428", "partly", ("drugs",), date(2021, 1, 1), None), False, ""),
        (exposure("0428", "yes", ("safety",), date(2021, 1, 1), date(2021, 12, 31)), True, ""),
        (exposure("0428", "yes", ("drugs",), date(2017, 1, 1), date(2017, 12, 31)), True, "unknown_exposure"),
        (exposure("0428", "yes", ("drugs",), date(2020, 3, 6), date(2020, 3, 6)), False, ""),
        (exposure("0428", "unknown", (), date(2021, 1, 1), date(2021, 12, 31)), True, "unknown_exposure"),
        (exposure("0428", "unknown", (), None, None), True, "unknown_exposure"),
        (exposure("0428", "no", ("drugs",), date(2020, 1, 1), date(2023, 12, 31)), True, ""),
    ],
)
def test_contamination_is_judged_by_theme_and_window(
    make_study: Make, entry: Exposure, used: bool, flag: str
) -> None:
    study = make_study()
    others = tuple(e for e in study.exposures if e.municipality != "0428")
    study = replace(study, registry=replace(study.registry, exposures=(*others, entry)))
    effects = estimate_effects(table([400, 404, 396, 380]).cube(), study)
    effect = headline(effects)
    assert ("0428" in effect.comparison.split()) == used
    assert (flag in effect.flags.split()) == bool(flag)
    flagged = headline(
        estimate_effects(table([400, 404, 396, 380]).cube(), replace(study, contaminated="flag"))
    )
    assert "0428" in flagged.comparison.split()
    assert ("contaminated" in flagged.flags.split()) == (not used)
    row = effects.standings.filter(pl.col("municipality") == "0428", pl.col("after_year") == 2023)
    assert row["used"].to_list() == [used]


def test_counties_and_the_nation_are_no_comparison(make_study: Make) -> None:
    cells = table([400, 404, 396, 380]).add(EVER, [900] * 4, 9000, "04").add(EVER, [900] * 4, 9000, "00")
    assert headline(estimate_effects(cells.cube(), make_study())).comparison == " ".join(sorted(OTHERS))


def test_holm_over_primaries_and_bh_over_the_rest(make_study: Make) -> None:
    from statsmodels.stats.multitest import multipletests

    named = (EVER, YEAR)
    rest = ("narcotics_30_days", "cannabis_ever", "doping_ever")
    cells = Cells()
    for place, i in enumerate((*named, *rest)):
        cells = cells.add(i, [400, 404, 396, 380 - 30 * place], 4000).compare(i, 100)
    effects = estimate_effects(cells.cube(), make_study())
    for kind in ("p", "change_p"):
        for group, method in ((named, "holm"), (rest, "fdr_bh")):
            rows = [headline(effects, i).row for i in group]
            expected = multipletests([r[f"{kind}_value"] for r in rows], method=method)[1]
            assert [r[f"{kind}_adjusted"] for r in rows] == pytest.approx(list(expected))
    assert {headline(effects, i).role for i in named} == {"primary"}
    assert {headline(effects, i).role for i in rest} == {"exploratory"}


def districts(cells: Cells, fall: int) -> Cells:
    for district in ("mariefred", "aker"):
        cells = cells.add(EVER, [100, 100, 100, fall], 1000, district=district)
    return cells


def test_districts_are_judged_only_inside_a_claimed_primary(make_study: Make) -> None:
    claimed = estimate_effects(districts(table([400, 404, 396, 100]), 20).cube(), make_study())
    closed = estimate_effects(districts(table([400, 404, 396, 380]), 20).cube(), make_study())
    assert claimed["2020", EVER, "mariefred"].verdict == "better"
    assert claimed["2020", EVER, "aker"].p_adjusted >= claimed["2020", EVER, "aker"].p_value
    alone = closed["2020", EVER, "mariefred"]
    assert (alone.verdict, alone.reason, alone.p_adjusted) == ("unsure", "not_judged_alone", None)
    assert alone.conf_high < 0
    explored = estimate_effects(
        districts(table([400, 404, 396, 100]), 20).cube(),
        make_study(promises=(replace(PROMISE, primary=()),)),
    )
    assert explored["2020", EVER].role == "exploratory"
    assert explored["2020", EVER, "mariefred"].reason == "not_judged_alone"


def test_other_strata_and_later_waves_are_intervals_only(make_study: Make) -> None:
    strata = (Stratum("ak9", ("ak9",)), Stratum("gy2", ("gy2",)))
    years = (2014, 2017, 2020, 2023, 2026)
    waves = (*WAVES, Wave(2026, date(2026, 2, 1), date(2026, 3, 31)))
    cells = Cells(years=years).add(EVER, [400, 404, 396, 100, 100], 4000).compare(EVER, 100)
    gy2 = replace(cells, grade="gy2").add(EVER, [400, 404, 396, 100, 100], 4000).compare(EVER, 100)
    effects = estimate_effects(gy2.cube(), make_study(strata=strata, waves=waves))
    rows = (
        effects.rows.filter(pl.col("exposure") == "after")
        .select("grade", "after_year", "verdict", "reason")
        .rows()
    )
    assert rows == [
        ("ak9", 2023, "better", ""),
        ("ak9", 2026, "unsure", "not_judged_alone"),
        ("gy2", 2023, "unsure", "not_judged_alone"),
        ("gy2", 2026, "unsure", "not_judged_alone"),
    ]


def test_placebo_rows_look_only_backwards(make_study: Make) -> None:
    effects = estimate_effects(table([400, 404, 200, 380]).cube(), make_study())
    placebo = effects.rows.filter(pl.col("exposure") == "before").sort("after_year")
    assert placebo["before_years"].to_list() == ["", "2014", "2014 2017"]
    assert placebo["estimate"].is_null().to_list() == [True, False, False]
    assert set(placebo["reason"]) == {"placebo"}
    assert set(placebo["verdict"]) == {"not_comparable"}
    assert placebo["p_adjusted"].null_count() == 3
    later = table([400, 404, 200, 3000]).change({"year": 2023}, k=999)
    again = estimate_effects(later.cube(), make_study()).rows.filter(pl.col("exposure") == "before")
    assert again["estimate"].to_list() == placebo["estimate"].to_list()


def test_the_rows_have_the_contracts_columns_and_words(make_study: Make) -> None:
    effects = estimate_effects(districts(table([400, 404, 396, 100]), 20).cube(), make_study())
    rows = effects.rows
    assert rows.schema == pl.Schema(EFFECT_SCHEMA)
    key = ("promise", "indicator", "district", "grade", "after_year", "exposure")
    assert rows.select(key).is_duplicated().sum() == 0
    assert set(rows["verdict"]) <= set(VERDICTS)
    assert effects.reasons.filter(pl.col("kind") == "effect").height == rows.height
    for lang in LANGS:
        assert all(has_text(f"effects.reasons.{r}", lang) for r in set(rows["reason"]) - {""})
        assert all(has_text(f"effects.flags.{f}", lang) for fs in rows["flags"] for f in fs.split())
        assert all(has_text(f"effects.rules.{r}", lang) for r in set(effects.reasons["rule"]))


def test_the_same_table_in_any_row_order_gives_the_same_rows(make_study: Make) -> None:
    cells = districts(table([400, 404, 396, 100]), 20)
    shuffled = replace(cells, rows=tuple(reversed(cells.rows)))
    study = make_study()
    assert estimate_effects(shuffled.cube(), study).rows.equals(estimate_effects(cells.cube(), study).rows)


def test_wrong_names_are_told_with_the_right_ones(make_study: Make) -> None:
    cube = table([400] * 4).cube()
    for wrong in ({"promise": "1999"}, {"indicator": "narcotic"}, {"after": 2019}, {"estimator": "magic"}):
        with pytest.raises(EstimationError) as caught:
            estimate_effects(cube, make_study(), **wrong)  # type: ignore[arg-type]
        assert str(next(iter(wrong.values()))) in str(caught.value)
        assert caught.value.message("sv") != caught.value.message("en")
    with pytest.raises(EstimationError):
        estimate_effects(cube, make_study())["2020", "safe_online"]


def test_waves_chosen_by_hand(make_study: Make) -> None:
    cube = table([400, 404, 396, 120]).cube()
    effects = estimate_effects(cube, make_study(), before=[2017], after=2023)
    assert headline(effects).before_years == "2017"
    assert headline(effects).estimate is not None


def test_one_effect_shows_itself(make_study: Make) -> None:
    effect = headline(estimate_effects(table([400, 404, 396, 120]).cube(), make_study()))
    assert "better" in repr(effect)
    assert effect._repr_html_().count('scope="row"') >= 6
    assert "<script" not in effect._repr_html_("en")


def test_a_stratum_without_cells_still_says_so(make_study: Make) -> None:
    """Only grade 7 was delivered: the page must be able to say why grade 9 has no answer."""
    cells = replace(Cells(), grade="ak7").add(EVER, [40, 40, 40, 30], 400)
    effect = headline(estimate_effects(cells.cube(), make_study()))
    assert (effect.grade, effect.verdict, effect.reason) == ("ak9", "not_comparable", "wave_missing")
    assert effect.change_verdict == "not_comparable"


def test_municipalities_of_several_counties_get_the_county_term(make_study: Make) -> None:
    """A county-wide move in the last wave is no municipality's own: with a second county it can be told apart."""
    far = ("0180", "0580", "0380", "1880")
    cells = table([400, 404, 396, 300])
    for code in far:
        cells = cells.add(EVER, [100, 100, 100, 100], 1000, code)
    one, two = (
        headline(estimate_effects(cells.cube(), make_study(comparison=codes)))
        for codes in (OTHERS, (*OTHERS, *far))
    )
    assert len(two.comparison.split()) == 8
    assert two.conf_high - two.conf_low != one.conf_high - one.conf_low
    assert two.estimate == pytest.approx(one.estimate, abs=0.01)
