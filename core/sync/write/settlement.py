"""Look up the creates that the target has not confirmed, and send those again that failed with a server error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from connectors.concurrency import for_each
from core.settings import settings
from core.sync.runtime.context import RunContext
from core.sync.store.rows import Result
from core.sync.write.deferred import Deferred, DeferredCreates
from core.sync.write.sender import Sender

# How often a pause looks whether the run is to stop.
STEP_SECONDS = 0.1

Save = Callable[[Sequence[Result]], Awaitable[None]]


class Settlement:
    """Settles the deferred creates of one run, round by round."""

    def __init__(self, work: RunContext, sender: Sender, halted: Callable[[], bool], save: Save) -> None:
        """Take what sends, what says whether to stop, and what takes each result."""
        self._work, self._sender, self._halted, self._save = work, sender, halted, save
        self._deferred: DeferredCreates = sender.deferred
        # Some creates are left pending, because the run halts.
        self.interrupted = False

    async def run_round(self) -> None:
        """Wait, look everybody up once, and send those again who are not there. Raises ConnectorError.

        Those who fail again are deferred again. When the run halts, they stay pending. Nothing else may be sent in the
        meantime: a list of the target would change while it is read.
        """
        await self._pause()
        if self._halted():
            self.interrupted = self.interrupted or len(self._deferred) > 0
            return
        taken = self._deferred.take_all()
        listed, absent = self._sender.new_list(), list[Deferred]()

        async def look_up(deferred: Deferred) -> None:
            result = await self._sender.look_up(deferred, listed)
            if result is None:
                absent.append(deferred)
            else:
                await self._save([result])

        await for_each(look_up, taken, at_once=settings().concurrency)
        await for_each(self._send_again, absent, at_once=settings().concurrency)

    async def _pause(self) -> None:
        while (seconds := self._deferred.seconds_left) > 0 and not self._halted():
            self._work.heartbeat.check()
            await asyncio.sleep(min(seconds, STEP_SECONDS))

    async def _send_again(self, deferred: Deferred) -> None:
        if self._halted():
            self.interrupted = True
            return
        await self._work.wait_for_renewal()
        if (result := await self._sender.send_again(deferred)) is not None:
            await self._save([result])
