"""Pages left open: they notice what happens, and take away nothing that somebody has opened or entered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, func, select, update

from core.clock import now
from core.db import reading, transaction
from core.models import Connection, OpenProblem, ProblemKind, Run, RunKind, RunStatus, Session
from harness import world
from tests.browser.site import Site, picture, served_site, sign_in
from tests.core.reports import reported_runs

REFRESH_SECONDS = 3
REFRESHED = 45_000
ZONE = "Pacific/Auckland"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    """Start a web process whose pages look for news soon."""
    folder = tmp_path_factory.mktemp("left-open")
    with served_site(folder, sqlite_template, IHUB_REFRESH_SECONDS=REFRESH_SECONDS) as served:
        yield served


@pytest.fixture(scope="module")
def job(site: Site) -> int:
    """Add an Active connection with its job."""
    return world.active_connection(site.people.account)


def end(run_id: int) -> None:
    with transaction() as session:
        run = session.get_one(Run, run_id)
        run.status, run.unchanged, run.message = RunStatus.COMPLETE, run.read, "Everybody is the same."


def add_problem(job: int) -> None:
    with transaction() as session:
        pairing_id = session.get_one(Connection, job).pairing_id
        what = {"code": "MISSING_FIELD", "message": "Start date is missing.", "fixer": "HR"}
        session.add(
            OpenProblem(pairing_id=pairing_id, kind=ProblemKind.OUTCOME, source_id="s1", name="Ann", **what)
        )


def test_a_dialog_that_is_filled_in_stays_when_a_run_ends(page: Page, site: Site, job: int) -> None:
    run_id = reported_runs.run(job, RunStatus.RUNNING, read=3)
    sign_in(page, site, "/Jobs")
    expect(page.get_by_text(f"Run #{run_id}: reading and comparing.")).to_be_visible()
    page.locator(f".st-key-menu-{job} button").first.click()
    page.get_by_text("Limits", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Terminations: at most", exact=True).fill("7")
    picture(page, "dialog-during-run")
    end(run_id)
    expect(page.get_by_text(f"Run #{run_id}: COMPLETE.")).to_be_attached(timeout=REFRESHED)
    page.wait_for_timeout(REFRESH_SECONDS * 1200)
    assert dialog.get_by_label("Terminations: at most", exact=True).input_value() == "7"
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).not_to_be_visible()
    expect(page.get_by_text("are saved. They apply from the next run.")).to_be_visible()
    expect(page.get_by_role("button", name="Run now")).to_be_enabled(timeout=REFRESHED)


def test_a_scheduled_run_is_noticed_while_a_menu_is_open(page: Page, site: Site, job: int) -> None:
    from core.jobs import schedules
    from core.jobs.recurrence import Rule
    from core.models import Every

    schedules.create(site.admin, job, Rule(Every.DAY, at="07:30"))
    sign_in(page, site, "/Jobs")
    page.locator(f".st-key-menu-{job} button").first.click()
    expect(page.get_by_text("Cancel Schedule", exact=True)).to_be_visible()
    run_id = reported_runs.run(job, RunStatus.RUNNING, read=3)
    expect(page.get_by_text(f"Run #{run_id}: reading and comparing.")).to_be_visible(timeout=REFRESHED)
    expect(page.get_by_text("Cancel Schedule", exact=True)).to_be_visible()
    picture(page, "menu-during-run")
    end(run_id)
    expect(page.get_by_text(f"Run #{run_id}: COMPLETE.")).to_be_visible(timeout=REFRESHED)
    expect(page.get_by_text("Cancel Schedule", exact=True)).to_be_visible()


def test_a_press_counts_while_the_page_does_not_show_a_run_of_somebody_else_yet(
    page: Page, site: Site, job: int
) -> None:
    sign_in(page, site, "/Jobs")
    button = page.get_by_role("button", name="Run now")
    expect(button).to_be_enabled()
    page.wait_for_timeout(REFRESH_SECONDS * 1200)
    run_id = reported_runs.run(job, RunStatus.RUNNING, kind=RunKind.PREVIEW, read=3)
    button.click()
    expect(page.get_by_text(f"is waiting: it starts when run #{run_id} has ended.")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("button", name="Take back")).to_have_count(0)
    end(run_id)


@pytest.mark.parametrize("own_page", [False, True])
def test_a_dialog_above_reports_stays_when_a_run_ends(
    page: Page, site: Site, job: int, own_page: bool
) -> None:
    run_id = reported_runs.run(job, RunStatus.RUNNING, read=3)
    sign_in(page, site, f"/Reports?run={run_id}" if own_page else "/Reports")
    expect(page.get_by_text("RUNNING", exact=True).first).to_be_visible()
    if own_page:  # its own watch has the menu follow
        add_problem(job)
        expect(page.get_by_role("link", name="To fix (1)")).to_be_visible(timeout=REFRESHED)
        with transaction() as session:
            session.execute(delete(OpenProblem))
    page.get_by_role("button", name="Times in").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").fill(ZONE)
    dialog.get_by_role("combobox").press("Enter")
    end(run_id)
    expect(page.get_by_text("RUNNING", exact=True)).to_have_count(0, timeout=REFRESHED)
    page.wait_for_timeout(REFRESH_SECONDS * 1200)
    expect(dialog.get_by_role("combobox")).to_have_value(ZONE)
    dialog.get_by_role("button", name="Close").click()
    expect(
        page.get_by_text("Employees", exact=True) if own_page else page.get_by_text("newest first")
    ).to_be_visible()


def test_a_run_is_noticed_while_reports_are_open_and_keeps_no_session_alive(
    page: Page, site: Site, job: int
) -> None:
    sign_in(page, site, "/Reports")
    expect(page.get_by_text("newest first")).to_be_visible()
    earlier = now() - timedelta(minutes=30)
    with transaction() as session:
        session.execute(update(Session).values(last_seen_at=earlier))
    run_id = reported_runs.run(job, RunStatus.RUNNING, read=3)
    expect(page.get_by_text(f"#{run_id}", exact=True)).to_be_visible(timeout=REFRESHED)
    end(run_id)
    expect(page.get_by_text("RUNNING", exact=True)).to_have_count(0, timeout=REFRESHED)
    page.wait_for_timeout(REFRESH_SECONDS * 1200)
    with reading() as session:
        assert set(session.scalars(select(Session.last_seen_at))) == {earlier}
    page.get_by_role("button", name="Times in").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    with reading() as session:
        assert session.scalars(select(func.max(Session.last_seen_at))).one() > earlier


def test_connections_and_to_fix_notice_what_happens_and_a_dialog_stays(
    page: Page, site: Site, job: int
) -> None:
    sign_in(page, site, "/Connections")
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()
    other = page.context.new_page()
    other.goto(f"{site.url}/To_fix")
    expect(other.get_by_text("Nothing has to be fixed.")).to_be_visible()
    page.locator(f".st-key-menu-{job} button").first.click()
    page.get_by_text("Delete connection", exact=True).click()
    dialog = page.get_by_role("dialog").filter(has_text="What stops")
    expect(dialog).to_be_visible()
    expect(
        page.get_by_test_id("stPopoverBody")
    ).not_to_be_visible()  # the menu does not stay above the dialog
    run_id = reported_runs.whole_run(job)
    add_problem(job)
    expect(page.get_by_role("link", name=f"#{run_id}", exact=True)).to_be_attached(timeout=REFRESHED)
    expect(other.get_by_text("1 person", exact=True)).to_be_visible(timeout=REFRESHED)
    expect(other.get_by_role("link", name="To fix (1)")).to_be_visible(timeout=REFRESHED)
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Cancel", exact=True).click()
    expect(dialog).not_to_be_visible()
    expect(page.get_by_role("link", name="To fix (1)")).to_be_visible()
