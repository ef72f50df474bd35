"""Walk a built page through its filter states in Chromium: nothing shown or downloadable that the audit has not read.

    python tests/benchmarks/states.py [PAGE] [--every N]     # default dashboards/strangnas.html, all of `states`

Audits the page, then in each state reads every figure's table (which is what CSV and Excel downloads are made of), the
words that hover and arrow keys tell, and the district table. Each number must stand in the data that the audit read; a
row that shows n and a share must be one cell of that measure, grade and sex; words may tell only what the table under the
figure tells. Every figure's CSV and Excel file is fetched once. Exit code 1 if anything is found. Needs playwright and
Chromium (CHROMIUM=path).
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from itertools import product
from math import ceil, floor
from pathlib import Path
from typing import Any

from lhu_effect.disclosure import audit
from lhu_effect.disclosure.published import page_text, read_page

WALK = """async (states) => {
  for (const d of document.querySelectorAll("details")) d.open = true;
  const found = {}, heard = new Set(), last = new Map();
  const turn = () => new Promise((done) => setTimeout(done, 0));
  for (const state of states) {
    const told = new Promise((done) => addEventListener("hashchange", done, { once: true }));
    const before = location.hash;
    location.hash = state;
    if (location.hash !== before) await told;
    await turn();
    for (const table of document.querySelectorAll("table")) {
      const now = table.innerHTML + (table.closest("figure")?.dataset.params ?? state);
      if (last.get(table) === now) continue;
      last.set(table, now);
      const figure = table.closest("figure[data-chart]");
      const heads = [...table.querySelectorAll("thead th")].map((h) => h.textContent.trim());
      for (const tr of table.querySelectorAll("tbody tr")) {
        const cells = [...tr.children].map((td) => [td.textContent.trim(), td.dataset.v ?? null]);
        const of = [figure?.dataset.chart ?? "", figure?.dataset.params ?? ""];
        const key = JSON.stringify([...of, table.caption?.textContent ?? "", heads, cells]);
        found[key] ??= state;
      }
    }
    for (const figure of document.querySelectorAll("figure[data-chart]")) {
      const frame = figure.querySelector(".frame"), asked = figure.id + figure.dataset.params;
      if (!frame || heard.has(asked)) continue;
      heard.add(asked);
      for (let i = 0, most = 1; i < most; i++) {
        frame.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
        const said = figure.querySelector(".reader")?.textContent ?? "";
        most = Number(said.match(/^[0-9]+ [a-z]+ ([0-9]+)/)?.[1] ?? 0);
        found[JSON.stringify(["said " + figure.dataset.chart, figure.dataset.params, "", [], [[said, null]]])] ??= state;
      }
      frame.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    }
  }
  return Object.entries(found).map(([key, state]) => [state, ...JSON.parse(key)]);
}"""


def states(page: Any) -> list[str]:
    """The hash of every filter state: measures x places x grades x sexes, promises and comparison beside the first."""
    choices, start = page["choices"], page["start"]
    promises = [p[0] for p in page["promises"]]
    every = [dict(zip(choices, one, strict=True)) for one in product(*choices.values())]
    found = [start | one | {"cmp": "1"} for one in every]
    few = [start | {"ind": i, "ak": a} for i, a in product(choices["ind"], choices["ak"])]
    found += [one | {"lofte": p, "cmp": c} for one, p, c in product(few, promises, "01")]
    return [
        "#v=1&" + "&".join(f"{k}={one[k]}" for k in ("lofte", "ind", "kd", "ak", "kon", "cmp"))
        for one in found
    ]


def numbers(value: Any) -> Iterator[float]:
    """Every number in data."""
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from numbers(one)


Row = list[Any]  # state, chart, parameters as JSON, caption, headings, cells as [text, number or None]


def not_read(rows: list[Row], data: dict[str, Any]) -> list[str]:
    """What stands in `rows` (from WALK) but not in the data that the audit read."""
    known = {round(v, 6) for v in numbers(data)}
    series: dict[tuple[str, ...], set[tuple[float, ...]]] = {}
    for key, points in data["charts"]["series"].items():
        ind, _, group, sex = key.split("|")
        for point in points:
            if point and point[0] is not None:
                series.setdefault((ind, group, sex), set()).add(
                    tuple(round(v, 6) for v in (*point[1:4], point[0]))
                )
    told: dict[str, set[str]] = {}
    found = []
    for state, chart, asked, caption, heads, texts in rows:
        if chart.startswith("said"):
            continue
        for text, value in texts:
            told.setdefault(f"said {chart}{asked}", set()).update(_tellings(text, value))
            if value is not None and round(float(value), 6) not in known:
                found.append(f"{state} {chart}: {value} is not in the data")
        told[f"said {chart}{asked}"].update(_digits(caption), *map(_digits, heads))
        if chart in ("trend", "districts"):
            p = json.loads(asked)
            sex = "all" if chart == "districts" else p["sex"]  # districts are never told by sex
            own = [float(v) for _, v in texts if v is not None]
            if any("•" in t for t, _ in texts) and own:
                found.append(f"{state} {chart}: a hidden row holds {own}")
            if own and tuple(round(v, 6) for v in own) not in series.get((p["ind"], p["group"], sex), set()):
                found.append(f"{state} {chart}: {own} is no point of this measure, grade and sex")
        if chart == "" and (ind := re.search(r"ind=([^&]+)", state)):
            for text, _ in texts[1:]:
                if m := re.match(r"(\d+)\s*% \((\d+)\)", text.replace("\xa0", " ").replace(",", "")):
                    near = [s for (i, _, x), s in series.items() if i == ind[1] and x == "all"]
                    if not any(
                        int(m[2]) == p[3] and abs(100 * p[0] - int(m[1])) <= 0.5001 for s in near for p in s
                    ):
                        found.append(f"{state} district table: {text} is no point of this measure")
    years = {str(wave[0]) for wave in data["charts"]["waves"]}
    for state, chart, asked, _, _, texts in rows:
        if chart.startswith("said"):
            said = re.sub(r"^\d+ \w+ \d+\.", "", texts[0][0])
            more = set(_digits(said)) - told.get(f"{chart}{asked}", set()) - years
            found += [f"{state} {chart}: {m} is told but not in the table" for m in sorted(more)]
    return found


def _digits(text: str) -> list[str]:
    """The numbers that words hold, thousands and decimals as one."""
    bare = re.sub(r"(?<=\d)[\s,.\u202f\xa0](?=\d{3}(?!\d))", "", text)
    return re.findall(r"\d+(?:[.,]\d+)?", bare)


def _tellings(text: str, value: str | None) -> set[str]:
    """Every way a cell of a table may be told: as it stands, and its number rounded as itself or as per cents."""
    found = set(_digits(text))
    if value is not None:
        for v in (abs(float(value)), abs(100 * float(value))):
            found |= {str(f(v)) for f in (floor, ceil)}
            found |= {f"{f(10 * v) / 10:.1f}".replace(".", d) for f in (floor, ceil) for d in ".,"}
    return found


def files(tab: Any) -> Iterator[tuple[str, list[list[Any]]]]:
    """Name and cells of every figure's CSV and Excel file, as a reader gets them."""
    import openpyxl

    for figure in tab.query_selector_all("figure[data-chart]"):
        for ending in ("csv", "xlsx"):
            button = figure.query_selector(f"[data-dl={ending}]")
            if button is None or not button.is_visible():
                continue
            with tab.expect_download() as got:
                button.click()
            content = got.value.path().read_bytes()
            if ending == "csv":
                rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
                yield got.value.suggested_filename, rows
            else:
                book = openpyxl.load_workbook(io.BytesIO(content))
                assert all(sheet.sheet_state == "visible" for sheet in book.worksheets)
                yield got.value.suggested_filename, [list(r) for r in book.worksheets[0].values]


def not_in_tables(name: str, sheet: list[list[Any]], data: dict[str, Any]) -> list[str]:
    """Numbers of a file that are no number of the data, as it stands or in per cent."""
    known = {round(f * v, 4) for v in numbers(data) for f in (1, 100)}
    found = []
    for value in (v for row in sheet[1:] for v in row[1:]):
        if re.fullmatch(r"-?\d+(\.\d+)?", str(value)) and not any(
            round(float(value) + e, 4) in known for e in (0, 1e-4, -1e-4)
        ):
            found.append(f"{name}: {value} is not in the data")
    return found


def main() -> int:
    from playwright.sync_api import sync_playwright

    asked = argparse.ArgumentParser()
    asked.add_argument("page", nargs="?", default="dashboards/strangnas.html", type=Path)
    asked.add_argument("--every", type=int, default=1, help="only each N-th state")
    args = asked.parse_args()
    html = page_text(args.page)
    published = read_page(html)
    findings = [str(f) for f in audit(args.page)]
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(accept_downloads=True)
        tab.goto(args.page.resolve().as_uri())
        tab.wait_for_selector("html[data-ready]")
        walked = states(published.data["page"])[:: args.every]
        rows: list[Row] = []
        for i in range(0, len(walked), 100):
            rows += tab.evaluate(WALK, walked[i : i + 100])
        sheets = dict(files(tab))
        browser.close()
    findings += not_read(rows, dict(published.data))
    findings += [
        f for name, sheet in sheets.items() for f in not_in_tables(name, sheet, dict(published.data))
    ]
    print(
        f"{len(walked)} states, {len(rows)} rows and sayings, {len(sheets)} files: {len(findings)} findings"
    )
    print(*findings[:30], sep="\n")
    return int(bool(findings))


if __name__ == "__main__":
    raise SystemExit(main())
