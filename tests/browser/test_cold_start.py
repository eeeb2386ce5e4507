"""A web process that nobody has signed in to yet serves no page, however it is asked."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import requests
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash

from core.settings import ROOT
from harness import world
from tests.browser.served import web_process
from tests.core.reports import reported_runs
from tests.web.conftest import People

# All pages. The first one asked for is the one that a cold process lets through, so it has to be one with
# something to hide.
PAGES = tuple(
    sorted(
        (path.stem for path in (ROOT / "pages").glob("[A-Z]*.py")), key=lambda page: (page != "Jobs", page)
    )
)
SECRETS = ("enablehr →", "Harbour Foods", "Olivia Smith", "Add connection", "Run now", "Records Read")
FORM = "Integration Hub: keeps employees in sync"
HOME_GUARD = "PagesManager.uses_pages_directory = False"
PAGE_GUARD = "    actor = current_actor(clicked=clicked)\n"
ADMIN_FOR_ANYBODY = (
    "    from core.security.actor import Hat\n    actor = Actor('Anybody', Hat.ACCOUNT_ADMIN, 1, 1)\n"
)


@pytest.fixture
def cold(home: Path, people: People) -> Iterator[str]:
    """Start a web process over a store with something to hide."""
    reported_runs.whole_run(world.active_connection(people.account))
    with web_process(home) as url:
        yield url


async def shown(url: str, page: str, script_hash: str = "", query: str = "") -> str:
    """Ask for a page over a bare websocket, without a cookie; return all text that comes back."""
    place = url.replace("http://", "ws://") + "/_stcore/stream"
    async with websockets.connect(place, subprotocols=["streamlit"], origin=url, max_size=None) as socket:  # type: ignore[list-item,arg-type]
        ask = BackMsg()
        ask.rerun_script.page_name, ask.rerun_script.page_script_hash, ask.rerun_script.query_string = (
            page,
            script_hash,
            query,
        )
        await socket.send(ask.SerializeToString())
        return "\n".join([str(message) async for message in _until_finished(socket)])


async def _until_finished(socket: websockets.ClientConnection) -> AsyncIterator[ForwardMsg]:
    async with asyncio.timeout(30):
        while True:
            message = ForwardMsg()
            message.ParseFromString(await socket.recv(decode=False))
            yield message
            if message.WhichOneof("type") == "script_finished":
                return


def ways_to_ask(page: str) -> tuple[tuple[str, str, str], ...]:
    script = calc_hash(str(ROOT / "pages" / f"{page}.py"))
    return ((page, "", ""), ("", script, ""), (page, script, "run=1"))


async def given_away(url: str) -> list[str]:
    """Ask for every page in every way; return what came that is for people who are signed in."""
    found = []
    for page in PAGES:
        for way in ways_to_ask(page):
            text = await shown(url, *way)
            found += [f"{page}: {secret}" for secret in SECRETS if secret in text]
    return found


async def served_past_home(url: str) -> list[str]:
    """Ask for every page in every way; return those that came without the sign-in form, whatever they said."""
    return [
        f"{page} {way}" for page in PAGES for way in ways_to_ask(page) if FORM not in await shown(url, *way)
    ]


async def test_no_page_is_served_before_anybody_has_signed_in(cold: str) -> None:
    assert await given_away(cold) == []


async def test_no_page_is_even_run_before_anybody_has_signed_in(cold: str) -> None:
    assert await served_past_home(cold) == []


def without(folder: Path, home_guard: bool, page_guards: bool) -> Path:
    """Copy the web process's source and take guards out of it."""
    for name in ("core", "connectors", "web", "pages", ".streamlit"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    home = (ROOT / "Home.py").read_text()
    assert HOME_GUARD in home
    (folder / "Home.py").write_text(home.replace(HOME_GUARD, "pass") if home_guard else home)
    if page_guards:
        guard = folder / "pages" / "ui" / "guard.py"
        source = guard.read_text()
        assert PAGE_GUARD in source
        guard.write_text(source.replace(PAGE_GUARD, ADMIN_FOR_ANYBODY))
    return folder


async def test_these_tests_notice_when_the_guard_of_home_is_missing(
    home: Path, people: People, tmp_path: Path
) -> None:
    world.active_connection(people.account)
    with web_process(home, root=without(tmp_path / "copy", home_guard=True, page_guards=False)) as url:
        assert await served_past_home(url) != []
        assert await given_away(url) == [], "the guard of each page holds alone"


async def test_these_tests_notice_when_both_guards_are_missing(
    home: Path, people: People, tmp_path: Path
) -> None:
    world.active_connection(people.account)
    with web_process(home, root=without(tmp_path / "copy", home_guard=True, page_guards=True)) as url:
        assert await given_away(url) != []


SIDE_DOORS = (
    "/_stcore/metrics",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/interact",
    "/_stcore/script-health-check",
)


def test_streamlits_side_doors_are_shut(cold: str) -> None:
    assert requests.get(f"{cold}/_stcore/health", timeout=30).text == "ok", "it is Streamlit that serves"
    for door in SIDE_DOORS:
        answer = requests.get(cold + door, timeout=30)
        assert (answer.status_code, answer.text) == (404, "There is no such page."), door


def test_this_test_notices_when_the_doors_are_open(home: Path, people: People, tmp_path: Path) -> None:
    root = without(tmp_path / "copy", home_guard=False, page_guards=False)
    shield = root / "web" / "shielding.py"
    shield.write_text(re.sub(r"(?m)^SHUT = .*$", "SHUT = ()", shield.read_text()))
    with web_process(home, root=root) as url:
        assert requests.get(f"{url}/_stcore/metrics", timeout=30).status_code == 200


async def test_another_sites_page_gets_no_websocket(cold: str) -> None:
    place = cold.replace("http://", "ws://") + "/_stcore/stream"
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await websockets.connect(place, subprotocols=["streamlit"], origin="https://evil.example")  # type: ignore[list-item,arg-type]
