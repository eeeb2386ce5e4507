"""Store outcomes in chunks while others are still being sent."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from connectors.concurrency import gather, wait_at_most
from core.sync.runtime.context import RunContext
from core.sync.store import journal
from core.sync.store.rows import Result

RESULTS_PER_TRANSACTION = 500
# Outcomes are stored at once, and then again when a full chunk or this much time has passed.
PAUSE_SECONDS = 0.2
# With more outcomes than this not stored yet, senders wait: a target may be quicker than the store.
MOST_UNSAVED = 2000


class OutcomeSaver:
    """Collects results from the senders and stores them, with backpressure."""

    def __init__(self, work: RunContext) -> None:
        self._work = work
        self._results: list[Result] = []
        self._some, self._full, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._unsaved = 0
        self._closed = False

    async def add(self, results: Sequence[Result]) -> None:
        """Take results. Waits while too many are not stored yet."""
        self._results += results
        self._unsaved += len(results)
        self._some.set()
        if len(self._results) >= RESULTS_PER_TRANSACTION:
            self._full.set()
        while self._unsaved >= MOST_UNSAVED:
            self._room.clear()
            await self._room.wait()

    def close(self) -> None:
        """Note that no more results will come."""
        self._closed = True
        self._some.set()
        self._full.set()

    async def save_all(self) -> None:
        """Store results until the saver is closed and nothing is left."""
        while not self._closed or self._results:
            await self._some.wait()
            self._some.clear()
            results, self._results = self._results, []
            chunks = (
                results[first : first + RESULTS_PER_TRANSACTION]
                for first in range(0, len(results), RESULTS_PER_TRANSACTION)
            )
            await gather(self._save(chunk) for chunk in chunks)
            if not self._closed:
                await wait_at_most(PAUSE_SECONDS, self._full)
            self._full.clear()

    async def _save(self, results: list[Result]) -> None:
        refused = await self._work.store.run(journal.save, self._work.lease, self._work.pairing_id, results)
        written = Counter(result.action for result in results if result.position not in refused)
        self._work.tally.settle_all(written, len(refused))
        self._unsaved -= len(results)
        self._room.set()
