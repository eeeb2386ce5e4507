"""Keep the requests to one system under its limit: evenly spaced, with one gate for all after a 429."""

from __future__ import annotations

import asyncio
from typing import Protocol

# Part of the allowed rate that is used. Measured: above 97 % refusals cost more than they bring.
SHARE = 0.95

# Seconds by which a turn taken late may be made up for. No second then sees more than 0.95 × 1.05 < 1 of
# the rate.
LATENESS = 0.05


class Clock(Protocol):
    """Time as pacing and retries see it, so that tests need not wait."""

    def time(self) -> float:
        """Return seconds that only ever grow."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class LoopClock:
    """The clock of the running event loop."""

    def time(self) -> float:
        """Return the loop's seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait without holding up the loop."""
        await asyncio.sleep(seconds)


class Pacer(Protocol):
    """Decides when the next request to a system may leave; core may share one between processes."""

    async def turn(self) -> None:
        """Return when it is the caller's turn to send one request."""

    async def hold(self, seconds: float) -> None:
        """Let nobody through for so long: the system asked us to slow down."""


class LocalPacer:
    """Paces the requests of this process."""

    def __init__(self, per_second: float, clock: Clock | None = None) -> None:
        """Take the rate the system allows."""
        self._interval = 1 / (per_second * SHARE)
        self._clock = clock or LoopClock()
        self._next = 0.0
        self._opens = 0.0
        self._round = 0

    async def turn(self) -> None:
        """Return when it is the caller's turn; a turn reserved before a hold is given up and taken anew."""
        while True:
            taken_in = self._round
            wait = self._reserve()
            if wait > 0:
                await self._clock.sleep(wait)
            if taken_in == self._round:
                return

    def _reserve(self) -> float:
        now = self._clock.time()
        at = max(now - LATENESS, self._next, self._opens)
        self._next = at + self._interval
        return at - now

    async def hold(self, seconds: float) -> None:
        """Close the gate; of several holds the one that ends last counts."""
        until = self._clock.time() + max(seconds, 0.0)
        if until > self._opens:
            self._opens = self._next = until
            self._round += 1


class Unpaced:
    """Lets everything through at once: for systems without a limit, until one of them asks us to slow down."""

    def __init__(self, clock: Clock | None = None) -> None:
        """Begin with the gate open."""
        self._clock = clock or LoopClock()
        self._opens = 0.0

    async def turn(self) -> None:
        """Return at once unless the system has asked for a pause."""
        while self._opens and (wait := self._opens - self._clock.time()) > 0:
            await self._clock.sleep(wait)

    async def hold(self, seconds: float) -> None:
        """Close the gate; of several holds the one that ends last counts."""
        self._opens = max(self._opens, self._clock.time() + seconds)
