"""Other sources before they are shown: small counts of persons, shares of few pupils, and sums that would tell."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhu_effect.disclosure.series import mask_series, series_block, series_findings
from lhu_effect.i18n import Text
from lhu_effect.study.model import Minimum, Study
from lhu_effect.survey.series import SERIES_SCHEMA, SeriesSet, SourceInfo
from lhu_effect.survey.series_time import month_period, whole_year

STUDY = Study("0486", minimum=Minimum(10, 5))
RULE = STUDY.minimum


def row(
    value: float | None,
    year: int,
    month: int = 0,
    *,
    measure: str = "brott",
    place: str = "0486",
    status: str = "",
    n: int | None = None,
    k: int | None = None,
) -> dict[str, object]:
    period = month_period(year, month) if month else whole_year(year)
    assert period is not None
    made: dict[str, object] = dict.fromkeys(SERIES_SCHEMA, "") | {
        "source": "x", "measure": measure, "label_sv": measure, "label_en": measure, "place": place,
        "span": period.span, "start": period.start, "end": period.end, "value": value, "bound": None,
        "n": n, "k": k, "status": status or ("missing" if value is None else "observed"),
    }  # fmt: skip
    return made


def shown(rows: list[dict[str, object]], kind: str = "activity", counts: str = "persons") -> SeriesSet:
    info = SourceInfo("x", kind, Text("X", "X"), counts="persons" if counts == "persons" else "events")
    return mask_series(SeriesSet(pl.DataFrame(rows, schema=SERIES_SCHEMA), (info,)), STUDY)


def told(series: SeriesSet) -> list[tuple[object, ...]]:
    return list(series.frame.select("span", "start", "status", "value").iter_rows())


def test_months_that_all_pass_are_shown_and_nothing_else_is_summed() -> None:
    found = shown([row(5 + m, 2020, m) for m in range(1, 13)] + [row(138.0, 2020)])
    assert [t[0] for t in told(found)] == ["month"] * 12


def test_one_small_month_leaves_the_years_alone() -> None:
    found = shown([row(4.0 if m == 3 else 9.0, 2020, m) for m in range(1, 13)])
    assert told(found) == [("year", date(2020, 1, 1), "observed", 103.0)]


def test_a_year_that_lacks_a_month_is_missing_and_a_small_year_is_hidden() -> None:
    found = shown([row(1.0, 2020, m) for m in range(1, 12)] + [row(0.0, 2021, m) for m in range(1, 13)])
    assert told(found) == [
        ("year", date(2020, 1, 1), "missing", None),
        ("year", date(2021, 1, 1), "masked", None),
    ]


def test_districts_are_left_out_where_the_municipality_is_told() -> None:
    found = shown([row(20.0, 2020), row(17.0, 2020, place="strangnas"), row(3.0, 2020, place="aker")])
    assert found.frame["place"].to_list() == ["0486"]


def test_a_total_of_measures_is_hidden_beside_a_hidden_part() -> None:
    found = shown(
        [
            row(20.0, 2020, measure="Totalt"),
            row(17.0, 2020, measure="Innehav"),
            row(3.0, 2020, measure="Överlåtelse"),
        ]
    )
    assert found.frame.select("measure", "value").rows() == [
        ("Totalt", None),
        ("Innehav", 17.0),
        ("Överlåtelse", None),
    ]


def test_events_and_measurements_are_shown_as_they_are() -> None:
    assert told(shown([row(1.0, 2020), row(0.0, 2021)], counts="events")) == [
        ("year", date(2020, 1, 1), "observed", 1.0),
        ("year", date(2021, 1, 1), "observed", 0.0),
    ]
    assert shown([row(1.5, 2020)], kind="wastewater").frame["value"].to_list() == [1.5]


@pytest.mark.parametrize(("n", "k", "seen"), [(83, 61, True), (83, 79, False), (83, 4, False), (9, 5, False)])
def test_shares_of_pupils_follow_the_studys_rule(n: int, k: int, seen: bool) -> None:
    found = shown([row(100 * k / n, 2022, n=n, k=k)], kind="skolenkaten").frame
    assert (found["value"][0] is not None, found["n"][0] is not None) == (seen, seen)
    assert found["k"].null_count() == 1  # the count itself never leaves


counts = st.lists(st.integers(0, 40), min_size=24, max_size=24)


@settings(max_examples=60)
@given(counts)
def test_no_small_count_is_shown_and_the_gate_agrees(values: list[int]) -> None:
    rows = [row(float(v), 2020 + i // 12, i % 12 + 1) for i, v in enumerate(values)]
    found = shown(rows)
    assert all(v is None or v >= RULE.k for v in found.frame["value"])
    assert found.frame["span"].n_unique() == 1
    assert list(series_findings({"shown": series_block(found)}, RULE)) == []


@settings(max_examples=60)
@given(counts, counts)
def test_what_must_be_hidden_does_not_show(values: list[int], others: list[int]) -> None:
    """Two sources that differ only in small years are shown alike."""

    def made(hidden: int) -> SeriesSet:
        return shown(
            [row(float(v + RULE.k), 2000 + i) for i, v in enumerate(values)] + [row(float(hidden), 1999)]
        )

    assert made(others[0] % RULE.k).frame.equals(made(others[1] % RULE.k).frame)


def test_the_gate_finds_what_was_put_back() -> None:
    hidden = series_block(shown([row(3.0, 2020), row(30.0, 2021)]))
    assert list(series_findings({"shown": hidden}, RULE)) == []
    raw = SeriesSet(
        pl.DataFrame([row(3.0, 2020), row(30.0, 2021)], schema=SERIES_SCHEMA),
        (SourceInfo("x", "activity", Text("X")),),
    )
    assert [f[1] for f in series_findings({"shown": series_block(raw)}, RULE)] == ["small"]
    both = SeriesSet(
        pl.DataFrame([row(30.0, 2020), row(9.0, 2020, 1)], schema=SERIES_SCHEMA),
        (SourceInfo("x", "activity", Text("X")),),
    )
    assert [f[1] for f in series_findings({"shown": series_block(both)}, RULE)] == ["sums"]
    pupils = SeriesSet(
        pl.DataFrame([row(5.0, 2022, n=60, k=3)], schema=SERIES_SCHEMA),
        (SourceInfo("x", "skolenkaten", Text("X")),),
    )
    assert [f[1] for f in series_findings({"shown": series_block(pupils)}, RULE)] == ["small"]
    assert [f[1] for f in series_findings({"shown": {"sources": [{"id": "x"}]}}, RULE)] == ["unread"]
    assert [f[1] for f in series_findings({"figures": {}}, RULE)] == ["unread"]
