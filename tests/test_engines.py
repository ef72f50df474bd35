"""The same pupils in any engine give the same effects, verdicts and refusals: nothing but the counting happens there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

import lhu_effect as lhu
from lhu_effect.study import CodebookEntry
from lhu_effect.writers.microdata import KEYS, coded, variables

ASKED = ("narcotics_12_months", "easy_to_get_narcotics")
WAVES = (2017, 2020, 2023)


def in_duckdb(frame: pl.DataFrame) -> Any:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    return duckdb.from_arrow(frame.to_arrow())


def in_spark(frame: pl.DataFrame) -> Any:
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed")
    if shutil.which("java") is None:
        pytest.skip("no Java on this machine: PySpark cannot run")
    session = sql.SparkSession.builder.master("local[1]")
    for key, value in {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1"}.items():
        session = session.config(key, value)
    types = {pl.Int64: "bigint", pl.String: "string", pl.Float64: "double"}
    schema = ", ".join(f"{name} {types[dtype.base_type()]}" for name, dtype in frame.schema.items())
    return session.getOrCreate().createDataFrame(frame.rows(), schema)


ENGINES: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars lazy, streaming": lambda f: f.lazy(),
    "pandas": lambda f: f.to_pandas(),
    "pyarrow": lambda f: f.to_arrow(),
    "duckdb": in_duckdb,
    "pyspark": in_spark,
}


@pytest.fixture(scope="module")
def study() -> lhu.Study:
    known = lhu.open_study()
    named = variables(ASKED)
    book = tuple(
        CodebookEntry(i, y, v, yes=("1",), no=("2",), missing=("9",)) for i, v in named.items() for y in WAVES
    )
    return replace(known, codebook=book, codebook_keys=KEYS, sources=())


@pytest.fixture(scope="module")
def pupils(study: lhu.Study) -> pl.DataFrame:
    rows = lhu.simulate(lhu.open_study(), seed=3).records()
    near = ["0486", "0484", "0480", "0482", "0483"]
    return coded(
        rows.filter(pl.col("year").is_in(WAVES), pl.col("municipality").is_in(near)), study.registry, ASKED
    )


def answers(cube: lhu.Cube, study: lhu.Study, estimator: str | None) -> pl.DataFrame:
    return lhu.estimate_effects(cube, study, estimator=estimator, with_checks=False).rows


@pytest.fixture(scope="module")
def here(pupils: pl.DataFrame, study: lhu.Study) -> dict[str | None, pl.DataFrame]:
    cube = lhu.count_records(pupils, study)
    made = {name: answers(cube, study, name) for name in (None, "school_cr2")}
    assert all(rows["estimate"].drop_nulls().len() > 10 for rows in made.values())
    return made


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same_effects(
    engine: str, pupils: pl.DataFrame, study: lhu.Study, here: dict[str | None, pl.DataFrame]
) -> None:
    cube = lhu.count_records(ENGINES[engine](pupils), study)
    for estimator, expected in here.items():
        assert answers(cube, study, estimator).equals(expected, null_equal=True), estimator
