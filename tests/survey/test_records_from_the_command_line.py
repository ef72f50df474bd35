"""Pupils' records through `check`, `import` and `build`: right counts from every format, never a pupil in what comes out.

Names and ids of invented pupils stand in columns beside the answers; nothing that is written or said may hold one.
"""

from __future__ import annotations

import csv
import json
import logging
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from lhu_effect.cli import main

CANARY = ("Kanariefågel", "20080412-1239", "kanarie@example.org", "jag vill inte svara för kanariefåglar")
STUDY = """[study]
id = "elever"
title = { sv = "Elever", en = "Pupils" }
municipality = "0486"
extracts = ["extracts/"]
district_basis = "school"
mapping = "MAPPING"

[[wave]]
year = 2017
field_start = 2017-02-01
field_end = 2017-03-31
[[wave]]
year = 2020
field_start = 2020-01-20
field_end = 2020-03-06

[[promise]]
id = "2018"
title = { sv = "Löfte", en = "Promise" }
start = 2018-02-01
end = 2019-12-31
districts = "all"
themes = ["drugs"]
primary = ["narcotics_ever", "narcotics_12_months"]
headline = "indicators"
expected = { sv = "Färre som använder narkotika.", en = "Fewer who use narcotics." }
reported_by = { sv = "kommunen", en = "the municipality" }
source = "https://example.org"
[[promise.commitment]]
number = 1
text = { sv = "Insatser mot narkotika", en = "Action against drugs" }
status = "delivered"
indicators = ["narcotics_ever"]
source = "https://example.org"

# answer codes flip between the waves, and 12 months is asked only of those who have used (base: everyone)
[[codebook]]
indicator = "narcotics_ever"
wave = 2017
variable = "F46"
yes = ["1"]
no = ["2"]
missing = ["9"]
[[codebook]]
indicator = "narcotics_ever"
wave = 2020
variable = "F46"
yes = ["2"]
no = ["1"]
missing = ["9"]
[[codebook]]
indicator = "narcotics_12_months"
wave = 2017
variable = "F47"
yes = ["1"]
no = ["2", "F46=2"]
missing = ["9"]
# the question was split into two in 2020: within 30 days, and before that
[[codebook]]
indicator = "narcotics_12_months"
wave = 2020
variable = "F47a"
yes = ["1", "F47b=1"]
no = ["2", "F46=1"]
missing = ["9"]
[codebook.keys]
year = "ar"
municipality = "kommun"
district = "del"
grade = "ak"
sex = "kon"
school = "skola"
class = "klass"
"""
TOML = '[district]\n"Mfred C" = "mariefred"\n[sex]\n"1" = "girl"\n"2" = "boy"\n'
SHEET = [["Text", "Id", "Slag"], ["Mfred C", "mariefred", "kommundel"], [1, "girl", "kön"], [2, "boy", "kön"]]
NAMES = [
    "ar",
    "kommun",
    "del",
    "ak",
    "kon",
    "skola",
    "klass",
    "F46",
    "F47",
    "F47a",
    "F47b",
    "fritext",
    "elev",
    "pnr",
    "epost",
]


def pupils(seed: int = 7) -> list[dict[str, Any]]:
    """900 invented pupils; every one carries a canary."""
    pick = random.Random(seed)
    made = []
    for number in range(900):
        year = pick.choice([2017, 2020])
        town = pick.choice(["Strängnäs", "Strängnäs", "Trosa", "Gnesta", "Flen", "Vingåker"])
        used = pick.random() < 0.2
        silent = pick.random() < 0.05
        recent = used and pick.random() < 0.5
        flips = {2017: (1, 2), 2020: (2, 1)}[year]
        row: dict[str, Any] = dict.fromkeys(NAMES)
        row |= {
            "ar": year,
            "kommun": town,
            "del": pick.choice(["Mfred C", "Strängnäs tätort"]) if town == "Strängnäs" else None,
            "ak": pick.choice(["Åk 7", "Åk 9"]),
            "kon": pick.choice([1, 2]),
            "skola": f"Skola {town} {number % 3}",
            "klass": f"{number % 3}{pick.choice('AB')}",
            "F46": 9 if silent else flips[0] if used else flips[1],
            "fritext": CANARY[3],
            "elev": f"{CANARY[0]} {number}",
            "pnr": CANARY[1],
            "epost": CANARY[2],
        }
        if used and not silent:
            if year == 2017:
                row["F47"] = 1 if recent else 2
            else:
                row["F47a"] = 1 if recent and number % 2 else 2
                row["F47b"] = 1 if recent and not number % 2 else 2
        made.append(row)
    return made


def by_hand(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], tuple[int, int]]:
    """(year, municipality code, district, grade, sex, indicator) -> (n, k), the slow way."""
    codes = {"Strängnäs": "0486", "Trosa": "0488", "Gnesta": "0461", "Flen": "0482", "Vingåker": "0428"}
    n: Counter[tuple[Any, ...]] = Counter()
    k: Counter[tuple[Any, ...]] = Counter()
    for r in rows:
        yes = {2017: 1, 2020: 2}[r["ar"]]
        if r["F46"] == 9:
            continue
        used = r["F46"] == yes
        recent = r["F47"] == 1 or r["F47a"] == 1 or r["F47b"] == 1
        part = {"Mfred C": "mariefred", "Strängnäs tätort": "strangnas", None: None}[r["del"]]
        for district in filter(None, ("all", part)):
            for sex in ("all", {1: "girl", 2: "boy"}[r["kon"]]):
                for indicator, answer in (("narcotics_ever", used), ("narcotics_12_months", recent)):
                    grade = {"Åk 7": "ak7", "Åk 9": "ak9"}[r["ak"]]
                    key = (str(r["ar"]), codes[r["kommun"]], district, grade, sex, indicator)
                    n[key] += 1
                    k[key] += answer
    return {key: (n[key], k[key]) for key in n}


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    whole = ("ar", "kon", "F46", "F47", "F47a", "F47b")
    return pl.DataFrame(rows, schema={c: pl.Int64 if c in whole else pl.String for c in NAMES})


def _xlsx(path: Path, rows: list[list[Any]]) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def _sav(f: pl.DataFrame, path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    labels = {"F46": {1: "Ett", 2: "Två", 9: "Ej svar"}}
    pyreadstat.write_sav(f.to_pandas(), path, variable_value_labels=labels, missing_ranges={"F46": [9]})


def _dta(f: pl.DataFrame, path: Path) -> None:
    pytest.importorskip("pyreadstat").write_dta(f.to_pandas(), path, version=14)


WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    "a.sav": _sav,
    "a.dta": _dta,
    "a.parquet": lambda f, p: f.write_parquet(p),
    "a.xlsx": lambda f, p: _xlsx(p, [f.columns, *map(list, f.rows())]),
    "a.csv": lambda f, p: f.write_csv(p, separator=";"),
}


def study(folder: Path, file: str, mapping: str = "mapping.toml") -> Path:
    (folder / "extracts").mkdir(parents=True)
    (folder / "study.toml").write_text(STUDY.replace("MAPPING", mapping), encoding="utf-8")
    if mapping.endswith(".toml"):
        (folder / mapping).write_text(TOML, encoding="utf-8")
    else:
        _xlsx(folder / mapping, SHEET)
    WRITERS[file](frame(pupils()), folder / "extracts" / file)
    return folder


def no_canary(*texts: str) -> None:
    for text in texts:
        for bird in (*CANARY, "kanarie", "200804121239"):
            assert bird.casefold() not in text.casefold(), bird


@pytest.mark.parametrize(
    ("file", "mapping"), [(f, "mapping.toml") for f in WRITERS] + [("a.parquet", "mapping.xlsx")]
)
def test_check_and_import_give_what_counting_by_hand_gives(
    tmp_path: Path, file: str, mapping: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    folder, out, report = study(tmp_path / "s", file, mapping), tmp_path / "ut.csv", tmp_path / "r.json"
    html = tmp_path / "r.html"
    run = CliRunner()
    checked = run.invoke(main, ["check", str(folder), "--report", str(report), "--html", str(html)])
    assert checked.exit_code == 0, checked.output
    made = run.invoke(main, ["import", str(folder), "--out", str(out)])
    assert made.exit_code == 0, made.output
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    ids = ("year", "municipality", "district", "grade", "sex", "indicator")
    read = {tuple(r[c] for c in ids): (int(r["n"]), int(r["k"])) for r in rows if not r["school"] and r["n"]}
    assert read == by_hand(pupils())
    totals = json.loads(report.read_text("utf-8"))["totals"]
    filled = sum(r[c] is not None for r in pupils() for c in NAMES[:11])  # the other columns are never read
    blanks = 900 - sum(r["del"] is not None for r in pupils())  # SPSS and Stata keep empty texts as texts
    assert totals["cells_in"] == filled + (blanks if file in ("a.sav", "a.dta") else 0)
    assert totals["cells_in"] == sum(totals[f"cells_{x}"] for x in ("used", "rejected", "ignored"))
    no_canary(
        checked.output, made.output, caplog.text,
        *(p.read_text("utf-8") for p in (out, report, html)),
    )  # fmt: skip


@pytest.mark.parametrize("file", ["a.sav", "a.xlsx"])
def test_build_makes_a_page_without_a_pupil(tmp_path: Path, file: str) -> None:
    folder, page = study(tmp_path / "s", file), tmp_path / "sida.html"
    built = CliRunner().invoke(main, ["build", str(folder), "--out", str(page)])
    assert built.exit_code == 0, built.output
    no_canary(built.output, page.read_text("utf-8"))
    assert "Trosa" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("F46", 3, "3"),  # an answer the codebook does not know
        ("ak", "Åk 12", "Åk 12"),
    ],
)
def test_a_fault_among_pupils_names_the_variable_and_no_pupil(
    tmp_path: Path, column: str, value: object, said: str
) -> None:
    folder, page = study(tmp_path / "s", "a.parquet"), tmp_path / "sida.html"
    rows = pupils()
    rows[17][column] = value
    frame(rows).write_parquet(folder / "extracts" / "a.parquet")
    run = CliRunner()
    for command in (["build", str(folder), "--out", str(page)], ["check", str(folder)]):
        refused = run.invoke(main, command)
        assert refused.exit_code == 1
        assert "a.parquet" in refused.output
        assert column in refused.output
        assert said in refused.output
        no_canary(refused.output)
    assert not page.exists()


def test_without_a_codebook_the_file_is_refused_and_nobody_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    WRITERS["a.xlsx"](frame(pupils()), path)
    for command in ("check", "build"):
        more = ["--out", str(tmp_path / "x.html")] if command == "build" else []
        refused = CliRunner().invoke(main, [command, str(path), "--municipality", "0486", *more])
        assert refused.exit_code == 1
        no_canary(refused.output)


def test_pupils_in_a_wave_without_questions_are_said_to_be_left_out(tmp_path: Path) -> None:
    folder = study(tmp_path / "s", "a.parquet")
    rows = pupils()
    for row in rows[:3]:
        row["ar"] = 2018
    frame(rows).write_parquet(folder / "extracts" / "a.parquet")
    checked = CliRunner().invoke(main, ["check", str(folder)])
    assert checked.exit_code == 0, checked.output
    assert "3 elever har 2018 i kolumnen ar, men kodboken har frågor bara för 2017, 2020" in checked.output
    no_canary(checked.output)
