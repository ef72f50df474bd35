"""One Chromium for all browser tests, and the pages they look at, built once.

Debian's Chromium by path (env CHROMIUM, else found on PATH); none: skipped with the reason, but a failure in CI.
`open_page` opens any HTML, `visit` one of the pages of tests/dashboard/test_page.py by name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def needed(tool: str | None, what: str) -> str:
    """The tool's path; without it the test is skipped, in CI it fails."""
    if tool is None:
        missing = f"{what} is not installed"
        if os.environ.get("CI"):
            pytest.fail(f"{missing}: in CI the browser tests must run")
        pytest.skip(missing)
    return tool


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser."""
    path = os.environ.get("CHROMIUM") or next((p for n in NAMES if (p := shutil.which(n))), None)
    return needed(path, "Chromium")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield started
        started.close()


@dataclass
class Opened:
    """An open page, what its console said and what it asked for."""

    tab: Page
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def foreign(self) -> list[str]:
        """Requests that leave the page."""
        return [r for r in self.requests if not r.startswith(("file:", "data:", "blob:"))]


OpenPage = Callable[..., Opened]
Visit = Callable[..., Opened]


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[OpenPage]:
    """Open HTML or a file: open_page(html, width=390, hash="#...", color_scheme="dark", bypass_csp=True)."""
    contexts = []

    def go(page: str | Path, *, width: int = 1280, hash: str = "", **options: Any) -> Opened:
        if isinstance(page, str):
            file = tmp_path / f"page{len(contexts)}.html"
            file.write_text(page, encoding="utf-8")
        else:
            file = page
        options = {"reduced_motion": "reduce", **options}
        context = browser.new_context(
            viewport={"width": width, "height": 900}, accept_downloads=True, **options
        )
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.tab.on("console", lambda m: opened.messages.append(m.text))
        opened.tab.on("pageerror", lambda e: opened.messages.append(str(e)))
        opened.tab.on("request", lambda r: opened.requests.append(r.url))
        opened.tab.goto(f"{file.as_uri()}{hash}")
        return opened

    yield go
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Path of the page called so in tests/dashboard/test_page.py, built when first asked for.

    "simulated x": the study x of tests/dashboard/test_reading_simulated.py.
    """
    from lhu_effect.dashboard import render
    from tests.dashboard import test_page, test_reading_simulated

    folder = tmp_path_factory.mktemp("pages")

    def path(name: str) -> Path:
        file: Path = folder / f"{name.replace(' ', '_')}.html"
        if not file.exists():
            simulated = name.removeprefix("simulated ")
            made = name != simulated
            text = render(test_reading_simulated.made(simulated)[0]) if made else test_page.page_of(name)
            file.write_text(text, encoding="utf-8")
        return file

    return path


@pytest.fixture
def visit(open_page: OpenPage, built: Callable[[str], Path]) -> Visit:
    """Open a built page by name and wait until its script is ready (not with java_script_enabled=False)."""

    def go(name: str, **options: Any) -> Opened:
        opened = open_page(built(name), **options)
        if options.get("java_script_enabled", True):
            opened.tab.wait_for_selector("html[data-ready]")
        return opened

    return go


@pytest.fixture
def pdf_text(tmp_path: Path) -> Callable[[Page], str]:
    """The words of a page as printed on A4, sheets apart by form feeds."""
    tool = needed(shutil.which("pdftotext"), "pdftotext")

    def text(tab: Page) -> str:
        file = tmp_path / "page.pdf"
        tab.pdf(path=str(file), prefer_css_page_size=True, print_background=True)
        command = [tool, "-layout", str(file), "-"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    return text
