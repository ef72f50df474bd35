"""The same records counted by PySpark in local mode give the same cube, to the last integer."""

from __future__ import annotations

import random
import shutil

import polars as pl
import pytest

from lhu_effect.definitions import load_registry
from lhu_effect.effects.sample_design import sample_shares
from lhu_effect.study.model import CodebookEntry, Study
from lhu_effect.survey.microdata import count_records

pyspark = pytest.importorskip("pyspark.sql", reason="PySpark is not installed")
if shutil.which("java") is None:
    pytest.skip("no Java on this machine: PySpark cannot run", allow_module_level=True)

KEYS = {"year": "ar", "municipality": "kommun", "grade": "ak", "sex": "kon", "school": "skola", "weight": "w"}
BOOK = (
    CodebookEntry("narcotics_ever", 2020, "F46", yes=("2",), no=("1",), missing=("9",)),
    CodebookEntry("narcotics_ever", 2023, "F46", yes=("1",), no=("2",), missing=("9",)),
    CodebookEntry("narcotics_12_months", 2023, "F47", yes=("Ja",), no=("Nej", "F46=2"), missing=("Ej svar",)),
)
SCHEMA = {
    "ar": (pl.Int64, "bigint"),
    "kommun": (pl.String, "string"),
    "ak": (pl.String, "string"),
    "kon": (pl.String, "string"),
    "skola": (pl.String, "string"),
    "F46": (pl.Int64, "bigint"),
    "F47": (pl.String, "string"),
    "w": (pl.Float64, "double"),
}


def test_spark_counts_as_polars_does() -> None:
    pick = random.Random(7)
    rows = [
        (
            pick.choice([2020, 2023]),
            pick.choice(["Strängnäs", "Trosa"]),
            pick.choice(["Åk 9", "Gy 2"]),
            pick.choice(["Flicka", "Pojke", None]),
            pick.choice(["A", "B", None]),
            pick.choice([1, 2, 9, None]),
            pick.choice(["Ja", "nej ", "Ej svar", None]),
            pick.choice([0.5, 1.0, 2.25]),
        )
        for _ in range(400)
    ]
    here = pl.DataFrame(rows, schema={n: t for n, (t, _) in SCHEMA.items()}, orient="row")
    session = pyspark.SparkSession.builder.master("local[1]")
    for key, value in {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1"}.items():
        session = session.config(key, value)
    there = session.getOrCreate().createDataFrame(rows, ", ".join(f"{n} {t}" for n, (_, t) in SCHEMA.items()))
    for keys in (KEYS, {k: v for k, v in KEYS.items() if k != "weight"}):
        study = Study("0486", load_registry(), codebook=BOOK, codebook_keys=keys)
        counted = count_records(there, study).frame
        assert counted.equals(count_records(here, study).frame)
        assert counted.filter(status="observed").height > 20
    drawn = {
        "yes": ["2"],
        "no": ["1"],
        "missing": ["9"],
        "weights": "w",
        "strata": "kommun",
        "ids": "ak",
        "by": "ar",
    }
    one, other = (sample_shares(frame, "F46", **drawn).rows for frame in (here, there))
    assert other["ar", "n", "df"].equals(one["ar", "n", "df"])
    assert other["std_error"].to_list() == pytest.approx(one["std_error"].to_list(), rel=1e-12)
