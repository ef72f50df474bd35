"""Testing orders of a promise's headline, shared periods, and who is asked in which family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from lhu_effect.effects import Effects, estimate_effects
from lhu_effect.i18n import Text
from lhu_effect.study.model import Commitment, Headline, Promise, Study

from .conftest import OTHERS, PROMISE, Cells

Make = Callable[..., Study]
DRUGS = ("narcotics_ever", "offered_narcotics_12_months", "easy_to_get_narcotics", "doping_ever")


def promise(headline: Headline) -> Promise:
    return replace(
        PROMISE, headline=headline, theme_indicators={"drugs": DRUGS}, primary=DRUGS[:2],
    )  # fmt: skip


def table(after: int, n: int = 4000) -> Cells:
    cells = Cells()
    for i in DRUGS:
        cells = cells.add(i, [400, 404, 396, after], n).compare(i, 100)
    return cells


def asked(headline: Headline, after: int, make_study: Make) -> Effects:
    return estimate_effects(table(after).cube(), make_study(promises=(promise(headline),)))


def test_the_composite_is_a_row_on_the_index_scale(make_study: Make) -> None:
    row = asked("theme", 250, make_study)["2020", "theme:drugs"]
    assert (row.estimator, row.role, row.verdict) == ("noise_floor_theme", "primary", "better")
    assert row.index_low < row.index < row.index_high < 100
    assert (row.estimate, row.share_before, row.margin, row.change_verdict) == (None, None, None, None)
    assert row.logit_high < 0
    assert row.n_after == 4000


def test_theme_first_opens_the_primaries(make_study: Make) -> None:
    """A fall clear enough for each question alone is still closed while the theme makes no claim."""
    opened = asked("theme", 120, make_study)
    assert {opened["2020", i].verdict for i in DRUGS[:2]} == {"better"}
    mixed = table(400).add("cannabis_ever", [400] * 4, 4000).compare("cannabis_ever", 100)
    up, down = DRUGS[2], DRUGS[0]
    mixed = mixed.change({"indicator": down, "municipality": "0486", "year": 2023}, k=120)
    mixed = mixed.change({"indicator": up, "municipality": "0486", "year": 2023}, k=1000)
    closed = estimate_effects(mixed.cube(), make_study(promises=(promise("theme"),)))
    assert closed["2020", "theme:drugs"].verdict in ("unsure", "same")
    assert (closed["2020", down].verdict, closed["2020", down].reason) == ("unsure", "gate_closed")
    assert closed["2020", down].conf_high < 0
    assert closed.why(closed["2020", down])["rule"] == "gate"


@pytest.mark.parametrize("headline", ["theme", "both"])
def test_a_composite_of_two_comparisons_is_exploratory_and_opens_nothing(
    headline: Headline, make_study: Make
) -> None:
    """method.md 1: fewer than three comparison units left, the change leads and the effect is exploratory.

    The questions' p-values and the composite's are then one pool for Benjamini and Hochberg (statsmodels'
    multipletests(p, method="fdr_bh") below), whatever order of testing the promise asks for.
    """
    from statsmodels.stats.multitest import multipletests

    cells = Cells()
    for i in DRUGS:
        cells = cells.add(i, [400, 404, 396, 120], 4000)
        for code in OTHERS[:2]:
            cells = cells.add(i, [400, 401, 400, 402], 4000, municipality=code)
    effects = estimate_effects(cells.cube(), make_study(promises=(promise(headline),)))
    rows = [effects["2020", i] for i in (*DRUGS, "theme:drugs")]
    assert {effects.why(r)["way"] for r in rows} == {"benjamini_hochberg"}
    expected = multipletests([r.p_value for r in rows], method="fdr_bh")[1]
    assert [r.p_adjusted for r in rows] == pytest.approx(list(expected))
    assert all("few_comparisons" in r.flags.split() for r in rows)
    assert not any(effects.why(r)["headline"] for r in rows[:-1])
    assert rows[-1].verdict == "better"


def test_both_splits_the_risk_of_error(make_study: Make) -> None:
    effects = asked("both", 340, make_study)
    raw = [effects["2020", i].p_value for i in DRUGS[:2]]
    composite = effects["2020", "theme:drugs"]
    for i in DRUGS[:2]:
        row = effects["2020", i]
        holm = max(min(raw) * 2, max(raw)) if row.p_value == max(raw) else min(raw) * 2
        handed = max(holm, 2 * composite.p_value)
        assert row.p_adjusted == pytest.approx(min(1, 2 * holm, handed))
        assert effects.why(row)["way"] == "split"


def test_a_composite_nobody_asked_for_beforehand_is_an_interval_only(make_study: Make) -> None:
    row = asked("indicators", 120, make_study)["2020", "theme:drugs"]
    assert (row.role, row.verdict, row.reason) == ("exploratory", "unsure", "not_judged_alone")
    assert row.index_high < 100


def test_districts_of_a_composite_are_judged_inside_a_claimed_one(make_study: Make) -> None:
    cells = table(120)
    for i in DRUGS:
        cells = cells.add(i, [100, 101, 99, 30], 1000, district="mariefred")
    effects = estimate_effects(cells.cube(), make_study(promises=(promise("theme"),)))
    assert effects["2020", "theme:drugs", "mariefred"].verdict == "better"
    assert effects.why(effects["2020", "theme:drugs", "mariefred"])["way"] == "district"
    whole = effects["2020", "theme:drugs"].p_adjusted
    assert effects["2020", "theme:drugs", "mariefred"].p_adjusted >= whole  # never surer than its gate


def test_a_claim_opens_the_districts_of_its_own_period_only(make_study: Make) -> None:
    """Two promises that share a period in the 12-month question (so one family) but not in the lifetime one:
    the lifetime share falls in 2020, after the first promise, and is back in 2023, after the second."""
    one = replace(PROMISE, id="a", start=date(2019, 9, 1), end=date(2019, 12, 31))
    other = replace(PROMISE, id="b", start=date(2020, 2, 1), end=date(2020, 12, 31))
    cells = Cells()
    for i in ("narcotics_ever", "narcotics_12_months"):
        after = 120 if i == "narcotics_ever" else 400
        cells = cells.add(i, [400, 402, after, 400], 4000)
        cells = cells.add(i, [100, 101, after // 4, 100], 1000, district="mariefred")
        for code in OTHERS:
            cells = cells.add(i, [400, 401, 400, 402], 4000, municipality=code)
    effects = estimate_effects(cells.cube(), make_study(promises=(one, other)))
    assert effects["a+b", "narcotics_12_months"].verdict != "better"
    assert effects["a", "narcotics_ever"].verdict == "better"
    assert effects["b", "narcotics_ever"].verdict != "better"
    inside = effects["a", "narcotics_ever", "mariefred"]
    outside = effects["b", "narcotics_ever", "mariefred"]
    assert (effects.why(inside)["way"], inside.verdict) == ("district", "better")
    assert (outside.reason, outside.p_adjusted) == ("not_judged_alone", None)


def test_a_composite_opens_the_primaries_of_its_own_promises_only(make_study: Make) -> None:
    """After the first promise both lifetime shares fall; after the second one of them is far above instead."""
    both = {"theme_indicators": {"drugs": DRUGS[::3]}, "headline": "theme", "primary": DRUGS[:2]}
    one = replace(PROMISE, id="a", start=date(2019, 9, 1), end=date(2019, 12, 31), **both)
    other = replace(PROMISE, id="b", start=date(2020, 2, 1), end=date(2020, 12, 31), **both)
    cells = Cells()
    for i, after in (
        ("narcotics_ever", (120, 121)),
        ("doping_ever", (120, 1100)),
        ("narcotics_12_months", (400, 400)),
    ):
        cells = cells.add(i, [400, 402, *after], 4000)
        for code in OTHERS:
            cells = cells.add(i, [400, 401, 400, 402], 4000, municipality=code)
    effects = estimate_effects(cells.cube(), make_study(promises=(one, other)))
    gates = {p: effects[p, "theme:drugs"] for p in ("a", "b")}
    for p, gate in gates.items():
        assert effects[p, "narcotics_ever"].p_adjusted >= gate.p_adjusted
    assert gates["a"].p_adjusted < 0.05 < gates["b"].p_adjusted
    assert effects["a", "narcotics_ever"].verdict == "better"
    assert effects["b", "narcotics_ever"].reason == "gate_closed"


def test_a_composite_is_refused_when_a_target_cell_is_masked(make_study: Make) -> None:
    hidden = {"indicator": DRUGS[3], "municipality": "0486", "year": 2023}
    cells = table(120).change(hidden, status="masked", k=None, n=None)
    row = estimate_effects(cells.cube(), make_study(promises=(promise("theme"),)))["2020", "theme:drugs"]
    assert (row.verdict, row.reason, row.index_low) == ("not_comparable", "masked", None)


def test_a_composite_without_common_cells_names_the_question_that_hides_them(make_study: Make) -> None:
    cells = table(120)
    for code in OTHERS:
        cells = cells.change({"indicator": DRUGS[3], "municipality": code}, status="masked", k=None, n=None)
    effects = estimate_effects(cells.cube(), make_study(promises=(promise("theme"),)))
    row = effects["2020", "theme:drugs"]
    assert (row.verdict, row.reason) == ("not_comparable", "masked")
    assert effects.why(row)["detail"] == DRUGS[3]


def test_a_composite_of_few_answers_is_refused(make_study: Make) -> None:
    cells = Cells()
    for i in DRUGS:
        cells = cells.add(i, [20, 20, 20, 20], [100, 100, 100, 59]).compare(i, 200)
    row = estimate_effects(cells.cube(), make_study(promises=(promise("theme"),)))["2020", "theme:drugs"]
    assert (row.verdict, row.reason) == ("not_comparable", "too_few")


def three_promises() -> tuple[Promise, ...]:
    drugs = {"themes": ("drugs",), "primary": DRUGS[:2], "primary_named_on": date(2019, 1, 1)}
    return (
        Promise("2017", Text(""), date(2017, 1, 1), date(2017, 12, 31), themes=("drugs",)),
        Promise("2019", Text(""), date(2019, 2, 1), date(2019, 12, 31), themes=("other",)),
        Promise("2020", Text(""), date(2020, 3, 16), date(2020, 12, 31), **drugs),  # type: ignore[arg-type]
        Promise("2021", Text(""), date(2021, 3, 11), date(2021, 12, 31), **drugs),  # type: ignore[arg-type]
        Promise("2022-2023", Text(""), date(2022, 1, 1), date(2023, 12, 31), **drugs),  # type: ignore[arg-type]
    )


def test_promises_between_the_same_waves_share_one_answer(make_study: Make) -> None:
    effects = estimate_effects(table(120).cube(), make_study(promises=three_promises()))
    assert effects.rows["promise"].unique(maintain_order=True).to_list() == ["2017", "2020+2021+2022-2023"]
    one, two = effects["2020", DRUGS[0]], effects["2022-2023", DRUGS[0]]
    assert one.row == two.row
    assert {"shared_period", "earlier_promise"} <= set(one.flags.split())
    assert effects.without_measure == ("2019",)
    first = effects["2017", DRUGS[0]]
    assert (first.after_year, first.before_years) == (2020, "2014")
    later = effects.rows.filter(pl.col("promise") == "2017", pl.col("after_year") == 2023)
    assert all("later_promise" in f for f in later["flags"].to_list())
    during = effects.rows.filter(pl.col("promise") == "2017", pl.col("after_year") == 2017)
    assert set(during["exposure"]) == {"during"}


def test_exposures_say_what_each_promise_sees(make_study: Make) -> None:
    effects = estimate_effects(table(120).cube(), make_study(promises=three_promises()))
    row = effects.exposures.filter(
        pl.col("promise") == "2020", pl.col("indicator") == DRUGS[0], pl.col("year") == 2023
    ).row(0, named=True)
    assert (row["exposure"], row["period"]) == ("after", "2020+2021+2022-2023")
    assert "ak9=6" in row["grades"].split()


def test_measures_chosen_afterwards_are_said(make_study: Make) -> None:
    for named, said in ((date(2026, 11, 22), True), (None, True), (date(2023, 1, 1), False)):
        late = replace(PROMISE, primary_named_on=named)
        effect = estimate_effects(table(380).cube(), make_study(promises=(late,)))["2020", DRUGS[0]]
        assert ("chosen_afterwards" in effect.flags.split()) == said


def test_a_cohort_that_the_promise_never_aimed_at_is_said(make_study: Make) -> None:
    """Grade 9 of 2023 was in grade 6 in spring 2020: too young for an activity aimed at 15-18."""
    for ages, said in (((15, 18), True), ((12, 16), False), ((), False)):
        aimed = Commitment(1, Text("visits"), "delivered", target_ages=ages, indicators=DRUGS[:1])
        effect = estimate_effects(
            table(380).cube(), make_study(promises=(replace(PROMISE, commitments=(aimed,)),))
        )["2020", DRUGS[0]]
        assert ("cohort_missed" in effect.flags.split()) == said


def test_a_promise_for_two_districts_is_answered_by_their_sum(make_study: Make) -> None:
    part = replace(PROMISE, districts=("mariefred", "aker"))
    cells = table(380)
    for district in ("mariefred", "aker", "strangnas"):
        cells = cells.add(DRUGS[0], [100, 100, 100, 90], 1000, district=district)
    effects = estimate_effects(cells.cube(), make_study(promises=(part,)))
    top = effects["2020", DRUGS[0]]
    assert (top.district, top.n_after, top.share_after) == ("mariefred+aker", 2000, 0.09)
    asked = set(effects.rows.filter(pl.col("indicator") == DRUGS[0])["district"])
    assert asked == {"mariefred+aker", "mariefred", "aker"}
