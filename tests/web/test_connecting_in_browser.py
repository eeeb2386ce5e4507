"""A connection in a real browser: from nothing to Active, refused, lost, found again and deleted.

With SCREENSHOTS set to a folder, the pictures of docs/connections.md are taken on the way.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from connectors.errors import AuthError
from core import connections, probing, renewal, secrets, settings
from core.actor import Actor, Hat
from core.connections import ConnectionView
from core.credentials import SideAuthoriser, refresh_held
from core.db import engine
from core.models import ConnectionStatus
from core.standing import Standing
from core.systems import settle
from tests.conftest import forget_settings
from tests.support.postgres import free_port
from tests.support.rotating import rotating_provider
from tests.support.sandbox import Sandbox, running_sandbox
from tests.web.conftest import PASSWORD, People, populate
from tests.web.served import web_process


@dataclass(frozen=True)
class Site:
    """A web process with people and no connection yet, and the demo systems."""

    url: str
    people: People
    sandbox: Sandbox

    @property
    def admin(self) -> Actor:
        """Return the Account Admin."""
        return Actor("Admin", Hat.ACCOUNT_ADMIN, self.people.admin, self.people.account)

    def newest(self) -> ConnectionView:
        """Return the connection that was added last."""
        return connections.list_connections(self.admin)[-1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    """Start the web process and a sandbox once for this module."""
    home = tmp_path_factory.mktemp("site") / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "ihub.db")
    with pytest.MonkeyPatch.context() as patch, running_sandbox(home, employees=5) as sandbox:
        patch.setenv("IHUB_HOME", str(home))
        patch.setenv("IHUB_DEMO", "1")
        for name in ("DATABASE_URL", "REDIS_URL", "IHUB_KEYS"):
            patch.delenv(name, raising=False)
        forget_settings()
        secrets.write_keys([secrets.new_key()])
        people = populate()
        with web_process(home) as url:
            yield Site(url, people, sandbox)
        engine().dispose()
    forget_settings()
    settings.settings.cache_clear()


def sign_in(page: Page, site: Site, path: str, username: str = "admin") -> None:
    page.goto(site.url + path)
    page.get_by_label("User name").fill(username)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def picture(page: Page, name: str) -> None:
    """Take a picture for the documentation, when somebody asked for it."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.wait_for_timeout(700)
        page.screenshot(path=f"{folder}/connections-{name}.png")


def fill(dialog: Locator, system: str, addresses: dict[str, str]) -> None:
    dialog.get_by_text(f"Settings of {system}").click()
    for label, address in addresses.items():
        dialog.get_by_label(label, exact=True).fill(address)
        dialog.get_by_label(label, exact=True).press("Tab")


def add(page: Page, name: str, hr: dict[str, str], pay: str) -> None:
    page.get_by_role("button", name="Add connection").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Employees are read from here.")).to_be_visible()
    dialog.get_by_role("button", name="Choose iPayroll").click()
    dialog.get_by_label("Name").fill(name)
    picture(page, "add")
    fill(dialog, "enableHR", hr)
    fill(dialog, "iPayroll", {"Address": pay})
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Next step: connect enableHR and iPayroll.")).to_be_visible()


def addresses(site: Site) -> dict[str, str]:
    return {"API address": site.sandbox.enablehr_url, "Sign-in address": site.sandbox.login_url}


def connect(page: Page) -> None:
    page.get_by_role("link", name="Connect", exact=True).first.click()


def consent(page: Page, decision: str = "Allow") -> None:
    name, password = (page.locator("p.soft b").nth(number).inner_text() for number in (0, 1))
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    picture(page, "consent")
    page.get_by_role("button", name=decision).click()


def test_a_connection_goes_from_nothing_to_active_and_is_deleted(page: Page, site: Site) -> None:
    sign_in(page, site, "/Connections")
    expect(page.get_by_text("No connection yet")).to_be_visible()
    picture(page, "empty")
    add(page, "Second payroll", addresses(site), site.sandbox.ipayroll_url)
    picture(page, "draft")
    connect(page)
    consent(page, "Deny")
    expect(page.get_by_text("iHUB was not allowed to use enableHR.")).to_be_visible()
    for system in ("enableHR", "iPayroll"):
        connect(page)
        consent(page)
        expect(page.get_by_text(f"{system} is connected to ")).to_be_visible()
        assert len(page.context.pages) == 1
        assert f"connection={site.newest().id}" in page.url
    assert (site.newest().name, site.newest().status) == ("Second payroll", ConnectionStatus.ACTIVE)
    expect(page.get_by_role("button", name="Start the first preview")).to_be_visible()
    picture(page, "active")
    page.get_by_role("tab", name="Sides").click()
    expect(page.get_by_text("Last asked").first).to_be_visible()
    picture(page, "sides")
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_text("Connected iPayroll", exact=True)).to_be_visible()
    page.get_by_role("tab", name="Settings").click()
    added = site.newest()
    page.get_by_role("button", name="Delete connection").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Is kept:")).to_be_visible()
    picture(page, "delete")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No connection yet")).to_be_visible()
    assert connections.get(site.admin, added.id).status is ConnectionStatus.DELETED


def test_one_of_several_organisations_is_chosen(page: Page, site: Site) -> None:
    sign_in(page, site, "/Connections")
    add(page, "Two accounts", addresses(site), site.sandbox.ipayroll_url)
    site.sandbox.control.switches("enablehr", two_accounts=True)
    connect(page)
    consent(page)
    expect(page.get_by_text("Which organisation of enableHR?")).to_be_visible()
    picture(page, "choose")
    page.get_by_text("Harbour Fishing (1002)").click()
    page.get_by_role("button", name="Connect this one").click()
    expect(page.get_by_text("enableHR is connected to Harbour Fishing.")).to_be_visible()
    site.sandbox.control.switches("enablehr", two_accounts=False)
    added = site.newest()
    assert added.source.organisation_id == "1002"
    connections.delete(site.admin, added.id)


def test_a_real_oauth_server_with_rotation_is_connected_kept_and_found_lost(page: Page, site: Site) -> None:
    with rotating_provider(free_port(), f"{site.url}/oauth/callback") as provider:
        sign_in(page, site, "/Connections")
        add(page, "By the book", {"API address": provider, "Sign-in address": provider}, site.sandbox.ipayroll_url)
        connect(page)
        page.locator("input[name=login]").fill("helen")
        page.locator("input[name=password]").fill("anything")
        page.get_by_role("button", name="Sign-in").click()
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("enableHR is connected to Harbour Foods.")).to_be_visible()
        side = site.newest().source
        first = renewal.load(side.id).credentials["refresh_token"]
        refresh(side.id)
        assert renewal.load(side.id).credentials["refresh_token"] != first, "the refresh token is rotated"
        assert probing.probe(side.id) is None
        lose(side.id, first)
        assert isinstance(probing.probe(side.id), AuthError)
        assert site.newest().source.standing is Standing.NEEDS_RECONNECT
        page.goto(f"{site.url}/Connections")
        expect(page.get_by_text("Needs reconnect")).to_be_visible()
        expect(page.get_by_text("Open the connection")).to_be_visible()
        picture(page, "lost")
        page.get_by_role("link", name="Reconnect", exact=True).click()
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("enableHR is connected to Harbour Foods.")).to_be_visible()
        connections.delete(site.admin, site.newest().id)


def refresh(side_id: int) -> None:
    """Refresh as a request does whose access token was refused."""

    async def refused() -> None:
        authoriser = SideAuthoriser(side_id)
        await authoriser.headers()
        await authoriser.renew()

    settle(refused())  # playwright's loop occupies this thread


def lose(side_id: int, used: str) -> None:
    """Use a refresh token a second time, as somebody who stole it would: this server then ends the whole grant."""
    held = renewal.load(side_id)
    with pytest.raises(AuthError):
        refresh_held(replace(held, credentials=held.credentials | {"refresh_token": used}))
