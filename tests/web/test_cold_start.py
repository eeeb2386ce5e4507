"""A web process that nobody has signed in to yet serves no page, however it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash

from core.settings import ROOT
from tests.support import world
from tests.web import reported
from tests.web.conftest import People
from tests.web.served import web_process

PAGES = tuple(path.stem for path in (ROOT / "pages").glob("[A-Z]*.py"))


@pytest.fixture
def cold(home: Path, people: People) -> Iterator[str]:
    """Start a web process over a store with something to hide."""
    reported.whole_run(world.active_connection(people.account))
    with web_process(home) as url:
        yield url


async def shown(url: str, page: str, script_hash: str = "", query: str = "") -> str:
    """Ask for a page over a bare websocket, without a cookie; return all text that comes back."""
    place = url.replace("http://", "ws://") + "/_stcore/stream"
    async with websockets.connect(place, subprotocols=["streamlit"], origin=url, max_size=None) as socket:  # type: ignore[list-item,arg-type]
        ask = BackMsg()
        ask.rerun_script.page_name, ask.rerun_script.page_script_hash, ask.rerun_script.query_string = page, script_hash, query
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


async def test_no_page_is_served_before_anybody_has_signed_in(cold: str) -> None:
    for page in PAGES:
        script = calc_hash(str(ROOT / "pages" / f"{page}.py"))
        for given in (shown(cold, page), shown(cold, "", script), shown(cold, page, script, "run=1")):
            text = await given
            assert "User name" in text or "You are signed out" in text or "cookies" in text, text
            for secret in ("enablehr", "Harbour Foods", "Olivia Smith", "Add connection", "Run now", "Records Read"):
                assert secret not in text, f"{page} gave away {secret!r}"
