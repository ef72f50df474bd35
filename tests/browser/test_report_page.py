"""The private import report in a browser: every cell's fate by mouse and by keys, narrow, dark, and what axe says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lhu_effect.i18n import Lang
from lhu_effect.survey import report_page
from tests.browser.test_page_in_browser import violations
from tests.survey.by_hand import read, workbook

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ASKED = "Använt narkotika någon gång"
HEAD = ["År", "Kommundel", "Årskurs", "Fråga", "Antal svarande", "Andel (%)"]
ROWS = [
    [2020, "Totalt", "Åk 9", ASKED, 400, 10.5],
    [2020, "Mariefred", "Åk 9", ASKED, 60, ".."],
    [2020, 'Marie"fred & Co', "Åk 9", ASKED, 60, 5.0],
    [2017, "Totalt", "Åk 9", ASKED, None, 9.5],
]


@pytest.fixture
def page_html(tmp_path: Path) -> dict[Lang, str]:
    """The page of a workbook in which cells meet every fate, in both languages."""
    sheets = {
        "Om tabellerna": [["Om tabellerna"], [".. = färre än 5 svar"]],
        "Data": [["LHU 2020"], HEAD, *ROWS, [], ["Källa: x"]],
        "Bredare": [[ASKED + ", åk 9"], ["Kommundel", *range(2008, 2020)], ["Åker", *([7.5] * 12)]],
    }
    survey = read(workbook(tmp_path / "a.xlsx", sheets))
    return {"sv": report_page(survey, "sv"), "en": report_page(survey, "en")}


def focused(tab: Page) -> Any:
    return tab.evaluate("document.activeElement.dataset.at ?? document.activeElement.tagName")


def cell(tab: Page, address: str) -> Locator:
    return tab.locator(f".map td[data-at='{address}']").first


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (320, "light"), (1280, "dark"), (320, "dark")]
)
def test_axe_finds_nothing(open_page: Any, page_html: Any, lang: Lang, width: int, scheme: str) -> None:
    opened = open_page(page_html[lang], width=width, color_scheme=scheme, bypass_csp=True)
    opened.tab.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert violations(opened.tab, {}) == []
    assert opened.tab.evaluate("document.documentElement.scrollWidth") <= width


def test_a_click_says_why_and_nothing_leaves_the_page(open_page: Any, page_html: Any) -> None:
    opened = open_page(page_html["sv"])
    fates = {".map td.used", ".map td.masked", ".map td.rejected", ".map td.ignored"}
    assert all(opened.tab.locator(f).count() for f in fates)
    cell(opened.tab, "B5").click()
    said = opened.tab.locator("#why").inner_text()
    assert said.startswith("B5:")
    assert 'Marie"fred & Co' in said
    assert (opened.messages, opened.foreign) == ([], [])


def test_arrow_keys_walk_the_map_which_is_one_stop(open_page: Any, page_html: Any) -> None:
    tab = open_page(page_html["sv"]).tab
    assert tab.locator(".map td[tabindex='0']").count() == tab.locator(".map table").count()
    cell(tab, "B5").focus()
    walked = []
    for key in ("ArrowLeft", "ArrowRight", "ArrowUp"):
        tab.keyboard.press(key)
        walked.append(focused(tab))
        assert tab.locator("#why").inner_text().startswith(f"{walked[-1]}:")
    assert walked[1] == "B5"
    assert len(set(walked)) == 3
    tab.keyboard.press("Tab")  # out of the map, not to the next of its cells
    assert tab.evaluate("document.activeElement.closest('.map table')") is None


def test_without_scripts_every_cell_still_has_its_reason(open_page: Any, page_html: Any) -> None:
    tab = open_page(page_html["sv"], java_script_enabled=False).tab
    assert cell(tab, "B5").get_attribute("title")
    assert tab.locator("#why").is_hidden()
