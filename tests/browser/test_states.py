"""In the filter states of `states` a page shows and gives away only numbers that the audit has read from its data."""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import pytest

from lhu_effect import pipeline
from lhu_effect.disclosure import audit
from lhu_effect.disclosure.published import page_text, read_page
from tests.browser.conftest import OpenPage

sys.path += [str(Path(__file__).parents[1] / "benchmarks"), str(Path(__file__).parents[1] / "disclosure")]
from states import WALK, files, not_in_tables, not_read, states
from town import write_study


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of a town whose smallest district must be hidden."""
    folder = tmp_path_factory.mktemp("states")
    page = folder / "town.html"
    study = write_study(folder / "town")
    page.write_text(pipeline.page(pipeline.analyse(pipeline.find_inputs([study])), lang="sv"), "utf-8")
    return page


def test_every_filter_state_and_every_file_holds_only_what_the_audit_read(
    town: Path, open_page: OpenPage
) -> None:
    assert audit(town) == []
    data: dict[str, Any] = dict(read_page(page_text(town)).data)
    opened = open_page(town)
    opened.tab.wait_for_selector("html[data-ready]")
    walked = states(data["page"])
    rows = opened.tab.evaluate(WALK, walked)
    sheets = list(files(opened.tab))
    asked = {(r[1], r[2]) for r in rows if r[1] == "trend"}
    assert len(asked) >= len(data["page"]["choices"]["ind"]) * len(data["page"]["choices"]["kd"])
    assert len(sheets) >= 4
    assert any("••" in text for r in rows for text, _ in r[5])  # something is hidden
    assert not_read(rows, data) == []
    assert [f for name, sheet in sheets for f in not_in_tables(name, sheet, data)] == []
    # the same walk over data without one point: that point is found in tables, words and the district table
    less = copy.deepcopy(data)
    key = next(k for k, points in less["charts"]["series"].items() if "|all|" in k and points[0])
    less["charts"]["series"][key][0] = None
    assert any("is no point" in f for f in not_read(rows, less))
    told = copy.deepcopy(rows)
    said = next(r for r in told if r[1] == "said trend")
    said[5][0][0] += " 98765"
    assert any("98765 is told" in f for f in not_read(told, data))
    name, sheet = next((n, s) for n, s in sheets if n.endswith(".xlsx") and len(s) > 1)
    assert not_in_tables(name, [sheet[0], [*sheet[1], 98765.4321]], data)
