"""Apply a plan: send pending rows in order, a bounded number at once, and store their outcomes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from connectors.concurrency import gather
from connectors.contract.errors import ConnectorError, TemporaryError
from connectors.contract.protocols import Target
from connectors.contract.records import Reason
from core.settings import settings
from core.sync.runtime.context import RunContext, StoppedError
from core.sync.store import journal
from core.sync.store.rows import Result
from core.sync.write.batches import Batch
from core.sync.write.earlier_creates import EarlierCreates
from core.sync.write.feeder import Feeder
from core.sync.write.outcome_saver import OutcomeSaver
from core.sync.write.sender import Sender

# After this many unanswered requests in a row the system counts as down.
MOST_UNANSWERED = 20
# After this many creates that were answered without naming the employee, the target is listed to find them.
MOST_DEFERRED = 500


class Writer:
    """Writes all pending rows of one run. A failing system ends it early. What was written stays."""

    def __init__(self, work: RunContext, target: Target, earlier: EarlierCreates) -> None:
        """Take the target, which must already be open, and what precedes a create."""
        self._work = work
        self._sender = Sender(work, target, earlier)
        self._feeder = Feeder(work, target, self._halted)
        self._saver = OutcomeSaver(work)
        # As many at once as the target may get; its client lets through fewer while the target takes fewer.
        self._senders = min(settings().concurrency, getattr(target, "concurrency", settings().concurrency))
        self._error: ConnectorError | None = None
        self._unanswered = 0
        # The creates to look up together: few at first, so that a target that takes nobody is noticed soon.
        self._most_deferred = MOST_UNANSWERED
        self._recovering = asyncio.Lock()
        self._unsent: list[int] = []
        self._interrupted = False

    async def write(self) -> None:
        """Write until nothing is pending. Raises ConnectorError, CancelledRunError, StoppedError on a stop request."""
        await gather([self._produce(), self._saver.save_all()])
        if self._unsent:
            await self._work.store.run(journal.mark_unsent, self._work.lease, self._unsent)
        if self._error is not None:
            raise self._error
        if self._interrupted or not self._feeder.complete:
            self._work.raise_if_stopping()
            raise StoppedError
        await self._work.store.run(journal.drop_payloads, self._work.lease)

    def _halted(self) -> bool:
        return self._error is not None or self._work.halting

    async def _produce(self) -> None:
        await gather([self._feeder.feed(), *(self._send_all() for _ in range(self._senders))])
        while self._sender.deferred and not self._halted():
            await self._settle_deferred()
        self._interrupted = self._interrupted or bool(self._sender.deferred)
        self._saver.close()

    async def _send_all(self) -> None:
        while (batch := await self._feeder.next_batch()) is not None:
            if self._halted():
                self._leave_pending(batch)
                continue
            self._work.heartbeat.check()
            try:
                results = await self._sender.send(batch)
            except ConnectorError as error:
                self._error = self._error or error
                self._leave_pending(batch)
                continue
            if results:
                self._count_unanswered(results)
                await self._saver.add(results)
            if len(self._sender.deferred) >= self._most_deferred:
                self._most_deferred = MOST_DEFERRED
                await self._settle_deferred()
            await self._wait_while_failing()

    async def _wait_while_failing(self) -> None:
        """While the target fails at everybody, send nobody new: failed creates are sent again."""
        while self._sender.is_failing and self._sender.deferred and not self._halted():
            async with self._recovering:
                if self._sender.is_failing and not self._halted():
                    await self._settle_deferred()

    async def _settle_deferred(self) -> None:
        """Look up the creates whose response did not name the employee. When the run halts, they stay pending."""
        try:
            results = await self._sender.settle_deferred(self._halted)
        except ConnectorError as error:
            self._error, self._interrupted = self._error or error, True
            return
        for result in results:
            # That the target fails at some while it takes others does not say that it is down.
            if self._sender.is_failing or result.position not in self._sender.failed:
                self._count_unanswered([result])
        await self._saver.add(results)

    def _leave_pending(self, batch: Batch) -> None:
        """Leave rows pending. No request of theirs has left, except for those sent earlier and those in doubt."""
        self._interrupted = True
        in_doubt = self._sender.in_doubt
        self._unsent += [
            intent.position for intent in batch if not intent.sent and intent.position not in in_doubt
        ]

    def _count_unanswered(self, results: Sequence[Result]) -> None:
        if not all(result.reason == Reason.UNANSWERED and not result.is_waiting for result in results):
            self._unanswered = 0
            return
        self._unanswered += 1
        if self._unanswered >= MOST_UNANSWERED and self._error is None:
            name = self._work.systems.target_connector.name
            self._error = TemporaryError(
                f"{name} has not responded to {MOST_UNANSWERED} requests in a row. Run the job again later."
            )
