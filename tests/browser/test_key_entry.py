"""A system without a sign-in page in a real browser: a wrong, a right and a new key, none of them ever sent back.

With SCREENSHOTS set to a folder, the pictures of docs/connections.md are taken on the way.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from core.connections import connections
from core.db import reading
from core.models import ConnectionStatus, Side
from core.operations.demo import _fetch_tokens
from core.sides import probes, token_refresh
from core.sides.side_status import SideStatus
from sandbox.keypay.keys import FIRST
from tests.browser.site import Site, picture, sign_in

NAME = "Employment Hero Payroll"
WRONG = "canary-wrong-key"
REFUSED = f"{NAME} did not accept the credentials. Check them and try again. Nothing has changed."


class ReceivedText:
    """Everything that the server sent to the browser."""

    def __init__(self, page: Page) -> None:
        """Listen to the websocket and to every answer."""
        self._said: list[bytes] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on(
            "framereceived", lambda said: self._said.append(said.encode() if isinstance(said, str) else said)
        )

    def __contains__(self, words: str) -> bool:
        """Say whether the server ever sent these words."""
        return any(words.encode() in said for said in self._said)


@pytest.fixture
def received(page: Page) -> Iterator[ReceivedText]:
    """Listen from the first request on."""
    yield ReceivedText(page)


def kept(site: Site) -> Side:
    with reading() as session:
        return session.get_one(Side, site.newest().target.id)


def open_form(page: Page, button: str) -> Locator:
    page.get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("We test the key with")).to_be_visible()
    return dialog


def enter(dialog: Locator, key: str) -> None:
    dialog.get_by_role("textbox", name="API key").fill(key)
    dialog.get_by_role("button", name="Test and save").click()


def add(page: Page, name: str) -> None:
    page.get_by_role("button", name="Add connection").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Choose enableHR").first.click()
    dialog.get_by_role("button", name=f"Choose {NAME}").click()
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Name").press("Tab")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text(f"Next step: connect enableHR and {NAME}.")).to_be_visible()


def connect_source(site: Site) -> None:
    view = site.newest()
    connections.connect_side(
        site.admin, view.id, view.source.position, _fetch_tokens("enablehr", site.sandbox.url)
    )


def test_a_key_is_tried_before_it_is_kept_and_never_sent_back(
    page: Page, site: Site, received: ReceivedText
) -> None:
    sign_in(page, site, "/Connections")
    add(page, "By key")
    connect_source(site)
    page.reload()
    dialog = open_form(page, "Connect")
    picture(page, "key")
    enter(dialog, WRONG)
    expect(dialog.get_by_text(REFUSED)).to_be_visible()
    picture(page, "key-refused")
    assert kept(site).credentials is None and site.newest().status is ConnectionStatus.DRAFT
    enter(dialog, FIRST)
    expect(page.get_by_text(f"{NAME} is connected to Harbour Foods Pty Ltd.")).to_be_visible()
    assert site.newest().status is ConnectionStatus.ACTIVE
    expect(page.get_by_role("button", name="Run the first preview")).to_be_visible()
    for tab in ("Systems", "Settings", "History", "Overview"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_load_state("networkidle")
        assert FIRST not in page.content() and WRONG not in page.content()
    page.reload()
    expect(page.get_by_role("button", name="Run the first preview")).to_be_visible()
    assert "Harbour Foods Pty Ltd" in received, "what the server says is listened to"
    assert FIRST not in received and WRONG not in received and FIRST not in page.url


def test_a_new_key_reconnects_and_an_old_one_is_refused(
    page: Page, site: Site, received: ReceivedText
) -> None:
    sign_in(page, site, "/Connections")
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()
    site.sandbox.control.switches("keypay", revoke_tokens=True)
    side = site.newest().target
    probes.probe(side.id)
    assert site.newest().target.status is SideStatus.NEEDS_RECONNECT
    page.reload()
    expect(page.get_by_text("Needs reconnect").first).to_be_visible()
    dialog = open_form(page, "Reconnect")
    enter(dialog, FIRST)
    expect(dialog.get_by_text("did not accept the credentials")).to_be_visible()
    assert site.newest().target.status is SideStatus.NEEDS_RECONNECT
    new = site.sandbox.control.hero_key()
    enter(dialog, new)
    expect(page.get_by_text(f"{NAME} is connected to Harbour Foods Pty Ltd.")).to_be_visible()
    after = site.newest()
    assert (after.target.status, after.status) == (SideStatus.CONNECTED, ConnectionStatus.ACTIVE)
    assert token_refresh.load_credentials(side.id).credentials == {"api_key": new}
    assert new not in page.content() and new not in received


def test_one_of_several_businesses_is_chosen_after_the_key(
    page: Page, site: Site, received: ReceivedText
) -> None:
    sign_in(page, site, "/Connections")
    add(page, "Two businesses")
    connect_source(site)
    site.sandbox.control.switches("keypay", two_accounts=True)
    page.reload()
    key = site.sandbox.control.hero_key()
    enter(open_form(page, "Connect"), key)
    expect(page.get_by_text(f"Which organisation in {NAME}?")).to_be_visible()
    picture(page, "key-choose")
    page.get_by_text("Harbour Fishing Pty Ltd (4712)").click()
    page.get_by_role("button", name="Connect this organisation").click()
    expect(page.get_by_text(f"{NAME} is connected to Harbour Fishing Pty Ltd.")).to_be_visible()
    assert site.newest().target.organisation_id == "4712"
    assert key not in page.content() and key not in received
