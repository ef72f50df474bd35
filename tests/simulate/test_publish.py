"""Published extracts read back as the survey they were made from, and data/ is what the simulator makes."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lhu_effect.errors import UsageError
from lhu_effect.simulate import demo_extracts, published_files, simulate
from lhu_effect.study import load_study
from lhu_effect.study.model import Study
from lhu_effect.survey import read_survey
from lhu_effect.survey.cube import Cube
from lhu_effect.writers.files import write_all
from lhu_effect.writers.microdata import microdata_bytes
from lhu_effect.writers.published import Rules

ROOT = Path(__file__).parents[2]
KEY = ["year", "municipality", "district", "grade", "sex", "indicator"]
FEW: dict[str, Any] = {
    "indicators": ("easy_to_get_narcotics", "safe_neighbourhood_evening"),
    "years": (2017, 2020, 2023),
    "municipalities": ("0428", "0486", "0488"),
}


def test_the_default_extracts_are_seed_one() -> None:
    made = published_files(load_study(), 1, "demo")
    there = {p.relative_to(ROOT / "data").as_posix(): p for p in (ROOT / "data").rglob("*") if p.is_file()}
    assert sorted(there) == sorted(made)
    for name, data in made.items():
        assert there[name].read_bytes() == data, name


def test_the_demo_needs_no_folder() -> None:
    assert set(demo_extracts(load_study())) == {p.name for p in (ROOT / "data" / "extracts").iterdir()}


def test_the_default_extracts_are_small() -> None:
    assert sum(p.stat().st_size for p in (ROOT / "data").rglob("*") if p.is_file()) < 3_000_000


def _read_back(study: Study, folder: Path, layout: str, **how: Any) -> tuple[Study, Cube]:
    files = published_files(study, 3, layout, **how, **FEW)
    write_all({folder / name: data for name, data in files.items()})
    survey = read_survey(load_study(folder))
    assert survey.synthetic
    assert survey.issues.filter(pl.col("severity") == "error").is_empty()
    return load_study(folder), survey.cube


@pytest.mark.parametrize("layout", ["wide", "long", "demo"])
def test_published_tables_read_back(tmp_path: Path, layout: str) -> None:
    study = load_study()
    truth = simulate(study, 3, **FEW).cube.frame
    _, cube = _read_back(study, tmp_path, layout)
    read = cube.frame.filter(pl.col("municipality") != "04")
    both = truth.join(read, on=KEY, suffix="_read", how="left")
    assert both["status_read"].null_count() == 0
    assert both.filter(pl.col("k_low_read") > pl.col("k")).is_empty()
    assert both.filter(pl.col("k_high_read") < pl.col("k")).is_empty()
    seen = both.filter(pl.col("status_read") == "observed")
    assert (seen["n_read"] == seen["n"]).all()
    assert seen.height > 0.6 * both.height
    masked = both.filter(pl.col("status_read") == "masked")
    assert masked["k"].max() < 5  # type: ignore[operator]
    assert masked["percent_read"].null_count() == masked.height


def test_the_county_is_the_sum_of_its_municipalities(tmp_path: Path) -> None:
    _, cube = _read_back(load_study(), tmp_path, "long")
    county = cube.filter(municipality="04", sex="all", grade="ak9", year=2020).frame
    truth = simulate(load_study(), 3, **FEW).cube.filter(district="all", sex="all", grade="ak9", year=2020)
    n = truth.frame.group_by("indicator").agg(pl.col("n").sum()).sort("indicator")["n"]
    assert county.sort("indicator")["n"].to_list() == n.to_list()


@pytest.mark.parametrize("records", ["csv", "parquet", "sav"])
def test_microdata_read_back_exactly(tmp_path: Path, records: str) -> None:
    if records == "sav":
        pytest.importorskip("pyreadstat")
    study = load_study()
    truth = simulate(study, 3, **FEW).cube.frame
    _, cube = _read_back(study, tmp_path, "microdata", records=records)
    read = cube.frame.filter(pl.col("school").is_null(), pl.col("n") > 0)
    both = truth.join(read, on=KEY, suffix="_read", how="full")
    assert both["n"].null_count() == both["n_read"].null_count() == 0
    assert (both["n"] == both["n_read"]).all()
    assert (both["k"] == both["k_read"]).all()


def test_truth_stands_beside() -> None:
    files = published_files(load_study(), 3, "long", **FEW)
    truth = pl.read_csv(files["truth.csv"], schema_overrides={"municipality": pl.String})
    planted = truth.filter(
        pl.col("log_odds_ratio") != 0, pl.col("district") == "all", pl.col("grade") == "ak9_gy2"
    )
    assert planted.select("year", "municipality", "indicator").rows() == [
        (2023, "0486", "easy_to_get_narcotics")
    ]
    assert -0.72 < planted["log_odds_ratio"][0] < -0.64


def test_other_folders_and_layouts() -> None:
    study = replace(load_study(), extracts=("from_region/",))
    assert "from_region/lhu_sormland_2023.csv" in published_files(study, 1, "long", **FEW)
    study = replace(load_study(), extracts=("one.xlsx", "more"))
    assert "more/lhu_sormland_2023.csv" in published_files(study, 1, "long", **FEW)
    with pytest.raises(UsageError):
        published_files(study, 1, "tall")


def test_without_bases_no_n_is_printed(tmp_path: Path) -> None:
    _, cube = _read_back(load_study(), tmp_path, "wide", rules=Rules(decimals=1, only_percent=True))
    there = cube.frame.filter(pl.col("status") != "missing")
    assert there["n"].null_count() == there.height
    assert cube.frame.filter(pl.col("municipality") == "0486")["percent"].is_not_null().any()


def test_a_sav_file_has_the_same_bytes_on_another_day() -> None:
    pytest.importorskip("pyreadstat")
    rows = pl.DataFrame({"ar": [2023, 2023], "kon": ["Flickor", "Pojkar"], "F01": [1, 2]})
    first = microdata_bytes(rows, "sav", {"F01": "Fråga"})
    time.sleep(1.1)
    assert microdata_bytes(rows, "sav", {"F01": "Fråga"}) == first
