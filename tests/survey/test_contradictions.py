"""What must stop, what is set aside, and that the message names the cell and what would be right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lhu_effect.errors import InputError
from lhu_effect.survey import issue_message, read_survey
from tests.survey.by_hand import cells, csv, home, read, rules, workbook

HEAD = ["År", "Kommun", "Kommundel", "Årskurs", "Kön", "Fråga", "Antal svarande", "Antal", "Andel (%)"]
ASKED = "Använt narkotika någon gång"
ALL = (2020, "0486", "all", "ak9", "all", "narcotics_ever")


def row(
    n: object = 200,
    k: object = 21,
    percent: object = 10.5,
    *,
    year: object = 2020,
    municipality: str = "Strängnäs",
    district: str = "Totalt",
    grade: str = "Åk 9",
    sex: str = "Totalt",
) -> list[object]:
    return [year, municipality, district, grade, sex, ASKED, n, k, percent]


def table(path: Path, *rows: list[object]) -> Path:
    return csv(path, [HEAD, *rows])


STOPS = {
    "k_exceeds_n": ([row(20, 21, None)], "H2", "21 is larger than the number of answers 20"),
    "percent_out_of_range": ([row(200, None, 105.0)], "I2", "“105,0” is not between 0 and 100"),
    "no_count_fits": ([row(83, None, "12,3")], "I2", "12,3 cannot come from 83 answers"),
    "percent_contradicts": ([row(200, 30, 10.5)], "I2", "gives 15.0 per cent"),
    "not_a_count": ([row(200, 20.5, None)], "H2", "“20,5” is not a whole number"),
    "duplicate_conflict": ([row(), row(200, 22, 11.0)], "3", "“22” here and “21” in cell H2"),
    "total_below_part": (
        [row(), row(210, 21, 10.0, sex="Flickor")],
        "2",
        "total 200 is smaller than its part 210",
    ),
    "not_a_number": ([row(200, None, "1O,5")], "I2", "Did you mean 10,5?"),
    "unit_change": ([row(None, None, 10.5), row(None, None, 0.11, year=2023)], "I3", "from 10.5 to 0.11"),
}


@pytest.mark.parametrize("rule", STOPS)
def test_contradictions_stop_at_their_cell(tmp_path: Path, rule: str) -> None:
    rows, cell, said = STOPS[rule]
    path = table(tmp_path / "uttag.csv", *rows)
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.rule == f"survey.{rule}"
    assert cell in (caught.value.cell or "")
    assert said in str(caught.value)
    assert str(caught.value).startswith("uttag.csv, cell ")
    assert caught.value.message("sv") != str(caught.value)
    lenient = read(path, strict=False)
    assert rule in rules(lenient)


def test_shares_among_per_cents_are_refused(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", [
        ["År", "Kommundel", "Fråga", "Andel"],
        [2020, "Totalt", ASKED, "12"], [2020, "Mariefred", ASKED, "0,13"],
    ])  # fmt: skip
    with pytest.raises(InputError, match="mixes per cents and shares") as caught:
        read(path)
    assert caught.value.cell == "D3"


def test_four_tenths_of_a_per_cent_is_never_forty(tmp_path: Path) -> None:
    path = csv(
        tmp_path / "a.csv", [["År", "Fråga", "Andel (%)"], [2020, "Dopning", "0,4"], [2017, "Dopning", "0,8"]]
    )
    assert set(read(path).cube.frame["percent"]) == {0.4, 0.8}
    path = csv(
        tmp_path / "b.csv", [["År", "Fråga", "Andel"], [2020, "Dopning", "0,4"], [2017, "Dopning", "0,8"]]
    )
    with pytest.raises(InputError, match="nothing decides"):
        read(path)


def test_equal_duplicates_are_counted_once_and_said(tmp_path: Path) -> None:
    survey = read(table(tmp_path / "a.csv", row(), row()))
    assert cells(survey, "n", "k") == {ALL: (200, 21)}
    assert set(rules(survey)) == {"duplicate", "few_answers"}


def test_two_roundings_of_one_figure_agree(tmp_path: Path) -> None:
    one = csv(tmp_path / "a.csv", [["År", "Fråga", "Andel (%)", "n"], [2020, ASKED, "10,5", 200]])
    two = csv(tmp_path / "b.csv", [["År", "Fråga", "Andel (%)", "n"], [2020, ASKED, "11", 200]])
    frame = read(one, two).cube.frame
    assert frame["k"].to_list() == [21]
    assert frame["percent"].to_list() == [10.5]


def test_unknown_labels_cost_only_their_rows_and_name_the_closest(tmp_path: Path) -> None:
    survey = read(table(tmp_path / "a.csv", row(), row(40, 5, 12.5, district="Marieferd")))
    assert cells(survey, "k") == {ALL: (21,)}
    assert survey.report["unmapped"] == [
        {"kind": "district", "text": "Marieferd", "closest": "Mariefred", "count": 3}
    ]
    assert "Mariefred" in issue_message(survey.found[0], "sv")
    rejected = survey.report["files"][0]["sheets"][0]["cells_rejected"]
    assert [r["cell"] for r in rejected] == ["C3", "G3", "H3", "I3"]


def test_an_unknown_question_is_not_taken_for_a_known_one(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", [
        ["År", "Fråga", "Andel (%)"], [2020, "Har INTE använt narkotika någon gång", "90,5"], [2020, ASKED, "9,5"],
    ])  # fmt: skip
    survey = read(path)
    assert survey.cube.frame["percent"].to_list() == [9.5]
    assert survey.report["unmapped"][0]["text"] == "Har INTE använt narkotika någon gång"


def test_pooled_years_and_intervals_are_no_numbers(tmp_path: Path) -> None:
    survey = read(
        table(tmp_path / "a.csv", row(), row(year="2019+2020"), row(None, None, "60-70", year=2017))
    )
    assert cells(survey, "k") == {ALL: (21,)}
    assert {"unknown_label", "not_a_number_interval"} <= set(rules(survey))


def test_seven_nothings_are_kept_apart(tmp_path: Path) -> None:
    said = {"0": "Flickor", "<5": "Pojkar", "ej aktuellt": "Annat", "ej ställd": "Vill inte ange"}
    more = {"deltog ej": "Mariefred", "finns ej": "Stallarholmen", "saknas": "Åker"}
    rows = [row(60, None, text, sex=sex) for text, sex in said.items()]
    rows += [row(60, None, text, district=district) for text, district in more.items()]
    found = cells(read(table(tmp_path / "a.csv", row(), *rows)), "status", "flags", "k_low", "k_high")
    by = {(key[2], key[4]): value for key, value in found.items()}
    assert by["all", "girl"] == ("observed", "", 0, 0)
    assert by["all", "boy"] == ("masked", "", 0, 4)
    assert by["all", "other"][:2] == ("missing", "not_applicable")
    assert by["all", "undisclosed"][:2] == ("not_asked", "")
    assert by["mariefred", "all"][:2] == ("missing", "school_absent")
    assert by["stallarholmen", "all"][:2] == ("missing", "district_absent")
    assert by["aker", "all"][:2] == ("missing", "no_answers")


def test_masks_mean_what_the_legend_says_then_the_study_then_the_limit(tmp_path: Path) -> None:
    rows = [HEAD, row(), row(60, "*", "*", district="Mariefred"), row(60, "..", "..", district="Åker")]
    path = workbook(tmp_path / "a.xlsx", {"Data": rows, "Förklaring": [["* = 1–9 svarande"]]})
    found = cells(read(path), "k_low", "k_high")
    assert found[2020, "0486", "mariefred", "ak9", "all", "narcotics_ever"] == (1, 9)
    assert found[2020, "0486", "aker", "ak9", "all", "narcotics_ever"] == (0, 4)
    strict = read(path, study=replace(home(), mask_limit=3))
    assert cells(strict, "k_high")[2020, "0486", "aker", "ak9", "all", "narcotics_ever"] == (2,)


def test_per_cents_without_bases_are_bounded_by_the_sheet_of_bases(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {
        "SVARANDE": [["Kommundel", "Årskurs", 2017, 2020], ["Totalt", "Åk 9", 380, 400]],
        ASKED[:31]: [["Andel (%)"], ["Kommundel", "Årskurs", 2017, 2020], ["Totalt", "Åk 9", 10.5, 9.5]],
    })  # fmt: skip
    survey = read(path)
    found = cells(survey, "n", "n_low", "n_high", "k_low", "k_high", "flags")
    assert found[ALL] == (None, 360, 400, 35, 38, "n_bounded rounded")
    assert survey.report["totals"]["cells_rejected"] == 0


def test_a_base_shared_by_questions_that_does_not_fit_them_is_an_upper_bound(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", [
        ["År", "Antal svarande", "Använt narkotika någon gång (%)", "Trygg i skolan (%)"], [2020, 83, "12,3", "80,7"],
    ])  # fmt: skip
    survey = read(path)
    assert rules(survey) == ["shared_base"]
    frame = survey.cube.frame
    assert frame["n"].to_list() == [None, None]
    assert set(frame["n_high"]) == {83}


def test_synthetic_beside_real_stops(tmp_path: Path) -> None:
    one, two = table(tmp_path / "a.csv", row()), table(tmp_path / "b.csv", row(year=2017))
    (tmp_path / "a.csv.toml").write_text('producer = "x"\nsynthetic = true\n')
    with pytest.raises(InputError, match="real figures lie beside invented ones") as caught:
        read(one, two)
    assert caught.value.file == "b.csv"
    (tmp_path / "b.csv.toml").write_text("synthetic = true\nreceived = 2024-05-02\n")
    survey = read(one, two)
    assert survey.synthetic
    assert survey.sources[1].received == "2024-05-02"
    (tmp_path / "b.csv.toml").write_text("syntetic = true\n")
    with pytest.raises(InputError, match="syntetic"):
        read(one, two)


def test_a_hidden_sheet_is_read_but_left_out_when_it_disagrees(tmp_path: Path) -> None:
    sheets = {"Data": [HEAD, row()], "Gammal": [HEAD, row(200, 31, 15.5), row(100, 7, 7.0, year=2017)]}
    survey = read(workbook(tmp_path / "a.xlsx", sheets, hidden=["Gammal"]))
    assert cells(survey, "k") == {ALL: (21,)}
    assert "hidden_disagrees" in rules(survey)
    sheets["Gammal"] = [HEAD, row(100, 7, 7.0, year=2017)]
    survey = read(workbook(tmp_path / "b.xlsx", sheets, hidden=["Gammal"]))
    flags = dict(survey.cube.frame.select("year", "flags").rows())
    assert flags == {2017: "hidden", 2020: ""}


def test_a_sheet_that_is_no_table_is_set_aside_beside_one_that_is(tmp_path: Path) -> None:
    extra = [["Budget", "Kr"], ["Kaffe", 120], ["Te", 80]]
    survey = read(workbook(tmp_path / "a.xlsx", {"Data": [HEAD, row()], "Blad2": extra}))
    assert cells(survey, "k") == {ALL: (21,)}
    assert rules(survey) == ["not_a_survey_table", "few_answers"]


def test_what_is_no_survey_is_refused_with_each_reason(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", [["Vara", "Pris"], ["Kaffe", 12], ["Te", 8]])
    with pytest.raises(InputError) as caught:
        read(path)
    for word in ("Skolenkäten –", "long table –", "wide table –"):
        assert word in str(caught.value)


def test_nothing_about_the_studys_municipality_stops(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing usable in the files is about Strängnäs"):
        read(table(tmp_path / "a.csv", row(municipality="Flen")))


def test_ten_good_files_and_a_broken_one(tmp_path: Path) -> None:
    for year in range(2010, 2020):
        table(tmp_path / f"lhu {year}.csv", row(year=year))
    table(tmp_path / "lhu 2020.csv", row(20, 21, None))
    with pytest.raises(InputError, match=r"lhu 2020.csv, cell H2"):
        read(tmp_path)
    lenient = read(tmp_path, strict=False)
    assert sorted(set(lenient.cube.frame["year"])) == list(range(2010, 2020))
    assert [i.file for i in lenient.found if i.severity == "error"] == ["lhu 2020.csv"]
    (tmp_path / "lhu 2020.csv").unlink()
    (tmp_path / "lhu 2020.xlsx").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(InputError, match=r"lhu 2020.xlsx"):
        read(tmp_path)
    assert len(read(tmp_path, strict=False).cube) == 10


def test_a_mapping_file_teaches_spellings(tmp_path: Path) -> None:
    path = csv(
        tmp_path / "a.csv", [["År", "Kommundel", "Fråga", "Andel (%)"], [2020, "M-fred", "F46_ja", "9,5"]]
    )
    (tmp_path / "mapping.toml").write_text(
        '[indicator]\nF46_ja = "narcotics_ever"\n[district]\nM-fred = "mariefred"\n'
    )
    taught = replace(home(), mapping="mapping.toml", folder=tmp_path)
    assert read_survey(taught, [path]).cube.frame.select("district", "indicator").row(0) == (
        "mariefred",
        "narcotics_ever",
    )
    workbook(
        tmp_path / "mapping.xlsx",
        {"M": [["text", "id"], ["F46_ja", "narcotics_ever"], ["M-fred", "mariefred"]]},
    )
    as_sheet = replace(taught, mapping="mapping.xlsx")
    assert len(read_survey(as_sheet, [path]).cube) == 1
    (tmp_path / "mapping.toml").write_text('[indicator]\nF46_ja = "narcotics_evr"\n')
    with pytest.raises(InputError, match="narcotics_ever"):
        read_survey(taught, [path])


def test_the_report_hides_personal_numbers(tmp_path: Path) -> None:
    survey = read(table(tmp_path / "a.csv", row(), row(district="20050412-1234")))
    assert "20050412" not in str(survey.report["files"])


def test_a_share_among_per_cents_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"0,095 means 9\.5 per cent") as caught:
        read(table(tmp_path / "a.csv", row(200, None, 0.095)))
    assert caught.value.rule == "survey.no_count_fits_share"


def test_sums_of_whole_per_cents_without_a_base_are_said_and_not_used(tmp_path: Path) -> None:
    title = [["Hur trygg känner du dig i skolan? Strängnäs kommun 2020, åk 9. Andel i procent"]]
    head = ["Kommundel", "Mycket trygg", "Ganska trygg", "Otrygg"]
    whole = read(workbook(tmp_path / "a.xlsx", {"T": [*title, head, ["Totalt", 40, 42, 18]]}))
    assert (rules(whole), whole.cube.frame["percent"].to_list()) == (["summed_whole"], [None])
    tenths = read(workbook(tmp_path / "b.xlsx", {"T": [*title, head, ["Totalt", 40.1, 42.3, 17.6]]}))
    assert (rules(tenths), tenths.cube.frame["percent"].to_list()) == ([], [82.4])
    assert tenths.cube.frame["flags"].item().split() == ["n_bounded", "rounded", "summed"]


def test_a_hidden_sheet_is_told_once(tmp_path: Path) -> None:
    survey = read(
        workbook(
            tmp_path / "a.xlsx", {"Data": [HEAD, row()], "Dolt": [HEAD, row(year=2017)]}, hidden=["Dolt"]
        )
    )
    assert [i.rule for i in survey.found if "hidden" in i.rule] == ["files.hidden_sheet"]
