"""The golden table of method.md section 1 and the rules around it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhu_effect.definitions.model import LookBack, Wave
from lhu_effect.effects.exposure import add_months, answer, classify
from lhu_effect.i18n import Text
from lhu_effect.study.model import DateConflict, Promise

W2017 = Wave(2017, date(2017, 2, 1), date(2017, 3, 31))
W2020 = Wave(2020, date(2020, 1, 20), date(2020, 3, 6), assumed=True)
W2023 = Wave(2023, date(2023, 2, 1), date(2023, 3, 31))
P2020 = Promise("2020", Text("2020"), date(2020, 3, 16), date(2020, 12, 31))
P2021 = Promise("2021", Text("2021"), date(2021, 3, 11), date(2021, 12, 31))
P2022 = Promise("2022-2023", Text("2022-2023"), date(2022, 1, 1), date(2023, 12, 31))
LOOK_BACKS: tuple[LookBack, ...] = ("now", "30_days", "12_months", "lifetime")


@pytest.mark.parametrize("promise", [P2020, P2021, P2022], ids=lambda p: p.id)
@pytest.mark.parametrize("look_back", LOOK_BACKS)
def test_golden_table(promise: Promise, look_back: LookBack) -> None:
    kinds = [answer(promise, w, look_back).kind for w in (W2017, W2020, W2023)]
    assert kinds == ["before", "before", "after"]
    assert ("sluggish" in answer(promise, W2023, look_back).flags) == (look_back == "lifetime")


def test_a_promise_of_two_years_answers_from_twelve_months_in() -> None:
    assert answer(P2022, W2023, "now").rule == "long_enough"


def test_an_earlier_stated_start_would_have_made_the_wave_of_2020_during() -> None:
    february = DateConflict("signed", "februari 2020", start=date(2020, 2, 1))
    disputed = Promise("2020", Text(""), date(2020, 3, 16), date(2020, 12, 31), date_conflicts=(february,))
    said = answer(disputed, W2020, "now")
    assert said.kind == "before"
    assert said.otherwise == (("februari 2020", "during"),)
    assert "date_conflict" in said.flags
    assert answer(disputed, W2023, "now").otherwise == ()


def test_the_latest_start_rules_even_when_the_conflict_is_the_later() -> None:
    march = DateConflict("signed", "16 mars 2020", start=date(2020, 3, 16))
    disputed = Promise("2020", Text(""), date(2020, 2, 1), date(2020, 12, 31), date_conflicts=(march,))
    assert answer(disputed, W2020, "now").kind == "before"


def test_assumed_dates_are_said() -> None:
    assert answer(P2020, W2020, "now").flags == ("assumed_dates",)


@pytest.mark.parametrize(
    ("year", "kind"), [(2019, "before"), (2020, "during"), (2021, "after"), (2023, "after")]
)
def test_unknown_fieldwork_goes_by_calendar_year(year: int, kind: str) -> None:
    said = answer(P2020, Wave(year), "now")
    assert (said.kind, "unknown_dates" in said.flags) == (kind, True)


def test_unknown_fieldwork_within_a_long_promise_waits_twelve_months() -> None:
    long = Promise("long", Text(""), date(2020, 3, 16), None)
    assert answer(long, Wave(2021), "now").kind == "during"
    assert answer(long, Wave(2022), "now").kind == "after"


def test_open_ended_promise() -> None:
    began, field = date(2022, 1, 15), (date(2023, 1, 14), date(2023, 3, 1))
    assert classify(began, None, *field, "now") == ("during", "overlaps")
    assert classify(began, None, date(2023, 1, 15), field[1], "now") == ("after", "long_enough")


@pytest.mark.parametrize(
    ("look_back", "kind"),
    [("now", "after"), ("30_days", "after"), ("12_months", "during"), ("lifetime", "after")],
)
def test_half_of_the_look_back_must_lie_after_the_start(look_back: LookBack, kind: str) -> None:
    # Promise September-December 2020, asked in February 2021: twelve months reach back to February 2020.
    assert (
        classify(date(2020, 9, 1), date(2020, 12, 31), date(2021, 2, 1), date(2021, 2, 28), look_back)[0]
        == kind
    )


def test_a_promise_of_exactly_twelve_months_is_no_long_promise() -> None:
    start = date(2021, 3, 11)
    assert classify(start, add_months(start, 12), date(2022, 3, 11), date(2022, 4, 1), "now")[0] == "during"
    longer = add_months(start, 12) + timedelta(days=1)
    assert classify(start, longer, date(2022, 3, 11), date(2022, 4, 1), "now")[0] == "after"


def test_leap_day_has_an_anniversary() -> None:
    assert add_months(date(2020, 2, 29), 12) == date(2021, 2, 28)


DAYS = st.dates(date(2010, 1, 1), date(2030, 12, 31))


@given(DAYS, st.integers(0, 900), DAYS, st.integers(0, 90), st.integers(0, 400), st.sampled_from(LOOK_BACKS))
def test_a_later_wave_is_never_classified_earlier(
    start: date, lasts: int, first: date, field: int, later: int, look_back: LookBack
) -> None:
    order = ("before", "during", "after")
    end, last, shift = start + timedelta(lasts), first + timedelta(field), timedelta(later)
    early = classify(start, end, first, last, look_back)[0]
    late = classify(start, end, first + shift, last + shift, look_back)[0]
    assert order.index(late) >= order.index(early)
