"""Apply a plan: send pending rows in order, a bounded number at once, and store their outcomes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from connectors.concurrency import gather
from connectors.contract.errors import ConnectorError, TemporaryError
from connectors.contract.protocols import Target
from connectors.contract.records import MAYBE_WRITTEN
from core.settings import settings
from core.sync.runtime.context import RunContext, StoppedError
from core.sync.store import journal
from core.sync.store.rows import Result
from core.sync.write.batches import Batch
from core.sync.write.deferred import MOST_IN_A_ROW
from core.sync.write.earlier_creates import EarlierCreates
from core.sync.write.feeder import Feeder
from core.sync.write.outcome_saver import OutcomeSaver
from core.sync.write.sender import Sender
from core.sync.write.settlement import Settlement

# How many requests are sent at once at first; more once the target confirms them, so that few are out when it does not.
FIRST_SENDERS = 8


class Writer:
    """Writes all pending rows of one run. A failing system ends it early. What was written stays."""

    def __init__(self, work: RunContext, target: Target, earlier: EarlierCreates) -> None:
        """Take the target, which must already be open, and what precedes a create."""
        self._work = work
        self._sender = Sender(work, target, earlier)
        self._feeder = Feeder(work, target, self._halted)
        self._saver = OutcomeSaver(work)
        # As many at once as the target may get; its client lets through fewer while the target takes fewer.
        most = settings().concurrency
        self._most_senders = min(most, getattr(target, "concurrency", most))
        self._senders = min(FIRST_SENDERS, self._most_senders)
        self._error: ConnectorError | None = None
        self._settlement = Settlement(work, self._sender, self._halted, self._take)
        self._settling = asyncio.Lock()
        self._in_flight, self._none_in_flight = 0, asyncio.Event()
        # Unanswered requests in a row, and whether the creates that are being settled count.
        self._unanswered, self._counts_settled = 0, False
        self._unsent: list[int] = []
        self._interrupted = False

    async def write(self) -> None:
        """Write until nothing is pending. Raises ConnectorError, and as ``raise_if_stopping``."""
        await self._sender.parts.load()
        await gather([self._produce(), self._saver.save_all()])
        if self._unsent:
            await self._work.store.run(journal.mark_unsent, self._work.lease, self._unsent)
        if rest := self._sender.requests.take_rest():
            await self._work.store.run(journal.keep_requests, self._work.lease, rest)
        if self._error is not None:
            raise self._error
        if self._interrupted or self._settlement.interrupted or not self._feeder.complete:
            self._work.raise_if_stopping()
            raise StoppedError
        await self._work.store.run(journal.drop_payloads, self._work.lease)

    def _halted(self) -> bool:
        return self._error is not None or self._work.halting

    async def _produce(self) -> None:
        senders = (self._send_all() for _ in range(self._senders))
        await gather([self._feeder.feed(), *senders])
        self._counts_settled = False
        while len(self._sender.deferred) and not self._halted():
            await self._settle()
        self._interrupted = self._interrupted or len(self._sender.deferred) > 0
        self._saver.close()

    async def _send_all(self) -> None:
        while (batch := await self._feeder.next_batch()) is not None:
            await self._wait_to_send()
            if self._halted():
                self._leave_pending(batch)
                continue
            self._work.heartbeat.check()
            try:
                results = await self._send(batch)
            except ConnectorError as error:
                self._error = self._error or error
                self._leave_pending(batch)
                continue
            if results:
                self._count_unanswered(results)
                await self._saver.add(results)
                # The target confirms what it gets: another sender joins in.
                if not self._unanswered and self._senders < self._most_senders:
                    self._senders += 1
                    await gather([self._send_all(), self._send_all()])
                    return

    async def _send(self, batch: Batch) -> Sequence[Result]:
        self._in_flight += 1
        self._none_in_flight.clear()
        try:
            return await self._sender.send(batch)
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._none_in_flight.set()

    async def _wait_to_send(self) -> None:
        """Return when no deferred create is due, and the lease is not late."""
        await self._settle_if_due()
        while self._work.heartbeat.late and not self._halted():
            await self._work.wait_for_renewal()
            await self._settle_if_due()

    async def _settle_if_due(self) -> None:
        """Look up deferred creates when there are many or the target seems to be down. Nothing else is sent then."""
        deferred = self._sender.deferred
        if not (deferred.is_due or self._settling.locked()):
            return
        async with self._settling:
            while deferred.is_due and not self._halted():
                if self._in_flight:
                    await self._none_in_flight.wait()
                self._counts_settled = deferred.is_target_in_doubt
                await self._settle()

    async def _settle(self) -> None:
        """Settle deferred creates, one round. When the run halts, they stay pending."""
        try:
            await self._settlement.run_round()
        except ConnectorError as error:
            self._error, self._interrupted = self._error or error, True

    async def _take(self, results: Sequence[Result]) -> None:
        """Take the results of a settlement. Failures among many successes do not count as failures in a row."""
        if self._counts_settled:
            self._count_unanswered(results)
        await self._saver.add(results)

    def _leave_pending(self, batch: Batch) -> None:
        """Leave rows pending. No request of theirs has left, except for those sent earlier and those in doubt."""
        self._interrupted = True
        in_doubt = self._sender.in_doubt
        self._unsent += [
            intent.position for intent in batch if not intent.sent and intent.position not in in_doubt
        ]

    def _count_unanswered(self, results: Sequence[Result]) -> None:
        if not all(result.reason in MAYBE_WRITTEN and not result.is_waiting for result in results):
            self._unanswered = 0
            return
        self._unanswered += 1
        if self._unanswered >= MOST_IN_A_ROW and self._error is None:
            name = self._work.systems.target_connector.name
            self._error = TemporaryError(
                f"{name} has not responded to {MOST_IN_A_ROW} requests in a row. Run the job again later."
            )
