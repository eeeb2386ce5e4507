"""How long people wait for pages of a store of millions of records, in Chromium, with iHUB started as usual."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from bench.reports.fill import PASSWORD, USERNAME, large_run
from bench.show import Line
from core.settings import settings
from harness import launched
from harness.browser import FLAGS, program

DRAWN, LIMIT_SECONDS = 12, 1.0


def measure(home: Path) -> Iterator[Line]:
    """Open each page again and again, from its address, until its last part is there."""
    path = program()
    if path is None:
        yield Line("pages in a browser", "Chromium is not installed")
        return
    address = {"DATABASE_URL": settings().store_url()} if "postgresql" in settings().store_url() else {}
    with launched.running(home, IHUB_DEMO=0, **address) as hub, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(60_000)
        _sign_in(page, hub.url)
        for name, where, last in _pages(large_run()):
            _open(page, f"{hub.url}{where}", last)
            taken = [_open(page, f"{hub.url}{where}", last) for _ in range(DRAWN)]
            p95 = statistics.quantiles(taken, n=20)[-1]
            yield Line(
                f"{name} in the browser", f"{p95:.2f} s", f"≤ {LIMIT_SECONDS:.0f} s", p95 <= LIMIT_SECONDS
            )
        browser.close()


def _pages(large: int) -> Iterator[tuple[str, str, str]]:
    """Yield each page: its name, its address, and what is drawn last on it."""
    yield "Reports", "/Reports", "[data-testid='stDataFrame'], table"
    yield "a run", f"/Reports?run={large // 2}", "[data-testid='stDataFrame'], table"
    yield "the largest run", f"/Reports?run={large}", "[data-testid='stDataFrame'], table"


def _sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("textbox", name="User name").fill(USERNAME)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Sign out")).to_be_visible(timeout=60_000)


def _open(page: Page, address: str, last: str) -> float:
    """Return how many seconds a page takes until its last part is there, and Streamlit has finished it."""
    began = time.perf_counter()
    page.goto(address)
    page.locator(last).last.wait_for()
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']")
    return time.perf_counter() - began
