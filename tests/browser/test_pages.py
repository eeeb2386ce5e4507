"""The pages in a real browser, on a web process with a small store: what only a browser can show.

One file, because all of it shares one web process, whose start takes longest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect
from sqlalchemy import select, update

from core.db import reading, transaction
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.models import Connection, ConnectionStatus, Every, Position, Run, Schedule, Side
from core.runs import selection
from core.security.actor import ActingRole, Actor
from core.sign_in import sessions
from harness import world
from harness.sandbox import Sandbox
from tests.browser import steps
from tests.browser.served import web_process
from tests.browser.site import picture, place, sign_in
from tests.core.reports import reported_runs
from tests.web.conftest import People


@dataclass(frozen=True)
class Site:
    """A web process with people, a connection and its runs."""

    url: str
    people: People
    connection: int
    run: int
    sandbox: Sandbox

    @property
    def admin(self) -> Actor:
        """Return the Account Admin."""
        return Actor("Admin", ActingRole.ACCOUNT_ADMIN, self.people.admin, self.people.account)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    """Start the web process and a sandbox once for this module."""
    with place(tmp_path_factory.mktemp("site"), sqlite_template) as at:
        connection = world.active_connection(at.people.account)
        for _ in range(60):
            reported_runs.run(connection)
        run = reported_runs.whole_run(connection)
        with web_process(at.home) as url:
            yield Site(url, at.people, connection, run, at.sandbox)


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_a_link_to_a_run_survives_signing_in(page: Page, site: Site) -> None:
    sign_in(page, site, f"/Reports?run={site.run}")
    heading(page, f"Run #{site.run}: enablehr → ipayroll")
    expect(page).to_have_url(f"{site.url}/Reports?run={site.run}")
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    for name in ("ihub_session", "ihub_browser"):
        assert cookies[name]["httpOnly"] and cookies[name]["sameSite"] == "Lax"
    assert page.evaluate("document.cookie").find("ihub") == -1


def test_a_copied_cookie_stops_working_after_signing_out(page: Page, site: Site) -> None:
    sign_in(page, site, "/Jobs")
    heading(page, "Jobs")
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "ihub_session")
    assert sessions.actor_for(token) is not None
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(page.get_by_label("User name")).to_be_visible()
    assert sessions.actor_for(token) is None
    page.context.add_cookies([{"name": "ihub_session", "value": token, "url": site.url}])
    page.goto(f"{site.url}/Jobs")
    expect(page.get_by_label("User name")).to_be_visible()
    expect(page.get_by_role("heading", name="Jobs")).to_have_count(0)


def test_a_session_ended_elsewhere_ends_at_the_next_click(page: Page, site: Site) -> None:
    sign_in(page, site, "/Jobs")
    heading(page, "Jobs")
    sessions.sign_out_everywhere(site.admin)
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    expect(page.get_by_label("User name")).to_be_visible()
    with reading() as session:
        assert not session.scalars(select(Run.id).where(Run.id > site.run)).all()


def test_an_analyst_finds_reports_only(page: Page, site: Site) -> None:
    sign_in(page, site, "/", "analyst")
    heading(page, "Home")
    for name in ("Connections", "Jobs"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    page.goto(f"{site.url}/Connections")
    expect(page.get_by_text("Your role does not allow you to see connections.")).to_be_visible()


def test_support_sees_all_accounts_the_worst_first_and_chooses_one(page: Page, site: Site) -> None:
    namesake = world.account("Harbour Foods")
    lost = world.active_connection(namesake)
    with transaction() as session:
        session.get_one(Connection, lost).status = ConnectionStatus.ATTENTION
    sign_in(page, site, "/", "support")
    rows = page.locator("table.hub-table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text(f"Harbour Foods (#{namesake})")
    expect(rows.nth(0)).to_contain_text("Reconnect")
    expect(rows.nth(1)).to_contain_text(f"Harbour Foods (#{site.people.account})")
    expect(rows.nth(1)).to_contain_text("finished with errors")
    picture(page, "support-home")
    account = f"Harbour Foods (#{site.people.account})"
    steps.choose_option(page.get_by_role("combobox", name="Account"), account)
    heading(page, "Home")
    expect(page.get_by_text("This account", exact=True)).to_be_visible()
    page.get_by_role("link", name="Jobs", exact=True).first.click()
    heading(page, "Jobs")
    expect(page.locator("[class*=st-key-job-]")).to_have_count(1)
    picture(page, "support-jobs")
    page.get_by_role("link", name="Connections", exact=True).first.click()
    expect(page.get_by_text("You have read-only access to connections.")).to_be_visible()
    expect(page.get_by_role("button", name="Add connection")).to_have_count(0)


def test_pages_filters_and_the_way_back_stand_in_the_address(page: Page, site: Site) -> None:
    sign_in(page, site, "/Reports")
    expect(page.get_by_text("61 runs, newest first")).to_be_visible()
    page.get_by_role("button", name="Page 2").click()
    expect(page.get_by_role("link", name="#1", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("page=2"))
    steps.choose_option(page.get_by_role("combobox", name="Status"), "ERROR")
    expect(page.get_by_text("1 run, newest first")).to_be_visible()
    expect(page).to_have_url(f"{site.url}/Reports?status=ERROR")
    page.get_by_role("link", name=f"#{site.run}", exact=True).click()
    heading(page, f"Run #{site.run}: enablehr → ipayroll")
    assert len(page.context.pages) == 1, "it opens in the same tab"
    page.go_back()
    expect(page.get_by_text("1 run, newest first")).to_be_visible()


def test_reports_are_followed_without_loading_the_document_again(page: Page, site: Site) -> None:
    sign_in(page, site, "/Reports?sort=most-errors&since=2020-01-01")
    expect(page.get_by_text("61 runs, most errors first")).to_be_visible()
    documents: list[str] = []
    page.on(
        "request", lambda asked: documents.append(asked.url) if asked.resource_type == "document" else None
    )
    page.get_by_role("link", name=f"#{site.run}", exact=True).click()
    heading(page, f"Run #{site.run}: enablehr → ipayroll")
    page.get_by_role("link", name="2 missing field", exact=True).click()
    expect(page).to_have_url(
        f"{site.url}/Reports?run={site.run}&show=filtered&needs=you&reason=MISSING_FIELD"
    )
    expect(page.get_by_text("2 employees", exact=True)).to_be_visible()
    page.get_by_label("Search").fill("muller  mia")
    page.get_by_label("Search").press("Enter")
    expect(page.get_by_text("1 employee", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="Mia Müller")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("2 employees", exact=True)).to_be_visible()
    expect(page.get_by_label("Search")).to_have_value("")
    page.go_back()
    expect(page.get_by_text("5 employees", exact=True)).to_be_visible()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Reports").click()
    expect(page.get_by_text("61 runs, newest first")).to_be_visible()
    expect(page).to_have_url(f"{site.url}/Reports")
    assert documents == []


def test_records_are_grouped_searched_and_exported(page: Page, site: Site) -> None:
    sign_in(page, site, f"/Reports?run={site.run}")
    expect(page.get_by_text("5 employees", exact=True)).to_be_visible()
    page.get_by_text("Warnings (1)").click()
    expect(page.get_by_text("1 employee", exact=True)).to_be_visible()
    page.get_by_text("Updated (1)").click()
    page.get_by_text("1 field changed").click()
    expect(page.get_by_text("Street: 1 High <b>St</b> → 2 Low St")).to_be_visible()
    page.get_by_text("Everyone (9)").click()
    expect(page.get_by_text("9 employees", exact=True)).to_be_visible()
    page.get_by_placeholder("Name, source ID or target ID").fill("ngata")
    page.get_by_placeholder("Name, source ID or target ID").press("Enter")
    expect(page.get_by_text("1 employee", exact=True)).to_be_visible()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV: These employees").click()
    assert f"_records_run-{site.run}_" in download.value.suggested_filename
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 2 and lines[1].startswith("Amelia Ngata,S2,T2,Terminate,Terminated")


def test_a_schedule_is_created_changed_paused_and_cancelled(page: Page, site: Site) -> None:
    sign_in(page, site, "/Jobs")
    page.get_by_role("button", name="Create schedule", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Every weekday at 07:00, Brisbane time.")).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text=", 07:00 AEST")).to_have_count(5)
    add_time(page, dialog, "18:05")
    expect(dialog.get_by_text("Every weekday at 07:00 and 18:05, Brisbane time.")).to_be_visible()
    picture(page, "schedule")
    dialog.get_by_role("button", name="Create schedule", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Every weekday at 07:00 and 18:05, Brisbane time")).to_be_visible()

    choose(page, "Change schedule")
    steps.choose_option(dialog.get_by_role("combobox", name="How often"), "By a cron expression")
    cron = dialog.get_by_label("Cron expression", exact=True)
    cron.fill("0 0 31 2 *")
    cron.press("Enter")
    expect(dialog.get_by_text("No day has this date, so the schedule would never run.")).to_be_visible()
    steps.choose_option(dialog.get_by_role("combobox", name="How often"), "On chosen days of the week")
    dialog.get_by_role("button", name="Thursday").click()
    changed = "Every Monday and Thursday at 07:00 and 18:05, Brisbane time"
    expect(dialog.get_by_text(f"{changed}. The next runs start")).to_be_visible()
    picture(page, "change")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text(changed)).to_be_visible()

    choose(page, "Pause until…")
    picture(page, "pause")
    dialog.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_text("Paused until")).to_be_visible()
    picture(page, "paused")
    schedule = schedules.active_schedule(site.admin, site.connection)
    assert schedule is not None and schedule.is_paused and schedule.sentence == changed
    choose(page, "Resume schedule")
    expect(page.get_by_text("Paused until")).to_have_count(0)

    cancel(page, changed)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Next run")).to_be_visible()
    cancel(page, changed)
    picture(page, "cancelled")
    expect(page.get_by_role("button", name="Create schedule", exact=True)).to_be_visible()
    assert schedules.active_schedule(site.admin, site.connection) is None


def test_a_zone_that_is_gone_and_closed_hours_are_said_and_the_schedule_is_saved(
    page: Page, site: Site
) -> None:
    schedules.create(site.admin, site.connection, Rule(Every.DAY, at="07:30"))
    target = update(Side).where(Side.connection_id == site.connection, Side.position == Position.TARGET)
    with transaction() as session:
        before = session.scalars(select(Side.settings).where(Side.position == Position.TARGET)).first()
        session.execute(target.values(settings={**(before or {}), "closed_hours": "00:01-23:59"}))
        session.execute(update(Schedule).values(time_zone="Mars/Olympus"))
    sign_in(page, site, "/Jobs")
    gone = "No run: the time zone Mars/Olympus of this schedule no longer exists."
    expect(page.get_by_text(gone)).to_be_visible()
    picture(page, "zone-gone")
    choose(page, "Change schedule")
    dialog = page.get_by_role("dialog")
    steps.choose_option(dialog.get_by_role("combobox", name="How often"), "Every few minutes")
    expect(dialog.get_by_text("No scheduled run starts in closed hours: ")).to_be_visible()
    expect(dialog.get_by_text("one run at their end")).to_be_visible()
    picture(page, "closed-hours")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text(gone)).to_have_count(0)
    expect(page.get_by_text("at the end of closed hours")).to_be_visible()
    with transaction() as session:
        session.execute(target.values(settings=before))
    schedule = schedules.active_schedule(site.admin, site.connection)
    assert schedule is not None and schedule.problem == ""
    schedules.cancel(site.admin, site.connection)


def add_time(page: Page, dialog: Locator, time: str) -> None:
    """Type a further time of day."""
    field = dialog.get_by_role("combobox", name="Times")
    field.fill(time)
    field.press("Enter")
    page.keyboard.press("Escape") if page.get_by_role("listbox").count() else None


def choose(page: Page, entry: str) -> None:
    """Choose an entry of the job's menu."""
    page.get_by_test_id("stMenuButton").get_by_role("button").click()
    picture(page, "menu")
    page.get_by_text(entry, exact=True).click()


def cancel(page: Page, sentence: str) -> None:
    """Cancel the schedule, and read which one it was."""
    choose(page, "Cancel Schedule")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"no longer runs by itself. Now: {sentence}.")).to_be_visible()
    dialog.get_by_role("button", name="Cancel Schedule").click()
    expect(page.get_by_text(f"Schedule cancelled: {sentence}.")).to_be_visible()


def test_one_person_of_a_run_is_synced_again(page: Page, site: Site) -> None:
    sign_in(page, site, f"/Reports?run={site.run}")
    heading(page, f"Run #{site.run}: enablehr → ipayroll")
    page.get_by_role("button", name="Retry these").click()
    expect(page.get_by_role("button", name="Retry the chosen")).to_be_disabled()
    page.keyboard.press("Escape")
    page.get_by_label("Search").fill("S8")
    page.get_by_label("Search").press("Enter")
    expect(page.get_by_text("1 employee", exact=True)).to_be_visible()
    page.get_by_role("button", name="Retry these").click()
    page.get_by_role("button", name="Retry all 1 listed").click()
    expect(page.get_by_text("is queued.")).to_be_visible()
    with reading() as session:
        run = session.scalars(select(Run).order_by(Run.id.desc())).first()
        assert run is not None and selection.load(session, run.id) == ("S8",)
    expect(page).to_have_url(f"{site.url}/Reports?run={run.id}")
    page.go_back()
    heading(page, f"Run #{site.run}: enablehr → ipayroll")


def test_home_leads_on_and_the_menu_leads_back_from_details(page: Page, site: Site) -> None:
    sign_in(page, site, "/")
    heading(page, "Home")
    expect(page).to_have_title("Home · iHUB")
    page.locator("table.hub-table").get_by_role("link", name="enablehr → ipayroll", exact=True).click()
    expect(page).to_have_url(f"{site.url}/Connections?connection={site.connection}")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Connections").click()
    expect(page).to_have_url(f"{site.url}/Connections")
    heading(page, "Connections")


def test_a_pressed_button_keeps_the_focus_and_a_menu_says_of_what_it_is(page: Page, site: Site) -> None:
    sign_in(page, site, "/Jobs")
    expect(page.get_by_role("button", name=re.compile("More for enablehr → ipayroll"))).to_be_visible()
    button = page.get_by_role("button", name="Preview")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("is queued").first).to_be_visible()
    expect(page.get_by_role("button", name="Preview")).to_be_focused()
    expect(page.get_by_role("button", name="Preview")).to_have_css("outline-style", "solid")


# A screen of 1280 x 800 at a zoom of 200 %, and a phone.
SMALL_SCREENS: tuple[ViewportSize, ...] = ({"width": 640, "height": 400}, {"width": 360, "height": 640})


def test_on_a_small_screen_nothing_covers_the_top_of_a_page(page: Page, site: Site) -> None:
    sign_in(page, site, "/")
    heading(page, "Home")
    for path, role, name in (
        (f"/Reports?run={site.run}", "link", "← All runs"),
        ("/Connections", "button", "Add connection"),
        (f"/Connections?connection={site.connection}", "link", "← All connections"),
        ("/Jobs", "heading", "Jobs"),
    ):
        page.goto(site.url + path)
        first = page.get_by_test_id("stMain").get_by_role(role, name=re.compile(name)).first  # type: ignore[arg-type]
        for screen in SMALL_SCREENS:
            page.set_viewport_size(screen)
            expect(first).to_be_visible()
            assert first.evaluate(IS_ON_TOP), f"{path} at {screen}: {name}"


# Whether each corner of an element, a little inside, shows the element itself.
IS_ON_TOP = """element => {
  const {left, right, top, bottom} = element.getBoundingClientRect()
  const seen = (x, y) => element.contains(document.elementFromPoint(x, y))
  return [left + 6, right - 6].every(x => [top + 6, bottom - 6].every(y => seen(x, y)))
}"""


def test_a_meaning_is_read_by_the_keyboard_and_by_a_tap(page: Page, site: Site) -> None:
    sign_in(page, site, "/Reports")
    meaning = (
        page.locator(".hub-help").filter(has_text="Number of employees read from the source").locator("div")
    )
    mark = page.get_by_label("What Records Read means", exact=True)
    expect(meaning).not_to_be_visible()
    mark.focus()
    page.keyboard.press("Enter")
    expect(meaning).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 640})
    page.get_by_text("What the lines mean").click()
    expect(
        page.locator(".hub-legend").get_by_text("Number of employees read from the source")
    ).to_be_visible()
    page.goto(f"{site.url}/Reports?run={site.run}")
    tile = page.locator(".hub-tile").first
    tile.locator("summary").click()
    expect(tile.get_by_text("Number of employees read from the source system.")).to_be_visible()
