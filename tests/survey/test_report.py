"""The import report: shape of contract.md, identity of the accounting, and its page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhu_effect.survey import report_page, request_text
from lhu_effect.survey.grid import cell_range
from lhu_effect.survey.report import box_of, boxes
from tests.survey.by_hand import csv, read, workbook

HEAD = ["År", "Kommundel", "Årskurs", "Fråga", "Antal svarande", "Andel (%)"]
ASKED = "Använt narkotika någon gång"
ROWS = [
    [2020, "Totalt", "Åk 9", ASKED, 400, 10.5],
    [2020, "Mariefred", "Åk 9", ASKED, 60, ".."],
    [2020, "Marieferd", "Åk 9", ASKED, 60, 5.0],
]


@pytest.fixture
def survey(tmp_path: Path):
    sheets = {
        "Om": [["Om tabellerna"], [".. = färre än 5 svar"]],
        "Data": [["LHU 2020"], HEAD, *ROWS, [], ["Källa: x"]],
    }
    return read(workbook(tmp_path / "a.xlsx", sheets))


def test_the_report_has_the_contracts_keys(survey) -> None:
    report = survey.report
    assert list(report) == ["files", "mapping", "unmapped", "totals"]
    (file,) = report["files"]
    assert (file["file"], file["layout"]) == ("a.xlsx", "long")
    sheet = file["sheets"][1]
    assert {"sheet", "axes", "cells_in", "cells_used", "cells_rejected", "cells_ignored"} <= set(sheet)
    assert sheet["axes"]["year"] == ["A2:A4"]
    assert sheet["axes"]["percent"] == ["F3:F4"]
    assert sheet["cells_masked"] == ["F4"]
    assert [r["cell"] for r in sheet["cells_rejected"]] == ["B5", "E5", "F5"]
    assert {"kind": "district", "text": "Mariefred", "id": "mariefred"} in report["mapping"]
    assert report["totals"]["cells_in"] == 2 + 1 + 6 + 18 + 1


class _Tags(HTMLParser):
    """Ids, tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_the_page_stands_alone_and_tells_each_fate(survey, lang: str) -> None:
    page = report_page(survey, lang)
    tags = _Tags()
    tags.feed(page)
    assert not [a for _, a in tags.seen if {"src", "href", "style", "onclick"} & set(a)]
    policy = next(a["content"] for t, a in tags.seen if t == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    fates = {a.get("class") for t, a in tags.seen if t == "td"}
    assert {"used", "masked", "rejected", "ignored"} <= fates
    assert "Mariefred" in page
    assert not re.search(r">\s*(400|10\.5)\s*<", page)  # no figure of the table
    assert page == report_page(survey, lang)
    assert ("Privat" if lang == "sv" else "Private") in page


def test_hostile_texts_are_harmless(tmp_path: Path) -> None:
    path = csv(
        tmp_path / "a.csv", [HEAD, *ROWS[:1], [2020, "<script>alert(1)</script>", "Åk 9", ASKED, 60, 5.0]]
    )
    assert "<script>alert" not in report_page(read(path), "sv")


def test_the_letter_asks_for_what_is_missing(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", [["År", "Årskurs", "Fråga", "Andel (%)"], [2020, "Åk 9", ASKED, "10,5"]])
    survey = read(path)
    assert "2020" in request_text(survey, "sv")
    assert "antal elever som svarat på frågan" in request_text(survey, "sv")
    assert request_text(survey, "sv").split("\n")[0] == "Hej!"
    full = read(csv(tmp_path / "b.csv", [HEAD, ROWS[0]]))
    assert request_text(full, "sv") == ""


@given(st.sets(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=60))
def test_boxes_cover_exactly_their_cells(cells: set[tuple[int, int]]) -> None:
    made = boxes(sorted(cells))
    covered = [(r, c) for t, l, b, x in made for r in range(t, b + 1) for c in range(l, x + 1)]
    assert len(covered) == len(set(covered))
    assert set(covered) == cells
    assert [box_of(cell_range(*b)) for b in made] == made
