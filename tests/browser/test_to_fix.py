"""The list To fix and the questions before decisions, in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from connectors.contract.employee import BankAccount
from core.clock import now
from core.db import reading, transaction
from core.models import Audit, Link, Plan, PlanState, Run, RunKind, User
from harness import world
from tests.browser.served import web_process
from tests.browser.site import place, sign_in
from tests.browser.steps import choose_option
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import BAD_PHONE, TWO_ACCOUNTS, FakeTarget, person
from tests.web.conftest import HASHED

Result = TypeVar("Result")


@dataclass(frozen=True)
class Site:
    """A web process with a company whose payroll and HR system are in memory."""

    url: str
    hub: Hub
    held: int
    waiting: int
    planned: Hub
    preview: int
    # A connection without a run yet.
    paid: Hub


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    """Fill the store, and start the web process once for this module."""
    with place(tmp_path_factory.mktemp("site"), sqlite_template) as at:
        connection = world.active_connection(at.people.account)
        with ThreadPoolExecutor(1) as thread:  # Playwright has a loop in this one
            hub, waiting, held = thread.submit(runs, connection).result()
            planned, preview = thread.submit(plans, at.people.account).result()
        paid = Hub(world.active_connection(at.people.account, source="ipayroll", target="keypay"))
        paid.fill(3)
        second = world.person(at.people.account, username="second")
        with transaction() as session:
            session.get_one(User, second).password_hash = HASHED
        with web_process(at.home) as url:
            yield Site(url, hub, held, waiting, planned, preview, paid)


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


def plans(account: int) -> tuple[Hub, int]:
    """Let a preview of another connection find two employees to create and one new bank account."""
    hub = Hub(world.active_connection(account, target="keypay"))
    hub.fill(12)
    hub.run()
    change_bank(hub, "s3")
    for number in (21, 22):
        hub.source.put(f"s{number}", person(number))
    return hub, hub.run(RunKind.PREVIEW).id


def change_bank(hub: Hub, source_id: str) -> None:
    hub.source.edit(source_id, bank_accounts=(BankAccount("Anna", "12345678", "064000"),))


def in_thread(work: Callable[[], Result]) -> Result:
    with ThreadPoolExecutor(1) as thread:  # Playwright has a loop in this one
        return thread.submit(work).result()


def held_run(site: Site) -> int:
    """Hold a run that the Account Admin has started."""
    run_id = site.planned.request()
    with transaction() as session:
        admin = session.scalars(select(User).where(User.username == "admin")).one()
        session.get_one(Run, run_id).requested_by = admin.id
    in_thread(lambda: site.planned.execute(run_id))
    return run_id


def test_a_group_is_applied_and_a_second_person_approves_the_bank_account(page: Page, site: Site) -> None:
    sign_in(page, site, f"/Reports?run={site.preview}")
    page.get_by_role("radio", name="Create (2)").click()
    expect(page.get_by_text("Given3 Surname3")).to_have_count(1)  # below, in the list of the run's employees
    picture(page, "plan-group")
    page.get_by_role("button", name="Apply this group: Create (2)").click()
    expect(page.get_by_text("1 employee will not, and comes again in the next run.")).to_be_visible()
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_text("2 of 3 approved.")).to_be_visible()
    found = re.search(r"run=(\d+)", page.url)
    assert found is not None
    in_thread(lambda: site.planned.execute(int(found[1])))
    assert in_thread(lambda: site.planned.ended(int(found[1]))).counters.created == 2
    held = held_run(site)
    page.goto(f"{site.url}/Reports?run={held}")
    expect(page.get_by_text("You started this run, so someone else has to approve")).to_be_visible()
    expect(page.get_by_role("button", name="Approve all (1)")).to_be_disabled()
    picture(page, "plan-held")
    page.get_by_role("link", name="Sign out").click()
    sign_in(page, site, f"/Reports?run={held}", "second")
    menu = page.get_by_test_id("stSidebarNav")
    expect(menu.get_by_role("link", name=re.compile(r"^Home \(\d+ to decide\)$"))).to_be_visible()
    page.get_by_role("button", name="Approve all (1)").click()
    page.get_by_label("Note").fill("Checked with Anna")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text(f"Go to the plan, in run #{held}")).to_be_visible()
    with reading() as session:
        plan = session.get_one(Plan, held)
        assert plan.state is PlanState.APPROVED
        details = session.scalars(select(Audit.detail).where(Audit.action == "plan.approve")).all()
    assert details[-1]["note"] == "Checked with Anna"
    page.goto(f"{site.url}/Reports?run={held}")
    expect(page.get_by_text("Note of second: Checked with Anna")).to_be_visible()


def open_question_by_keyboard(page: Page) -> None:
    """Press Decide: the question that it opens comes next, so that Tab goes on inside it."""
    page.get_by_role("button", name="Decide").press("Enter")
    expect(page.locator('[class*="st-key-question-decide"]')).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="Assigned to").last).to_be_focused()


def test_somebody_looks_decides_and_the_number_in_the_menu_follows(page: Page, site: Site) -> None:
    sign_in(page, site, "/To_fix")
    expect(page.get_by_role("heading", name="To fix", exact=True)).to_be_visible()
    menu = page.get_by_test_id("stSidebarNav")
    expect(menu.get_by_role("link", name="To fix (8)")).to_be_visible()
    expect(page.get_by_text("enableHR no longer lists them")).to_be_visible()
    picture(page, "list")
    choose_option(page.get_by_role("combobox", name=re.compile("Who must act")), "Payroll")
    expect(page.get_by_text("3 people", exact=True)).to_be_visible()
    page.goto(f"{site.url}/To_fix?search=s0")
    open_question_by_keyboard(page)
    page.get_by_role("button", name="Cancel").press("Enter")
    expect(page.get_by_role("button", name="Decide")).to_be_focused()
    open_question_by_keyboard(page)
    page.get_by_role("textbox", name="Why it can be ignored").fill("A contractor, paid elsewhere.")
    picture(page, "decide")
    page.get_by_role("button", name="Ignore", exact=True).click()
    expect(page.get_by_text("Given0 Surname0: Missing field is ignored.")).to_be_visible()
    expect(menu.get_by_role("link", name="To fix (7)")).to_be_visible()
    page.goto(f"{site.url}/To_fix?search=s1")
    page.get_by_role("link", name=re.compile("Run #")).click()
    expect(page.get_by_role("heading", name=f"Run #{site.held}")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Search", exact=True)).to_have_value("s1")
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


def test_a_held_run_is_rejected_with_a_note_and_another_tab_is_told(page: Page, site: Site) -> None:
    sign_in(page, site, f"/Reports?run={site.held}")
    expect(page.get_by_role("button", name="Approve all (2)")).to_be_visible()
    other = page.context.new_page()
    other.goto(f"{site.url}/Reports?run={site.held}")
    choose_option(other.get_by_role("combobox", name="Choose employees"), re.compile("Surname10"))
    other.keyboard.press("Escape")
    other.get_by_role("button", name="Approve chosen (1)").click()
    expect(other.get_by_text("1 employee will not, and comes again in the next run.")).to_be_visible()
    picture(other, "approve-some")
    page.get_by_role("button", name="Reject all", exact=True).click()
    expect(page.get_by_text("Nothing will be written, and the plan is deleted.")).to_be_visible()
    page.get_by_label("Note").fill("Three have only moved: <b>ask</b> HR")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text(re.compile("^Rejected by Admin, "))).to_be_visible()
    expect(page.get_by_text("Note of Admin: Three have only moved: <b>ask</b> HR")).to_be_visible()
    picture(page, "rejected")
    other.get_by_role("button", name="Approve", exact=True).click()
    expect(other.get_by_text("This plan has already been rejected.").first).to_be_visible()
    expect(other.get_by_text("Note of Admin: Three have only moved")).to_be_visible()
    picture(other, "rejected-elsewhere")
    page.goto(f"{site.url}/Audit")
    expect(page.get_by_text("Three have only moved").first).to_be_visible()
    picture(page, "rejected-audit")


def test_a_pay_calendar_is_set_and_somebody_put_right_leaves_the_forecast(page: Page, site: Site) -> None:
    hub = site.paid
    hub.source.put("s40", person(40, start_date=None))
    in_thread(lambda: hub.run(RunKind.PREVIEW))
    sign_in(page, site, f"/Connections?connection={hub.connection_id}&tab=pay+days")
    expect(page.get_by_text("Enter one pay date that you know.")).to_be_visible()
    choose_option(page.get_by_role("combobox", name="How often are people paid?"), "On dates that I paste")
    dates = page.get_by_role("textbox", name="Pay dates")
    dates.fill("5/11/2020")
    dates.press("Control+Enter")
    expect(page.get_by_text("None of these pay dates is in the future.")).to_be_visible()
    dates.fill((now() + timedelta(days=20)).date().isoformat())
    dates.press("Control+Enter")
    expect(page.get_by_text("Cut-off 3 business days before it at 12:00. The next pays:")).to_be_visible()
    for tab in ("Settings", "Pay days"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    expect(dates).to_have_value((now() + timedelta(days=20)).date().isoformat())
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    picture(page, "pay-calendar")
    page.get_by_role("button", name="Save pay calendar").click()
    expect(page.get_by_text("Pay calendar saved.")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("Given40 Surname40, source ID.*pay"))
    expect(row).to_contain_text("Misses this pay")
    expect(row).to_contain_text("Missing field")
    expect(row).to_contain_text("HR")
    picture(page, "forecast")
    page.goto(site.url)
    expect(page.get_by_text(re.compile(r"Pay of .*will miss it"))).to_be_visible()
    hub.source.edit("s40", start_date=date(2024, 2, 1))
    in_thread(lambda: hub.run(RunKind.PREVIEW))
    page.goto(f"{site.url}/Connections?connection={hub.connection_id}&tab=pay+days")
    expect(page.get_by_role("heading", name=re.compile("Pay of "))).to_be_visible()
    expect(row).to_have_count(0)


def picture(page: Page, name: str) -> None:
    """Take a picture, when somebody asked for it."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.wait_for_timeout(700)
        page.screenshot(path=f"{folder}/to-fix-{name}.png", full_page=True)
