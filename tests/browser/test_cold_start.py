"""A web process that nobody has signed in to yet serves no page, however it is asked."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
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
from tests.browser.site import place
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
    "    from core.security.actor import ActingRole\n"
    "    actor = Actor('Anybody', ActingRole.ACCOUNT_ADMIN, 1, 1)\n"
)


Answers = dict[str, str]


@dataclass(frozen=True)
class Cold:
    """A web process, and how it answered everyone who asked for a page before anybody had signed in."""

    url: str
    answers: Answers


@pytest.fixture(scope="module")
def cold(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Cold]:
    """Start a web process over a store with something to hide, and ask for every page."""
    with place(tmp_path_factory.mktemp("cold"), sqlite_template) as at:
        reported_runs.whole_run(world.active_connection(at.people.account))
        with web_process(at.home) as url:
            yield Cold(url, asyncio.run(ask_for_everything(url)))


async def shown(url: str, page: str, script_hash: str = "", query: str = "") -> str:
    """Ask for a page over a bare websocket, without a cookie; return all text that comes back."""
    address = url.replace("http://", "ws://") + "/_stcore/stream"
    async with websockets.connect(address, subprotocols=["streamlit"], origin=url, max_size=None) as socket:  # type: ignore[list-item,arg-type]
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


async def ask_for_everything(url: str) -> Answers:
    """Ask for every page in every way."""
    return {f"{page} {way}": await shown(url, *way) for page in PAGES for way in ways_to_ask(page)}


def given_away(answers: Answers) -> list[str]:
    """Return what came that is for people who are signed in."""
    return [f"{way}: {secret}" for way, text in answers.items() for secret in SECRETS if secret in text]


def served_past_home(answers: Answers) -> list[str]:
    """Return what came without the sign-in form, whatever it said."""
    return [way for way, text in answers.items() if FORM not in text]


def test_no_page_is_served_before_anybody_has_signed_in(cold: Cold) -> None:
    assert given_away(cold.answers) == []


def test_no_page_is_even_run_before_anybody_has_signed_in(cold: Cold) -> None:
    assert served_past_home(cold.answers) == []


def test_a_large_message_is_not_read(cold: Cold) -> None:
    with pytest.raises(websockets.ConnectionClosedError) as closed:
        asyncio.run(shown(cold.url, "Jobs", query="a" * 6_000_000))
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009  # too large


def without(folder: Path, home_guard: bool, page_guards: bool) -> Path:
    """Copy the web process's source and take guards out of it."""
    for name in ("core", "connectors", "web", "pages", ".streamlit"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    home = (ROOT / "Home.py").read_text()
    assert HOME_GUARD in home
    (folder / "Home.py").write_text(home.replace(HOME_GUARD, "pass") if home_guard else home)
    if page_guards:
        guard = folder / "pages" / "ui" / "layout" / "current_user.py"
        source = guard.read_text()
        assert PAGE_GUARD in source
        guard.write_text(source.replace(PAGE_GUARD, ADMIN_FOR_ANYBODY))
    return folder


def test_these_tests_notice_when_the_guard_of_home_is_missing(
    home: Path, people: People, tmp_path: Path
) -> None:
    world.active_connection(people.account)
    with web_process(home, root=without(tmp_path / "copy", home_guard=True, page_guards=False)) as url:
        answers = asyncio.run(ask_for_everything(url))
    assert served_past_home(answers) != []
    assert given_away(answers) == [], "the guard of each page holds alone"


def test_these_tests_notice_when_both_guards_are_missing_and_the_doors_are_open(
    home: Path, people: People, tmp_path: Path
) -> None:
    world.active_connection(people.account)
    root = without(tmp_path / "copy", home_guard=True, page_guards=True)
    paths = root / "web" / "allowed_paths.py"
    files = '"/_stcore/health", '
    assert files in paths.read_text()
    paths.write_text(paths.read_text().replace(files, f'{files}"/_stcore/metrics", '))
    with web_process(home, root=root) as url:
        assert given_away(asyncio.run(ask_for_everything(url))) != []
        assert requests.get(f"{url}/_stcore/metrics", timeout=30).status_code == 200


SIDE_DOORS = (
    "/_stcore/metrics",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/interact",
    "/_stcore/script-health-check",
)


def test_streamlits_side_doors_are_shut(cold: Cold) -> None:
    health = requests.get(f"{cold.url}/_stcore/health", timeout=30)
    assert health.text == "ok", "it is Streamlit that serves"
    for door in SIDE_DOORS:
        answer = requests.get(cold.url + door, timeout=30)
        assert (answer.status_code, answer.text) == (404, "There is no such page."), door


async def test_another_sites_page_gets_no_websocket(cold: Cold) -> None:
    address = cold.url.replace("http://", "ws://") + "/_stcore/stream"
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await websockets.connect(address, subprotocols=["streamlit"], origin="https://evil.example")  # type: ignore[list-item,arg-type]
