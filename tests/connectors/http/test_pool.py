"""The lean way over aiohttp's pool: what it sends, and what it refuses to send."""

from __future__ import annotations

import aiohttp
import pytest

from connectors.http.client import TIMEOUT
from connectors.http.pacing import Unpaced
from connectors.http.pool import ConnectionPool, _next
from tests.connectors.stand_ins import reply, scripted


async def test_a_header_cannot_smuggle_in_another() -> None:
    wire = ConnectionPool("http://127.0.0.1:9", 1, TIMEOUT)
    wire.open()
    try:
        with pytest.raises(ValueError, match="line break"):
            await wire.exchange("GET", "/", {"Authorization": "Bearer x\r\nHost: elsewhere"}, None)
    finally:
        await wire.close()


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/ä"])
async def test_a_path_that_is_not_encoded_is_refused(path: str) -> None:
    wire = ConnectionPool("http://127.0.0.1:9", 1, TIMEOUT)
    wire.open()
    try:
        with pytest.raises(aiohttp.InvalidURL):
            await wire.exchange("GET", path, {}, None)
    finally:
        await wire.close()


async def test_connections_are_used_again_and_the_headers_follow_a_renewal() -> None:
    async with scripted(reply(200, [])) as system:
        wire = ConnectionPool(system.url, 1, TIMEOUT)
        wire.open()
        for token in ("one", "one", "two"):
            answer = await wire.exchange("GET", "/x?page=1", {"Authorization": f"Bearer {token}"}, None)
            assert (answer.status, answer.body) == (200, b"[]")
        await wire.close()
    with pytest.raises(RuntimeError, match="outside"):
        await wire.exchange("GET", "/", {}, None)


async def test_an_unpaced_system_can_still_ask_for_a_pause() -> None:
    class Still:
        now, slept = 100.0, 0.0

        def time(self) -> float:
            return self.now

        async def sleep(self, seconds: float) -> None:
            self.now, self.slept = self.now + seconds, self.slept + seconds

    clock = Still()
    pacer = Unpaced(clock)
    await pacer.turn()
    await pacer.hold(5)
    await pacer.hold(2)
    await pacer.turn()
    await pacer.turn()
    assert clock.slept == 5


@pytest.mark.parametrize(
    ("link", "following"),
    [
        ('<https://x.example.com/a?page=2>; rel="next"', "https://x.example.com/a?page=2"),
        ('</a?page=1>; rel="prev", </a?page=3>; title=more; rel=next', "/a?page=3"),
        ('<?page=3>; rel="last NEXT"', "?page=3"),
        ('</a>; rel="nextish"', None),
        ("nonsense", None),
    ],
)
def test_a_link_header_says_where_a_list_goes_on(link: str, following: str | None) -> None:
    assert _next(link) == following
