"""The list To fix and the questions before decisions, in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.db import reading, transaction
from core.models import Link, Plan, PlanState
from harness import world
from tests.browser.served import web_process
from tests.browser.site import place, sign_in
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import BAD_PHONE, TWO_ACCOUNTS, FakeTarget, person


@dataclass(frozen=True)
class Site:
    """A web process with a company whose payroll and HR system are in memory."""

    url: str
    hub: Hub
    held: int
    waiting: int


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    """Fill the store, and start the web process once for this module."""
    with place(tmp_path_factory.mktemp("site"), sqlite_template) as at:
        connection = world.active_connection(at.people.account)
        with ThreadPoolExecutor(1) as thread:  # Playwright has a loop in this one
            hub, waiting, held = thread.submit(runs, connection).result()
        with web_process(at.home) as url:
            yield Site(url, hub, held, waiting)


def runs(connection: int) -> tuple[Hub, int, int]:
    """Let runs find something to fix, wait for a match decision, and be held; return those two runs."""
    hub = Hub(connection, target=FakeTarget(chosen_ids=False))
    hub.fill(14)
    hub.source.edit("s0", start_date=None)
    hub.source.edit("s1", bank_accounts=TWO_ACCOUNTS)
    hub.source.edit("s2", mobile=BAD_PHONE)
    hub.run()
    del hub.source.people["s5"]
    hub.source.put("twin", replace(person(3), employee_number=None))
    waiting = hub.run().id
    hub.set_job(limits={"terminations": {"count": 2}})
    for number in (7, 8, 9):
        hub.source.edit(f"s{number}", status="Terminated", end_date=date(2026, 6, 1))
    for number in (10, 11):
        hub.source.edit(f"s{number}", mobile=f"0411 222 3{number}")
    return hub, waiting, hub.run().id


def test_somebody_looks_decides_and_the_number_in_the_menu_follows(page: Page, site: Site) -> None:
    sign_in(page, site, "/To_fix")
    expect(page.get_by_role("heading", name="To fix", exact=True)).to_be_visible()
    menu = page.get_by_test_id("stSidebarNav")
    expect(menu.get_by_role("link", name="To fix (8)")).to_be_visible()
    expect(page.get_by_text("enableHR no longer lists them")).to_be_visible()
    picture(page, "list")
    page.get_by_role("combobox", name=re.compile("Who must act")).click()
    page.get_by_role("option", name="Payroll").click()
    expect(page.get_by_text("3 people")).to_be_visible()
    page.goto(f"{site.url}/To_fix?search=s0")
    page.get_by_role("button", name="Decide").click()
    page.get_by_role("textbox", name="Why it can be ignored").fill("A contractor, paid elsewhere.")
    picture(page, "decide")
    page.get_by_role("button", name="Ignore", exact=True).click()
    expect(page.get_by_text("Given0 Surname0: Missing field is ignored.")).to_be_visible()
    expect(menu.get_by_role("link", name="To fix (7)")).to_be_visible()
    page.goto(f"{site.url}/To_fix?search=s1")
    page.get_by_role("link", name=re.compile("Run #")).click()
    expect(page.get_by_role("heading", name=f"Run #{site.held}")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("s1")
    expect(page.get_by_text("More than one bank account exists").first).to_be_visible()


def test_unlinking_is_asked_and_undone(page: Page, site: Site) -> None:
    sign_in(page, site, f"/Reports?run={site.waiting}")
    page.get_by_text(re.compile(r"Given3 Surname3 \(twin\)")).first.click()
    page.get_by_role("button", name="Unlink", exact=True).click()
    expect(page.get_by_text("will no longer belong to")).to_be_visible()
    picture(page, "unlink")
    page.get_by_role("button", name="Unlink", exact=True).last.click()
    expect(page.get_by_text("You unlinked Given3 Surname3 (s3) from it.")).to_be_visible()
    picture(page, "unlinked")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Is linked to Given3 Surname3 (s3).")).to_be_visible()
    with reading() as session:
        assert session.get(Link, (1, "s3")) is not None


def test_approving_says_what_follows(page: Page, site: Site) -> None:
    sign_in(page, site, f"/Reports?run={site.held}")
    expect(page.get_by_text("3 employees have left since the last run")).to_be_visible()
    page.get_by_role("button", name="Approve all (2)").click()
    expect(page.get_by_text("2 employees will be written.")).to_be_visible()
    expect(page.get_by_text("3 employees who left must be ended")).to_be_visible()
    picture(page, "approve")
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("2 employees will be written.")).to_have_count(0)
    with transaction() as session:
        assert session.get_one(Plan, site.held).state is PlanState.OPEN


def picture(page: Page, name: str) -> None:
    """Take a picture, when somebody asked for it."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.wait_for_timeout(700)
        page.screenshot(path=f"{folder}/to-fix-{name}.png", full_page=True)
