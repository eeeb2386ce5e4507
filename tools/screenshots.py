"""Take the screenshots of the documents: each page as each role sees it.

    python -m tools.screenshots

starts iHUB with its demo in a temporary folder, signs in as each role and replaces the pictures. Then it starts iHUB
once more for each of the two ways to sign in with enableHR.

One file, because it is one walk through the pages.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from core.clock import now
from core.settings import ROOT, SignInMethod
from harness.browser import FLAGS, program
from harness.launched import Hub, running

FOLDER = ROOT / "docs" / "screenshots"
LARGEST_BYTES = 150_000
PATIENCE_MILLISECONDS = 90_000
SCREEN: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 1000}
# Pages that are shown in the dark and on a phone too.
LOOKS = (
    *("home-admin", "connections-admin", "jobs-admin", "reports-admin", "run-details"),
    *("people-admin", "to-fix-admin", "audit-admin"),
)
COMPANY = "Harbour Foods Pty Ltd"
WAYS = {
    SignInMethod.ENABLEHR_OAUTH: "sign-in-enablehr",
    SignInMethod.ENABLEHR_PASSWORD: "sign-in-enablehr-password",
}
NEWCOMER, NOTE = "grace", f"{COMPANY}. I run payroll and need to see the reports."


def main() -> int:
    """Write all pictures."""
    chromium = program()
    if chromium is None:
        print("Chromium is not installed. Install it: apt-get install chromium")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        with running(Path(folder) / "home") as hub:
            for take in (admin, analyst, newcomer, support, invited):
                take(browser, hub)
        for way in WAYS:
            with running(Path(folder) / way.value, IHUB_SIGN_IN=way.value) as hub:
                ways_in(browser, hub, way)
        browser.close()
    return 0


def ways_in(browser: Browser, hub: Hub, way: SignInMethod) -> None:
    """Take the sign-in page of people who sign in with enableHR."""
    with window(browser) as page:
        page.goto(hub.url)
        expect(page.get_by_text("Local users of iHUB")).to_be_visible()
        save(page, WAYS[way])


def admin(browser: Browser, hub: Hub) -> None:
    """Sign in as the Account Admin, run the job and look at everything."""
    with window(browser) as page:
        page.goto(hub.url)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        save(page, "sign-in")
        sign_in(page, hub, "admin", hub.passwords()["admin"])
        open_page(page, "Jobs")
        page.get_by_role("button", name="Run now").click()
        expect(page.get_by_text(re.compile(r"Run #\d+: (COMPLETE|ERROR|HELD)\b"))).to_be_visible()
        save(page, "jobs-admin")
        expect(page.get_by_role("link", name=re.compile(r"Alerts \(\d+\)"))).to_be_visible()
        open_page(page, "Jobs")
        schedule(page)
        open_page(page, "Home")
        save(page, "home-admin")
        open_page(page, "Connections")
        save(page, "connections-admin")
        page.locator("a.hub-name").first.click()
        page.get_by_role("tab", name="Readiness").click()
        expect(page.get_by_text("% ready")).to_be_visible()
        save(page, "readiness-admin")
        pay_days(page, hub)
        scope(page, hub)
        open_page(page, "Reports")
        reports(page, "reports-admin", "run-details")
        insights(page, hub)
        to_do_by_hand(page, hub)
        people(page, "people-admin")
        to_fix(page, "to-fix-admin")
        alerts(page, "alerts-admin")
        choose_alerts(page, hub)
        create_token(page)
        save(page, "api-tokens-admin")
        open_page(page, "Audit")
        save(page, "audit-admin")
        mapping(page, hub)


def mapping(page: Page, hub: Hub) -> None:
    """Show the values of three employees on the Mapping tab, and the drawer of a field."""
    page.goto(f"{hub.url}/Connections?connection=1&tab=mapping")
    people = page.get_by_role("combobox", name=re.compile("Show the values of"))
    for _ in range(3):
        people.click()
        page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show values").click()
    expect(page.get_by_text("(the same)").first).to_be_visible()
    save(page, "mapping-tab")
    page.get_by_role("button", name="Gender").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Apply")).to_be_visible()
    save(page, "mapping-field")


def pay_days(page: Page, hub: Hub) -> None:
    """Set the pay calendar, and show the forecast of the next pay."""
    page.goto(f"{hub.url}/Connections?connection=1&tab=pay+days")
    page.get_by_role("combobox", name="How often are people paid?").click()
    page.get_by_role("option", name="On dates that I paste").click()
    dates = page.get_by_role("textbox", name="Pay dates")
    dates.fill("\n".join((now() + timedelta(days=days)).date().isoformat() for days in (10, 24, 38)))
    dates.press("Control+Enter")
    expect(page.get_by_text("The next pays:")).to_be_visible()
    save(page, "pay-days-calendar")
    page.get_by_role("button", name="Save pay calendar").click()
    expect(page.get_by_text("Pay calendar saved.")).to_be_visible()
    save(page, "pay-days-forecast")


def scope(page: Page, hub: Hub) -> None:
    """Add a branch to the scope, without saving it."""
    page.goto(f"{hub.url}/Connections?connection=1")
    page.get_by_role("tab", name="Scope").click()
    page.get_by_role("button", name="+ Branch").click()
    expect(page.get_by_role("combobox", name="Values")).to_have_count(2)
    values = page.get_by_role("combobox", name="Values").last
    values.press_sequentially("Kitchens")
    values.press("Enter")
    values.press("Escape")
    expect(page.get_by_text(re.compile(r"^Drop out: \d+$"))).to_be_visible()
    save(page, "scope-admin")


def analyst(browser: Browser, hub: Hub) -> None:
    """Sign in as an Analyst, who has reports only."""
    with window(browser) as page:
        sign_in(page, hub, "analyst", hub.passwords()["analyst"])
        open_page(page, "Reports")
        reports(page, "reports-analyst", "run-details-analyst")
        people(page, "people-analyst")
        to_fix(page, "to-fix-analyst")
        alerts(page, "alerts-analyst")
        open_page(page, "API tokens")
        save(page, "api-tokens-analyst")


def create_token(page: Page) -> None:
    """Create an API token, and open its page again, which no longer shows it."""
    open_page(page, "API tokens")
    page.get_by_role("textbox", name="Name").fill("Power BI")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_test_id("stCode").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("Last used: never")).to_be_visible()


def newcomer(browser: Browser, hub: Hub) -> None:
    """Sign in without any role and ask for access."""
    with window(browser) as page:
        sign_in(page, hub, NEWCOMER, add(hub, NEWCOMER, "Grace Novak"))
        page.get_by_role("textbox", name="Your company and what you need").fill(NOTE)
        save(page, "request-access")
        page.get_by_role("button", name="Request access").click()
        expect(page.get_by_text("is waiting for enableHR Support")).to_be_visible()


def add(hub: Hub, username: str, name: str) -> str:
    """Add a person without a role, and a second account; return the person's password."""
    password = f"{username} {hub.passwords()['admin']}"
    secret = hub.home / "password"
    secret.write_text(password)
    done = hub.command("account", "create", "Kiwi Timber Ltd", "--region", "NZ")
    assert done.returncode == 0, done.stderr
    done = hub.command("user", "add", username, "--name", name, "--password-file", str(secret))
    assert done.returncode == 0, done.stderr
    return password


def support(browser: Browser, hub: Hub) -> None:
    """Sign in as Support: the Access page first, then an account."""
    with window(browser) as page:
        sign_in(page, hub, "support", hub.passwords()["support"])
        open_page(page, "Access")
        expect(page.get_by_text(NOTE)).to_be_visible()
        save(page, "access-requests-support")
        page.get_by_role("radio", name="Accounts").click()
        expect(page.get_by_role("button", name="Switch off").first).to_be_visible()
        save(page, "access-accounts-support")
        page.get_by_role("radio", name="Users").click()
        expect(page.get_by_role("button", name="Change").first).to_be_visible()
        save(page, "access-people-support")
        open_page(page, "Support")
        expect(page.get_by_role("button", name="Save").first).to_be_visible()
        save(page, "registrations-support")
        page.get_by_test_id("stSidebar").get_by_role("combobox").click()
        page.get_by_role("option", name=COMPANY).click()
        expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
        open_page(page, "Connections")
        save(page, "connections-support")
        open_page(page, "Jobs")
        expect(page.get_by_role("button", name="Run now")).to_be_visible()
        save(page, "jobs-support")
        open_page(page, "Reports")
        reports(page, "reports-support", "run-details-support")
        people(page, "people-support")
        to_fix(page, "to-fix-support")
        alerts(page, "alerts-support")
        open_page(page, "API tokens")
        save(page, "api-tokens-support")
        open_page(page, "Audit")
        save(page, "audit-support")


def invited(browser: Browser, hub: Hub) -> None:
    """Invite a person as Support, then sign in as that person."""
    with window(browser) as page:
        sign_in(page, hub, "support", hub.passwords()["support"])
        open_page(page, "Access")
        page.get_by_role("button", name="Invite a person").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox", name="Name", exact=True).fill("Noah Pike")
        dialog.get_by_role("textbox", name="User name or e-mail").fill("noah.pike@harbourfoods.example")
        for place, name in enumerate((COMPANY, "Analyst")):
            dialog.get_by_role("combobox").nth(place).click()
            page.get_by_role("option", name=name).click()
        dialog.get_by_role("heading", name="Invite a person").click()
        save(page, "access-invite-support")
        dialog.get_by_role("button", name="Invite").click()
        password = dialog.get_by_test_id("stCode").inner_text().strip()
    with window(browser) as page:
        sign_in(page, hub, "noah.pike@harbourfoods.example", password)
        expect(page.get_by_role("button", name="Save password")).to_be_visible()
        save(page, "choose-password")


@contextmanager
def window(browser: Browser) -> Iterator[Page]:
    """Open a window without cookies."""
    context = browser.new_context(viewport=SCREEN, locale="en-AU", timezone_id="Australia/Brisbane")
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    yield context.new_page()
    context.close()


def sign_in(page: Page, hub: Hub, username: str, password: str) -> None:
    """Sign in."""
    page.goto(hub.url)
    page.get_by_role("textbox", name="User name").fill(username)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()


def open_page(page: Page, name: str) -> None:
    """Choose a page in the menu."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def schedule(page: Page) -> None:
    """Schedule the job, and open its menu."""
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Create schedule", exact=True).click()
    dialog.get_by_role("combobox", name="Times").fill("18:00")
    page.keyboard.press("Enter")
    dialog.get_by_text("When should").click()  # closes the list
    save(page, "jobs-schedule")
    dialog.get_by_role("button", name="Create schedule", exact=True).click()
    expect(page.get_by_text("Next run")).to_be_visible()
    page.get_by_test_id("stMenuButton").get_by_role("button").click()
    save(page, "jobs-menu")
    page.keyboard.press("Escape")


def reports(page: Page, listed: str, details: str) -> None:
    """Look at the runs and at the newest one, on the Reports page."""
    newest = page.get_by_role("table").last.get_by_role("link", name=re.compile(r"^#\d+")).first
    expect(newest).to_be_visible()
    save(page, listed)
    newest.click()
    expect(page.get_by_role("heading", name=re.compile(r"Run #\d+"))).to_be_visible()
    expect(page.locator("table.hub-table").last).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 1500})
    save(page, details)
    page.set_viewport_size(SCREEN)


def insights(page: Page, hub: Hub) -> None:
    """Show what the runs of the last 90 days add up to."""
    page.goto(f"{hub.url}/Reports?insights=yes")
    expect(page.get_by_role("heading", name="What keeps going wrong")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 1500})
    save(page, "insights-admin")
    page.set_viewport_size(SCREEN)


def to_do_by_hand(page: Page, hub: Hub) -> None:
    """Show what has to be entered by hand after the first run."""
    page.goto(f"{hub.url}/Reports?run=1&show=by-hand")
    expect(page.get_by_text("that iHUB could not send")).to_be_visible()
    page.get_by_role("heading", name="Employees", exact=True).evaluate("heading => heading.scrollIntoView()")
    save(page, "run-by-hand")


def people(page: Page, name: str) -> None:
    """Look at somebody who has something to fix."""
    open_page(page, "To fix")
    page.get_by_role("link", name=re.compile("what happened$")).first.click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 1100})
    save(page, name)
    page.set_viewport_size(SCREEN)


def to_fix(page: Page, name: str) -> None:
    """Look at what somebody has to do."""
    open_page(page, "To fix")
    expect(page.get_by_text(re.compile(r"^\d+ people"))).to_be_visible()
    save(page, name)


def alerts(page: Page, name: str) -> None:
    """Look at what has happened."""
    open_page(page, "Alerts")
    expect(page.locator("table.hub-table")).to_be_visible()
    save(page, name)


def choose_alerts(page: Page, hub: Hub) -> None:
    """Look at what one can hear of, at the webhooks of the connection, and at the mails of the demo."""
    page.get_by_role("tab", name="Tell me about").click()
    expect(page.get_by_role("textbox", name="E-mail address")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 1200})
    save(page, "alerts-choose")
    page.set_viewport_size(SCREEN)
    page.get_by_role("tab", name="Webhooks").click()
    expect(page.get_by_role("textbox", name="A run has started")).to_be_visible()
    save(page, "alerts-webhooks")
    page.goto(f"{hub.sandbox_url}/mails")
    save(page, "alerts-demo-mails")
    page.goto(f"{hub.url}/Alerts")


def save(page: Page, name: str) -> None:
    """Write a picture of a page; of some, also one in the dark and one on a phone."""
    _save(page, name)
    if name in LOOKS:
        _save_again(page, f"{name}-dark", color_scheme="dark")
        _save_again(page, f"{name}-phone", size=PHONE)


def _save_again(
    page: Page, name: str, *, size: ViewportSize = SCREEN, color_scheme: Literal["light", "dark"] = "light"
) -> None:
    """Open the page once more, in another tab that looks different."""
    other = page.context.new_page()
    other.set_viewport_size(size)
    other.emulate_media(color_scheme=color_scheme)
    other.goto(page.url)
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    _save(other, name)
    other.close()


def _save(page: Page, name: str) -> None:
    """Wait until the page has settled, and write a picture of few colours."""
    busy = '[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stStatusWidget"]'
    expect(page.locator(busy)).to_have_count(0)
    picture = Image.open(io.BytesIO(_at_rest(page))).convert("RGB")
    path = FOLDER / f"{name}.png"
    picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    assert size <= LARGEST_BYTES, f"{path.name} has {size} bytes."
    print(f"{path.name}: {size:,} bytes")


def _at_rest(page: Page) -> bytes:
    """Return a picture that has not changed for a moment."""
    before, now = b"", page.screenshot(animations="disabled")
    while now != before:
        page.wait_for_timeout(700)
        before, now = now, page.screenshot(animations="disabled")
    return now


if __name__ == "__main__":
    sys.exit(main())
