"""A study's own spellings: taught by TOML or by a sheet, wrong ones named with their line or cell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from lhu_effect.errors import InputError
from lhu_effect.study import Study
from lhu_effect.survey.mapping import read_mapping
from tests.survey.by_hand import cells, csv, home, read, rules

ROWS = [
    ["År", "Kommun", "Kommundel", "Årskurs", "Kön", "Fråga", "Antal svar", "Andel (%)"],
    [2020, "Striängnääs", "Mfred", "Nionde", 1, "Testat knark nån gång", 100, 10],
    [2020, "Striängnääs", "Mfred", "Nionde", 2, "Testat knark nån gång", 100, 12],
    [2020, "Xköping", "Mfred", "Nionde", 2, "Testat knark nån gång", 100, 12],
    [2020, "Striängnääs", "Mfred", "Nionde", 2, "En annan fråga", 100, 12],
]
TOML = """[indicator]
"Testat knark nån gång" = "narcotics_ever"
[place]
"Striängnääs" = "0486"
[district]
"Mfred" = "mariefred"
[grade]
"Nionde" = "ak9"
[sex]
"1" = "girl"
"2" = "boy"
"""
SHEET: list[list[object]] = [
    ["Text", "Id", "Slag"],
    ["Testat knark nån gång", "narcotics_ever", "fråga"],
    ["Striängnääs", 486, "kommun"],
    ["Mfred", "mariefred", "kommundel"],
    ["Nionde", "ak9", None],
    [1, "girl", "kön"],
    [2, "boy", "sex"],
]


def taught(folder: Path, name: str, body: str | list[list[object]]) -> Study:
    if isinstance(body, str):
        (folder / name).write_text(body, encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for row in body:
            book.active.append(row)
        book.save(folder / name)
    return replace(home(), folder=folder, mapping=name)


@pytest.mark.parametrize(("name", "body"), [("mapping.toml", TOML), ("mapping.xlsx", SHEET)])
def test_what_is_taught_is_read_and_the_rest_is_asked_about(
    tmp_path: Path, name: str, body: str | list[list[object]]
) -> None:
    study = taught(tmp_path, name, body)
    survey = read(csv(tmp_path / "a.csv", ROWS), study=study)
    key = (2020, "0486", "mariefred", "ak9")
    found = cells(survey, "percent")
    assert found[*key, "girl", "narcotics_ever"] == (10.0,)
    assert found[*key, "boy", "narcotics_ever"] == (12.0,)
    assert len(found) == 2
    assert rules(survey).count("unknown_label") == 2
    assert {u["text"] for u in survey.report["unmapped"]} == {"Xköping", "En annan fråga"}


@pytest.mark.parametrize(
    ("body", "rule", "line"),
    [
        (TOML.replace('"mariefred"', '"marifred"'), "survey.mapping_unknown_id", 6),
        (TOML.replace("[grade]", "[klass]"), "survey.mapping_unknown_kind", 7),
        (TOML + '"1" = "boy"\n', "survey.bad_mapping", 12),
        (TOML + "[x", "survey.bad_mapping", 12),
        (TOML + '[municipality]\n"STRIÄNGNÄÄS" = "0428"\n', "files.mapping_twice", 13),
        (TOML.replace('= "ak9"', '= "boy"'), "survey.mapping_unknown_id", 8),
    ],
)
def test_what_is_taught_wrong_is_named_with_its_line(tmp_path: Path, body: str, rule: str, line: int) -> None:
    with pytest.raises(InputError) as fault:
        read_mapping(taught(tmp_path, "mapping.toml", body))
    assert (fault.value.rule, fault.value.line) == (rule, line), fault.value.message("sv")
    assert fault.value.message("sv").startswith(f"mapping.toml, rad {line}")


@pytest.mark.parametrize(
    ("row", "rule", "cell"),
    [
        (["x", "marifred", "kommundel"], "survey.mapping_unknown_id", "B8"),
        (["x", "mariefred", "komundel"], "survey.mapping_unknown_kind", "C8"),
        (["mfred", "aker", "kommundel"], "files.mapping_twice", "B8"),
    ],
)
def test_what_a_sheet_teaches_wrong_is_named_with_its_cell(
    tmp_path: Path, row: list[object], rule: str, cell: str
) -> None:
    with pytest.raises(InputError) as fault:
        read_mapping(taught(tmp_path, "mapping.xlsx", [*SHEET, row]))
    assert (fault.value.rule, fault.value.cell) == (rule, cell), fault.value.message("sv")
