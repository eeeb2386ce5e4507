"""What a person does in the browser, and what can be read from the screen and the store."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Locator, Page, expect

from harness.launched import Hub

RUN_MILLISECONDS = 120_000


def sign_in(page: Page, hub: Hub, username: str = "admin") -> None:
    """Sign in with a demo password, as printed by `make run`."""
    page.goto(hub.url)
    page.get_by_role("textbox", name="User name").fill(username)
    page.get_by_role("textbox", name="Password").fill(hub.passwords()[username])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()


def choose_option(box: Locator, name: str | re.Pattern[str]) -> None:
    """Open a list and choose from it, once it has come to rest: a list that the page scrolls closes again."""
    box.scroll_into_view_if_needed()
    box.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    box.click()
    box.page.get_by_role("option", name=name).click()


def open_page(page: Page, name: str) -> None:
    """Choose a page in the menu."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def job(page: Page, connection_id: int = 1) -> Locator:
    """Return the row of a job on the Jobs page."""
    return page.locator(f".st-key-job-{connection_id}")


def run_now(page: Page) -> int:
    """Press Run now, watch the run end, and return its number."""
    job(page).get_by_role("button", name="Run now").click()
    sentence = page.get_by_text(re.compile(r"Run #\d+: (COMPLETE|ERROR|HELD)\b"))
    expect(sentence).to_be_visible(timeout=RUN_MILLISECONDS)
    found = re.search(r"Run #(\d+)", sentence.inner_text())
    assert found is not None
    return int(found[1])


def table(page: Page) -> list[dict[str, str]]:
    """Read the table on the screen, a row at a time."""
    shown = page.locator("table.hub-table").last
    heads = [_plain(head) for head in shown.locator("thead th").all_inner_texts()]
    rows = shown.locator("tbody tr")
    return [
        dict(zip(heads, map(_plain, row.locator("td").all_inner_texts()), strict=True)) for row in rows.all()
    ]


def _plain(text: str) -> str:
    return " ".join(text.replace("?", "").split())


def metrics(page: Page) -> dict[str, int]:
    """Read the counters of the run on the screen."""
    tiles = page.locator(".hub-tile")
    expect(tiles.first).to_be_visible()
    shown = (tile.all_inner_texts() for tile in (each.locator("span, b") for each in tiles.all()))
    return {label.strip(): int(number.replace(",", "")) for label, number in shown}


def group_counts(page: Page) -> dict[str, int]:
    """Read the numbers beside the groups of employees."""
    control = page.get_by_test_id("stButtonGroup")
    expect(control).to_be_visible()
    texts = (
        re.match(r"(.+) \(([\d,]+)\)$", _plain(text))
        for text in control.get_by_role("radio").all_inner_texts()
    )
    return {found[1]: int(found[2].replace(",", "")) for found in texts if found}


def runs(hub: Hub) -> list[dict[str, Any]]:
    """Return the runs as they stand in the store of a launched iHUB, oldest first."""
    with closing(sqlite3.connect(f"file:{hub.home / 'ihub.db'}?mode=ro", uri=True, timeout=30)) as store:
        store.row_factory = sqlite3.Row
        return [dict(row) for row in store.execute("select * from run order by id")]


def moment(text: str) -> datetime:
    """Read a moment of the store."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def balanced(run: dict[str, Any]) -> bool:
    """Say whether the run accounts for everyone once."""
    parts = ("unchanged", "filtered", "held", "written", "errors")
    return bool(run["read"] == sum(run[part] for part in parts)) and run["written"] == (
        run["created"] + run["updated"] + run["terminated"]
    )
