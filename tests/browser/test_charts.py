"""Charts in a real browser: drawn by plotly under the strict policy, the same as in Python, read by keyboard."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest

from lhu_effect.dashboard import export, plotly_figure
from lhu_effect.dashboard.chart_data import Pick
from lhu_effect.dashboard.charts import chart
from lhu_effect.dashboard.svg import draw
from lhu_effect.i18n import Lang
from tests.dashboard import chart_page, chart_sample

KINDS = chart_page.KINDS
PICK = Pick("narcotics_ever", "ak9", answer=chart_sample.ANSWER)
PARAMS = {
    "ind": "narcotics_ever",
    "unit": "all",
    "group": "ak9",
    "sex": "all",
    "answer": chart_sample.ANSWER,
    "cmp": 1,
}


def page(lang: Lang = "sv") -> str:
    """The sample's charts as a page."""
    return chart_page.page(chart_sample.data(), lang)


def show_all(opened: Any) -> None:
    """Scroll past every chart until plotly has drawn it."""
    for name in KINDS:
        figure = opened.tab.locator(f"#fig-{name}")
        figure.scroll_into_view_if_needed()
        opened.tab.wait_for_selector(f"#fig-{name}[data-ready]", timeout=30000)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_chart_is_drawn_without_a_word_of_complaint(open_page: Any, width: int, scheme: str) -> None:
    opened = open_page(page(), width=width, color_scheme=scheme)
    show_all(opened)
    assert opened.tab.locator("figure .main-svg").count() >= 2 * len(KINDS)
    assert opened.messages == []
    assert opened.foreign == []
    assert opened.tab.evaluate("faults") == []
    assert opened.tab.evaluate("document.documentElement.scrollWidth") <= width
    assert "Share chart" not in opened.tab.content()
    assert opened.tab.locator(".modebar").count() == 0
    hidden = """[...document.querySelectorAll('.plot .xtick text, .plot .ytick text')]
        .filter((t) => t.style.display === 'none').map((t) => [t.closest('figure').id, t.textContent])"""
    assert opened.tab.evaluate(hidden) == []  # plotly drops a label that would leave the figure


def test_twins_stand_and_plotly_waits_until_a_chart_is_near(open_page: Any) -> None:
    opened = open_page(page().replace("<main>", "<main>" + "<p>Rad.</p>" * 200))
    assert opened.tab.evaluate("typeof Plotly") == "undefined"
    for name in KINDS:
        assert opened.tab.locator(f"#fig-{name} .twin .wide svg").is_visible()
    opened.tab.locator("#fig-forest").scroll_into_view_if_needed()
    opened.tab.wait_for_selector("#fig-forest[data-ready]")
    assert opened.tab.locator("#fig-forest .twin").is_hidden()
    assert opened.tab.locator("#fig-detectable .twin .wide svg").is_visible()
    assert opened.tab.locator("#fig-detectable .plot").is_hidden()


def test_twin_and_plotly_take_the_same_room(open_page: Any) -> None:
    opened = open_page(page().replace("<main>", "<main>" + "<p>Rad.</p>" * 200), width=820)
    before = opened.tab.evaluate("document.documentElement.scrollHeight")
    show_all(opened)
    assert abs(opened.tab.evaluate("document.documentElement.scrollHeight") - before) <= 2 * len(KINDS)


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_browser_and_notebook_draw_the_same(open_page: Any, lang: Lang) -> None:
    data, asked, scenes = chart_sample.data(), [], []
    for kind in KINDS:
        for indicator in ("narcotics_ever", "safe_in_school", "threatened_12_months"):
            for unit in ("all", "mariefred", "aker", "stallarholmen"):
                pick = Pick(indicator, "ak9", unit, answer=chart_sample.ANSWER)
                view = chart(kind).view(data, pick)
                for narrow in (False, True):
                    asked.append([kind, {**PARAMS, "ind": indicator, "unit": unit}, narrow])
                    scenes.append(
                        ((chart(kind).heading(view, lang)), chart(kind).scene(view, lang, narrow=narrow))
                    )
    found = open_page(page(lang)).tab.evaluate(
        """(asked) => asked.map(([k, p, n]) => [
            ["trend", "event"].includes(k) ? lhuCharts.heading(k, p) : "",
            lhuCharts.figure(k, p, n), lhuCharts.svg(k, p, n, "x")])""",
        asked,
    )
    for what, (heading, scene), (said, figure, twin) in zip(asked, scenes, found, strict=True):
        expected = json.loads(json.dumps(plotly_figure.figure(scene, lang)))
        assert differences(expected, figure) == [], what
        assert twin == draw(scene, "x"), what
        assert said == heading, what


def test_table_of_browser_and_python_agree(open_page: Any) -> None:
    opened = open_page(page())
    for kind in KINDS:
        table = chart(kind).table(chart(kind).view(chart_sample.data(), PICK))
        found = opened.tab.evaluate("([k, p]) => lhuCharts.table(k, p)", [kind, PARAMS])
        assert found["caption"] == table.caption.sv
        assert [c["title"] for c in found["columns"]] == [c.title.sv for c in table.columns]
        shown = [[c["t"] if isinstance(c, dict) else c for c in row] for row in found["rows"]]
        assert shown == [[cell.text.sv for cell in row] for row in table.rows]
        numbers = [c["v"] for row in found["rows"] for c in row if isinstance(c, dict)]
        expected = [cell.value for row in table.rows for cell in row if cell.value is not None]
        assert numbers == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", ["forest", "trend", "event"])
def test_downloads_hold_the_table(open_page: Any, kind: str, tmp_path: Path) -> None:
    import openpyxl

    opened = open_page(page())
    show_all(opened)
    table = chart(kind).table(chart(kind).view(chart_sample.data(), PICK))
    about = export.About.page(chart_sample.data())
    saved = {}
    for suffix in ("csv", "xlsx", "svg", "png"):
        with opened.tab.expect_download() as waiting:
            opened.tab.locator(f"#fig-{kind} [data-dl={suffix}]").click()
        saved[suffix] = tmp_path / f"chart.{suffix}"
        waiting.value.save_as(saved[suffix])
        assert waiting.value.suggested_filename.endswith(f"_syntetisk.{suffix}")
    expected = export.table_csv(table, about, "sv")
    assert saved["csv"].read_bytes() == expected
    rows = list(csv.reader(io.StringIO(expected.decode("utf-8-sig"))))
    book = openpyxl.load_workbook(saved["xlsx"])
    ours = openpyxl.load_workbook(io.BytesIO(export.table_xlsx(table, about, "sv")))
    assert book.sheetnames == ours.sheetnames == ["Tabell", "Om uppgifterna"]
    for name in book.sheetnames:
        assert values(book[name]) == values(ours[name])
    assert len(values(book["Tabell"])) == len(rows)
    assert "Syntetiska data – inga riktiga elever" in str(values(book["Om uppgifterna"]))
    picture = saved["svg"].read_text("utf-8")
    assert picture.startswith("<svg")
    assert "Syntetiska data" in picture
    assert "style=" not in picture
    assert saved["png"].read_bytes().startswith(b"\x89PNG")
    assert saved["png"].stat().st_size > 5000
    assert opened.messages == []
    assert opened.tab.evaluate("faults") == []


def test_points_are_read_by_keyboard(open_page: Any) -> None:
    opened = open_page(page())
    show_all(opened)
    opened.tab.locator("#fig-trend .frame").focus()
    read = opened.tab.locator("#fig-trend [aria-live]")
    opened.tab.keyboard.press("ArrowRight")
    assert read.inner_text() == (
        "1 av 10. Hela kommunen 2011: 14 procent. Osäkerhetsintervall 10–17 procent. 410 svar."
    )
    assert opened.tab.locator("#fig-trend .hoverlayer text").count() > 0
    for _ in range(20):
        opened.tab.keyboard.press("ArrowRight")
    assert read.inner_text().startswith("10 av 10. Jämförelsekommunerna 2023")
    opened.tab.keyboard.press("Home")
    assert read.inner_text().startswith("1 av 10.")
    opened.tab.keyboard.press("Escape")
    assert read.inner_text() == ""
    unsure = opened.tab.locator("#fig-event .frame")
    unsure.focus()
    opened.tab.keyboard.press("End")
    assert "tydligt bättre" in opened.tab.locator("#fig-event [aria-live]").inner_text()


def test_selection_and_language_change_chart_twin_table_and_finding(open_page: Any) -> None:
    opened = open_page(page())
    show_all(opened)
    opened.tab.evaluate("lhuCharts.set('fig-trend', {unit: 'aker'})")
    opened.tab.wait_for_timeout(300)
    figure = opened.tab.locator("#fig-trend")
    assert figure.locator("[data-finding]").inner_text().startswith("Åker: 9 procent 2017 och 7 procent 2023")
    assert "visas inte (för få svar)" in figure.locator("table").text_content()
    assert "Åker" in figure.locator(".wide svg title").text_content()
    assert "••" in figure.locator(".plot").inner_text()
    opened.tab.evaluate("lhuCharts.refresh({lang: 'en'})")
    opened.tab.wait_for_timeout(500)
    assert figure.locator("[data-finding]").inner_text().startswith("Åker: 9 per cent in 2017")
    assert "not shown (too few answers)" in figure.locator("table").text_content()
    assert "the comparison\nmunicipalities" in figure.locator(".plot").inner_text()
    assert opened.messages == []


def test_hostile_labels_stay_text(open_page: Any) -> None:
    html = chart_page.page(chart_sample.hostile())
    opened = open_page(html)
    show_all(opened)
    assert opened.tab.evaluate("window.pwned") is None
    assert opened.tab.locator("figure a, figure img, figure script").count() == 0
    assert "<img src=x" in opened.tab.locator("#fig-trend [data-finding]").inner_text()
    shown = opened.tab.locator("#fig-trend .plot").inner_text()
    assert "<img src=x" in shown
    assert "\u202e" not in opened.tab.locator("#fig-trend").inner_html()
    assert opened.messages == []
    assert opened.foreign == []
    assert opened.tab.evaluate("faults") == []


def test_forced_colours_keep_data_and_ground_apart(open_page: Any) -> None:
    opened = open_page(page(), forced_colors="active")
    opened.tab.locator("#fig-trend").scroll_into_view_if_needed()
    opened.tab.wait_for_selector("#fig-trend[data-ready]")
    band = opened.tab.eval_on_selector("#fig-trend .plot", "plot => plot.layout.shapes[0].fillcolor")
    line = opened.tab.eval_on_selector(
        "#fig-trend .plot",
        "plot => plot.data.find((t) => t.mode === 'lines' && t.line.width === 3).line.color",
    )
    assert band != line


def test_printing_shows_twins_not_plotly(open_page: Any) -> None:
    opened = open_page(page())
    show_all(opened)
    opened.tab.emulate_media(media="print")
    for name in KINDS:
        assert opened.tab.locator(f"#fig-{name} .twin .wide svg").is_visible()
        assert opened.tab.locator(f"#fig-{name} .plot").is_hidden()


def values(sheet: Any) -> list[list[object]]:
    """Cells of a sheet, floats to nine digits."""
    return [
        [round(v, 9) if isinstance(v, float) else (v or None) for v in row]
        for row in sheet.iter_rows(values_only=True)
    ]


def differences(one: Any, two: Any, at: str = "") -> list[str]:
    """Places where two JSON values are not the same (numbers to 1e-6)."""
    if isinstance(one, dict) and isinstance(two, dict):
        gone = [f"{at}.{k}: only on one side" for k in one.keys() ^ two.keys()]
        return gone + [d for k in one.keys() & two.keys() for d in differences(one[k], two[k], f"{at}.{k}")]
    if isinstance(one, list) and isinstance(two, list):
        if len(one) != len(two):
            return [f"{at}: {len(one)} and {len(two)} entries"]
        return [
            d for i, (a, b) in enumerate(zip(one, two, strict=True)) for d in differences(a, b, f"{at}[{i}]")
        ]
    if isinstance(one, int | float) and isinstance(two, int | float):
        return [] if math.isclose(one, two, rel_tol=1e-9, abs_tol=1e-6) else [f"{at}: {one} and {two}"]
    return [] if one == two else [f"{at}: {one!r} and {two!r}"]
