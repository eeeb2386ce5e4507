"""A run whose writing fails ends at once, at any moment: nothing in it waits endlessly."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Sequence

import pytest

from core.models import RunStatus
from core.sync.store.rows import Result
from core.sync.write import outcome_saver
from core.sync.write.batches import Batch
from core.sync.write.outcome_saver import OutcomeSaver
from core.sync.write.sender import Sender
from tests.core.sync.conftest import Hub

# The number of the employee at which the run fails.
FAILING = 3
# Long enough for all others to have been sent.
SENT_SECONDS = 0.1
PATIENCE_SECONDS = 20


class StumbledError(Exception):
    """What nobody expected."""


class HungError(BaseException):
    """The run has not ended in time."""


@pytest.fixture
def bounded() -> Iterator[None]:
    """End a run that hangs, as a task whose time is up is ended."""

    def strike(*_: object) -> None:
        raise HungError

    before = signal.signal(signal.SIGALRM, strike)
    signal.alarm(PATIENCE_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("turns", range(12))
def test_a_failure_just_as_outcomes_have_been_stored_ends_the_run(
    sqlite_hub: Hub, bounded: None, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """More outcomes wait already when one of them is stored, some turns of the loop after the failure."""
    monkeypatch.setattr(outcome_saver, "RESULTS_PER_TRANSACTION", 1)
    send, save = Sender.send, OutcomeSaver._save
    storing, failed = asyncio.Event(), asyncio.Event()

    async def sent(self: Sender, batch: Batch) -> Sequence[Result]:
        number = batch[0].position
        if number > 0:
            await storing.wait()
        if number < FAILING:
            return await send(self, batch)
        await asyncio.sleep(SENT_SECONDS)
        failed.set()
        raise StumbledError

    async def saved(self: OutcomeSaver, results: list[Result]) -> None:
        storing.set()
        await save(self, results)
        await failed.wait()
        for _ in range(turns):
            await asyncio.sleep(0)

    monkeypatch.setattr(Sender, "send", sent)
    monkeypatch.setattr(OutcomeSaver, "_save", saved)
    sqlite_hub.fill(FAILING + 1)
    run_id = sqlite_hub.request()
    with pytest.raises(StumbledError):
        sqlite_hub.execute(run_id)
    assert sqlite_hub.row(run_id).status is RunStatus.ERROR
    assert len(sqlite_hub.target.records) == FAILING
