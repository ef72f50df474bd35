"""A new study folder reads as a study, and its workbook, filled in, reads back."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook

from lhu_effect.errors import UsageError
from lhu_effect.study import load_study, parse_study
from lhu_effect.survey import read_survey
from lhu_effect.writers.files import write_all
from lhu_effect.writers.scaffold import new_study_files


def test_the_packaged_promises_come_along() -> None:
    study = parse_study(new_study_files()["study.toml"])
    assert study.promises == load_study().promises
    assert "påhittade" not in new_study_files()["study.toml"].decode().split("[study]")[0]


@pytest.mark.parametrize("source", ["0484", "Eskilstuna", "0488", "0180"])
def test_other_municipalities_come_from_the_register(source: str) -> None:
    study = parse_study(new_study_files(source)["study.toml"])
    assert len(study.promises) == {"0484": 3, "0488": 0, "0180": 0}[study.municipality]


def test_an_unknown_source_is_wrong_use() -> None:
    with pytest.raises(UsageError):
        new_study_files("narnia")


def test_same_bytes_again() -> None:
    assert new_study_files() == new_study_files()


def test_the_template_filled_in_reads_back(tmp_path: Path) -> None:
    files = new_study_files()
    book = load_workbook(io.BytesIO(files["mall.xlsx"]))
    assert book.sheetnames == ["Data", "Förklaring"]
    data, lists = book["Data"], book["Förklaring"]
    assert len(data.data_validations.dataValidation) == 7
    heads = next(
        [c.value for c in row]
        for row in lists.iter_rows()
        if [c.value for c in row][:2] == ["Kommun", "Kommundel"]
    )
    start = next(r for r in range(1, 30) if lists.cell(r, 1).value == "Kommun") + 1
    choices = {
        head: [lists.cell(r, c).value for r in range(start, 60) if lists.cell(r, c).value]
        for c, head in enumerate(heads, start=1)
    }
    whole = choices["Kommundel"][0]  # most of its pupils answer, else the survey says how few did
    rows = [
        (2020, "Strängnäs", district, grade, sex, question, 12.5, 400 if district == whole else 80)
        for district in choices["Kommundel"]
        for grade in choices["Årskurs"]
        for sex in choices["Kön"]
        for question in choices["Fråga"]
    ]
    for y, row in enumerate(rows, start=2):
        for x, value in enumerate(row, start=1):
            data.cell(y, x, value)
    filled = io.BytesIO()
    book.save(filled)
    write_all(
        {tmp_path / "study.toml": files["study.toml"], tmp_path / "extracts" / "mall.xlsx": filled.getvalue()}
    )
    by_home = replace(load_study(tmp_path), district_basis="home")  # the lists offer Gy 2 in every kommundel
    survey = read_survey(by_home)
    assert survey.issues.is_empty()
    cells = survey.cube.frame.filter(pl.col("municipality") == "0486")
    assert cells.height == len(rows) == 5 * 3 * 4 * 18
    assert dict(cells.group_by("k").len().iter_rows()) == {50: 3 * 4 * 18, 10: 4 * 3 * 4 * 18}
    assert set(cells["district"]) == {"all", "strangnas", "mariefred", "aker", "stallarholmen"}


def test_every_choice_of_the_lists_is_in_reach(tmp_path: Path) -> None:
    """The drop-downs point at exactly the cells that hold the choices."""
    book = load_workbook(io.BytesIO(new_study_files()["mall.xlsx"]))
    lists = book["Förklaring"]
    for check in book["Data"].data_validations.dataValidation:
        if check.type != "list":
            continue
        area = check.formula1.split("!")[1].replace("$", "")
        cells = [row[0].value for row in lists[area]]
        assert all(cells), area
        below = lists[area][-1][0].offset(1, 0).value
        assert below is None, area
