"""docs/data.md is run: the table it asks for reads, the sidecar is one, and every table of the study file is named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import polars as pl

from lhu_effect.study import load_study
from lhu_effect.study.schema import study_schema
from lhu_effect.survey import read_survey

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


def test_the_shape_that_is_asked_for_reads(tmp_path: Path) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith(("| År |", "| 2023 |"))]
    table = "\n".join(";".join(cell.strip() for cell in row.strip("| ").split("|")) for row in rows)
    (tmp_path / "e.csv").write_text(f"{table}\n;\n.. = färre än 5 svar\n", encoding="utf-8")
    survey = read_survey(load_study(), [tmp_path / "e.csv"])
    cells = survey.cube.frame.select("district", "grade", "indicator", "n", "k", "status")
    assert cells.sort("district").rows() == [
        ("all", "ak9", "narcotics_ever", 413, 22, "observed"),
        ("mariefred", "ak9", "narcotics_ever", 108, None, "masked"),
    ]
    assert survey.cube.frame.filter(pl.col("status") == "masked")["k_high"].to_list() == [4]


def test_the_sidecar_that_is_shown_is_one() -> None:
    shown = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    assert tomllib.loads(shown[1])["synthetic"] is False


def test_every_table_of_the_study_file_is_named() -> None:
    missing = [name for name in study_schema()["properties"] if f"[{name}]" not in PAGE]
    assert missing == []


def test_the_letter_asks_for_every_outcome_theme() -> None:
    letter = PAGE[PAGE.index("**Ämne") : PAGE.index("Do not ask for a list")]
    for word in ("narkotika", "cannabis", "dopning", "berusad", "snusar", "trygg", "hot", "våld", "rån"):
        assert word in letter
