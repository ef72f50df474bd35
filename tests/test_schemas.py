"""The published JSON schemas against what the program writes, and against what it must never write."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from lhu_effect import pipeline
from lhu_effect.disclosure.published import page_data

sys.path.insert(0, str(Path(__file__).parent / "disclosure"))
from town import extract, write_study

SCHEMAS = Path(__file__).parents[1] / "docs" / "schemas"


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    odd = "2020;Strängnäs;Totalt;Åk 9;Totalt;Något annat;10;100\n"
    odd += "2020;Gnesta;Totalt;Åk 9;Totalt;Använt narkotika någon gång;<5;100\n"
    return write_study(tmp_path_factory.mktemp("schemas") / "study", extract() + odd)


@pytest.fixture(scope="module")
def data(study: Path) -> dict[str, Any]:
    return dict(page_data(pipeline.page(pipeline.analyse(pipeline.find_inputs([study])))))


def test_a_report_keeps_to_its_schema(study: Path, tmp_path: Path):
    from lhu_effect import cli

    out = tmp_path / "report.json"
    CliRunner().invoke(cli.main, ["check", str(study), "--report", str(out)])
    report = json.loads(out.read_text("utf-8"))
    assert list(validator("report").iter_errors(report)) == []
    totals = report["totals"]
    assert totals["cells_in"] == sum(totals[k] for k in ("cells_used", "cells_rejected", "cells_ignored"))
    del report["totals"]["cells_used"]
    assert not validator("report").is_valid(report)


def test_a_page_keeps_to_its_schema(data: dict[str, Any]):
    assert [e.message[:200] for e in validator("page").iter_errors(data)] == []


def test_the_schema_refuses_a_masked_row_with_a_number(data: dict[str, Any]):
    leaky = copy.deepcopy(data)
    row = next(r for r in leaky["cells"]["rows"] if r[6] == "masked")
    row[7] = 30
    assert not validator("page").is_valid(leaky)


def test_the_schema_refuses_a_new_part_that_no_audit_knows(data: dict[str, Any]):
    more = copy.deepcopy(data)
    more["charts"]["levels"] = []
    assert not validator("page").is_valid(more)


def test_the_schema_knows_other_sources_and_refuses_a_hidden_one_with_a_number() -> None:
    from lhu_effect.dashboard.other_sources import present_other
    from lhu_effect.dashboard.payload_other import other_payload
    from tests.dashboard import other_sample

    schema = json.loads((SCHEMAS / "page.schema.json").read_text("utf-8"))
    part = jsonschema.Draft202012Validator(schema["properties"]["charts"]["properties"]["other"])
    made = other_payload(present_other(other_sample.shown()))
    assert made is not None
    assert [e.message[:200] for e in part.iter_errors(json.loads(json.dumps(made)))] == []
    hidden = next(r for s in made["shown"]["sources"] for r in s["rows"] if r[5] == "masked")
    hidden[6] = 3.0
    assert not part.is_valid(made)
    assert part.is_valid(None)
