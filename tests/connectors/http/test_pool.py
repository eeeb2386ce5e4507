"""What the connection pool sends, and what it refuses to send."""

from __future__ import annotations

import aiohttp
import pytest

from connectors.http.client import TIMEOUT
from connectors.http.pacing import Unpaced
from connectors.http.pool import ConnectionPool, _next_link
from tests.connectors.stand_ins import reply, scripted


async def test_a_header_cannot_add_another() -> None:
    pool = ConnectionPool("http://127.0.0.1:9", 1, TIMEOUT)
    pool.open()
    try:
        with pytest.raises(ValueError, match="line break"):
            await pool.exchange("GET", "/", {"Authorization": "Bearer x\r\nHost: elsewhere"}, None)
    finally:
        await pool.close()


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/ä"])
async def test_a_path_that_is_not_encoded_is_refused(path: str) -> None:
    pool = ConnectionPool("http://127.0.0.1:9", 1, TIMEOUT)
    pool.open()
    try:
        with pytest.raises(aiohttp.InvalidURL):
            await pool.exchange("GET", path, {}, None)
    finally:
        await pool.close()


async def test_connections_are_reused_with_the_headers_of_each_request() -> None:
    async with scripted(reply(200, [])) as system:
        pool = ConnectionPool(system.url, 1, TIMEOUT)
        pool.open()
        for token in ("one", "one", "two"):
            answer = await pool.exchange("GET", "/x?page=1", {"Authorization": f"Bearer {token}"}, None)
            assert (answer.status, answer.body) == (200, b"[]")
        await pool.close()
    with pytest.raises(RuntimeError, match="outside"):
        await pool.exchange("GET", "/", {}, None)


async def test_an_unpaced_system_can_still_ask_for_a_pause() -> None:
    class InstantClock:
        now, slept = 100.0, 0.0

        def time(self) -> float:
            return self.now

        async def sleep(self, seconds: float) -> None:
            self.now, self.slept = self.now + seconds, self.slept + seconds

    clock = InstantClock()
    pacer = Unpaced(clock)
    await pacer.wait_turn()
    await pacer.hold(5)
    await pacer.hold(2)
    await pacer.wait_turn()
    await pacer.wait_turn()
    assert clock.slept == 5


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ('<https://x.example.com/a?page=2>; rel="next"', "https://x.example.com/a?page=2"),
        ('</a?page=1>; rel="prev", </a?page=3>; title=more; rel=next', "/a?page=3"),
        ('<?page=3>; rel="last NEXT"', "?page=3"),
        ('</a>; rel="nextish"', None),
        ('</a?page=1>; title="a > b, c"; rel="next"', "/a?page=1"),
        ('</a>; title="<b>; rel=next"; rel="prev"', None),
        ("</a?page=1>; rel='next'", "/a?page=1"),
        ('</a>; rel="prev"; rel="next"', None),
        ('</a,b?page=1>;rel = "prev next" , </c>; rel=last', "/a,b?page=1"),
        ('</first>; rel="first",</a?page=2> ; REL="next"; title*=UTF-8\'en\'x', "/a?page=2"),
        ('</a>; ; rel="next";', "/a"),
        (r'</a>; title="say \"next\""; rel="last"', None),
        ("<" + " ;" * 4000 + '>; rel="prev"' + "; a" * 2000, None),
        ("nonsense", None),
    ],
)
def test_a_link_header_gives_the_address_of_the_next_page(link: str, address: str | None) -> None:
    assert _next_link(link) == address
