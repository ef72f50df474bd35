"""The command line: exit codes, messages, and nothing half-written. Runs the program as a user would."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from lhu_effect.effects.model import CHECK_SCHEMA, EFFECT_SCHEMA

IMPORT_COLUMNS = (
    "year,municipality,district,school,grade,sex,indicator,n,n_low,n_high,k,k_low,k_high,"
    "percent,status,flags,file,sheet,cell"
)
TOTAL = "Totalt;Åk 9;Totalt;Har använt narkotika någon gång"
LONG = """År;Kommun;Kommundel;Årskurs;Kön;Fråga;Procent;Antal svar
2017;Strängnäs;Totalt;Åk 9;Totalt;Har använt narkotika någon gång;9,0;300
2020;Strängnäs;Totalt;Åk 9;Totalt;Har använt narkotika någon gång;8,1;310
2023;Strängnäs;Totalt;Åk 9;Totalt;Har använt narkotika någon gång;6,9;320
2017;Strängnäs;Mariefred;Åk 9;Totalt;Har använt narkotika någon gång;10,0;80
2020;Strängnäs;Mariefred;Åk 9;Totalt;Har använt narkotika någon gång;8,8;80
2023;Strängnäs;Mariefred;Åk 9;Totalt;Har använt narkotika någon gång;8,0;100
"""


def run(*arguments: str, cwd: Path, lang: str = "en") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lhu_effect", *arguments],
        cwd=cwd,
        env={**os.environ, "LHU_EFFECT_LANG": lang},
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "lhu.csv"
    path.write_text(LONG, encoding="utf-8")
    return path


def test_a_lone_extract_becomes_a_page(extract: Path) -> None:
    done = run("build", extract.name, "--out", "page.html", cwd=extract.parent)
    assert (done.returncode, done.stderr) == (0, "")
    page = (extract.parent / "page.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "jämförelse saknas" in page.lower()
    assert [p.name for p in sorted(extract.parent.iterdir())] == ["lhu.csv", "page.html"]


def test_effects_have_the_contracts_columns(extract: Path) -> None:
    done = run("effects", extract.name, "--out", "e.csv", cwd=extract.parent)
    assert done.returncode == 0, done.stderr
    rows = pl.read_csv(extract.parent / "e.csv", infer_schema=False)
    assert rows.columns == list(EFFECT_SCHEMA)
    assert pl.read_csv(extract.parent / "e_checks.csv", infer_schema=False).columns == list(CHECK_SCHEMA)
    assert set(rows["change_verdict"].drop_nulls()) <= {"better", "worse", "same", "unsure", "not_comparable"}


def test_import_gives_every_cell_and_says_that_it_is_private(extract: Path) -> None:
    done = run("import", extract.name, "--out", "cells.csv", "--report", "r.json", cwd=extract.parent)
    assert done.returncode == 0, done.stderr
    assert "unmasked" in done.stderr
    cells = pl.read_csv(extract.parent / "cells.csv", infer_schema=False)
    assert ",".join(cells.columns) == IMPORT_COLUMNS
    assert cells.height == 6
    totals = json.loads((extract.parent / "r.json").read_text("utf-8"))["totals"]
    assert totals["cells_in"] == totals["cells_used"] + totals["cells_rejected"] + totals["cells_ignored"]


@pytest.mark.parametrize(
    ("found", "wrong", "said"),
    [
        ("6,9;320", "106,9;320", "106"),
        ("6,9;320", "6,9;3", "no whole"),
        (TOTAL.replace("Totalt;Å", "Mariefred;Å") + ";8,8;80", TOTAL + ";9,8;310", "9,8"),
    ],
)
def test_numbers_that_contradict_themselves_stop_the_build(
    extract: Path, found: str, wrong: str, said: str
) -> None:
    extract.write_text(LONG.replace(found, wrong), encoding="utf-8")
    done = run("build", extract.name, "--out", "page.html", "--report", "r.json", cwd=extract.parent)
    assert done.returncode == 1
    assert "lhu.csv" in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert [p.name for p in extract.parent.iterdir()] == ["lhu.csv"]


def test_a_foreign_file_is_not_overwritten(extract: Path) -> None:
    (extract.parent / "page.html").write_text("mine", encoding="utf-8")
    done = run("build", extract.name, "--out", "page.html", cwd=extract.parent)
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (extract.parent / "page.html").read_text("utf-8") == "mine"


def test_an_output_never_is_an_input(extract: Path) -> None:
    done = run("import", extract.name, "--out", extract.name, "--force", cwd=extract.parent)
    assert done.returncode == 2
    assert extract.read_text("utf-8") == LONG


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "nosuch"], "nosuch"),
        (["effects", "lhu.csv", "--out", "e.docx"], ".docx"),
        (["build", "lhu.csv", "--municipality", "0487"], "0486"),
        (["audit", "nosuch.html"], "nosuch.html"),
    ],
)
def test_wrong_use_exits_2_with_what_would_be_right(extract: Path, arguments: list[str], said: str) -> None:
    done = run(*arguments, cwd=extract.parent)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_new_study_builds_once_its_template_is_filled(tmp_path: Path) -> None:
    assert run("new", "mine", cwd=tmp_path).returncode == 0
    assert (tmp_path / "mine" / "study.toml").is_file()
    empty = run("build", "mine", cwd=tmp_path)
    assert empty.returncode == 1
    assert "Traceback" not in empty.stderr
    again = run("new", "mine", cwd=tmp_path)
    assert again.returncode == 2


def test_messages_are_swedish_unless_asked(extract: Path) -> None:
    assert "finns inte" in run("build", "nosuch", cwd=extract.parent, lang="sv").stderr
    assert "does not exist" in run("build", "nosuch", "--lang", "en", cwd=extract.parent, lang="sv").stderr


def test_diff_of_a_table_with_itself_is_empty(extract: Path) -> None:
    assert run("effects", extract.name, "--out", "e.csv", cwd=extract.parent).returncode == 0
    done = run("diff", "e.csv", "e.csv", cwd=extract.parent)
    assert (done.returncode, done.stdout.strip()) == (0, "No differences.")


@pytest.mark.parametrize(
    ("words", "swedish", "english"),
    [
        (["build", "--nope"], "Valet --nope finns inte.", "There is no option --nope."),
        (["effects"], "--out måste anges.", "--out must be given."),
        (["bild"], "Kommandot ”bild” finns inte.", "There is no command “bild”."),
        (
            ["build", "--lang", "xx"],
            "Värdet för --lang går inte",
            "The value given for --lang cannot be used.",
        ),
        (
            ["simulate", "--out", "x", "--seed", "a"],
            "Värdet för --seed går inte",
            "The value given for --seed",
        ),
        (["build", "--out", "page.txt"], "page.txt", "page.txt"),
    ],
)
def test_wrong_use_is_told_in_the_language_of_the_environment(words, swedish, english, monkeypatch, tmp_path):
    from click.testing import CliRunner

    from lhu_effect.cli import main

    monkeypatch.chdir(tmp_path)
    for lang, expected in (("sv", swedish), ("en", english)):
        monkeypatch.setenv("LHU_EFFECT_LANG", lang)
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 2, done.output
        assert expected in done.output
        assert "Usage:" not in done.output
    assert list(tmp_path.iterdir()) == []
