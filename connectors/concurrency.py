"""Run async work concurrently; the first error cancels the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

CANCEL_AGAIN_SECONDS = 1.0

T = TypeVar("T")
Item = TypeVar("Item")


async def gather(jobs: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return the results in the order of the jobs; the first failure cancels the rest and is raised as it is."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await cancel(tasks)


async def cancel(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel tasks and wait until they have ended; one that loses the cancellation is cancelled again."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # has been raised already, or does not matter any more


async def gather_missing(
    items: Sequence[Item], known: Callable[[Item], T | None], job: Callable[[Item], Coroutine[Any, Any, T]]
) -> list[T]:
    """Return for each item its known result, or else the result of its job: most items need no task of their own."""
    results = [known(item) for item in items]
    missing = iter(
        await gather(job(item) for item, result in zip(items, results, strict=True) if result is None)
    )
    return [next(missing) if result is None else result for result in results]


async def for_each(work: Callable[[Item], Awaitable[None]], items: Collection[Item], *, at_once: int) -> None:
    """Do the same work for each item, a bounded number at once."""
    remaining = iter(items)

    async def work_off() -> None:
        for item in remaining:
            await work(item)

    await gather(work_off() for _ in range(min(at_once, len(items))))


async def wait_at_most(seconds: float, event: asyncio.Event) -> None:
    """Wait for an event, but no longer than this number of seconds.

    ``asyncio.wait_for`` swallows a cancellation that comes just as the event happens (Python 3.11;
    python/cpython#86296): the cancelled task would keep running, and its canceller would wait forever.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class BackgroundTask:
    """Runs pieces of work one after the other while the caller continues; at most one is running."""

    def __init__(self) -> None:
        self._running: asyncio.Future[None] | None = None

    async def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a piece of work once the one before it has ended, and raise the error of that one."""
        try:
            await self.wait()
        except BaseException:
            work.close()
            raise
        self._running = asyncio.ensure_future(work)

    async def wait(self) -> None:
        """Wait until nothing is running. Raises what the last piece of work raised."""
        running, self._running = self._running, None
        if running is not None:
            await running
