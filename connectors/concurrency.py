"""Run pieces of async work side by side; the first error ends them all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")
Item = TypeVar("Item")


async def together(jobs: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what each gives, in their order; the first failure stops the rest and is raised as it is."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def completed(
    items: Sequence[Item], known: Callable[[Item], T | None], job: Callable[[Item], Coroutine[Any, Any, T]]
) -> list[T]:
    """Return for each item what is known of it, or else what its job gives: most need no task of their own."""
    found = [known(item) for item in items]
    made = iter(await together(job(item) for item, one in zip(items, found, strict=True) if one is None))
    return [next(made) if one is None else one for one in found]


async def each(work: Callable[[Item], Awaitable[None]], items: Collection[Item], *, at_once: int) -> None:
    """Do the same for each item, a bounded number at once."""
    waiting = iter(items)

    async def go_on() -> None:
        for item in waiting:
            await work(item)

    await together(go_on() for _ in range(min(at_once, len(items))))


async def at_most(seconds: float, event: asyncio.Event) -> None:
    """Wait for an event, and no longer than so many seconds.

    ``asyncio.wait_for`` swallows a cancellation that comes just as the event happens (Python 3.11; python/cpython#86296):
    whoever was to be cancelled would go on, and whoever waits for that would wait for ever.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class Behind:
    """Does pieces of work one after the other while whoever gives them goes on; at most one is under way."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._under_way: asyncio.Future[None] | None = None

    async def give(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a piece of work once the one before it has ended, and raise the error of that one."""
        try:
            await self.done()
        except BaseException:
            work.close()
            raise
        self._under_way = asyncio.ensure_future(work)

    async def done(self) -> None:
        """Wait until nothing is under way. Raises what the last piece of work raised."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            await under_way
