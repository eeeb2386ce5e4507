"""A connection in a real browser: from nothing to Active, refused, lost, found again and deleted.

With SCREENSHOTS set to a folder, the pictures of docs/connections.md are taken on the way.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from connectors.contract.errors import AuthError
from core.connections import connections
from core.models import ConnectionStatus, Position
from core.operations.demo import _fetch_tokens
from core.sides import alerts, probes, token_refresh
from core.sides.credentials import SideAuthoriser, refresh_stored
from core.sides.side_status import SideStatus
from core.sides.systems import run_async
from harness.peers import rotating_provider
from harness.postgres import free_port
from tests.browser.site import Site, fill, picture, sign_in


def add(page: Page, name: str, hr: dict[str, str], pay: str) -> None:
    page.get_by_role("button", name="Add connection").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Employees are read from this system.")).to_be_visible()
    dialog.get_by_role("button", name="Choose enableHR").first.click()
    dialog.get_by_role("button", name="Choose iPayroll").click()
    dialog.get_by_label("Name").fill(name)
    chosen = dialog.locator("[class*=st-key-card-]").filter(has_text="✓ Chosen")
    expect(chosen).to_have_count(2)
    for card in chosen.all():
        expect(card).to_have_css("outline", "rgb(15, 110, 132) solid 2px")
    picture(page, "add")
    fill(dialog, "enableHR", hr)
    fill(dialog, "iPayroll", {"Address": pay})
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Next step: connect enableHR and iPayroll.")).to_be_visible()


def addresses(site: Site) -> dict[str, str]:
    return {"API address": site.sandbox.enablehr_url, "Sign-in address": site.sandbox.login_url}


def connect(page: Page, system: str = "enableHR") -> None:
    page.get_by_role("link", name=f"Connect {system}", exact=True).click()


def consent(page: Page, decision: str = "Allow") -> None:
    name, password = (page.locator("p.soft b").nth(number).inner_text() for number in (0, 1))
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    picture(page, "consent")
    page.get_by_role("button", name=decision).click()


DANGER = "rgb(156, 34, 24)"


def save_settings(page: Page) -> None:
    """Save the settings of the source: the tab stays, and says so, and no other tab does."""
    page.get_by_role("tab", name="Settings").click()
    page.get_by_role("button", name="Test and save").first.click()
    saved = page.get_by_role("tabpanel").get_by_text("Settings for enableHR saved.")
    expect(saved).to_be_visible()
    expect(page.get_by_role("tab", name="Settings")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Overview").click()
    expect(page.get_by_text("Settings for enableHR saved.")).not_to_be_visible()
    page.get_by_role("tab", name="Settings").click()


def test_a_connection_goes_from_nothing_to_active_and_is_deleted(page: Page, site: Site) -> None:
    sign_in(page, site, "/Connections")
    expect(page.get_by_text("No connection yet")).to_be_visible()
    picture(page, "empty")
    add(page, "Second payroll", addresses(site), site.sandbox.ipayroll_url)
    picture(page, "draft")
    connect(page)
    consent(page, "Deny")
    expect(page.get_by_text("iHUB was denied access to enableHR.")).to_be_visible()
    for system, sentence in (
        ("enableHR", "enableHR is connected to Harbour Foods."),
        ("iPayroll", "iPayroll is connected."),
    ):
        connect(page, system)
        consent(page)
        expect(page.get_by_text(sentence)).to_be_visible()
        assert len(page.context.pages) == 1
        expect(page).to_have_url(re.compile(f"connection={site.newest().id}$"))
    assert (site.newest().name, site.newest().status) == ("Second payroll", ConnectionStatus.ACTIVE)
    expect(page.get_by_role("button", name="Run the first preview")).to_be_visible()
    picture(page, "active")
    page.get_by_role("tab", name="Systems").click()
    expect(page.get_by_text("Last checked").first).to_be_visible()
    picture(page, "sides")
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_text("iPayroll connected", exact=True)).to_be_visible()
    save_settings(page)
    added = site.newest()
    page.get_by_role("button", name="Delete connection").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("What stays:")).to_be_visible()
    picture(page, "delete")
    delete = dialog.get_by_role("button", name="Delete", exact=True)
    expect(delete).to_have_css("background-color", DANGER)
    delete.click()
    expect(page.get_by_text("No connection yet")).to_be_visible()
    assert connections.get(site.admin, added.id).status is ConnectionStatus.DELETED


def test_one_of_several_organisations_is_chosen(page: Page, site: Site) -> None:
    sign_in(page, site, "/Connections")
    add(page, "Two accounts", addresses(site), site.sandbox.ipayroll_url)
    site.sandbox.control.switches("enablehr", two_accounts=True)
    connect(page)
    consent(page)
    expect(page.get_by_text("Which organisation in enableHR?")).to_be_visible()
    picture(page, "choose")
    page.get_by_text("Harbour Fishing (1002)").click()
    page.get_by_role("button", name="Connect this organisation").click()
    expect(page.get_by_text("enableHR is connected to Harbour Fishing.")).to_be_visible()
    site.sandbox.control.switches("enablehr", two_accounts=False)
    added = site.newest()
    assert added.source.organisation_id == "1002"
    connections.delete(site.admin, added.id)


def test_a_real_oauth_server_with_rotation_is_connected_kept_and_found_lost(page: Page, site: Site) -> None:
    with rotating_provider(free_port(), f"{site.url}/oauth/callback") as provider:
        sign_in(page, site, "/Connections")
        add(
            page,
            "By the book",
            {"API address": provider, "Sign-in address": provider},
            site.sandbox.ipayroll_url,
        )
        connect(page)
        page.locator("input[name=login]").fill("helen")
        page.locator("input[name=password]").fill("anything")
        page.get_by_role("button", name="Sign-in").click()
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("enableHR is connected to Harbour Foods.")).to_be_visible()
        added = site.newest()
        connections.connect_side(
            site.admin, added.id, Position.TARGET, _fetch_tokens("ipayroll", site.sandbox.url)
        )
        assert site.newest().status is ConnectionStatus.ACTIVE
        side = added.source
        first = token_refresh.load_credentials(side.id).credentials["refresh_token"]
        refresh(side.id)
        assert token_refresh.load_credentials(side.id).credentials["refresh_token"] != first, (
            "the refresh token is rotated"
        )
        assert probes.probe(side.id) is None
        lose(side.id, first)
        assert isinstance(probes.probe(side.id), AuthError)
        assert site.newest().source.status is SideStatus.NEEDS_RECONNECT
        assert [alert.side_id for alert in alerts.open_alerts(site.admin)] == [side.id]
        page.goto(f"{site.url}/Connections")
        expect(page.get_by_text("Needs reconnect").first).to_be_visible()
        expect(page.get_by_text("Open the connection")).to_be_visible()
        picture(page, "lost")
        page.get_by_role("link", name="Reconnect enableHR", exact=True).click()
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("enableHR is connected to Harbour Foods.")).to_be_visible()
        assert site.newest().status is ConnectionStatus.ACTIVE and alerts.open_alerts(site.admin) == []
        connections.delete(site.admin, site.newest().id)


def refresh(side_id: int) -> None:
    """Refresh as a request does whose access token was refused."""

    async def refused() -> None:
        authoriser = SideAuthoriser(side_id)
        await authoriser.headers()
        await authoriser.renew()

    run_async(refused())  # playwright's loop occupies this thread


def lose(side_id: int, used: str) -> None:
    """Use a refresh token a second time, as somebody who stole it would: this server then ends the whole grant."""
    held = token_refresh.load_credentials(side_id)
    with pytest.raises(AuthError):
        refresh_stored(replace(held, credentials=held.credentials | {"refresh_token": used}))
