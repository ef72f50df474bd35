"""Other sources in a browser: drawn as their twins, read by keyboard, in both languages, downloaded with their mark."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lhu_effect.dashboard import svg
from lhu_effect.dashboard.charts import other
from lhu_effect.dashboard.other_sources import present_other
from tests.browser.conftest import Visit
from tests.browser.test_page_in_browser import draw_all
from tests.dashboard import other_sample

if TYPE_CHECKING:
    from playwright.sync_api import Page


def figures(page: Page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('#andra figure')].map(f => f.id)")  # type: ignore[no-any-return]


def test_every_figure_is_drawn_read_and_said(visit: Visit) -> None:
    opened = visit("other sources")
    draw_all(opened.tab)
    ids = figures(opened.tab)
    assert len(ids) == 5
    for id_ in ids:
        assert opened.tab.locator(f"#{id_} .main-svg").count() >= 1
    frame = opened.tab.locator("#fig-other-wastewater-1 .frame")
    frame.focus()
    frame.press("Home")
    said = opened.tab.inner_text("#fig-other-wastewater-1 [aria-live]")
    assert "Strängnäs tätort, 14\u00a0mars 2020: 12,5 mg per 1 000 invånare och dygn, helg" in said
    assert opened.messages == []
    assert opened.foreign == []


def test_the_language_changes_figures_tables_and_words(visit: Visit) -> None:
    page = visit("other sources").tab
    page.evaluate("for (const d of document.querySelectorAll('#andra details')) d.open = true")
    page.click("#lang")
    text = page.inner_text("#andra")
    for words in (
        "Other sources",
        "Cocaine",
        "below the limit of measurement",
        "Process measure",
        "Reported crimes",
    ):
        assert words in text, words
    for words in ("Andra källor", "Kokain", "mätgränsen", "vardag", "Anmälda"):
        assert words not in text, words


@pytest.mark.parametrize("narrow", [False, True])
def test_the_browser_draws_the_marks_of_the_twin(visit: Visit, narrow: bool) -> None:
    page = visit("other sources").tab
    panel = present_other(other_sample.shown())
    assert panel is not None
    for block in panel.blocks:
        for figure in block.figures:
            ours = svg.draw(other.scene(figure, "sv", narrow=narrow), "u")
            theirs = page.evaluate(
                "([id, narrow]) => lhuCharts.svg('other', {answer: id}, narrow, 'u')", [figure.id, narrow]
            )
            assert theirs == ours


def test_downloads_hold_the_table_and_only_an_invented_source_is_marked(visit: Visit, tmp_path: Path) -> None:
    page = visit("other sources").tab
    draw_all(page)
    saved = {}
    for id_ in ("wastewater-1", "kolada-1"):
        for suffix in ("csv", "svg", "xlsx", "png"):
            with page.expect_download() as waiting:
                page.locator(f"#fig-other-{id_} [data-dl={suffix}]").click()
            name = waiting.value.suggested_filename
            assert name.endswith(f"_other_{id_}{'_syntetisk' if id_ == 'wastewater-1' else ''}.{suffix}")
            saved[id_, suffix] = tmp_path / name
            waiting.value.save_as(saved[id_, suffix])
    rows = list(csv.reader(io.StringIO(saved["wastewater-1", "csv"].read_text("utf-8-sig"))))
    assert rows[0] == ["Plats", "Tid", "Dag", "Värde", "Anmärkning", "Om uppgifterna"]
    assert rows[1][3:] == ["12.5", "", "Syntetiska data – inga riktiga elever"]
    kolada = saved["kolada-1", "csv"].read_text("utf-8-sig")
    assert "Syntetiska" not in kolada
    assert "81.5" in kolada
    assert "Syntetiska" not in saved["kolada-1", "svg"].read_text("utf-8")


@pytest.mark.parametrize("options", [{"width": 1280}, {"width": 390}, {"color_scheme": "dark"}], ids=str)
def test_axe_finds_nothing_in_the_section(visit: Visit, options: dict[str, object]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = visit("other sources", bypass_csp=True, **options).tab
    draw_all(page)
    page.evaluate("for (const d of document.querySelectorAll('#andra details')) d.open = true")
    found = axe.Axe().run(page, context="#andra")
    assert found.violations_count == 0, found.generate_report()


def test_without_script_every_value_is_there(visit: Visit) -> None:
    page = visit("other sources", java_script_enabled=False).tab
    text = page.locator("#andra").inner_html()
    for words in ("12,5", "under 8,5", "81,5", "<svg"):
        assert words in text
