"""iHUB finds out how many requests a system takes at the same time, and sends no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.client import Client
from connectors.http.limits.concurrency_limit import FIRST_LIMIT, ConcurrencyLimit
from connectors.http.pacing import Unpaced
from connectors.http.retry import Retry
from tests.connectors.stand_ins import Held, reply

QUICK = Retry(first_wait=0.02, jitter=lambda: 1.0)


class Narrow:
    """A system that takes a number of requests at the same time and refuses the rest with 429."""

    def __init__(self, takes: int, seconds: float, refusal: bytes | None = None) -> None:
        self.takes, self.seconds = takes, seconds
        self.refusal = refusal or reply(429, {"message": "Too many requests"})
        self.running = self.most = self.taken = self.refused = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(
                    int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                )
                writer.write(await self._answer())
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self) -> bytes:
        if self.running >= self.takes:
            self.refused += 1
            return self.refusal
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self.seconds)
        self.running -= 1
        self.taken += 1
        return reply(201, {"id": self.taken})


@asynccontextmanager
async def narrow(takes: int, seconds: float = 0.002) -> AsyncIterator[tuple[Narrow, str]]:
    system = Narrow(takes, seconds)
    server = await asyncio.start_server(system.serve, "127.0.0.1", 0)
    try:
        yield system, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


class Remembering(Unpaced):
    """A pacer that keeps what was learned, as the one in Redis does."""

    ceiling: int | None = None

    async def recall_ceiling(self) -> int | None:
        return self.ceiling

    async def keep_ceiling(self, ceiling: int) -> None:
        self.ceiling = ceiling


async def post_all(client: Client, people: int, senders: int = 64) -> None:
    """Send one request for each person from many tasks, as the engine does."""
    remaining = iter(range(people))

    async def send() -> None:
        for person in remaining:
            assert (await client.post("/people", {"id": person})).status == 201

    await asyncio.gather(*(send() for _ in range(senders)))


async def test_a_system_that_takes_five_at_once_refuses_a_handful() -> None:
    pacer = Remembering()
    async with narrow(5) as (system, url):
        async with Client("Payroll", url, Held(), pacer, retry=QUICK) as client:
            await post_all(client, 1500)
        assert (system.taken, system.most) == (1500, 5)
        assert system.refused <= 15
        assert pacer.ceiling == 5
        before = system.refused
        async with Client("Payroll", url, Held(), pacer, retry=QUICK) as client:
            await post_all(client, 150)
        assert system.refused == before, "the next run starts with what was learned"


async def test_a_system_that_takes_one_at_a_time_gets_one() -> None:
    async with narrow(1) as (system, url), Client("Payroll", url, Held(), Unpaced(), retry=QUICK) as client:
        await post_all(client, 300, senders=8)
    assert (system.taken, system.most) == (300, 1) and system.refused <= 20


async def test_a_system_without_a_limit_soon_gets_as_many_as_its_settings_allow() -> None:
    async with narrow(1000, 0.02) as (system, url), Client("Payroll", url, Held(), Unpaced()) as client:
        await post_all(client, 1000)
    assert 32 <= system.most <= 64


async def test_the_settings_are_never_exceeded() -> None:
    async with narrow(1000) as (system, url):
        async with Client("Payroll", url, Held(), Unpaced(), concurrency=3) as client:
            await post_all(client, 100)
        assert system.most == 3


async def test_a_quota_that_is_used_up_is_waited_for() -> None:
    pauses: list[float] = []

    class Noting(Unpaced):
        async def hold(self, seconds: float) -> None:
            pauses.append(seconds)

    async with narrow(9) as (system, url), Client("Payroll", url, Held(), Noting()) as client:
        for remaining, reset in ((5, 7), (0, 7), (0, 100_000)):
            system.takes = 0
            system.refusal = reply(200, {}, RateLimit=f'"burst";r={remaining};t={reset}')
            await client.post("/people", {})
    assert pauses == [7], "not while there is room, and not for a day"


async def test_a_refusal_of_the_service_halves_the_limit_for_all() -> None:
    pauses: list[float] = []

    class Noting(Unpaced):
        async def hold(self, seconds: float) -> None:
            pauses.append(seconds)

    async with narrow(0) as (system, url):
        system.refusal = reply(503, Retry_After="4")
        quick = Retry(tries=1, first_wait=0.0)
        async with Client("Payroll", url, Held(), Noting(), retry=quick) as client:
            with pytest.raises(Exception, match="503"):
                await client.put("/people/1", {})
            assert client._concurrency.limit == FIRST_LIMIT // 2
    assert pauses == [4]


async def _round_trips(limit: ConcurrencyLimit, *seconds: float) -> list[int]:
    """Keep the limit used up for some round trips, with requests that take this long; return how many ran in each."""
    ran = []
    for latency in seconds:
        while limit.running < limit.limit:
            await limit.acquire()
        ran.append(limit.running)
        for _ in range(limit.running):
            limit.succeed(latency)
            limit.release()
            while limit.running < limit.limit:
                await limit.acquire()
    return ran


async def test_it_grows_twofold_each_round_trip_until_the_latency_grows_then_adds_one() -> None:
    limit = ConcurrencyLimit(1000)
    assert await _round_trips(limit, 0.1, 0.1, 0.1) == [8, 16, 32]
    grown = await _round_trips(limit, 0.5, 0.5, 0.5)
    assert grown[0] >= 64 and grown[2] - grown[1] == 1


async def test_who_is_cancelled_while_another_request_ends_is_cancelled_and_no_more() -> None:
    limit = ConcurrencyLimit(1)
    await limit.acquire()
    cancelled, next_one = (asyncio.create_task(limit.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    cancelled.cancel()
    limit.release()
    ended, _ = await asyncio.gather(cancelled, next_one, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError) and next_one.done()
    limit.release()
    assert limit.acquire_now()


async def test_a_refusal_halves_it_once_for_all_that_were_sent_together() -> None:
    limit = ConcurrencyLimit(1000)
    rounds = [await limit.acquire() for _ in range(8)]
    learned = []
    for round_ in rounds:
        learned.append(limit.refuse(round_, too_many=True))
        limit.release()
    assert (limit.limit, limit.ceiling, learned) == (4, 7, [True] + [False] * 7)
    assert (await _round_trips(limit, *[0.1] * 10))[-1] == 7
    limit.release()
    limit.refuse(await limit.acquire(), too_many=False)
    assert (limit.limit, limit.ceiling) == (3, 7), "503 says nothing about how many are too many"


@given(
    st.lists(
        st.tuples(st.sampled_from(["take", "end", "429", "503", "cancel"]), st.integers(0, 20)), max_size=200
    ),
    st.integers(1, 70),
)
def test_whatever_happens_it_stays_between_one_and_the_most(events: list[tuple[str, int]], most: int) -> None:
    async def play() -> None:
        limit, running = ConcurrencyLimit(most), list[int]()
        waiting: list[asyncio.Task[int]] = []
        for what, which in events:
            if what == "take":
                waiting.append(asyncio.ensure_future(limit.acquire(first=which % 2 == 0)))
            elif what == "cancel" and waiting:
                waiting.pop(which % len(waiting)).cancel()
            elif running:
                round_ = running.pop(which % len(running))
                if what == "end":
                    limit.succeed(0.01)
                elif what in {"429", "503"}:
                    limit.refuse(round_, too_many=what == "429")
                limit.release()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            running += [task.result() for task in waiting if task.done() and not task.cancelled()]
            waiting = [task for task in waiting if not task.done()]
            assert 1 <= limit.limit <= most and limit.running == len(running)
        # Nobody waits without end: once all have ended, those that wait run.
        while running or waiting:
            assert running, "requests wait although none is running"
            running.pop()
            limit.release()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            running += [task.result() for task in waiting if task.done()]
            waiting = [task for task in waiting if not task.done()]

    asyncio.run(play())
