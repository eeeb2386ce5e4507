"""Work that goes on behind whoever gave it."""

from __future__ import annotations

import asyncio

import pytest

from connectors.concurrency import Behind, at_most


class StumbledError(Exception):
    """What a piece of work raises here."""


def test_one_piece_is_under_way_while_the_next_is_made_ready() -> None:
    told: list[str] = []

    async def work(name: str) -> None:
        told.append(f"{name} begins")
        await asyncio.sleep(0.01)
        told.append(f"{name} ends")

    async def all_of_it() -> None:
        behind = Behind()
        for name in "ab":
            await behind.give(work(name))
            told.append(f"{name} given")
        await behind.done()

    asyncio.run(all_of_it())
    assert told == ["a given", "a begins", "a ends", "b given", "b begins", "b ends"]


@pytest.mark.parametrize("then_more", [True, False])
def test_an_error_reaches_who_gives_more_or_waits_for_the_end(then_more: bool) -> None:
    done: list[bool] = []

    async def work(fails: bool) -> None:
        if fails:
            raise StumbledError
        done.append(True)

    async def all_of_it() -> None:
        behind = Behind()
        await behind.give(work(True))
        await (behind.give(work(False)) if then_more else behind.done())

    with pytest.raises(StumbledError):
        asyncio.run(all_of_it())
    assert done == []


@pytest.mark.parametrize("turns", range(8))
def test_who_is_cancelled_just_as_the_event_happens_ends(turns: int) -> None:
    async def cancelled() -> bool:
        event = asyncio.Event()
        waiting = asyncio.ensure_future(at_most(60, event))
        for _ in range(5):
            await asyncio.sleep(0)
        event.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        taken = waiting.cancel()
        await asyncio.wait([waiting])
        return waiting.cancelled() == taken

    assert asyncio.run(cancelled())


def test_nobody_waits_longer_than_was_said() -> None:
    async def ended_by_itself() -> bool:
        waiting = asyncio.ensure_future(at_most(0.001, asyncio.Event()))
        await asyncio.wait([waiting], timeout=20)
        return waiting.done()

    assert asyncio.run(ended_by_itself())
