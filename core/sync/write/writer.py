"""Carry out a plan: pending rows in order, a bounded number at once, outcomes saved in batches."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from time import monotonic

from connectors.concurrency import gather, wait_at_most
from connectors.contract.errors import ConnectorError, TemporaryError
from connectors.contract.protocols import Target
from connectors.contract.records import Reason
from core.settings import settings
from core.sync.runtime.context import RunContext, StoppedError
from core.sync.store import journal, records
from core.sync.store.rows import Earned, Result
from core.sync.write import batches
from core.sync.write.batches import Bundle
from core.sync.write.sender import Sender

# How many rows count as sent at once, to begin with; after a crash as many may be looked up before they are
# sent again.
INTENTS_A_TIME = 100
MOST_INTENTS = 1000
# A portion that was sent faster than this is followed by one of twice the size, up to the most.
BRISK_SECONDS = 1.0
RESULTS_A_TIME = 500
# Outcomes are stored at once, and then again when there are so many of them or so much time has gone by.
RESULT_SECONDS = 0.2
# With so many outcomes not stored yet, senders wait: a target may be quicker than the store.
MOST_UNSAVED = 2000
PORTIONS_AHEAD = 1
# After so many unanswered requests in a row the system counts as down.
SILENCES = 20


class Writer:
    """Writes all pending rows of one run. A failing system ends it early; what was done stays."""

    def __init__(self, work: RunContext, target: Target) -> None:
        """Take the target, entered."""
        self._work = work
        self._sender = Sender(work, target)
        self._portions: asyncio.Queue[Iterator[Bundle] | None] = asyncio.Queue(PORTIONS_AHEAD)
        self._ready: Iterator[Bundle] = iter(())
        self._refilling = asyncio.Lock()
        self._fed = False
        self._size = batches.size(target)
        self._results: list[Result] = []
        self._some, self._many, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._unsaved = 0
        self._sending = True
        self._error: ConnectorError | None = None
        self._silences = 0
        self._unsent: list[int] = []
        self._complete, self._interrupted = False, False

    async def write(self) -> None:
        """Write until nothing is pending. Raises ConnectorError, CancelledRunError, or StoppedError when asked to stop."""
        await gather([self._produce(), self._save_all()])
        if self._unsent:
            await self._work.executor.run(journal.mark_unsent, self._work.lease, self._unsent)
        if self._error is not None:
            raise self._error
        if self._interrupted or not self._complete:
            self._work.raise_if_stopping()
            raise StoppedError
        await self._work.store.run(journal.drop_payloads, self._work.lease)

    @property
    def _halted(self) -> bool:
        return self._error is not None or self._work.halting

    async def _produce(self) -> None:
        await gather([self._feed(), *(self._send_all() for _ in range(settings().write_concurrency))])
        self._sending = False
        self._some.set()
        self._many.set()

    async def _feed(self) -> None:
        after, portion = -1, INTENTS_A_TIME
        while not self._halted:
            begun = monotonic()
            taken = await self._work.executor.run(journal.reserve_next, self._work.lease, after, portion)
            if not taken.positions:
                self._complete = True
                break
            after = taken.positions[-1]
            await self._portions.put(batches.of(records.intents(taken), self._size))
            if monotonic() - begun < BRISK_SECONDS:
                portion = min(portion * 2, max(MOST_INTENTS, portion))
        await self._portions.put(None)

    async def _next(self) -> Bundle | None:
        """Return what is to be sent next; None when nothing is left."""
        while (bundle := next(ready := self._ready, None)) is None and not self._fed:
            async with self._refilling:
                if self._ready is ready and not self._fed:
                    portion = await self._portions.get()
                    self._fed = portion is None
                    self._ready = portion or self._ready
        return bundle

    async def _send_all(self) -> None:
        while (bundle := await self._next()) is not None:
            if self._halted:
                self._put_back(bundle)
                continue
            self._work.heartbeat.check()
            try:
                results = await self._sender.send(bundle)
            except ConnectorError as error:
                self._error = self._error or error
                self._put_back(bundle)
                continue
            self._listen(results)
            self._results += results
            self._unsaved += len(results)
            self._some.set()
            if len(self._results) >= RESULTS_A_TIME:
                self._many.set()
            while self._unsaved >= MOST_UNSAVED:
                self._room.clear()
                await self._room.wait()

    def _put_back(self, bundle: Bundle) -> None:
        """Leave rows pending; unless an earlier attempt sent one, or it is in doubt, no request of it has left."""
        self._interrupted = True
        doubted = self._sender.in_doubt
        self._unsent += [one.position for one in bundle if not one.sent and one.position not in doubted]

    def _listen(self, results: Sequence[Result]) -> None:
        if not all(result.reason == Reason.UNANSWERED for result in results):
            self._silences = 0
            return
        self._silences += 1
        if self._silences >= SILENCES and self._error is None:
            name = self._work.ends.target_connector.name
            self._error = TemporaryError(
                f"{name} has not answered {SILENCES} requests in a row. Run the job again later."
            )

    async def _save_all(self) -> None:
        while self._sending or self._results:
            await self._some.wait()
            self._some.clear()
            results, self._results = self._results, []
            portions = (
                results[first : first + RESULTS_A_TIME] for first in range(0, len(results), RESULTS_A_TIME)
            )
            await gather(self._save(portion) for portion in portions)
            if self._sending:
                await wait_at_most(RESULT_SECONDS, self._many)
            self._many.clear()

    async def _save(self, results: list[Result]) -> None:
        settled = [records.settled(result) for result in results]
        earned: dict[int, Earned] = {
            result.position: (*result.link,) for result in results if result.link is not None
        }
        refused = await self._work.executor.run(
            journal.save, self._work.lease, self._work.pairing_id, settled, earned
        )
        self._work.tally.settle_all(Counter(one[1] for one in settled if one[0] not in refused), len(refused))
        self._unsaved -= len(results)
        self._room.set()
