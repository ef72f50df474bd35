"""Small studies whose truth is known: counts are what a planted log-odds effect makes of a common path, to the pupil.

Nothing swings but what was planted, so the estimate must be the planted difference up to the rounding of counts and
the little that shrinking takes; a wave used wrongly (during, after an earlier promise, of another wording) is off by far.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from lhu_effect.definitions.model import Exposure, Version, Wave
from lhu_effect.effects import Effect, Effects, estimate_effects
from lhu_effect.i18n import Text
from lhu_effect.study.model import Commitment, Promise, Study

from .conftest import OTHERS, OWN, PROMISE, WAVES, Cells

Make = Callable[..., Study]
EVER = "narcotics_ever"
N = 20_000
PATH = {2014: -1.8, 2017: -1.6, 2020: -1.9, 2023: -1.5, 2026: -1.7}  # common log-odds by wave
HIGHER = 0.3  # the municipality's own level above that
CLOSE = 0.0025
LATER = Wave(2026, date(2026, 2, 1), date(2026, 3, 31))


def share(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))


def planted(
    effects: Mapping[int, float],
    years: tuple[int, ...] = (2014, 2017, 2020, 2023),
    others: Mapping[str, Mapping[int, float]] | None = None,
    jump: Mapping[int, float] | None = None,
) -> Cells:
    """Counts of the municipality (effects by wave) and the others (theirs); jump: what moved all, by wave."""
    made = Cells(years=years)

    def counts(level: float, moved: Mapping[int, float]) -> list[float | None]:
        path = [PATH[y] + level + moved.get(y, 0.0) + (jump or {}).get(y, 0.0) for y in years]
        return [round(N * share(x)) for x in path]

    made = made.add(EVER, counts(HIGHER, effects), N)
    for i, code in enumerate(OTHERS):
        made = made.add(EVER, counts(0.1 * i - 0.2, (others or {}).get(code, {})), N, code)
    return made


def difference(year: int, effect: float) -> float:
    """What the effect makes of the expected share, in shares."""
    return share(PATH[year] + HIGHER + effect) - share(PATH[year] + HIGHER)


def promise(name: str, start: date, end: date | None, **more: object) -> Promise:
    return Promise(name, Text(name), start, end, themes=("drugs",), **more)  # type: ignore[arg-type]


def at(effects: Effects, period: str, year: int, exposure: str = "after") -> Effect:
    mine = (pl.col("promise") == period, pl.col("after_year") == year, pl.col("exposure") == exposure)
    return Effect(effects.rows.filter(*mine).row(0, named=True))


def test_one_promise(make_study: Make) -> None:
    effect = estimate_effects(planted({2023: -0.6}).cube(), make_study())["2020", EVER]
    assert effect.estimate == pytest.approx(difference(2023, -0.6), abs=CLOSE)
    assert effect.counterfactual == pytest.approx(share(PATH[2023] + HIGHER), abs=CLOSE)
    assert effect.conf_low < effect.estimate < effect.conf_high < 0


def test_yearly_and_two_year_promises_share_one_answer(make_study: Make) -> None:
    shared = (
        PROMISE,
        promise("2021", date(2021, 3, 11), date(2021, 12, 31)),
        promise("2022-2023", date(2022, 1, 1), date(2023, 12, 31)),
    )
    effects = estimate_effects(planted({2023: 0.5}).cube(), make_study(promises=shared))
    assert effects.rows["promise"].unique().to_list() == ["2020+2021+2022-2023"]
    for name in ("2020", "2021", "2022-2023"):
        assert effects[name, EVER].estimate == pytest.approx(difference(2023, 0.5), abs=CLOSE)


def test_an_earlier_own_promise_is_part_of_before_and_a_check_leaves_it_out(make_study: Make) -> None:
    """-.4 since the first promise, -.9 since the second: only waves before both tell what both did."""
    two = (promise("2017", date(2017, 9, 1), date(2018, 12, 31)), PROMISE)
    cells = planted({2020: -0.4, 2023: -0.9})
    effects = estimate_effects(cells.cube(), make_study(promises=two))
    assert at(effects, "2017", 2020).estimate == pytest.approx(difference(2020, -0.4), abs=CLOSE)
    second = at(effects, "2020", 2023)
    assert "earlier_promise" in second.flags.split()
    assert difference(2023, -0.9) < second.estimate < difference(2023, -0.9) / 2
    without = effects.checks.filter(
        pl.col("check") == "without_earlier_promise", pl.col("promise") == "2020"
    ).row(0, named=True)
    assert without["value"] == pytest.approx(difference(2023, -0.9), abs=CLOSE)


def test_a_promise_without_a_measure_has_no_row_and_disturbs_none(make_study: Make) -> None:
    cells = planted({2023: -0.6}).cube()
    boats = Promise("2019", Text("boats"), date(2019, 1, 1), date(2019, 12, 31), themes=("victimisation",))
    both = estimate_effects(cells, make_study(promises=(boats, PROMISE)))
    assert both.without_measure == ("2019",)
    assert both.rows.equals(estimate_effects(cells, make_study()).rows)


def test_another_wording_is_another_line(make_study: Make) -> None:
    """The new wording of 2020 lifts everybody's level, the municipality's .5 more: no effect of anything."""
    study = make_study()
    known = study.registry.indicators
    new = replace(known[EVER], versions=(Version("old", (2014, 2017)), Version("new", (2020, 2023))))
    worded = replace(study, registry=replace(study.registry, indicators={**known, EVER: new}))
    cells = planted({2020: 0.5, 2023: 0.5 - 0.6}, jump={2020: 1.0, 2023: 1.0}).cube()
    effect = estimate_effects(cells, worded)["2020", EVER]
    level = PATH[2023] + HIGHER + 1.5
    assert effect.before_years == "2020"
    assert effect.estimate == pytest.approx(share(level - 0.6) - share(level), abs=CLOSE)
    assert estimate_effects(cells, study)["2020", EVER].estimate > effect.estimate + 0.02


def test_a_cohort_the_promise_never_aimed_at_keeps_its_number_and_says_so(make_study: Make) -> None:
    aimed = Commitment(1, Text("visits"), "delivered", target_ages=(16, 18), indicators=(EVER,))
    one = replace(PROMISE, commitments=(aimed,))
    effect = estimate_effects(planted({2023: -0.6}).cube(), make_study(promises=(one,)))["2020", EVER]
    assert "cohort_missed" in effect.flags.split()
    assert effect.estimate == pytest.approx(difference(2023, -0.6), abs=CLOSE)


def test_a_wave_during_has_its_own_number_and_no_part_in_what_comes_after(make_study: Make) -> None:
    long = promise("2022", date(2022, 9, 1), date(2024, 12, 31))
    years = (2014, 2017, 2020, 2023, 2026)
    cells = planted({2023: 0.8, 2026: -0.6}, years)
    effects = estimate_effects(cells.cube(), make_study(promises=(long,), waves=(*WAVES, LATER)))
    during, after = at(effects, "2022", 2023, "during"), at(effects, "2022", 2026)
    assert (during.verdict, during.reason) == ("not_comparable", "during")
    assert during.estimate == pytest.approx(difference(2023, 0.8), abs=CLOSE)
    assert after.estimate == pytest.approx(difference(2026, -0.6), abs=CLOSE)
    assert after.before_years == "2014 2017 2020"


def test_an_open_ended_promise_answers_from_twelve_months_in(make_study: Make) -> None:
    open_ended = promise("2019", date(2019, 1, 15), None)
    cells = planted({2020: -0.3, 2023: -0.6})
    effects = estimate_effects(cells.cube(), make_study(promises=(open_ended,)))
    for year, effect in ((2020, -0.3), (2023, -0.6)):
        assert at(effects, "2019", year).estimate == pytest.approx(difference(year, effect), abs=CLOSE)
    late = replace(open_ended, start=date(2019, 6, 1))
    assert at(estimate_effects(cells.cube(), make_study(promises=(late,))), "2019", 2020, "during")


def test_municipalities_that_began_later_compare_until_then_and_are_asked_apart(make_study: Make) -> None:
    """Two others began in 2020 (-.7 in 2023), the municipality in 2017 (-.6): each compared with the untouched."""
    too = tuple(
        Exposure(code, "yes", date(2020, 6, 1), date(2020, 12, 31), ("drugs",), Text("own"))
        for code in OTHERS[:2]
    )
    first = promise("2017", date(2017, 9, 1), date(2018, 12, 31), primary=(EVER, "narcotics_12_months"))
    study = make_study(promises=(first,))
    known = [e for e in study.registry.exposures if e.municipality not in OTHERS[:2]]
    staggered = replace(study, registry=replace(study.registry, exposures=(*known, *too)))
    theirs = {code: {2023: -0.7} for code in OTHERS[:2]}
    effects = estimate_effects(planted({2020: -0.6, 2023: -0.6}, others=theirs).cube(), staggered)
    for year, compared in ((2020, OTHERS), (2023, OTHERS[2:])):
        own = at(effects, "2017", year)
        assert own.comparison.split() == sorted(compared)
        assert own.estimate == pytest.approx(difference(year, -0.6), abs=CLOSE)
    asked = effects.checks.filter(pl.col("check") == "group_time")
    groups = {row["variant"]: row["value"] for row in asked.unique("variant").iter_rows(named=True)}
    levels = [PATH[2023] + 0.1 * i - 0.2 for i in (0, 1)]
    truth = {
        f"{OWN} 2020": difference(2020, -0.6), f"{OWN} 2023": difference(2023, -0.6),
        f"{OTHERS[0]} {OTHERS[1]} 2023": np.mean([share(x - 0.7) - share(x) for x in levels]),
    }  # fmt: skip
    assert groups == pytest.approx(truth, abs=CLOSE)


def test_districts_by_dose_are_found_again(make_study: Make) -> None:
    """Half of a -.8 effect where half was delivered, by each district's own estimate."""
    cells = planted({2023: -0.8 / 2})
    for district, effect in (("mariefred", 0.0), ("aker", -0.4), ("strangnas", -0.8)):
        path = [PATH[y] + HIGHER + (effect if y == 2023 else 0.0) for y in cells.years]
        cells = cells.add(EVER, [round(N * share(x)) for x in path], N, district=district)
    effects = estimate_effects(cells.cube(), make_study())
    for district, effect in (("mariefred", 0.0), ("aker", -0.4), ("strangnas", -0.8)):
        found = effects["2020", EVER, district].estimate
        assert found == pytest.approx(difference(2023, effect), abs=CLOSE), district
