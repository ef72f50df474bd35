"""Crooked tables a municipal analyst was sent: each gives the numbers written in it, or one sentence that says why not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import lhu_effect
from lhu_effect import i18n
from lhu_effect.cli import main
from lhu_effect.errors import InputError
from lhu_effect.survey.issues import issue_label
from tests.survey.by_hand import cells, csv, read, rules, workbook

ASKED = "Har du någon gång använt narkotika? Strängnäs kommun, åk 9"
ALL = (2020, "0486", "all", "ak9", "all")
NARCOTICS, SAFE = (*ALL, "narcotics_ever"), (*ALL, "safe_in_school")


def test_a_total_over_all_answers_is_no_share(tmp_path: Path) -> None:
    head = [["Hur trygg känner du dig i skolan? Strängnäs kommun 2020, åk 9. Andel i procent"]]
    answers = ["Kommundel", "Mycket trygg", "Ganska trygg", "Varken eller", "Otrygg", "Totalt", "Antal svar"]
    survey = read(workbook(tmp_path / "a.xlsx", {"T": [*head, answers, ["Totalt", 40, 42, 9, 9, 100, 200]]}))
    ((low, high, n),) = cells(
        survey, "k_low", "k_high", "n"
    ).values()  # each whole per cent is one or two pupils
    assert (low, high, n) == (162, 166, 200)
    rows = [[a, x] for a, x in zip(answers[1:6], (40, 42, 9, 9, 100), strict=True)]
    down = read(workbook(tmp_path / "b.xlsx", {"T": [*head, ["Svar", "Totalt"], *rows]}))
    assert cells(down, "status") == {SAFE: ("observed",)}


@pytest.mark.parametrize("across", [True, False])
def test_a_total_of_counts_over_all_answers_is_the_base(tmp_path: Path, across: bool) -> None:
    wide = [[f"{ASKED}. Antal"], ["År", "Ja", "Nej", "Totalt"], [2020, 91, 408, 499]]
    tall = [[f"{ASKED}. Antal"], ["Svar", 2020], ["Ja", 91], ["Nej", 408], ["Summa", 499]]
    survey = read(workbook(tmp_path / "a.xlsx", {"F35": wide if across else tall}))
    assert cells(survey, "k", "n") == {NARCOTICS: (91, 499)}


def test_totals_over_answers_and_over_sexes_are_kept_apart(tmp_path: Path) -> None:
    rows = [
        [f"{ASKED}. Antal"],
        ["År", "Flickor", None, None, "Totalt", None, None],
        [None, *(["Ja", "Nej", "Totalt"] * 2)],
        [2020, 15, 85, 100, 35, 165, 200],
    ]
    survey = read(workbook(tmp_path / "a.xlsx", {"F35": rows}))
    girls = (2020, "0486", "all", "ak9", "girl", "narcotics_ever")
    assert cells(survey, "k", "n") == {girls: (15, 100), NARCOTICS: (35, 200)}


def test_footnote_digits_and_english_words_in_headings(tmp_path: Path) -> None:
    head = ["Year", "District", "Grade", "Question", "Number of respondents1", "Percent2)"]
    row = [2020, "Whole municipality", "Grade 9", "Ever used narcotics", 200, 10.5]
    assert cells(read(workbook(tmp_path / "a.xlsx", {"D": [head, row]})), "percent", "n") == {
        NARCOTICS: (10.5, 200)
    }


def test_a_file_of_unknown_answers_says_so_once(tmp_path: Path) -> None:
    rows = [[y, "Ibland", 12] for y in (2011, 2014, 2017, 2020)]
    path = csv(tmp_path / "a.csv", [[f"{ASKED}. Procent"], ["År", "Svar", "Andel (%)"], *rows])
    assert rules(read(path, strict=False)) == ["no_answer_counts", "nothing_for_municipality"]
    with pytest.raises(InputError, match=r"Strängnäs.*cell C3.*Ibland"):
        read(path)


def test_every_warning_has_its_short_name() -> None:
    package = Path(lhu_effect.__file__).parent
    texts = [p.read_text("utf-8") for p in sorted((package / "survey").rglob("*.py"))]
    named = {
        node.value
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    issued = {r for r in named if re.fullmatch(r"(files|survey)\.[a-z_]+", r)}
    warned = [r for r in sorted(issued) if i18n.has_text(".issues.".join(r.split(".")), "sv")]
    assert len(warned) > 8
    for rule in warned:
        assert issue_label(rule, "sv") != issue_label(rule, "en")


def test_check_and_import_need_not_know_whose_promise_it_is(tmp_path: Path) -> None:
    head = ["År", "Kommun", "Årskurs", "Fråga", "Antal svarande", "Andel (%)"]
    rows = [[2020, k, "Åk 9", "Trygg i skolan", 200, 80.5] for k in ("Flens kommun", "Trosa")]
    path, out = csv(tmp_path / "a.csv", [head, *rows]), tmp_path / "out.csv"
    run = CliRunner()
    made = run.invoke(main, ["import", str(path), "--out", str(out)])
    assert made.exit_code == 0, made.output
    assert {line.split(",")[1] for line in out.read_text("utf-8").splitlines()[1:]} == {"0482", "0488"}
    assert run.invoke(main, ["check", str(path)]).exit_code == 0
    refused = run.invoke(main, ["build", str(path), "--out", str(tmp_path / "a.html")])
    assert (refused.exit_code, "Trosa" in refused.output) == (2, True)


def test_one_language_at_a_time_and_what_a_new_study_lacks(tmp_path: Path) -> None:
    head = ["År", "Kommun", "Årskurs", "Fråga", "Antal svarande", "Andel (%)"]
    rows = [[2020, k, "Åk 9", "Trygg i skolan", 200, 80.5] for k in ("Trosa", "Trusa")]
    path, out = csv(tmp_path / "a.csv", [head, *rows]), tmp_path / "out.csv"
    run = CliRunner()
    made = run.invoke(main, ["import", str(path), "--out", str(out), "--lang", "en"])
    assert "unknown labels (1)" in made.output
    assert run.invoke(main, ["new", str(tmp_path / "ny")]).exit_code == 0
    empty = run.invoke(main, ["build", str(tmp_path / "ny"), "--out", str(tmp_path / "a.html")])
    assert (empty.exit_code, "Lägg enkätfilerna där" in empty.output) == (1, True)


def test_rows_of_a_group_nobody_knows_are_set_aside_and_not_taken_for_everyone(tmp_path: Path) -> None:
    head = ["", "Antal svarande 2020", "Andel 2020 (%)"]
    rows = [["Hela kommunen", 400, 12.5], ["Utrikes födda", 50, 10.0], ["Inrikes födda", 50, 14.0]]
    survey = read(workbook(tmp_path / "a.xlsx", {"B": [["Använt narkotika någon gång, åk 9"], head, *rows]}))
    assert cells(survey, "n", "k") == {NARCOTICS: (400, 50)}
    assert [(i.rule, i.cell) for i in survey.found] == [("survey.unknown_label", c) for c in ("A4", "A5")]
    alone = workbook(tmp_path / "b.xlsx", {"B": [["Använt narkotika någon gång, åk 9"], head, rows[1]]})
    with pytest.raises(InputError, match=r"B.*A3.*Utrikes"):
        read(alone)


def test_rows_told_apart_by_nothing_stop_and_say_how_to_head_it(tmp_path: Path) -> None:
    head = ["Kommentar", "Antal svarande 2020", "Andel 2020 (%)"]
    rows = [["Se not 1", 100, 12.0], ["Se not 2", 50, 10.0]]
    path = workbook(tmp_path / "a.xlsx", {"B": [["Använt narkotika någon gång, åk 9"], head, *rows]})
    with pytest.raises(InputError, match=r"cell B4: .*cell B3.*heading \(such as District, Sex"):
        read(path)


def test_ten_good_files_and_a_broken_one(tmp_path: Path) -> None:
    head = ["År", "Kommundel", "Årskurs", "Fråga", "Antal svarande", "Andel (%)"]
    for year in range(2008, 2018):
        csv(tmp_path / f"lhu_{year}.csv", [head, [year, "Totalt", "Åk 9", "Använt narkotika", 400, 10.5]])
    bad = [[2020, "Totalt", "Åk 9", "Använt narkotika", 400, "1O,4"]]
    workbook(tmp_path / "lhu_2020.xlsx", {"Svar": [head, *bad]})
    files = [str(p) for p in sorted(tmp_path.iterdir())]
    run, page = CliRunner(), tmp_path / "page.html"
    refused = run.invoke(main, ["build", *files, "--municipality", "0486", "--out", str(page)])
    assert (refused.exit_code, page.exists()) == (1, False)
    assert "lhu_2020.xlsx, blad ”Svar”, cell F2: ”1O,4” är inget tal. Menades 10,4?" in refused.output
    checked = run.invoke(main, ["check", *files, "--municipality", "0486"])
    assert checked.exit_code == 1
    assert [f"lhu_{y}.csv\tlång tabell" in checked.output for y in range(2008, 2018)] == [True] * 10
    assert "år A1:A2" in checked.output
    assert "cell F2" in checked.output
