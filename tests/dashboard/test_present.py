"""What the page is made of: levels, kommundelar, matrix, commitments, choices. Small studies, seen values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import polars as pl
import pytest

import lhu_effect as lhu
from lhu_effect.dashboard import rounding, sentences, words
from lhu_effect.dashboard.answers import lead_rest
from lhu_effect.dashboard.levels import Cells, Seen, one_series, read_cells, wilson
from lhu_effect.dashboard.measures import axis
from lhu_effect.dashboard.model import COMPARISON, DashboardData
from lhu_effect.dashboard.presenting import present
from lhu_effect.effects.model import EFFECT_SCHEMA, Effects
from lhu_effect.study.model import DateConflict
from tests.dashboard import chart_sample, fixtures
from tests.dashboard.fixtures import Made


def shown(made: Made) -> DashboardData:
    return present(made.effects, made.cube, made.study, made.survey)


@cache
def mixed() -> DashboardData:
    return shown(fixtures.make())


def test_level_intervals_are_wilsons_at_the_effective_size() -> None:
    # statsmodels 0.15: proportion_confint(14/1.4, 200/1.4, method="wilson"), and 163/1.7 of 199/1.7
    assert wilson(14 / 200, 200 / 1.4) == pytest.approx(
        (0.038463973865993255, 0.12405604028555309), abs=1e-12
    )
    assert wilson(163 / 199, 199 / 1.7) == pytest.approx((0.7395954226264043, 0.8783177939582032), abs=1e-12)


def test_comparison_levels_are_sums_of_counts() -> None:
    made = fixtures.make()
    cells = read_cells(made.cube.frame, made.study)
    series = next(
        s
        for s in mixed().series
        if (s.indicator, s.unit, s.group, s.sex) == ("drunk_30_days", COMPARISON, "ak9", "all")
    )
    found = [cells.by_key[2020, c, "all", "ak9", "all", "drunk_30_days"] for c in fixtures.OTHERS]
    level = next(v for v in series.levels if v.year == 2020)
    assert level.n == sum(f.n or 0 for f in found)
    assert level.share == pytest.approx(sum(f.k or 0 for f in found) / sum(f.n or 0 for f in found))


def test_the_comparison_line_is_of_the_same_municipalities_in_every_wave() -> None:
    """One whose answers are hidden in 2020 would else leave only then, and the line would jump without any change."""
    codes, years = ("0428", "0461", "0480", "0488"), (2017, 2020, 2023)
    counts = dict(zip(codes, (10, 40, 40, 40), strict=True))
    by_key = {
        (year, c, "all", "ak9", "all", "drunk_30_days"): Seen(
            100, counts[c], counts[c], counts[c], None, "observed", ""
        )
        for year in years
        for c in codes
    }
    by_key[2020, "0428", "all", "ak9", "all", "drunk_30_days"] = Seen(*[None] * 5, "masked", "")
    cells = Cells(by_key, years, "0486")
    series = one_series(cells, fixtures.small_study(), codes, "drunk_30_days", COMPARISON, "ak9", "all")
    assert series is not None
    assert [(v.n, v.share) for v in series.levels] == [(300, 0.4)] * 3
    two = codes[:2]  # too few to leave one out: the wave says why instead
    series = one_series(cells, fixtures.small_study(), two, "drunk_30_days", COMPARISON, "ak9", "all")
    assert series is not None
    assert [v.why for v in series.levels] == ["", "masked", ""]


def test_every_kommundel_and_wave_is_filled_or_says_why() -> None:
    table = next(t for t in mixed().districts if t.indicator == "narcotics_12_months")
    assert (
        table.stratum == "ak9"
    )  # the first that every kommundel has: no upper secondary school outside town
    assert table.roles == ("before", "before", "before", "after")
    by_unit = dict(zip((u.id for u in table.units), table.cells, strict=True))
    assert set(by_unit) == {"all", *fixtures.DISTRICTS, "mariefred_stallarholmen"}
    assert all(c.text.sv for row in table.cells for c in row)
    assert [c.why for c in by_unit["stallarholmen"]][2:] == ["geography", "geography"]
    assert by_unit["mariefred"][2].why == "broken"
    assert {c.why for c in by_unit["aker"]} == {"masked"}


def test_units_keep_the_registers_order_whatever_their_numbers() -> None:
    order = [u.id for u in mixed().units]
    assert order == ["all", *fixtures.DISTRICTS, "mariefred_stallarholmen"]
    reversed_rows = fixtures.make()
    turned = replace(
        reversed_rows,
        effects=Effects(reversed_rows.effects.rows.reverse(), reversed_rows.effects.checks, True),
    )
    assert [u.id for u in shown(turned).units] == order
    assert [m.indicator for m in shown(turned).answers[0].squares] == [
        m.indicator for m in mixed().answers[0].squares
    ]


def test_measures_are_ordered_by_verdict_then_questionnaire() -> None:
    verdicts = [m.verdict for m in mixed().answers[0].squares]
    assert verdicts == sorted(verdicts, key=["better", "worse", "same", "unsure", "not_comparable"].index)
    questionnaire = list(fixtures.OUTCOMES)
    unsure = [questionnaire.index(m.indicator) for m in mixed().answers[0].squares if m.verdict == "unsure"]
    assert unsure == sorted(unsure)


def test_zone_estimate_and_line_only_where_they_may_stand() -> None:
    for row in mixed().answers[0].squares:
        assert (row.zone is not None) == (row.verdict == "same")
        assert (row.estimate is not None) == (row.verdict in ("better", "worse", "same"))
        if row.verdict == "not_comparable":
            assert row.low is row.high is row.low90 is row.high90 is None


def test_matrix_says_before_during_after_and_what_has_no_measure() -> None:
    matrix = mixed().matrix
    marks = {o.id: [c.exposure for c in row] for o, row in zip(matrix.promises, matrix.cells, strict=True)}
    assert marks["2020"] == ["before", "before", "before", "after"]
    assert marks["2019"] == ["", "", "", ""]
    assert any("går inte att skilja åt" in s.sv for s in matrix.shared)
    assert [s.sv for s in matrix.missing] == [
        "Medborgarlöftet 2019: inget mått i enkäten gäller detta löfte."
    ]


def test_a_start_that_a_source_disputes_is_told_with_what_it_would_change() -> None:
    promise = fixtures.promise_2020()
    disputed = replace(
        promise, date_conflicts=(DateConflict("signed", "februari 2020", "", date(2020, 2, 1)),)
    )
    study = fixtures.small_study()
    study = replace(study, promises=(disputed, *study.promises[2:]))
    data = shown(fixtures.make(study=study))
    view = next(p for p in data.promises if p.id == "2020")
    assert view.conflicts[0].sv == (
        "Källorna är oense om när löftet undertecknades: ”februari 2020” och ”16\u00a0mars 2020”. "
        "Vi räknar från 16\u00a0mars 2020."
    )
    wave = data.matrix.cells[0][2]
    assert wave.note is not None
    assert "Räknat från ”februari 2020” gjordes mätningen under löftet." in wave.note.sv


def test_commitments_carry_status_place_measures_and_caution() -> None:
    view = next(p for p in mixed().promises if p.id == "2020")
    told = view.summary.sv.replace("\u00a0", " ")
    assert told == "5 åtaganden: 2 genomförda, 1 delvis genomfört, 1 inställt, 1 okänt."
    search = next(c for c in view.commitments if c.id == "2020-2")
    assert search.where.sv == "Strängnäs tätort"
    assert [m.indicator for m in search.measures] == ["easy_to_get_narcotics", "offered_narcotics_12_months"]
    assert search.caution is not None
    assert "inte bara Strängnäs tätort" in search.caution.sv
    cancelled = next(c for c in view.commitments if c.status == "cancelled")
    assert cancelled.caution is not None
    assert "visar inte att det ena beror på det andra" in cancelled.caution.sv
    unmeasured = next(c for c in view.commitments if c.number == 4)
    assert unmeasured.no_measure is not None
    assert unmeasured.no_measure.sv == "Mäts inte i enkäten."


def test_promises_with_the_same_rows_share_an_answer_but_not_their_question() -> None:
    first = mixed().answers[0]
    assert first.promises == ("2020", "2021")
    assert [h.title.sv for h in first.heads] == [
        "Vad ändrades efter medborgarlöftet 2020?",
        "Vad ändrades efter medborgarlöftet 2021?",
    ]
    assert all(h.shared for h in first.heads)
    other = next(a for a in mixed().answers if a.promises == ("2019",))
    assert other.empty is not None
    assert other.empty.sv.startswith("Enkäten frågar inte om det som löftet handlade om.")


def test_changes_without_comparison_never_speak_of_what_was_expected() -> None:
    data = shown(fixtures.make(kind="change"))
    answer = data.answers[0]
    assert answer.kind == "change"
    told = " ".join(
        [answer.scope.sv, answer.quote.sv, *(s.sv for h in answer.heads for s in h.lead)]
        + [s.sv for m in answer.squares for s in m.sentences]
    )
    assert "väntat" not in told
    assert "jämförelse saknas" in told.lower()
    assert data.comparison_names == ()


def test_a_line_of_time_says_which_dates_are_assumed() -> None:
    """All three waves of the packaged study that have dates have assumed ones (data/study.toml)."""
    lines = [p.timeline for p in shown(fixtures.make({}, study=lhu.open_study())).promises if p.timeline]
    assert lines
    for line in lines:
        dated = [w for w in line.waves if w.start is not None]
        assert line.summary.sv.count("(antagna datum)") == len(dated)
        assert line.summary.en.count("(assumed dates)") == len(dated)


def test_few_comparisons_let_the_change_lead() -> None:
    made = fixtures.make({}, themes=[])
    rows = made.effects.rows.with_columns(pl.lit("few_comparisons").alias("flags"))
    data = shown(replace(made, effects=Effects(rows, made.effects.checks, True)))
    assert {m.kind for m in data.answers[0].squares} == {"change"}
    assert any("färre än tre jämförelsekommuner" in n.sv for n in data.answers[0].squares[0].notes)


def test_an_answer_uses_the_first_stratum_that_has_rows() -> None:
    made = fixtures.make({}, themes=[])
    rows = made.effects.rows.filter(pl.col("grade") != "ak9_gy2", pl.col("district") != "all")
    town = made.effects.rows.filter(pl.col("district") == "all").with_columns(pl.lit("ak9").alias("grade"))
    data = shown(replace(made, effects=Effects(pl.concat([rows, town]), made.effects.checks, True)))
    assert data.answers[0].stratum == "ak9"
    assert "årskurs 9 i Strängnäs kommun" in data.answers[0].scope.sv


def test_missing_grades_are_named_and_never_called_a_missing_wave() -> None:
    made = fixtures.make({}, themes=[])
    empty = pl.DataFrame(schema=EFFECT_SCHEMA)
    cube = made.cube.filter(grade="ak7")
    data = shown(replace(made, cube=cube, effects=Effects(empty, made.effects.checks, True)))
    told = next(a.empty for a in data.answers if "2020" in a.promises)
    assert told is not None
    assert told.sv == "Materialet har inga svar för årskurs 9 och gymnasiet år 2."


@pytest.mark.parametrize(
    ("most", "domain"), [(0.004, 0.02), (0.021, 0.03), (0.05, 0.06), (0.083, 0.1), (0.12, 0.15), (0.9, 0.3)]
)
def test_the_forests_axis_is_symmetric_and_holds_what_it_can(most: float, domain: float) -> None:
    half, ticks = axis(most)
    assert half == pytest.approx(domain)
    assert half >= min(most, 0.3)
    assert [t + 0.0 for t in ticks] == [-t + 0.0 for t in reversed(ticks)]
    assert max(ticks) == half


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.0123, 0.0812, ("1", "9")),
        (-0.0812, -0.0123, ("1", "9")),
        (0.0034, 0.05, ("0,3", "5")),
        (0.0002, 0.05, ("0", "5")),
    ],
)
def test_spans_round_outwards_whatever_their_sign(low: float, high: float, said: tuple[str, str]) -> None:
    assert tuple(t.sv for t in rounding.span(low, high)) == said


def test_a_round_bound_is_not_pushed_outwards_by_floating_dust() -> None:
    assert rounding.reach(0.07).sv == "7"
    assert rounding.reach(0.29).sv == "29"
    assert [t.sv for t in rounding.span(0.01, 0.07)] == ["1", "7"]


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "0 av 100"), (0.004, "färre än 1 av 100"), (0.996, "fler än 99 av 100"), (0.125, "13 av 100")],
)
def test_levels_of_a_hundred(share: float, said: str) -> None:
    assert rounding.of_hundred(share).sv == said


def test_names_lose_controls_and_bidi_marks_only() -> None:
    assert words.clean("Åk\u00ad 9\u202e\u0000 –\u2028 “x”") == "Åk 9 – “x”"
    assert words.promise_name("2022-2023") == "2022–2023"


def test_a_promise_that_still_ran_at_the_survey_says_so() -> None:
    made = fixtures.make()
    later = tuple(replace(p, end=date(2023, 12, 31)) if p.id == "2021" else p for p in made.study.promises)
    data = shown(replace(made, study=replace(made.study, promises=later)))
    heads = {h.promise: h for a in data.answers for h in a.heads}
    assert (
        "Löftet pågick fortfarande när enkäten 2023 gjordes." in (heads["2021"].ongoing or words.plain("")).sv
    )
    assert heads["2021"].title.sv == "Vad ändrades sedan medborgarlöftet 2021 började?"
    assert heads["2020"].ongoing is None
    assert heads["2020"].title.sv == "Vad ändrades efter medborgarlöftet 2020?"


@pytest.mark.parametrize(
    ("weak", "said"),
    [
        ((), None),
        (("narcotics_ever",), "1 av de 2 tydliga beskeden håller inte"),
        (("narcotics_ever", "safe_neighbourhood_evening"), "De beskeden är svaga"),
    ],
)
def test_the_first_screen_says_which_of_its_claims_are_weak(weak: tuple[str, ...], said: str | None) -> None:
    found = [replace(m, fragile=m.indicator in weak) for m in chart_sample.rows()]
    lead = " ".join(t.sv for t in lead_rest(found, lhu.open_study()))
    assert ("svänger mer" in lead) == (said is not None)
    assert said is None or said in lead


def test_one_weak_claim_is_said_in_the_singular() -> None:
    found = [replace(m, fragile=True) for m in chart_sample.rows() if m.verdict == "better"]
    assert "Det beskedet är svagt" in lead_rest([*found, *chart_sample.rows()[2:5]], lhu.open_study())[-1].sv


ELSEWHERE = {
    "shared_period": "under the lead",
    "chosen_afterwards": "beside each measure, as its role",
    "synthetic": "in every section",
    "summed": "weakens nothing",
}


def test_every_flag_with_words_has_a_place_where_it_is_said() -> None:
    from lhu_effect.i18n import room_texts

    said = {*sentences.PRINTED_FLAGS, *sentences.WEAKENING, *ELSEWHERE}
    assert set(room_texts("dashboard", "sv")["flag"]) == said


@pytest.mark.parametrize("flag", sentences.WEAKENING)
def test_what_weakens_one_comparison_stands_beside_it_and_what_weakens_all_stands_over_them(
    flag: str,
) -> None:
    made, words_of = fixtures.make(), words.say(f"flag.{flag}")

    def told(where: pl.Expr) -> tuple[list[str], bool]:
        flags = pl.when(where).then(pl.lit(flag)).otherwise(pl.lit(""))
        rows = made.effects.rows.with_columns(flags=flags)
        answer = next(
            a for a in shown(replace(made, effects=replace(made.effects, rows=rows))).answers if a.forest
        )
        return [m.indicator for m in answer.squares if words_of in m.notes], words_of in answer.everywhere

    compared = [m.indicator for a in mixed().answers if a.forest for m in a.squares if m.verdict == "unsure"]
    assert told(pl.col("indicator") == compared[0]) == ([compared[0]], False)
    assert told(pl.lit(True)) == ([], True)


def test_a_result_that_counts_itself_is_not_counted_again() -> None:
    def facts(result: str, **numbers: int) -> int:
        home = next(p for p in fixtures.small_study().promises if p.id == "2020")
        item = replace(home.commitments[0], result=words.plain(result), why=None, target_ages=(), **numbers)
        made = fixtures.make()
        study = replace(made.study, promises=(replace(home, commitments=(item,)),))
        view = next(p for p in shown(replace(made, study=study)).promises if p.id == home.id)
        return sum("planerade" in f.sv for f in view.commitments[0].facts)

    assert facts("4 vandringar av 4.", delivered=4, planned=4) == 0
    assert facts("Höll på i 4 veckor.", delivered=4, planned=4) == 1
    assert facts("Ett sök gjordes.", delivered=1, planned=2) == 1


def test_a_day_never_parts_from_its_month() -> None:
    assert words.dated(date(2022, 2, 1)).sv == "1\u00a0februari 2022"
    assert words.period_text(date(2020, 1, 20), date(2020, 3, 6)).en == "20\u00a0January–6\u00a0March 2020"
