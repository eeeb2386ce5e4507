"""Somebody is found from the menu, their story is read, and a preview of them alone is started and shown."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from bench.web import person as websocket_person
from bench.web.protocol import Address
from bench.web.protocol import Page as ShownPage
from core.db import reading
from core.models import Run, RunKind
from harness import world
from tests.browser.served import web_process
from tests.browser.site import place, sign_in
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person
from tests.web.conftest import PASSWORD


@dataclass(frozen=True)
class Site:
    """A web process with a company whose payroll and HR system are in memory."""

    url: str
    hub: Hub


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    """Run once with three people, and start the web process once for this module."""
    with place(tmp_path_factory.mktemp("site"), sqlite_template) as at:
        hub = Hub(world.active_connection(at.people.account))
        hub.source.put("s0", person(0, first_name="Wiremu", surname="Tāmati", start_date=None))
        hub.source.put("s1", person(1, first_name="Ana", surname="Tāmati"))
        hub.source.put("s2", person(2, first_name="Ana", surname="Tāmati"))
        in_thread(hub.run)
        with web_process(at.home) as url:
            yield Site(url, hub)


def in_thread(work: object) -> object:
    """Do what Playwright's loop does not allow in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()  # type: ignore[arg-type]


def test_somebody_is_found_from_the_menu_and_asked_about(page: Page, site: Site) -> None:
    sign_in(page, site, "/Reports")
    box = page.get_by_test_id("stSidebar").get_by_role("textbox", name="Find a person")
    box.fill("ana tamati")
    box.press("Enter")
    expect(page.get_by_text("2 people match.")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Ana Tāmati, source ID s2")).click()
    expect(page.get_by_role("heading", name="Ana Tāmati")).to_be_visible()
    expect(page.get_by_text("They were created in iPayroll.")).to_be_visible()
    page.get_by_role("button", name="Ask now").click()
    expect(page.get_by_text("is under way")).to_be_visible()
    site.hub.source.edit("s2", mobile="0411 222 333")
    with reading() as session:
        run_id = session.scalars(select(Run.id).where(Run.kind == RunKind.PREVIEW)).one()
    in_thread(lambda: site.hub.execute(run_id))
    expect(page.get_by_text("They would be updated in iPayroll.")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("2 people match.")).to_be_visible()


def test_what_stops_somebody_is_copied_for_support(page: Page, site: Site) -> None:
    sign_in(page, site, "/People?search=wiremu")
    expect(page.get_by_text("Who must act: HR")).to_be_visible()
    page.get_by_role("button", name="Copy for Support").click()
    expect(page.get_by_text("Person: Wiremu Tāmati, enableHR id s0")).to_be_visible()
    page.get_by_role("link", name="Decide on To fix").click()
    expect(page.get_by_role("link", name="Wiremu Tāmati, source ID s0, what happened")).to_be_visible()


async def click_around(url: str) -> dict[str, ShownPage]:
    """Sign in over a bare websocket, and open pages, one of them with a filter that is changed on it."""
    clicker = websocket_person.Person(url)
    await clicker.start("admin", PASSWORD)
    shown = {"Home": await clicker.read(Address(""))}
    for name, address in {
        "found": Address("People", "search=ana+tamati"),
        "runs": Address("Reports"),
        "details": Address("Reports", "run=1&show=everyone"),
    }.items():
        assert (await clicker.open(address)).size > 5_000
        shown[name] = await clicker.read(address)
    status = shown["runs"].widgets["Status"]
    shown["filtered"] = await clicker.read(Address("Reports"), {status: "HELD"})
    await clicker.close()
    return shown


def test_a_person_of_the_bench_clicks_as_a_browser_does(site: Site) -> None:
    shown = cast(dict[str, ShownPage], in_thread(lambda: asyncio.run(click_around(site.url))))
    text = {name: " ".join(page.html) for name, page in shown.items()}
    assert not any(page.failure() for page in shown.values())
    assert "Ana Tāmati" in text["found"] and "Wiremu" not in text["found"]
    assert "#1" in text["runs"] and "#1<" not in text["filtered"]
    assert "Wiremu Tāmati" in text["details"] and {"Reports", "People"} <= shown["Home"].page_hashes.keys()
