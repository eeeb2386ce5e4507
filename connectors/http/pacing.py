"""Keep the requests to one system under its rate limit: evenly spaced, and all of them paused after a 429."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Protocol, runtime_checkable

from connectors.contract.traffic import Traffic

# The part of the allowed rate that is used. Measured: above 97 %, refusals cost more time than the rate gains.
SHARE = 0.95

# The delay in seconds that a late request may catch up with, and how much earlier than its turn one may be sent: timers
# are coarse, and at a high rate one sleep is enough for several turns. No second then sees more than
# 0.95 × (1 + 0.04 + 0.01) < 1 of the rate.
CATCH_UP_SECONDS = 0.04
EARLY_SECONDS = 0.01


class Clock(Protocol):
    """Time as pacing and retries see it, so that tests need not wait."""

    def time(self) -> float:
        """Return seconds that never go back."""

    async def sleep(self, seconds: float) -> None:
        """Wait for this number of seconds."""


class LoopClock:
    """The clock of the running event loop."""

    time = staticmethod(monotonic)

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the event loop."""
        await asyncio.sleep(seconds)


class Waiting:
    """Measures how long at least one request waits. Use as ``with``."""

    def __init__(self, traffic: Traffic, clock: Clock) -> None:
        self._traffic, self._clock = traffic, clock
        self._number, self._since = 0, 0.0

    def __enter__(self) -> None:
        """Begin to wait."""
        if not self._number:
            self._since = self._clock.time()
        self._number += 1

    def __exit__(self, *exc: object) -> None:
        """Wait no longer."""
        self._number -= 1
        if not self._number:
            self._traffic.waited += self._clock.time() - self._since


class Pacer(Protocol):
    """Decides when the next request to a system may be sent; core can share one between processes."""

    async def wait_turn(self) -> None:
        """Return when it is the caller's turn to send one request."""

    async def hold(self, seconds: float) -> None:
        """Pause all requests for this number of seconds, because the system asked us to slow down."""


@runtime_checkable
class RemembersConcurrency(Protocol):
    """A pacer that keeps for the next run, and for other processes, how many requests a system takes at once."""

    async def recall_ceiling(self) -> int | None:
        """Return the largest number that a system was found to take; None when it has refused none."""

    async def keep_ceiling(self, ceiling: int) -> None:
        """Keep the largest number that a system was found to take."""


class LocalPacer:
    """Paces the requests of this process."""

    def __init__(self, per_second: float, clock: Clock | None = None) -> None:
        """Take the rate the system allows."""
        self._interval = 1 / (per_second * SHARE)
        self._clock = clock or LoopClock()
        self._next = 0.0
        self._paused_until = 0.0
        self._pauses = 0

    async def wait_turn(self) -> None:
        """Return when it is the caller's turn; a turn from before a pause is dropped and taken again."""
        while True:
            pauses = self._pauses
            wait = self._reserve()
            if wait > EARLY_SECONDS:
                await self._clock.sleep(wait)
            if pauses == self._pauses:
                return

    def _reserve(self) -> float:
        now = self._clock.time()
        at = max(now - CATCH_UP_SECONDS, self._next, self._paused_until)
        self._next = at + self._interval
        return at - now

    async def hold(self, seconds: float) -> None:
        """Pause all requests; of several pauses the one that ends last counts."""
        until = self._clock.time() + max(seconds, 0.0)
        if until > self._paused_until:
            self._paused_until = self._next = until
            self._pauses += 1


class Unpaced:
    """Sends every request at once, for systems without a limit, until the system asks for a pause."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or LoopClock()
        self._paused_until = 0.0

    async def wait_turn(self) -> None:
        """Return at once unless the system has asked for a pause."""
        while self._paused_until and (wait := self._paused_until - self._clock.time()) > 0:
            await self._clock.sleep(wait)

    async def hold(self, seconds: float) -> None:
        """Pause all requests; of several pauses the one that ends last counts."""
        self._paused_until = max(self._paused_until, self._clock.time() + seconds)


def local_pacer(per_second: float | None) -> Pacer:
    """Return a pacer for this process; without a rate its requests are sent at once."""
    return Unpaced() if per_second is None else LocalPacer(per_second)
