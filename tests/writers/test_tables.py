"""The import table has the contract's columns in every format, and the same bytes again."""

from __future__ import annotations

import io

import polars as pl
import pytest
from openpyxl import load_workbook

from lhu_effect.errors import UsageError
from lhu_effect.survey.cube import CUBE_SCHEMA, as_cube
from lhu_effect.writers import IMPORT_COLUMNS, import_table, table_bytes, tables_workbook
from lhu_effect.writers.published import round_percent

CONTRACT = (
    "year,municipality,district,school,grade,sex,indicator,n,n_low,n_high,k,k_low,k_high,percent,status,flags,"
    "file,sheet,cell"
)


@pytest.fixture
def frame() -> pl.DataFrame:
    rows = {
        "year": [2020, 2023],
        "municipality": ["0486", "0482"],
        "district": ["aker", "all"],
        "grade": ["ak9", "ak9"],
        "sex": ["all", "all"],
        "indicator": ["narcotics_ever", "narcotics_ever"],
        "organiser": [False, True],
        "n": [41, None],
        "k": [6, None],
        "percent": [14.6, None],
        "status": ["observed", "masked"],
        "flags": ["", "rounded"],
        "file": ["=cmd.xlsx", "b.csv"],
    }
    return as_cube(pl.DataFrame(rows)).frame


def test_the_columns_are_the_contracts(frame: pl.DataFrame) -> None:
    assert ",".join(IMPORT_COLUMNS) == CONTRACT
    assert set(IMPORT_COLUMNS) == set(CUBE_SCHEMA) - {"organiser"}
    assert import_table(frame, "csv").decode().split("\n")[0] == CONTRACT


def test_csv(frame: pl.DataFrame) -> None:
    lines = import_table(frame, "csv").decode().splitlines()
    assert lines[1] == "2020,0486,aker,,ak9,all,narcotics_ever,41,,,6,,,14.6,observed,,'=cmd.xlsx,,"
    assert lines[2] == "2023,0482,all,,ak9,all,narcotics_ever,,,,,,,,masked,organiser rounded,b.csv,,"


def test_parquet_and_xlsx_hold_the_same(frame: pl.DataFrame) -> None:
    parquet = pl.read_parquet(io.BytesIO(import_table(frame, ".parquet")))
    assert tuple(parquet.columns) == IMPORT_COLUMNS
    sheet = load_workbook(io.BytesIO(import_table(frame, "xlsx")))["import"]
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    assert tuple(rows[0]) == IMPORT_COLUMNS
    assert [[v or None for v in row] for row in rows[1:]] == [
        [v or None for v in row] for row in parquet.rows()
    ]


@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx"])
def test_same_bytes_again(frame: pl.DataFrame, suffix: str) -> None:
    assert import_table(frame, suffix) == import_table(frame, suffix)


def test_unknown_format(frame: pl.DataFrame) -> None:
    with pytest.raises(UsageError, match="csv, parquet, xlsx"):
        import_table(frame, "ods")


def test_infinities_are_words_in_tables() -> None:
    frame = pl.DataFrame({"low": [float("-inf"), 0.1], "high": [float("inf"), None]})
    assert table_bytes(frame, "csv").decode() == "low,high\n-inf,inf\n0.1,\n"
    sheet = load_workbook(io.BytesIO(tables_workbook({"e": frame, "checks": frame})))
    assert sheet.sheetnames == ["e", "checks"]
    assert [c.value for c in sheet["e"][2]] == ["-inf", "inf"]


@pytest.mark.parametrize(
    ("k", "n", "decimals", "percent"),
    [
        (1, 8, 0, 13.0),
        (1, 200, 0, 1.0),
        (1, 3, 1, 33.3),
        (2, 3, 0, 67.0),
        (5, 1000, 1, 0.5),
        (0, 7, 1, 0.0),
        (7, 7, 0, 100.0),
    ],
)
def test_per_cents_round_half_up_as_spreadsheets_do(k: int, n: int, decimals: int, percent: float) -> None:
    assert round_percent(k, n, decimals) == percent
