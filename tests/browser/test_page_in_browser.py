"""The page as people meet it: keyboard, phone, dark, print, no script, links with state, another language."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import openpyxl
import pytest

from tests.browser.conftest import OpenPage, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Page

SWEDISH = (
    r"\boch\b",
    r"\binte\b",
    "osäkert",
    r"löfte[tn]?\b",
    "årskurs",
    "åtagande",
    "procentenhet",
    "jämförelse",
)
WIDTHS = (320, 390, 768, 1280, 1920)
STATE = "#v=1&lofte=2020&ind=safe_in_school&kd=mariefred&ak=ak9&kon=all&cmp=0&lang=sv"


def draw_all(page: Page) -> None:
    """Scroll each figure into view and wait until plotly has drawn it: without charts other checks are void."""
    page.evaluate("for (const d of document.querySelectorAll('details.whole')) d.open = true")
    for figure in page.query_selector_all("figure[data-chart]"):
        if figure.is_visible():
            figure.scroll_into_view_if_needed()
            page.wait_for_selector(f"#{figure.get_attribute('id')}[data-ready] .main-svg", state="attached")


def test_real_charts_are_drawn_and_nothing_is_said_or_fetched(visit: Visit) -> None:
    opened = visit("mixed")
    draw_all(opened.tab)
    assert opened.tab.locator("figure[data-chart] .main-svg").count() >= 3
    assert opened.messages == []
    assert opened.foreign == []
    assert "Share chart" not in opened.tab.content()
    assert opened.tab.locator(".modebar").count() == 0


@pytest.mark.parametrize(
    "name", ["mixed", "changes", "hostile", "masked", "one wave", "without n", "no promises"]
)
def test_no_page_scrolls_sideways_or_complains(visit: Visit, name: str) -> None:
    opened = visit(name, width=320)
    for width in WIDTHS:
        opened.tab.set_viewport_size({"width": width, "height": 900})
        assert opened.tab.evaluate("document.documentElement.scrollWidth") <= width, width
    assert opened.messages == []
    assert opened.foreign == []
    assert opened.tab.evaluate("window.alerted") is None


def test_links_carry_the_whole_state_and_come_back(visit: Visit) -> None:
    page = visit("mixed", hash=STATE).tab
    for key, value in (("ind", "safe_in_school"), ("kd", "mariefred"), ("ak", "ak9"), ("kon", "all")):
        assert page.input_value(f"#f-{key}") == value
    assert not page.is_checked("#f-cmp")
    assert page.locator(".pick a[aria-current]").inner_text() == "2020"
    page.select_option("#f-kd", "aker")
    page.check("#f-cmp")
    assert page.evaluate("location.hash") == STATE.replace("mariefred", "aker").replace("cmp=0", "cmp=1")
    assert "Åker" in page.inner_text("#fig-trend figcaption")


def test_unknown_values_fall_back_and_say_so(visit: Visit) -> None:
    page = visit("mixed", hash="#v=1&lofte=1999&ind=<b>x&kd=stallarholmen&sjö=1").tab
    notice = page.inner_text("#notice")
    assert "lofte=1999" in notice
    assert "ind=<b>x" in notice
    assert page.locator("#notice b").count() == 0
    assert page.input_value("#f-kd") == "stallarholmen"
    assert page.locator("h1:visible").inner_text().startswith("Vad ändrades efter medborgarlöftet 2020")


def test_a_commitment_opens_from_its_link_and_takes_focus(visit: Visit) -> None:
    page = visit("mixed", hash="#lofte=2020-2").tab
    assert page.evaluate("document.activeElement.parentElement.id") == "lofte-2020-2"
    box = page.locator("#lofte-2020-2 .cbody")
    assert box.is_visible()
    told = box.inner_text()
    for words in (
        "Ett sök gjordes",
        "1 av 2 planerade",
        "För osäkert för att säga",
        "visar inte att det ena beror på",
    ):
        assert words in told
    assert "inte bara Strängnäs tätort" in told


def test_from_first_screen_to_the_dog_searches_and_their_measures_in_three_clicks(visit: Visit) -> None:
    page = visit("mixed").tab
    page.click(".pick a[data-lofte='2020']")
    page.click("#lofte-2020-2 summary")
    page.click("#lofte-2020-2 .il a >> nth=0")
    row = page.locator(".r.hit")
    assert row.is_visible()
    assert "Lätt att få tag på narkotika" in row.inner_text()
    row.locator("summary").click()
    page.wait_for_selector(".r.hit .def b")
    assert "Fråga:" in row.inner_text()
    row.locator(".links a", has_text="Hör till åtagande 2").click()
    assert page.evaluate("document.activeElement.parentElement.id") == "lofte-2020-2"


def test_the_language_changes_without_reload_and_leaves_nothing_behind(visit: Visit) -> None:
    page = visit("mixed").tab
    page.evaluate("window.kept = 1; for (const d of document.querySelectorAll('details')) d.open = true")
    page.evaluate(
        "for (const s of document.querySelectorAll('main > section')) s.style.contentVisibility = 'visible'"
    )
    swedish = page.inner_text("body")
    page.click("#lang")
    assert page.evaluate("window.kept") == 1
    assert page.get_attribute("html", "lang") == "en"
    assert "lang=en" in page.evaluate("location.hash")
    page.evaluate("for (const e of document.querySelectorAll('main [lang=sv]')) e.hidden = true")
    left = page.inner_text("body").replace("(medborgarlöfte)", "")
    for word in SWEDISH:
        assert not re.search(word, left, re.IGNORECASE), word
    labels = page.evaluate("[...document.querySelectorAll('[aria-label]')].map(e => e.ariaLabel).join('\\n')")
    assert not re.search(r"\bmått\b|osäkert|\boch\b", labels)
    page.evaluate("for (const e of document.querySelectorAll('main [lang=sv]')) e.hidden = false")
    page.click("#lang")
    assert page.inner_text("body").split() == swedish.split()


def test_the_theme_button_changes_the_theme(visit: Visit) -> None:
    page = visit("mixed").tab
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert page.inner_text("#theme") == "Ljust läge"


def test_every_chart_has_a_name_a_table_and_the_tables_numbers(visit: Visit) -> None:
    page = visit("mixed").tab
    draw_all(page)
    for figure in page.query_selector_all("figure[data-chart]"):
        if not figure.is_visible():
            continue
        name = figure.get_attribute("id")
        assert figure.query_selector("figcaption h3").inner_text().strip(), name  # type: ignore[union-attr]
        assert (figure.query_selector(".frame").get_attribute("aria-label") or "").strip(), name  # type: ignore[union-attr]
        table = figure.query_selector("table")
        assert table is not None, name
        assert table.query_selector("caption"), name
        assert len(table.query_selector_all("tbody tr")) > 1, name
        assert table.query_selector_all("th[scope=col]"), name


def plain(value: object) -> str | float | None:
    """A cell of a table file as a number where it is one: files differ in how they write 0.1."""
    try:
        return round(float(value), 6)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return value or None  # type: ignore[return-value]


def shades(page: Page, picture: bytes) -> int:
    """How many colours a picture has, counted in a tab of its own: a blank one has one."""
    tab = page.context.new_page()
    found = tab.evaluate(
        """async (text) => {
          const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
          const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
          const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
          pen.drawImage(image, 0, 0);
          return new Set(new Uint32Array(pen.getImageData(0, 0, image.width, image.height).data.buffer)).size;
        }""",
        base64.b64encode(picture).decode(),
    )
    tab.close()
    return int(found)


KINDS = {"forest", "levels", "themes", "trend", "event", "districts", "timeline", "matrix", "detectable"}


def test_a_drawn_chart_follows_the_window_and_never_vanishes(visit: Visit) -> None:
    """A phone that is turned: plotly's own `responsive` forgot the height, and the chart was gone."""
    page = visit("mixed", width=390).tab
    page.locator("#fig-trend").scroll_into_view_if_needed()
    page.wait_for_selector("#fig-trend[data-ready]")
    sizes = []
    for width in (390, 430, 844, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(400)
        box, room = (
            page.locator(f"#fig-trend {part}").first.bounding_box() for part in (".main-svg", ".frame")
        )
        assert box is not None
        assert room is not None
        assert abs(box["width"] - room["width"]) <= 1, width
        assert abs(box["height"] - room["height"]) <= 1, width
        sizes.append(room["height"])
    assert sizes[0] == sizes[-1]
    assert min(sizes) > 150


def test_every_kind_of_chart_stands_on_the_page_steps_by_keyboard_and_gives_its_files(visit: Visit) -> None:
    opened = visit("mixed")
    page = opened.tab
    page.evaluate("for (const d of document.querySelectorAll('details:not(.com)')) d.open = true")
    seen = set()
    for figure in page.query_selector_all("figure[data-chart]"):
        kind = figure.get_attribute("data-chart") or ""
        if not figure.is_visible() or kind in seen:
            continue
        seen.add(kind)
        figure.scroll_into_view_if_needed()
        page.wait_for_selector(f"#{figure.get_attribute('id')}[data-ready] .main-svg", state="attached")
        figure.query_selector(".frame").focus()  # type: ignore[union-attr]
        page.keyboard.press("ArrowRight")
        assert figure.query_selector(".reader").inner_text().strip(), kind  # type: ignore[union-attr]
        rows = figure.query_selector_all("tbody tr")
        for ending in ("csv", "xlsx", "png", "svg"):
            with page.expect_download() as got:
                figure.query_selector(f"[data-dl={ending}]").click()  # type: ignore[union-attr]
            content = got.value.path().read_bytes()
            assert got.value.suggested_filename.endswith(f"_syntetisk.{ending}"), kind
            if ending == "csv":
                told = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
                assert len(told) == len(rows) + 1, kind
                for row, line in zip(rows, told[1:], strict=True):
                    assert row.query_selector("th").inner_text() == line[0], kind  # type: ignore[union-attr]
            elif ending == "xlsx":
                book = openpyxl.load_workbook(io.BytesIO(content))
                cells = [[plain(v) for v in row] for row in book.worksheets[0].iter_rows(values_only=True)]
                assert cells == [[plain(v) for v in line[: len(cells[0])]] for line in told], kind
            elif ending == "svg":
                words = "".join(ElementTree.fromstring(content.decode()).itertext())
                assert "Syntetiska data" in words, kind
                assert figure.query_selector("h3").inner_text().split()[0] in words, kind  # type: ignore[union-attr]
            else:
                assert shades(page, content) > 8, kind
    assert seen >= KINDS
    assert opened.messages == []
    assert opened.foreign == []


def test_a_place_without_the_grade_shows_the_one_it_has_and_says_so(visit: Visit) -> None:
    page = visit("mixed", hash="#ind=safe_in_school&kd=mariefred&s=tid").tab
    start = page.evaluate("JSON.parse(document.getElementById('lhu-data').textContent).page.start.ak")
    shown, told = page.input_value("#f-ak"), page.inner_text("#filter-note")
    assert (shown == start) == (told == "")
    page.select_option("#f-ak", "gy2")
    if page.inner_text("#filter-note"):
        assert "inga svar" in page.inner_text("#filter-note")


def test_what_waits_in_noscript_comes_even_when_a_script_fails(
    open_page: OpenPage, built: Callable[[str], Path]
) -> None:
    """The data block is spoiled, so that the page's script stops at once; the policy hashes no data."""
    broken = built("mixed").read_text("utf-8").replace('"packed":"', '"packed":"!', 1)
    page = open_page(broken).tab
    page.wait_for_selector("#fig-trend")
    assert page.locator(".r").count() >= 18
    assert page.locator("noscript").count() == 0


def test_what_still_waits_is_never_laid_out_as_raw_markup(visit: Visit) -> None:
    page = visit("mixed").tab
    room = """() => { const n = document.createElement("noscript"), words = document.createRange();
        n.textContent = "<p>rå</p>".repeat(99);
        document.querySelector("main").append(n);
        words.selectNodeContents(n);
        return words.getClientRects().length }"""
    assert page.evaluate(room) == 0


def test_another_promise_is_put_in_place_when_it_is_asked_for(visit: Visit) -> None:
    page = visit("mixed").tab
    other = page.locator("article.ans[data-off]")
    assert other.locator("h1").count() == 0
    page.click(".pick a[data-lofte='2019']")
    told = page.locator("article.ans:not([data-off])").inner_text()
    page.click("#lang")
    assert "medborgarlöftet" in told
    assert "What changed after" in page.locator("article.ans:not([data-off])").inner_text()
    page.click("#lang")
    assert page.locator("article.ans:not([data-off])").inner_text() == told


def test_district_table_follows_the_measure_and_equals_the_built_one(visit: Visit) -> None:
    without = visit("mixed", java_script_enabled=False).tab.inner_text("#kd-table")
    page = visit("mixed").tab
    assert page.inner_text("#kd-table").split() == without.split()
    page.select_option("#f-ind", "safe_in_school")
    assert "Känner sig trygg i skolan" in page.inner_text("#kd-table caption")
    assert page.inner_text("#kd-table") != without


def test_keyboard_reaches_everything_with_visible_focus(visit: Visit) -> None:
    page = visit("mixed").tab
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(() => { const e = document.activeElement, s = getComputedStyle(e);"
                "return [e.id || e.className || e.nodeName, s.outlineStyle, parseFloat(s.outlineWidth)] })()"
            )
        )
    assert seen[0][0] == "skip"
    assert all(style != "none" and width >= 2 for _, style, width in seen), seen
    assert {"lang", "theme"} <= {name for name, _, _ in seen}


def test_arrow_keys_step_through_a_chart_and_say_each_point(visit: Visit) -> None:
    page = visit("mixed").tab
    page.locator("#fig-trend").scroll_into_view_if_needed()
    page.wait_for_selector("#fig-trend[data-ready]")
    page.focus("#fig-trend .frame")
    said = []
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        said.append(page.inner_text("#fig-trend [aria-live]"))
    assert len(set(said)) == 3
    assert all(re.search(r"20\d\d", s) for s in said)


def test_targets_are_large_enough(visit: Visit) -> None:
    page = visit("mixed", width=390).tab
    small = page.evaluate(
        """[...document.querySelectorAll('button, select, summary, nav a, .links a, .il a, .go, input')]
        .filter(e => e.offsetParent && (e.getBoundingClientRect().height < 24 || e.getBoundingClientRect().width < 24))
        .map(e => e.outerHTML.slice(0, 90))"""
    )
    assert small == []


def test_without_javascript_all_answers_and_tables_are_there(visit: Visit) -> None:
    page = visit("mixed", java_script_enabled=False).tab
    told = page.inner_text("body")
    for heading in (
        "Löftena",
        "Alla mått",
        "Över tid",
        "Kommundelar",
        "Löften och mätningar",
        "Hur säkert är det här?",
    ):
        assert heading in told
    assert page.locator("h1:visible").count() >= 2  # every promise's question, as nobody can choose
    assert page.locator(".r:visible .bd:visible").count() == 18
    assert page.locator("figure[data-chart] .twin:visible svg:visible").count() >= 4
    assert page.locator(".js-only:visible").count() == 0
    page.locator("#fig-trend details.tab summary").click()
    assert page.locator("#fig-trend table:visible").count() == 1


def test_paper_begins_with_the_council_sheet_and_holds_every_heading_and_row(
    visit: Visit, pdf_text: Callable[[Page], str]
) -> None:
    page = visit("mixed").tab
    draw_all(page)
    told = pdf_text(page)
    sheets = told.split("\f")
    first = " ".join(sheets[0].split())
    for words in (
        "Blad till sammanträdet",
        "Vad ändrades efter medborgarlöftet 2020?",
        "Tre meningar som får citeras",
        "Det här kan inte sägas",
        "Syntetiska data",
        "Tydligt sämre",
    ):
        assert words in first, words
    whole = " ".join(told.split())
    for heading in page.locator("h2:visible, h3:visible").all_inner_texts():
        assert " ".join(heading.split()) in whole, heading
    assert "Licens" in whole
    for status in ("Ett sök gjordes, på Paulinska skolan.", "Mäts inte i enkäten."):
        assert status in whole
    page.emulate_media(media="print")
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    tables = page.locator("table:visible")
    assert tables.count() >= 10
    for table in tables.all():
        for cell in table.locator("tbody tr").last.locator("th, td:not(:has(.vh))").all_inner_texts():
            for word in cell.split():
                assert word in whole, (table.locator("caption").inner_text(), cell)


@pytest.mark.parametrize("name", ["mixed", "hostile"])
def test_nothing_in_a_page_runs_or_calls_out(visit: Visit, name: str) -> None:
    opened = visit(name)
    opened.tab.evaluate(
        "window.refused = []; addEventListener('securitypolicyviolation', (e) => refused.push(e.violatedDirective))"
    )
    draw_all(opened.tab)
    opened.tab.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert opened.foreign == []
    assert opened.messages == []
    assert opened.tab.evaluate("refused") == []
    assert opened.tab.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hatched_bars_stay_hatched_when_charts_are_drawn(visit: Visit, scheme: str) -> None:
    page = visit("mixed", color_scheme=scheme).tab
    draw_all(page)
    bar = page.locator(".r.unsure .rg rect.hatch").first
    pattern = (bar.get_attribute("fill") or "")[5:-1]
    shown = page.evaluate(
        """id => { const p = document.getElementById(id), r = p.querySelector('rect');
        const hidden = e => e && (getComputedStyle(e).display === 'none' || hidden(e.parentElement));
        return [Boolean(hidden(p.closest('svg'))), getComputedStyle(r).fill] }""",
        pattern,
    )
    assert shown == [False, {"light": "rgb(244, 242, 246)", "dark": "rgb(42, 39, 49)"}[scheme]]


def test_reduced_motion_and_forced_colours_keep_the_shapes(visit: Visit) -> None:
    page = visit("mixed", forced_colors="active").tab
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.locator(".tile .ic:visible").count() == 5
    assert page.evaluate("getComputedStyle(document.querySelector('.tile.unsure')).borderStyle") == "dashed"


def test_pages_are_small(built: Callable[[str], Path]) -> None:
    assert built("mixed").stat().st_size <= 2_500_000
    assert built("many").stat().st_size <= 2_500_000


def violations(page: Page, options: dict[str, object]) -> list[tuple[str, object, str]]:
    """What axe finds, three places of each rule."""
    name = "axe_playwright_python.sync_playwright"
    axe = pytest.importorskip(name, reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page, options={**options, "resultTypes": ["violations"]})
    return [
        (v["id"], n["target"], n.get("failureSummary", "")[:200])
        for v in found.response["violations"]
        for n in v["nodes"][:3]
    ]


COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
ALL_BUT_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}


@pytest.mark.parametrize(
    ("width", "scheme", "options"),
    [(1280, "light", {}), (390, "light", ALL_BUT_COLOURS), (1280, "dark", COLOURS)],
    ids=["wide", "phone", "dark"],
)
def test_axe_finds_nothing_with_everything_open(
    visit: Visit, width: int, scheme: str, options: dict[str, object]
) -> None:
    """With real charts drawn and every section and table open: a page without them would pass unread."""
    page = visit("mixed", width=width, color_scheme=scheme, bypass_csp=True).tab
    draw_all(page)
    assert page.locator("figure[data-chart] .main-svg").count() >= 3
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert violations(page, options) == []


@pytest.mark.parametrize("name", ["changes", "masked", "no promises", "one wave", "untranslated"])
def test_axe_finds_nothing_on_pages_of_poor_data(visit: Visit, name: str) -> None:
    page = visit(name, bypass_csp=True).tab
    assert violations(page, ALL_BUT_COLOURS) == []


@pytest.mark.parametrize("name", ["simulated better", "simulated worse"])
def test_axe_finds_nothing_where_something_clearly_changed_in_the_dark_either(
    visit: Visit, name: str
) -> None:
    page = visit(name, bypass_csp=True, color_scheme="dark").tab
    assert page.locator(f".tile.{name.split()[1]}:not(.zero)").count() >= 1
    assert violations(page, {}) == []


@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_the_ways_through_the_page_take_one_row_that_scrolls_and_follows_focus(
    visit: Visit, script: bool
) -> None:
    page = visit("mixed", width=320, java_script_enabled=script).tab
    links = page.locator(".top nav a")
    tops = {round(box["y"]) for i in range(links.count()) if (box := links.nth(i).bounding_box())}
    assert len(tops) == 1
    links.last.focus()
    box = links.last.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
