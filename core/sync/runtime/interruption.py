"""Interrupt a run at once when its lease is lost, nothing moves on, or a signal handler raises an error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from core.sync.runtime.heartbeat import Heartbeat

T = TypeVar("T")


CHECK_SECONDS = 1.0


async def run_until_lease_lost(
    work: Coroutine[Any, Any, T], heartbeat: Heartbeat, stalled: Callable[[], Exception | None] = lambda: None
) -> T:
    """Return the result of the work. Raises LeaseLostError, or what a signal handler raised (a task's time is up).

    ``stalled`` is asked now and then whether the work is to end, and with which error.
    """
    loop, running = asyncio.get_running_loop(), asyncio.ensure_future(work)
    raised: list[BaseException] = []

    def handle_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Keep what a signal handler raised, which uvloop would only log."""
        if "handle" not in context or "exception" not in context:
            loop.default_exception_handler(context)
            return
        raised.append(context["exception"])
        running.cancel()

    loop.set_exception_handler(handle_error)
    heartbeat.when_lost(lambda: _cancel_task(loop, running))
    watching = asyncio.ensure_future(_watch(running, stalled, raised))
    try:
        return await running
    except asyncio.CancelledError:
        if raised:
            raise raised[0] from None
        heartbeat.check()
        raise
    finally:
        watching.cancel()
        heartbeat.when_lost(lambda: None)


async def _watch(
    running: asyncio.Future[Any], stalled: Callable[[], Exception | None], raised: list[BaseException]
) -> None:
    while (error := stalled()) is None:  # noqa: ASYNC110 - nothing says when it becomes true
        await asyncio.sleep(CHECK_SECONDS)
    raised.append(error)
    running.cancel()


def _cancel_task(loop: asyncio.AbstractEventLoop, task: asyncio.Future[Any]) -> None:
    """Cancel from another thread; a loop that has closed in the meantime has nothing left to cancel."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(task.cancel)
