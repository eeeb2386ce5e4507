"""What Support does in the dialogs of the Access page, and what it means for the people concerned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import steps
from tests.browser.served import web_process
from tests.web.conftest import PASSWORD, People


@pytest.fixture
def hub_url(home: Path, people: People) -> Iterator[str]:
    with web_process(home) as url:
        yield url


@pytest.fixture
def other(chromium: Browser) -> Iterator[Page]:
    """Open the window of somebody else."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def sign_in(page: Page, url: str, username: str, password: str = PASSWORD) -> None:
    page.goto(url)
    page.get_by_role("textbox", name="User name").fill(username)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()


def choose(page: Page, account: str, role: str) -> None:
    for place, name in enumerate((account, role)):
        steps.choose_option(page.get_by_role("dialog").get_by_role("combobox").nth(place), name)


def test_support_gives_access_and_takes_it_away(hub_url: str, page: Page, other: Page) -> None:
    sign_in(page, hub_url, "support")
    page.goto(f"{hub_url}/Access")
    page.get_by_role("button", name="Invite a person").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name", exact=True).fill("Ivy")
    dialog.get_by_role("textbox", name="User name or e-mail").fill("ivy")
    choose(page, "Harbour Foods", "Account Admin")
    dialog.get_by_role("button", name="Invite").click()
    password = dialog.get_by_test_id("stCode").inner_text().strip()

    sign_in(other, hub_url, "ivy", password)
    other.get_by_role("textbox", name="New password").fill("three words in a row")
    other.get_by_role("textbox", name="Repeat password").fill("three words in a row")
    other.get_by_role("button", name="Save password").click()
    expect(other.get_by_text("Ivy · Account Admin")).to_be_visible()

    page.goto(f"{hub_url}/Access?show=people")
    row = page.locator('[class*="st-key-person-row"]').filter(has_text="ivy")
    row.get_by_role("button", name="Change").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No role in any account.")).to_be_visible()
    other.reload()
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()


def test_an_account_switched_off_and_a_request_granted(hub_url: str, page: Page, other: Page) -> None:
    sign_in(other, hub_url, "analyst")
    sign_in(page, hub_url, "support")
    page.goto(f"{hub_url}/Access?show=accounts")
    page.locator(".st-key-account-row-1").get_by_role("button", name="Switch off").click()
    page.get_by_role("dialog").get_by_role("button", name="Switch off").click()
    expect(page.locator(".st-key-account-row-1").get_by_role("button", name="Switch on")).to_be_visible()
    other.reload()
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()

    sign_in(other, hub_url, "analyst")
    other.get_by_role("textbox", name="Your company and what you need").fill("Kiwi Timber, reports")
    other.get_by_role("button", name="Request access").click()
    expect(other.get_by_text("is waiting for enableHR Support")).to_be_visible()
    page.goto(f"{hub_url}/Access")
    expect(page.get_by_text("Kiwi Timber, reports")).to_be_visible()
    page.get_by_role("button", name="Grant").click()
    choose(page, "Kiwi Timber", "Account Admin")
    page.get_by_role("dialog").get_by_role("button", name="Grant").click()
    expect(page.get_by_text("No requests for access.")).to_be_visible()
    other.reload()
    expect(other.get_by_text("Analyst · Account Admin")).to_be_visible()
