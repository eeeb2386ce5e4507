"""Carry out a plan: pending rows in order, a bounded number at once, outcomes saved in batches."""

from __future__ import annotations

import asyncio

from connectors.contract import Reason, Target
from connectors.errors import ConnectorError, TemporaryError
from core.settings import settings
from core.sync import journal
from core.sync.assignment import Assignment, StoppedError
from core.sync.concurrency import together
from core.sync.rows import Intent, Result
from core.sync.sender import Sender

INTENTS_A_TIME = 100
"""How many rows are marked as sent at once; after a crash as many are looked up before they are sent again."""
RESULTS_A_TIME = 200
SILENCES = 20
"""After so many unanswered requests in a row the system counts as down."""


class Writer:
    """Writes all pending rows of one run. A failing system ends it early; what was done stays."""

    def __init__(self, work: Assignment, target: Target) -> None:
        """Take the target, entered."""
        self._work = work
        self._sender = Sender(work, target)
        self._intents: asyncio.Queue[Intent | None] = asyncio.Queue(INTENTS_A_TIME)
        self._results: asyncio.Queue[Result | None] = asyncio.Queue(RESULTS_A_TIME)
        self._error: ConnectorError | None = None
        self._silences = 0
        self._unsent: list[int] = []
        self._complete, self._interrupted = False, False

    async def write(self) -> None:
        """Write until nothing is pending. Raises ConnectorError, CancelledRunError, or StoppedError when asked to stop."""
        await together(self._produce(), self._save_all())
        if self._unsent:
            await self._work.store.do(journal.unsend, self._work.lease, self._unsent)
        if self._error is not None:
            raise self._error
        if self._interrupted or not self._complete:
            self._work.pause_if_asked()
            raise StoppedError

    @property
    def _halted(self) -> bool:
        return self._error is not None or self._work.halting

    async def _produce(self) -> None:
        senders = settings().write_concurrency
        await together(self._feed(senders), *(self._send_all() for _ in range(senders)))
        await self._results.put(None)

    async def _feed(self, senders: int) -> None:
        after = -1
        while not self._halted:
            intents = await self._work.store.do(journal.take, self._work.lease, after, INTENTS_A_TIME)
            if not intents:
                self._complete = True
                break
            after = intents[-1].position
            for intent in intents:
                await self._intents.put(intent)
        for _ in range(senders):
            await self._intents.put(None)

    async def _send_all(self) -> None:
        while (intent := await self._intents.get()) is not None:
            if self._halted:
                self._put_back(intent)
                continue
            self._work.keeper.check()
            try:
                result = await self._sender.send(intent)
            except ConnectorError as error:
                self._error = self._error or error
                self._put_back(intent)
                continue
            self._listen(result)
            await self._results.put(result)

    def _put_back(self, intent: Intent) -> None:
        """Leave a row pending; unless an earlier attempt sent it, or it is in doubt, no request of it has left."""
        self._interrupted = True
        if not intent.sent and intent.position not in self._sender.in_doubt:
            self._unsent.append(intent.position)

    def _listen(self, result: Result) -> None:
        self._silences = self._silences + 1 if result.reason == Reason.UNANSWERED else 0
        if self._silences >= SILENCES and self._error is None:
            name = self._work.ends.target_connector.name
            self._error = TemporaryError(f"{name} has not answered {SILENCES} requests in a row. Run the job again later.")

    async def _save_all(self) -> None:
        while (result := await self._results.get()) is not None:
            results = [result]
            ended = False
            while len(results) < RESULTS_A_TIME and not self._results.empty() and not ended:
                following = self._results.get_nowait()
                ended = following is None
                results += [] if following is None else [following]
            await self._save(results)
            if ended:
                return

    async def _save(self, results: list[Result]) -> None:
        stored = await self._work.store.do(journal.save, self._work.lease, self._work.pairing_id, results)
        for result in stored:
            self._work.tally.settle(result.decision, result.action)
