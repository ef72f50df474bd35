"""Other sources than the survey: what each kind of file says, and what a crooked one is told. All numbers are invented."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhu_effect.definitions.sources import source_kinds
from lhu_effect.errors import InputError, LhuError, StudyError
from lhu_effect.study import parse_study
from lhu_effect.survey import read_other_sources, read_survey, with_other_sources
from lhu_effect.survey.extracts import extract_files
from lhu_effect.survey.grid import Cell
from lhu_effect.survey.series import SERIES_SCHEMA, Period
from lhu_effect.survey.series_time import period_of
from lhu_effect.survey.sources import SOURCES
from lhu_effect.survey.sources.wastewater import part_of

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "real"
HEAD = '[study]\nid = "s"\ntitle = "T"\nmunicipality = "{town}"\n[[source]]\nid = "x"\nfiles = "{name}"\nkind = "{kind}"\n'


def read(
    folder: Path, kind: str, text: str | bytes, more: str = "", *, name: str = "f.csv", town: str = "0486"
) -> pl.DataFrame:
    """The frame of one file of one source."""
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    study = parse_study((HEAD.format(town=town, name=name, kind=kind) + more).encode(), folder)
    return read_other_sources(study).frame


def rows(frame: pl.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    return list(frame.select(columns).iter_rows())


def said(folder: Path, kind: str, text: str | bytes, more: str = "") -> str:
    with pytest.raises(LhuError) as fault:
        read(folder, kind, text, more)
    assert fault.value.message("en")
    return fault.value.message("sv")


def test_every_kind_that_is_defined_has_a_reader_and_the_other_way_round() -> None:
    assert [r.name for r in SOURCES] == list(source_kinds())


def test_a_study_without_sources_has_an_empty_set() -> None:
    found = read_other_sources(parse_study(b'[study]\nid = "s"\ntitle = "T"\nmunicipality = "0486"\n'))
    assert len(found) == 0
    assert found.frame.schema == pl.DataFrame(schema=SERIES_SCHEMA).schema


WATER = """Provdatum;Provplats;Ämne;mg/1000 inv/dygn
2020-03-14;Strängnäs;Kokain;12,5
2020-03-17;Strängnäs;Kokain;<LOD
2020-03-17;Mariefred;Kokain;<8,5
2020-03-17;Åkers styckebruk;THC-COOH;*
2020-03-17;Inlopp syd;Kokain;..
2020-03-17;Nyköping;Kokain;99
"""


def test_wastewater_keeps_what_is_below_a_limit_apart_from_zero(tmp_path: Path) -> None:
    found = read(
        tmp_path, "wastewater", WATER, 'measures = [{ id = "Kokain", limit = 5 }, { id = "cannabis" }]'
    )
    assert rows(found, "measure", "place", "part", "value", "bound", "status", "cell") == [
        ("cocaine", "strangnas", "weekend", 12.5, None, "observed", "D2"),
        ("cocaine", "strangnas", "weekday", None, 5.0, "below", "D3"),
        ("cocaine", "mariefred", "weekday", None, 8.5, "below", "D4"),
        ("cannabis", "aker", "weekday", None, None, "not_applicable", "D5"),
        ("cocaine", "Inlopp syd", "weekday", None, None, "masked", "D6"),
    ]
    assert set(found["unit_en"]) == {"mg per 1,000 inhabitants and day"}


@pytest.mark.parametrize(
    ("text", "status", "value", "bound"),
    [
        ("0", "observed", 0.0, None),
        ("1 234,5", "observed", 1234.5, None),
        ("<12", "below", None, 12.0),
        ("< 1 200", "below", None, 1200.0),
        ("<LOQ (3,5)", "below", None, 3.5),
        ("ej detekterad", "below", None, None),
        ("under detektionsgränsen", "below", None, None),
        ("n.d.", "below", None, None),
        (">500", "above", None, 500.0),
        ("-", "missing", None, None),
        ("*", "not_applicable", None, None),
    ],
)
def test_what_a_measured_cell_says(
    tmp_path: Path, text: str, status: str, value: float | None, bound: float | None
) -> None:
    found = read(tmp_path, "wastewater", f"Datum;Kokain;MDMA\n2020-03-17;{text};1\n", 'measures = ["Kokain"]')
    assert rows(found, "status", "value", "bound") == [(status, value, bound)]


def test_substances_side_by_side_in_a_workbook_with_titles_dates_and_units(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (
        ["Narkotika i avloppsvatten", None, None, None],
        [None, None, None, None],
        ["Provtagningsdag", "Dag", "Amfetamin (mg/1 000 inv/dygn)", "Kokain (mg/1 000 inv/dygn)"],
        [date(2021, 5, 8), "helg", 31, "<2,5"],
        [date(2021, 5, 11), "vardag", 28.5, 3],
        ["Källa: laboratoriet", None, None, None],
    ):
        sheet.append(line)
    book.create_sheet("Läs mig").append(["Bara text", "och mer text"])
    book.save(tmp_path / "a.xlsx")
    found = read(tmp_path, "wastewater", (tmp_path / "a.xlsx").read_bytes(), name="a.xlsx")
    assert rows(found, "measure", "start", "part", "value", "bound") == [
        ("amphetamine", date(2021, 5, 8), "weekend", 31.0, None),
        ("cocaine", date(2021, 5, 8), "weekend", None, 2.5),
        ("amphetamine", date(2021, 5, 11), "weekday", 28.5, None),
        ("cocaine", date(2021, 5, 11), "weekday", 3.0, None),
    ]
    assert set(found["unit_sv"]) == {"mg/1 000 inv/dygn"}


def test_activities_under_years_and_under_months(tmp_path: Path) -> None:
    years = read(
        tmp_path, "activity", "Insats;2019;2020\nHundsök i skolor;2;1\nAnmälda narkotikabrott;40;..\n"
    )
    assert rows(years, "label_sv", "span", "start", "value", "status") == [
        ("Hundsök i skolor", "year", date(2019, 1, 1), 2.0, "observed"),
        ("Hundsök i skolor", "year", date(2020, 1, 1), 1.0, "observed"),
        ("Anmälda narkotikabrott", "year", date(2019, 1, 1), 40.0, "observed"),
        ("Anmälda narkotikabrott", "year", date(2020, 1, 1), None, "masked"),
    ]
    months = read(tmp_path, "activity", "År;Insats;Jan;Feb;Mars\n2020;Kontroller;4;0;7\n")
    assert rows(months, "span", "start", "end", "value") == [
        ("month", date(2020, 1, 1), date(2020, 1, 31), 4.0),
        ("month", date(2020, 2, 1), date(2020, 2, 29), 0.0),
        ("month", date(2020, 3, 1), date(2020, 3, 31), 7.0),
    ]


KOLADA = """kpi,municipality_id,municipality,gender,year,value,count
N15643,0486,Strängnäs,T,2022,78.2,120
N15643,0486,Strängnäs,K,2022,70.0,60
N15643,0484,Eskilstuna,T,2022,71.0,900
N15643,0486,Strängnäs,T,2023,..,
N15643,0000,Riket,T,2022,77.0,
"""


def test_kolada_long_gives_both_sexes_together_of_the_own_municipality(tmp_path: Path) -> None:
    found = read(tmp_path, "kolada", KOLADA)
    assert rows(found, "measure", "place", "start", "value", "n", "status") == [
        ("N15643", "0486", date(2022, 1, 1), 78.2, 120, "observed"),
        ("N15643", "0486", date(2023, 1, 1), None, None, "masked"),
    ]
    assert found["unit_en"][0] == "per cent"
    two = read(tmp_path, "kolada", KOLADA, 'places = ["0486", "0484"]')
    assert set(two["place"]) == {"0486", "0484"}


def test_kolada_from_the_web_has_years_side_by_side_and_its_own_marks(tmp_path: Path) -> None:
    text = """Kolada

Nyckeltal;Kommun;Kön;2020;2021;2022
Elever i åk 8: trygg i skolan, andel (%) (N15643);Strängnäs;Totalt;.;81,2;-
"""
    found = read(tmp_path, "kolada", text)
    assert rows(found, "measure", "start", "value", "status") == [
        ("N15643", date(2020, 1, 1), None, "not_applicable"),
        ("N15643", date(2021, 1, 1), 81.2, "observed"),
        ("N15643", date(2022, 1, 1), None, "missing"),
    ]


def test_skolenkaten_is_the_municipalitys_own_schools_and_the_country_never_a_school() -> None:
    file = SHARED / "skolenkaten" / "excelrapport-elever-grundskola-ak-8-2022.xlsx"
    if not file.is_file():
        pytest.skip("../shared is not beside the checkout")
    study = parse_study(HEAD.format(town="0482", name=file.name, kind="skolenkaten").encode(), file.parent)
    found = read_other_sources(study).frame
    # facts.json: Flens kommun (33 + 28) / 83; all schools: 19352 + 17578 of 45843
    assert rows(found, "measure", "place", "n", "k", "status", "cell") == [
        ("safe_in_school ak8", "00", 45843, 36930, "observed", "KQ4"),
        ("safe_in_school ak8", "0482", 83, 61, "observed", "KQ27"),
    ]
    assert found["value"][1] == pytest.approx(73.494, abs=5e-4)
    assert found["place_sv"][1] == "Flen, kommunens egna skolor"


TWICE = "Datum;Ämne;Värde\n2020-03-17;Kokain;1\n2020-03-17;kokain;1\n"


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        ("wastewater", "Datum;Kokain\n2020-03-17;1O,4\n2020-03-18;1\n", "f.csv, cell B2: ”1O,4” är varken"),
        ("wastewater", "Datum;Kokain\n3/4/2020;1\n", "f.csv, cell A2: ”3/4/2020” är ingen tid"),
        ("wastewater", "Datum;Kokain\n2020-13-01;1\n", "f.csv, cell A2: ”2020-13-01” är ingen tid"),
        ("wastewater", "Datum;Kokain\n2020-03-17;-4\n", "f.csv, cell B2: -4 är mindre än noll"),
        ("wastewater", "Datum;Dag;Kokain\n2020-03-14;vardag;1\n", "C2: ”vardag” stämmer inte med dagen. Rätt vore: helg"),
        ("wastewater", "Datum;Dag;Kokain\n2020-03-14;julafton;1\n", "”julafton” stämmer inte med dagen"),
        ("wastewater", TWICE.replace("kokain;1", "kokain;2"), "C3: kokain är 2 här men 1 för samma plats och tid i C2"),
        ("wastewater", "a;b\n1;2\n", "f.csv: ingen rad med rubriker hittades"),
        ("wastewater", "Datum;Kokain\n2020-03-17;1\n2020-03-18;1e400\n", "f.csv, cell B3: ”1e400” är varken"),
        ("wastewater", "Datum;Kokain\n9999-12-31;1\n", "f.csv, cell A2: ”9999-12-31” är ingen tid"),
        ("activity", "Månad;Kontroller\n2020-01;-1\n", "f.csv, cell B2: -1 är mindre än noll"),
        ("activity", "Månad;Kontroller\n2020-01;1\n2020-02;99999999999999999999\n", "f.csv, cell B3: ”9999999"),
        ("activity", "Månad;Kontroller\n2020-01;1,5\n", "f.csv, cell B2: ”1,5” är inget heltal"),
        ("kolada", KOLADA.replace("..", "0.79"), "cell F5: N15643 går från 78.2 (2022) till 0.79 (2023)"),
        ("kolada", KOLADA.replace("0486,Strängnäs", "0480,Nyköping"), "inget värde handlar om Strängnäs (hela kommunen)"),
    ],
)  # fmt: skip
def test_a_crooked_file_is_told_where_what_and_what_would_be_right(
    tmp_path: Path, kind: str, text: str, wanted: str
) -> None:
    assert wanted in said(tmp_path, kind, text)


def test_equal_repeats_are_one_value_and_a_measure_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert len(read(tmp_path, "wastewater", TWICE)) == 1
    told = said(tmp_path, "wastewater", TWICE, 'measures = ["Kokain", "Heroin"]')
    assert "”Heroin” finns inte i filen" in told


def test_more_measures_than_a_page_can_show_must_be_chosen_among(tmp_path: Path) -> None:
    heads = ";".join(f"Insats {n}" for n in range(13))
    text = f"År;{heads}\n2020;{';'.join('7' for _ in range(13))}\n"
    assert "filen har 13 mått" in said(tmp_path, "activity", text)
    assert len(read(tmp_path, "activity", text, 'measures = ["Insats 3"]')) == 1


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ('colour = "red"', "colour"),
        ('places = ["9999"]', "9999"),
        ('counts = "people"', "people"),
        ('measures = ["a", "a"]', "measures"),
    ],
)
def test_a_crooked_table_in_the_study_is_named(tmp_path: Path, more: str, wanted: str) -> None:
    with pytest.raises(StudyError) as fault:
        read(tmp_path, "kolada", KOLADA, more)
    assert wanted in fault.value.message("sv")
    with pytest.raises(StudyError, match="wastewater"):
        read(tmp_path, "wastewatr", KOLADA)
    with pytest.raises(StudyError, match="files"):
        parse_study(HEAD.format(town="0486", name="../f.csv", kind="kolada").encode(), tmp_path)


def test_a_source_in_the_extracts_folder_is_never_the_surveys_and_invented_beside_real_stops(
    tmp_path: Path,
) -> None:
    (tmp_path / "extracts").mkdir()
    (tmp_path / "extracts" / "survey.csv").write_text(
        "År;Kommun;Årskurs;Fråga;Antal;Antal svar\n2020;Strängnäs;Åk 9;Använt narkotika någon gång;27;300\n",
        encoding="utf-8",
    )
    (tmp_path / "extracts" / "w.csv").write_text("Datum;Kokain\n2020-03-17;4\n", encoding="utf-8")
    (tmp_path / "extracts" / "w.csv.toml").write_text("synthetic = true\n", encoding="utf-8")
    toml = HEAD.format(town="0486", name="extracts/w.csv", kind="wastewater").encode()
    study = parse_study(toml, tmp_path)
    assert [p.name for p in extract_files(study)] == ["survey.csv"]
    survey = read_survey(study)
    with pytest.raises(InputError, match="invented"):
        with_other_sources(survey, study)
    loose = with_other_sources(survey, study, strict=False)
    assert [i.rule for i in loose.found if i.severity == "error"] == ["survey.source_synthetic"]
    (tmp_path / "extracts" / "w.csv.toml").write_text('producer = "Lab"\n', encoding="utf-8")
    other = with_other_sources(survey, study).other
    assert other is not None
    assert (other.sources[0].producer, other.sources[0].synthetic) == ("Lab", False)


@pytest.mark.parametrize(
    ("text", "start", "end", "span"),
    [
        ("2020", "2020-01-01", "2020-12-31", "year"),
        ("2020M03", "2020-03-01", "2020-03-31", "month"),
        ("2020-03", "2020-03-01", "2020-03-31", "month"),
        ("202003", "2020-03-01", "2020-03-31", "month"),
        ("mars 2020", "2020-03-01", "2020-03-31", "month"),
        ("2020 Mar", "2020-03-01", "2020-03-31", "month"),
        ("2020-03-14", "2020-03-14", "2020-03-14", "day"),
        ("20200314", "2020-03-14", "2020-03-14", "day"),
        ("14 mars 2020", "2020-03-14", "2020-03-14", "day"),
        ("2020 kv 1", "2020-01-01", "2020-03-31", "quarter"),
        ("2020Q4", "2020-10-01", "2020-12-31", "quarter"),
        ("2020 v. 12", "2020-03-16", "2020-03-22", "week"),
        ("2020-W53", "2020-12-28", "2021-01-03", "week"),
    ],
)
def test_a_written_time(text: str, start: str, end: str, span: str) -> None:
    wanted = Period(date.fromisoformat(start), date.fromisoformat(end), span)  # type: ignore[arg-type]
    assert period_of(Cell(text, text)) == wanted


@pytest.mark.parametrize(
    "text", ["3/4/2020", "2019+2020", "2020-02-30", "2021-W53", "snart", "2020-13", "1850"]
)
def test_what_is_no_time_is_not_guessed(text: str) -> None:
    assert period_of(Cell(text, text)) is None


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_back_and_is_a_weekday_or_a_weekend(day: date) -> None:
    found = period_of(Cell(day.isoformat(), day.isoformat()))
    assert found == Period(day, day, "day")
    assert part_of(found) == ("weekend" if day.isoweekday() in (6, 7) else "weekday")
