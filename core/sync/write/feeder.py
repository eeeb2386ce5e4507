"""Reserve pending rows in the store, and hand out what is to be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from connectors.contract.protocols import Target
from core.sync.runtime.context import RunContext
from core.sync.store import journal, records
from core.sync.write.batches import Batch, batch_size, batched

# Rows reserved at once. After a crash as many may be looked up before they are sent again.
ROWS_RESERVED = 200
CHUNKS_AHEAD = 1


class Feeder:
    """Keeps one chunk of pending rows ready while the one before it is sent."""

    def __init__(self, work: RunContext, target: Target, halted: Callable[[], bool]) -> None:
        """Take the target, which must already be open, and what says whether to stop."""
        self._work, self._halted = work, halted
        self._size = batch_size(target)
        self._chunks: asyncio.Queue[Iterator[Batch] | None] = asyncio.Queue(CHUNKS_AHEAD)
        self._current: Iterator[Batch] = iter(())
        self._refilling = asyncio.Lock()
        self._drained = False
        # Every pending row has been handed out.
        self.complete = False

    async def feed(self) -> None:
        """Reserve rows until nothing is pending or the run halts."""
        after = -1
        while not self._halted():
            reserved = await self._work.store.run(
                journal.reserve_next, self._work.lease, after, ROWS_RESERVED
            )
            if not reserved.positions:
                self.complete = True
                break
            after = reserved.positions[-1]
            await self._chunks.put(batched(records.intents(reserved), self._size))
        await self._chunks.put(None)

    async def next_batch(self) -> Batch | None:
        """Return the next batch to send. None when nothing is left."""
        while (batch := next(current := self._current, None)) is None and not self._drained:
            async with self._refilling:
                if self._current is current and not self._drained:
                    chunk = await self._chunks.get()
                    self._drained = chunk is None
                    self._current = chunk or self._current
        return batch
