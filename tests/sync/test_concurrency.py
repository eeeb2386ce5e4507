"""Work that goes on behind whoever gave it."""

from __future__ import annotations

import asyncio

import pytest

from core.sync.concurrency import Behind


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
