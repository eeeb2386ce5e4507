"""Work that runs in the background, and waiting with a limit."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from connectors import concurrency
from connectors.concurrency import BackgroundTask, wait_at_most


class WorkError(Exception):
    """Raised by the work of these tests."""


def test_a_piece_of_work_runs_while_the_caller_prepares_the_next() -> None:
    events: list[str] = []

    async def work(name: str) -> None:
        events.append(f"{name} begins")
        await asyncio.sleep(0.01)
        events.append(f"{name} ends")

    async def run_all() -> None:
        background = BackgroundTask()
        for name in "ab":
            await background.start(work(name))
            events.append(f"{name} started")
        await background.wait()

    asyncio.run(run_all())
    assert events == ["a started", "a begins", "a ends", "b started", "b begins", "b ends"]


@pytest.mark.parametrize("then_more", [True, False])
def test_an_error_is_raised_by_the_next_start_or_wait(then_more: bool) -> None:
    done: list[bool] = []

    async def work(fails: bool) -> None:
        if fails:
            raise WorkError
        done.append(True)

    async def run_all() -> None:
        background = BackgroundTask()
        await background.start(work(True))
        await (background.start(work(False)) if then_more else background.wait())

    with pytest.raises(WorkError):
        asyncio.run(run_all())
    assert done == []


@pytest.mark.parametrize("turns", range(8))
def test_a_task_cancelled_just_as_the_event_happens_ends(turns: int) -> None:
    async def cancelled() -> bool:
        event = asyncio.Event()
        waiting = asyncio.ensure_future(wait_at_most(60, event))
        for _ in range(5):
            await asyncio.sleep(0)
        event.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        taken = waiting.cancel()
        await asyncio.wait([waiting])
        return waiting.cancelled() == taken

    assert asyncio.run(cancelled())


def test_the_wait_ends_after_the_given_time() -> None:
    async def ended_by_itself() -> bool:
        waiting = asyncio.ensure_future(wait_at_most(0.001, asyncio.Event()))
        await asyncio.wait([waiting], timeout=20)
        return waiting.done()

    assert asyncio.run(ended_by_itself())


async def test_a_failure_ends_the_others_although_one_of_them_loses_its_cancellation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(concurrency, "CANCEL_AGAIN_SECONDS", 0.01)
    ended: list[str] = []

    async def lose_one_cancellation() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("at last")

    async def fail() -> None:
        await asyncio.sleep(0)
        raise WorkError

    with pytest.raises(WorkError):
        async with asyncio.timeout(10):
            await concurrency.gather([lose_one_cancellation(), fail()])
    assert ended == ["at last"]
