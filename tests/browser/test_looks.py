"""Each page and dialog in light and in dark: axe finds nothing serious, and nothing scrolls sideways on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from harness import world
from pages.ui.layout import colours
from tests.browser.served import web_process
from tests.browser.site import place, sign_in
from tests.core.reports import reported_runs
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person

WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}
# What is left of a window of 1280 by 800 at a zoom of 200 %.
ZOOMED: ViewportSize = {"width": 640, "height": 400}
SERIOUS = ("serious", "critical")
RED, GREEN, BLUE = (int(colours.DARK["page"][place : place + 2], 16) for place in (1, 3, 5))
BACKGROUND = f"rgb({RED}, {GREEN}, {BLUE})"
# Streamlit draws the page again after the click that opened it; what is measured has settled.
BUSY = '[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stStatusWidget"]'
WIDER = """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
    .some(each => each.scrollWidth > each.clientWidth)"""


@dataclass(frozen=True)
class Site:
    """A web process with a connection, its runs, and somebody with something to fix."""

    url: str
    connection: int
    run: int


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    """Run with two people, add runs as others leave them, and start the web process once for this module."""
    with place(tmp_path_factory.mktemp("site"), sqlite_template) as at:
        hub = Hub(world.active_connection(at.people.account))
        hub.source.put("s0", person(0, first_name="Wiremu", surname="Tāmati", start_date=None))
        hub.source.put("s1", person(1, first_name="Ana", surname="Tāmati"))
        with ThreadPoolExecutor(1) as thread:  # Playwright's loop does not allow it in this thread
            thread.submit(hub.run).result()
        for _ in range(3):
            reported_runs.run(hub.connection_id)
        run = reported_runs.whole_run(hub.connection_id)
        with web_process(at.home) as url:
            yield Site(url, hub.connection_id, run)


@pytest.fixture(scope="module")
def axe() -> str:
    """Return the script that finds what keeps people from using a page."""
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def settle(page: Page) -> None:
    expect(page.locator(BUSY)).to_have_count(0)
    page.wait_for_timeout(150)


def enter(page: Page, site: Site, path: str, username: str = "admin") -> None:
    sign_in(page, site, path, username)
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()


def serious(page: Page, axe: str) -> list[str]:
    """Return what axe finds on the screen: all in light, and in dark what hangs on the colours."""
    settle(page)
    page.evaluate(axe)
    found = violations(page, "light", {"resultTypes": ["violations"]})
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".stApp")).to_have_css("background-color", BACKGROUND)
    settle(page)
    found += violations(page, "dark", {"resultTypes": ["violations"], "runOnly": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    return found


def violations(page: Page, scheme: str, options: dict[str, Any]) -> list[str]:
    result: dict[str, Any] = page.evaluate("options => axe.run(options)", options)
    return [
        f"{scheme}: {violation['id']}: {node['html'][:160]}"
        for violation in result["violations"]
        if violation["impact"] in SERIOUS or violation["id"] == "heading-order"
        for node in violation["nodes"]
    ]


def is_wider_than_a_phone(page: Page) -> bool:
    """Say whether a page scrolls sideways on a phone, or in a window at a zoom of 200 %."""
    wider = False
    for size in (PHONE, ZOOMED):
        page.set_viewport_size(size)
        settle(page)
        wider = wider or page.evaluate(WIDER)
    page.set_viewport_size(WIDE)
    return wider


def test_no_page_or_dialog_of_an_account_has_a_serious_finding_or_scrolls_sideways(
    page: Page, site: Site, axe: str
) -> None:
    page.set_viewport_size(WIDE)
    page.goto(site.url)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    found = {"sign-in": serious(page, axe)}
    page.evaluate("document.querySelector('h2').style.color = '#999999'")
    assert [what[:22] for what in serious(page, axe)] == ["light: color-contrast:"], "axe finds what is weak"
    enter(page, site, "/")
    addresses = {
        "/": "Connections",
        f"/Connections?connection={site.connection}&tab=mapping": "enablehr → ipayroll",
        f"/Reports?connection={site.connection}": "Reports: enablehr → ipayroll",
        "/People": "People",
        f"/People?connection={site.connection}&person=s0": "What happened",
        "/To_fix": "To fix",
        "/Alerts?tab=tell+me+about": "Alerts",
        "/Alerts?tab=webhooks": "Alerts",
        "/API_tokens": "API tokens",
        "/Audit": "Audit",
        f"/Reports?run={site.run}": "Employees",
        "/Connections": "Connections",
        "/Jobs": "Jobs",
    }
    opened = {
        f"/Reports?run={site.run}": ("Retry these", "Retry the chosen"),
        f"/People?connection={site.connection}&person=s0": ("Link to…", "Name, employee number or id"),
        "/Connections": ("Add connection", "Source"),
        "/Jobs": ("More for enablehr → ipayroll", "Limits"),
    }
    wide = []
    for address, heading in addresses.items():
        page.goto(site.url + address)
        expect(page.get_by_role("heading", name=heading, exact=True).first).to_be_visible()
        settle(page)
        if is_wider_than_a_phone(page):
            wide.append(address)
        found[address] = serious(page, axe)
        if address in opened:
            button, shown = opened[address]
            page.get_by_role("button", name=button).click()
            expect(page.get_by_text(shown, exact=True).last).to_be_visible()
            found[f"{address}, opened"] = serious(page, axe)
    page.get_by_text("Limits", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Save")).to_be_visible()
    found["limits"] = serious(page, axe)
    assert {where: what for where, what in found.items() if what} == {}
    assert wide == []


def test_no_page_of_support_has_a_serious_finding_or_scrolls_sideways(
    page: Page, site: Site, axe: str
) -> None:
    page.set_viewport_size(WIDE)
    enter(page, site, "/Access?show=accounts", "support")
    found, wide = {}, []
    for address, button in {
        "/Access?show=accounts": "Switch off",
        "/Access?show=people": "Change",
        "/Support": "Save",
    }.items():
        page.goto(site.url + address)
        expect(page.get_by_role("button", name=button, exact=True).first).to_be_visible()
        if is_wider_than_a_phone(page):
            wide.append(address)
        found[address] = serious(page, axe)
    page.goto(f"{site.url}/Access")
    page.get_by_role("button", name="Invite a person").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Invite")).to_be_visible()
    found["invite"] = serious(page, axe)
    assert {where: what for where, what in found.items() if what} == {}
    assert wide == []
