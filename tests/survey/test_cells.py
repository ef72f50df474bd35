"""One cell: a number, one of the nothings, an interval or text, and never a guess."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhu_effect import i18n
from lhu_effect.study.model import Mask
from lhu_effect.survey import cells
from lhu_effect.survey.grid import Cell
from lhu_effect.survey.legend import read_legend


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("12", 12, ""),
        ("12,0", 12, ""),
        ("12.5", 12.5, ""),
        ("12 %", 12, "percent"),
        ("12,4%", 12.4, "percent"),
        ("12,4\u00a0procent", 12.4, "percent"),
        ("1 234", 1234, ""),
        ("1\u00a0234,5", 1234.5, ""),
        ("1\u2009234", 1234, ""),
        ("1\u202f234\u202f567", 1234567, ""),
        ("1.234,5", 1234.5, ""),
        ("1,234.5", 1234.5, ""),
        ("\u22123,5", -3.5, ""),
        ("-3,5", -3.5, ""),
        ("+2", 2, ""),
        ("  7  ", 7, ""),
        ("0", 0, ""),
        ("0,4 %", 0.4, "percent"),
        ("0486", 486, ""),
        ("1.2e-05", 1.2e-05, ""),
        ("\ufeff15", 15, ""),
    ],
)
def test_numbers_as_people_write_them(text: str, value: float, unit: str) -> None:
    said = cells.parse_text(text)
    assert (said.kind, said.value, said.unit) == ("number", value, unit)


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("*", "masked"),
        ("**", "masked"),
        ("..", "masked"),
        ("x", "masked"),
        ("X", "masked"),
        ("••", "masked"),
        ("<5", "masked"),
        ("< 5", "masked"),
        ("färre än 5", "masked"),
        ("Sekretess", "masked"),
        ("visas inte (för få svar)", "masked"),
        (".", "not_applicable"),
        ("-", "not_applicable"),
        ("–", "not_applicable"),
        ("Ej aktuellt", "not_applicable"),
        ("Inga svar", "no_answers"),
        ("Uppgift saknas", "no_answers"),
        ("Frågan ställdes ej", "not_asked"),
        ("Skolan deltog inte", "school_absent"),
        ("fanns ej", "district_absent"),
    ],
)
def test_the_nothings_stay_apart_and_none_is_zero(text: str, nothing: str) -> None:
    said = cells.parse_text(text)
    assert (said.kind, said.nothing, said.value) == ("nothing", nothing, None)
    assert said.text == text


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("<15", 0, 14),
        ("60-70", 60, 70),
        ("60–70", 60, 70),
        ("≥ 95", 95, None),
        (">90 %", 90, None),
        ("~100", None, None),
        ("ca 100", None, None),
        ("20 eller fler", 20, None),
        ("högst 4", 0, 4),
    ],
)
def test_intervals_are_never_numbers_or_dates(text: str, low: float | None, high: float | None) -> None:
    said = cells.parse_text(text)
    assert (said.kind, said.value, said.low, said.high) == ("interval", None, low, high)


@pytest.mark.parametrize(
    "text",
    [
        "12*",
        "12,3 1)",
        "(12)",
        "1O,4",
        "12 34",
        "1 2345",
        "12,",
        "12;5",
        "70-60",
        "١٢",
        "12099999999999999999999",
    ],
)
def test_what_is_not_clearly_a_number_stays_text(text: str) -> None:
    assert cells.parse_text(text).kind == "text"


def test_a_mark_hides_what_the_study_says_it_hides() -> None:
    assert cells.parse_text("..", mask_limit=10).high == 9
    said = cells.parse_text("*", [Mask("*", 1, 9)])
    assert (said.nothing, said.low, said.high) == ("masked", 1, 9)
    assert cells.parse_text("-", read_legend("- = inga svar")).nothing == "no_answers"


@pytest.mark.parametrize(
    ("number_format", "unit"),
    [
        ("0%", "fraction"),
        ('0" %"', "percent"),
        ("0\\ \\%", "percent"),
        ("0.00", ""),
        ("[Red]0.0%;-0.0%", "fraction"),
    ],
)
def test_number_format_tells_whether_excel_multiplies(number_format: str, unit: str) -> None:
    assert cells.parse(Cell(0.12, "0.12", number_format)).unit == unit


def test_errors_booleans_and_dates_are_not_numbers() -> None:
    assert cells.parse(Cell(None, "#DIV/0!", error=True)).kind == "error"
    assert cells.parse(Cell(True, "TRUE")).kind == "bool"
    assert cells.parse(Cell(date(2023, 9, 1), "2023-09-01")).kind == "date"


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        (Cell(2017, "2017"), 2017),
        (Cell(2017.0, "2017"), 2017),
        (Cell("2017", "2017"), 2017),
        (Cell(" 2017\u00a0", "2017"), 2017),
        (Cell(date(2017, 1, 1), "2017-01-01"), 2017),
        (Cell(date(1905, 7, 9), "1905-07-09"), 2017),
        (Cell(217, "217"), None),
        (Cell("2017/18", "2017/18"), None),
        (Cell(True, "TRUE"), None),
    ],
)
def test_year_headings(cell: Cell, year: int | None) -> None:
    assert cells.year_of(cell) == year


@given(st.integers(-10_000_000, 10_000_000), st.integers(0, 3))
def test_every_number_as_the_page_writes_it_reads_back(whole: int, decimals: int) -> None:
    value = whole / 10**decimals
    for lang in i18n.LANGS:
        written = i18n.number(value, lang, decimals)
        if lang == "en" and "," in written and "." not in written:
            continue  # "1,234" alone is 1.234 to a Swede: an English file must not group without decimals
        assert cells.parse_text(written).value == pytest.approx(value, abs=1e-9)


@given(st.text(max_size=30))
def test_any_text_parses_and_labels_fold_to_a_fixed_point(text: str) -> None:
    cells.parse_text(text)
    assert cells.fold(cells.fold(text)) == cells.fold(text)
    assert cells.plain(cells.plain(text)) == cells.plain(text)
    assert cells.fold(unicodedata.normalize("NFD", text)) == cells.fold(unicodedata.normalize("NFC", text))
    read_legend(text)
    cells.mask_personal(text)
    cells.suggest_number(text)


def test_labels_match_however_they_were_typed() -> None:
    assert cells.fold("A\u030aker\u00a0 ") == cells.fold("ÅKER") == "åker"
    assert cells.plain("STRÄNGNÄS") == "strangnas"
    assert cells.fold("Åk 7–9") == "åk 7-9"


@pytest.mark.parametrize(
    ("label", "bare"),
    [
        ("Föräldrarnas högsta utbildning2", "Föräldrarnas högsta utbildning"),
        ("Trygg i skolan 1)", "Trygg i skolan"),
        ("Trygg i skolan¹", "Trygg i skolan"),
        ("Mariefred*", "Mariefred"),
        ("Mariefred [a]", "Mariefred"),
        ("Åk 9", "Åk 9"),
        ("2017", "2017"),
    ],
)
def test_footnote_signs_come_off(label: str, bare: str) -> None:
    assert cells.without_footnote(label) == bare


def test_mistyped_numbers_get_a_suggestion_and_nothing_else_does() -> None:
    assert cells.suggest_number("1O,4") == "10,4"
    assert cells.suggest_number("12,,3") == "12,3"
    assert cells.suggest_number("12*") == "12"
    assert cells.suggest_number("Solna") is None
    assert cells.suggest_number("12") is None


@pytest.mark.parametrize(
    "personal", ["050412-1234", "20050412-1234", "200504121234", "0504721234", "050412+1234"]
)
def test_personal_numbers_are_blotted_out(personal: str) -> None:
    blotted = cells.mask_personal(f"elev {personal} i 9A")
    assert not set("0123456789") & set(blotted.replace("9A", ""))
    assert cells.mask_personal("fråga 46, 2023") == "fråga 46, 2023"
