"""The page against plotly's own `write_html` of the same charts, in one run, in Chromium slowed four times.

    python tests/benchmarks/page.py [--runs 3]

Prints: time to interactive and blocked time of both, the first chart after a scroll, bytes of the page as
indicators grow (6 units, 6 waves, 3 answers, all verdicts invented), and seconds to present and render. Limits
stand beside. Needs Debian's Chromium (or CHROMIUM=path).

Interactive, the same for both: the document is read, the listeners of what stands in the first window (and of
document and window) are there, and from then on no task of the main thread is longer than 50 ms. Two measures of
it: the clock under Chromium's throttle, which other work on the machine lengthens (a short task that is
interrupted counts as long), and the main thread's processor time until then, a task being long from a quarter of
50 ms: what the ratio is read from on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import polars as pl  # noqa: E402

from lhu_effect.dashboard import plotly_figure, present, render  # noqa: E402
from lhu_effect.dashboard.chart_data import Pick  # noqa: E402
from lhu_effect.dashboard.charts import chart  # noqa: E402
from lhu_effect.dashboard.model import DashboardData  # noqa: E402
from lhu_effect.definitions.model import Wave  # noqa: E402
from tests.dashboard import fixtures  # noqa: E402

YEARS = (2008, 2011, 2014, 2017, 2020, 2023)
THROTTLE = 4
INPUT = ["click", "keydown", "keyup", "change", "input", "wheel", "hashchange"]
INPUT += ["pointerdown", "mousedown", "mousemove", "mouseover", "touchstart"]
CATEGORIES = ["devtools.timeline", "toplevel", "blink.user_timing"]
WATCH = """
window.tasks = [];
window.heard = [];
const add = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (type, ...rest) {
  if (INPUT.includes(type)) heard.push([this, performance.now()]);
  return add.call(this, type, ...rest);
};
window.heardLast = () => Math.max(0, ...heard.filter(([on]) => {
  if (!(on instanceof Element)) return true;
  const box = on.getBoundingClientRect();
  return box.height > 0 && box.top < innerHeight;
}).map(([, at]) => at));
new PerformanceObserver((list) => {
  for (const t of list.getEntries()) tasks.push([t.startTime, t.duration]);
}).observe({ type: "longtask", buffered: true });
"""
RESTING = """document.querySelector("#lhu-data") && !document.documentElement.dataset.ready
  ? 0 : performance.now() - Math.max(0, ...tasks.map(([at, ms]) => at + ms))"""
FOUND = """(() => {
  const read = performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd;
  return {
    interactive: Math.max(read, heardLast(), ...tasks.map(([at, ms]) => at + ms)),
    blocked: tasks.reduce((sum, [, ms]) => sum + Math.max(0, ms - 50), 0),
    longest: Math.max(0, ...tasks.map(([, ms]) => ms)),
  };
})()"""
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def sample(indicators: int) -> DashboardData:
    """Invented data: `indicators` measures, 6 units, 6 waves, 3 answers."""
    fixtures.YEARS = YEARS
    chosen = list(fixtures.OUTCOMES)
    study = fixtures.small_study(chosen[:indicators])
    known = list(study.registry.indicators.values())
    more = {
        f"extra_{n}": replace(known[n % len(known)], id=f"extra_{n}") for n in range(indicators - len(known))
    }
    study = fixtures.with_indicators(study, more)
    waves = tuple(Wave(y, date(y, 2, 1), date(y, 3, 31)) for y in YEARS)
    first = replace(fixtures.promise_2021(), id="2017", start=date(2017, 4, 1), end=date(2017, 12, 31))
    last = replace(fixtures.promise_2021(), id="2022-2023", start=date(2022, 1, 1), end=date(2023, 12, 31))
    study = replace(study, waves=waves, promises=(first, *study.promises, last))
    made = fixtures.make(study=study)
    rows = made.effects.rows
    every = pl.concat([rows, *(rows.with_columns(promise=pl.lit(p)) for p in ("2017", "2022-2023"))])
    return present(replace(made.effects, rows=every), made.cube, study, made.survey, internal=True)


def rival(data: DashboardData) -> str:
    """The figures a reader of the page can see, as plotly writes them itself."""
    import plotly.graph_objects as go

    start = dict(data.start)
    parts = []
    for kind in ("forest", "trend", "event", "districts", "detectable"):
        for answer in data.answers if kind in ("forest", "detectable") else data.answers[:1]:
            pick = Pick(start["ind"], start["ak"], start["kd"], start["kon"], answer.id)
            view = chart(kind).view(data, pick)
            if view is None:
                continue
            figure = go.Figure(plotly_figure.figure(chart(kind).scene(view, data.lang), data.lang))
            parts.append(
                figure.to_html(full_html=False, include_plotlyjs=not parts, config=plotly_figure.CONFIG)
            )
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>{"".join(parts)}</body></html>'


def opened(browser: Any, path: Path) -> tuple[Any, dict[str, float]]:
    """A tab with the page in it, and when it came to rest: milliseconds under the throttle."""
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    session = tab.context.new_cdp_session(tab)
    session.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
    tab.set_default_timeout(300_000)
    tab.add_init_script(f"const INPUT = {INPUT};{WATCH}")
    tab.goto(path.as_uri(), wait_until="load")
    while asked(session, RESTING) < 3000 and asked(session, "performance.now()") < 120_000:
        tab.wait_for_timeout(1000)
    return tab, {key: asked(session, f"{FOUND}.{key}") for key in ("interactive", "blocked", "longest")}


def asked(session: Any, expression: str) -> float:
    """A number from the page, bare: Playwright's own `evaluate` brings 20 ms of script along, a long task itself."""
    answer = session.send("Runtime.evaluate", {"expression": expression, "returnByValue": True})
    return float(answer["result"]["value"])


def worked(browser: Any, path: Path) -> dict[str, float]:
    """Milliseconds of the main thread's processor time until interactive and until all is in place, unthrottled."""
    session = browser.new_browser_cdp_session()
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.set_default_timeout(300_000)
    tab.add_init_script(f"const INPUT = {INPUT};{WATCH}")
    events: list[dict[str, Any]] = []
    ended: list[object] = []
    session.on("Tracing.dataCollected", lambda message: events.extend(message["value"]))
    session.on("Tracing.tracingComplete", lambda message: ended.append(message))
    config = {"includedCategories": CATEGORIES}
    session.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": config})
    tab.goto(path.as_uri(), wait_until="load")
    tab.wait_for_timeout(5000)  # nothing is asked while the trace runs: what asks would be in it
    session.send("Tracing.end")
    while not ended:
        tab.wait_for_timeout(100)
    heard = tab.evaluate("heardLast()")
    assert "lhu-data" not in path.read_text("utf-8") or tab.evaluate("document.documentElement.dataset.ready")
    tab.close()
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
    start = [e for e in events if e["name"] == "navigationStart" and "file:" in str(e.get("args"))][-1]
    main = [e for e in events if e["pid"] == start["pid"] and e["ts"] >= start["ts"]]
    main = [e for e in main if names.get((e["pid"], e["tid"])) == "CrRendererMain"]
    tasks: list[dict[str, Any]] = []
    for e in sorted((e for e in main if e.get("ph") == "X"), key=lambda e: (e["ts"], -e["dur"])):
        if not tasks or e["ts"] >= tasks[-1]["ts"] + tasks[-1]["dur"]:
            tasks.append(e)
    long = [e["ts"] + e["dur"] for e in tasks if e.get("tdur", 0) > 50_000 / THROTTLE]
    read = max(e["ts"] for e in main if e["name"] == "domContentLoadedEventEnd")
    last = max(read, start["ts"] + heard * 1000, *long)
    cpu = [(e["ts"], e.get("tdur", 0) / 1000) for e in tasks]
    return {
        "worked": sum(c for at, c in cpu if at < last),
        "read": sum(c for at, c in cpu if at < read),
        "task": max(c for _, c in cpu),
        "held": sum(max(0, c * THROTTLE - 50) for _, c in cpu),
        "all": sum(c for _, c in cpu),
    }


def scrolled(tab: Any) -> float:
    """Milliseconds from a jump to the first chart until plotly has drawn it."""
    return float(
        tab.evaluate(
            """() => new Promise((done) => {
              const figure = document.querySelector("#fig-trend"), began = performance.now();
              const check = () => (figure.dataset.ready ? done(performance.now() - began) : requestAnimationFrame(check));
              figure.scrollIntoView();
              check();
            })"""
        )
    )


def sizes() -> None:
    """Bytes of the page for growing numbers of indicators."""
    before = None
    for count in (5, 10, 20, 40):
        began = time.perf_counter()
        data = sample(count)
        middle = time.perf_counter()
        page = render(data)
        took = time.perf_counter() - middle
        size = len(page.encode())
        growth = "" if before is None else f", x{size / before:.2f} for twice as many"
        limit = " (limit 2.5)" if count == 20 else ""
        print(
            f"{count:3} indicators: {size / 1e6:.2f} MB{limit}{growth}; present {middle - began:.2f} s, render {took:.2f} s"
        )
        before = size


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=3)
    runs = arguments.parse_args().runs
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("Chromium is not on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    sizes()
    data = sample(20)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        ours, theirs = Path(folder, "ours.html"), Path(folder, "theirs.html")
        ours.write_text(render(data), encoding="utf-8")
        theirs.write_text(rival(data), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        found: dict[str, list[float]] = {}
        for _ in range(runs):
            for name, path in (("page", ours), ("write_html", theirs)):
                tab, times = opened(browser, path)
                if name == "page":
                    times["chart"] = scrolled(tab)
                for key, value in times.items():
                    found.setdefault(f"{name} {key}", []).append(value)
                tab.close()
                for key, value in worked(browser, path).items():
                    found.setdefault(f"{name} {key}", []).append(value)
        browser.close()
        print(
            f"bytes: page {ours.stat().st_size / 1e6:.2f} MB, write_html {theirs.stat().st_size / 1e6:.2f} MB"
        )
    middle = {key: statistics.median(values) for key, values in found.items()}
    whole = middle["write_html interactive"]
    load = os.getloadavg()[0]
    print(
        f"median of {runs}, Chromium slowed {THROTTLE} times, milliseconds (load of the machine {load:.1f}):"
    )
    print(f"  time to interactive: page {middle['page interactive']:.0f}, write_html {whole:.0f}, "
          f"ratio {middle['page interactive'] / whole:.2f} (limit 0.10)")  # fmt: skip
    print("  processor time of the main thread until interactive: "
          f"page {middle['page worked']:.0f}, write_html {middle['write_html worked']:.0f}, "
          f"ratio {middle['page worked'] / middle['write_html worked']:.2f} (limit 0.10); until the document is read "
          f"{middle['page read']:.0f}, until all is in place {middle['page all']:.0f}, "
          f"longest task {middle['page task']:.0f}")  # fmt: skip
    print(f"  blocked before interaction: page {middle['page blocked']:.0f} (limit 200), "
          f"longest task {middle['page longest']:.0f}; by processor time {middle['page held']:.0f}; "
          f"write_html {middle['write_html blocked']:.0f}")  # fmt: skip
    print(
        f"  first chart after scroll: {middle['page chart']:.0f}, ratio {middle['page chart'] / whole:.2f} (limit 0.50)"
    )


if __name__ == "__main__":
    main()
