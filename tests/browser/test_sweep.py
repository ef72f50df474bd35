"""Every kind of study at every width and on paper: nothing scrolls sideways, is cut off, overprints or stays empty.

Everything is opened and laid out by one look per width; what is found is listed, so a failure names the words.
"""

from __future__ import annotations

from typing import Literal

import pytest

from tests.browser.conftest import Visit

WIDTHS = (320, 390, 768, 1280)
A4 = 690
"""Pixels between the margins of an A4 sheet."""
DARK = 768
"""The width that is looked at in the dark: charts are drawn again when the colours change."""

FAULTS = """() => {
  const found = [], gone = "svg, .vh, .skip, select, .sc";
  const seen = (e) => { const r = e.getBoundingClientRect(); return r.width > 2 && r.height > 2 && e.checkVisibility(); };
  const of = (e) => e.closest("figure")?.id || e.closest("[id]")?.id || e.className;
  const room = matchMedia("print").matches ? 1.03 * innerWidth : innerWidth; // printers' margins let a sheet shrink by that
  if (document.documentElement.scrollWidth > room) found.push(["sideways", document.documentElement.scrollWidth]);
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest(gone) || !seen(e)) continue;
    const s = getComputedStyle(e), cut = (v) => v === "hidden" || v === "clip";
    const across = cut(s.overflowX) && e.scrollWidth > e.clientWidth + 1;
    const down = cut(s.overflowY) && e.scrollHeight > e.clientHeight + 2 && s.webkitLineClamp === "none";
    if (across || down) found.push(["cut", of(e), e.textContent.slice(0, 40)]);
  }
  for (const svg of document.querySelectorAll("svg.lhu-chart, svg.main-svg")) {
    if (!seen(svg) || svg.closest(".axis")) continue; // the row's axis may reach into the margin: nobody saves it
    const box = svg.getBoundingClientRect();
    const said = [...svg.querySelectorAll("text")].filter((t) => t.textContent.trim() && t.checkVisibility());
    const texts = said.map((t) => [t.textContent, t.getBoundingClientRect()]);
    texts.forEach(([words, r], i) => {
      const aside = r.left < box.left - 3 || r.right > box.right + 3;
      if (aside || r.top < box.top - 3 || r.bottom > box.bottom + 3) found.push(["outside", of(svg), words]);
      for (const [other, q] of texts.slice(i + 1)) {
        const across = Math.min(r.right, q.right) - Math.max(r.left, q.left);
        const down = Math.min(r.bottom, q.bottom) - Math.max(r.top, q.top);
        if (across > 2 && down > 0.35 * Math.min(r.height, q.height)) found.push(["overprinted", of(svg), words, other]);
      }
    });
  }
  for (const frame of document.querySelectorAll("figure .frame")) {
    if (!frame.checkVisibility()) continue;
    const drawn = [...frame.querySelectorAll("svg")].some(seen);
    if (!drawn || frame.getBoundingClientRect().height < 30) found.push(["empty", of(frame)]);
  }
  return found.slice(0, 20);
}"""
STUDIES = ("mixed", "unsure", "masked", "one wave", "no commitments", "hostile", "many", "untranslated")
SIMULATED = ("simulated alone", "simulated better", "simulated worse")


@pytest.mark.parametrize("name", STUDIES + SIMULATED)
def test_nothing_is_cut_overprinted_or_empty_at_any_width_or_on_paper(visit: Visit, name: str) -> None:
    opened = visit(name, width=WIDTHS[0])
    page = opened.tab
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    found = {}
    for width in (*WIDTHS, A4):
        scheme: Literal["dark", "light"] = "dark" if width == DARK else "light"
        page.emulate_media(media="print" if width == A4 else "screen", color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(200)
        found[width] = page.evaluate(FAULTS)
    assert found == {width: [] for width in found}
    assert opened.messages == []
    assert opened.foreign == []


def test_what_nobody_translated_stays_readable_and_is_marked_as_swedish(visit: Visit) -> None:
    opened = visit("untranslated", width=320)
    page = opened.tab
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    page.click("#lang")
    kept = page.locator("#lofte-2020-2 .txt [lang=sv]")
    assert kept.inner_text() == "Narkotikasök med hund i skolor"
    assert page.evaluate(FAULTS) == []
    assert opened.messages == []


def test_the_look_sees_what_it_should(visit: Visit) -> None:
    """Each fault is planted once; a look that sees nothing would pass every page."""
    page = visit("mixed").tab
    page.evaluate("document.querySelector('#fig-trend').scrollIntoView()")
    page.wait_for_selector("#fig-trend[data-ready]")
    page.evaluate(
        """() => {
          const [wide, cut, empty] = ["p", "p", "figure"].map((name) => document.createElement(name));
          wide.append("x");
          wide.setAttribute("id", "wide");
          cut.append("Långt ".repeat(60));
          empty.innerHTML = '<div class="frame"></div>';
          empty.id = "bare";
          document.querySelector("main").append(wide, cut, empty);
          wide.style.width = "4000px";
          Object.assign(cut.style, { whiteSpace: "nowrap", overflow: "hidden" });
          const svg = [...document.querySelectorAll("#fig-trend .main-svg")].find((s) => s.querySelector("text"));
          const [one, two] = svg.querySelectorAll("text");
          two.setAttribute("x", one.getAttribute("x"));
          two.setAttribute("y", one.getAttribute("y"));
          two.setAttribute("transform", one.getAttribute("transform") || "");
          const far = one.cloneNode(true);
          far.setAttribute("transform", "translate(3000,0)");
          one.after(far);
        }"""
    )
    assert {kind for kind, *_ in page.evaluate(FAULTS)} == {
        "sideways",
        "cut",
        "outside",
        "overprinted",
        "empty",
    }
