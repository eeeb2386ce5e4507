"""Learn how many requests a system takes at the same time, by additive increase and multiplicative decrease (AIMD)."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

FIRST_LIMIT = 8
# Latency has grown when its average is more than twice the shortest one, and more than the noise of a busy machine.
LATENCY_GROWTH, NOISE_SECONDS = 2.0, 0.005
# After this number of requests just below what was refused, one more at the same time is tried; after each refusal of
# that, twice as many have to pass.
FIRST_PATIENCE, LONGEST_PATIENCE = 200, 25_600


class ConcurrencyLimit:
    """Lets a number of requests run at the same time: as many as the system takes, and never more than ``most``.

    The number begins at eight. Each round trip makes it twice as large until the latency grows, and then adds one. A
    refusal halves it, and it then stays below the number that was refused.
    """

    def __init__(self, most: int) -> None:
        """Take the number that is never exceeded."""
        self.most = most
        # The largest number that was not refused; None as long as nothing was refused.
        self.ceiling: int | None = None
        self._limit = float(min(FIRST_LIMIT, most))
        # How many run now.
        self.running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._doubling = True
        self._shortest = self._average = 0.0
        self._passed, self._patience = 0, FIRST_PATIENCE
        # How often the limit was halved: requests sent before that say nothing about what it is now.
        self.round = 0

    @property
    def limit(self) -> int:
        """Return how many requests may run at the same time."""
        return int(self._limit)

    def start_below(self, ceiling: int) -> None:
        """Start with what was learned before."""
        self.ceiling = max(1, min(ceiling, self.most))
        self._limit, self._doubling = float(self.ceiling), False

    async def acquire(self, *, first: bool = False) -> int:
        """Wait until another request may run, ``first`` before those that wait already; return the current round."""
        if not self.acquire_now():
            turn = asyncio.get_running_loop().create_future()
            (self._waiting.appendleft if first else self._waiting.append)(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self.release()
                else:
                    with suppress(ValueError):  # a request that ended meanwhile has taken it out
                        self._waiting.remove(turn)
                raise
        return self.round

    def acquire_now(self) -> bool:
        """Begin a request if another one may run without waiting; say whether it may."""
        if self._waiting or self.running >= self.limit:
            return False
        self.running += 1
        return True

    def release(self) -> None:
        """End a request; those that wait take its place."""
        self.running -= 1
        while self._waiting and self.running < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self.running += 1
                turn.set_result(None)

    def succeed(self, seconds: float) -> None:
        """Count a request that the system took, before its release; the limit grows while it is used up."""
        self._notice_latency(seconds)
        if self.running < self.limit:
            return
        if self.ceiling is not None and self._limit >= self.ceiling:
            self._passed += 1
            if self._passed < self._patience or self.ceiling >= self.most:
                return
            self._passed = 0
            self.ceiling += 1
        growth = 1.0 if self._doubling else 1 / self._limit
        self._limit = min(self._limit + growth, float(self.most if self.ceiling is None else self.ceiling))

    def refuse(self, round_: int, *, too_many: bool) -> bool:
        """Halve the limit, once for all requests of a round; return whether a new ceiling was learned.

        ``too_many`` says that the system had too many requests. It then learns from the number that ran, unless that
        was one: then it was the rate that was too high.
        """
        if round_ != self.round:
            return False
        self.round += 1
        self._doubling, self._passed = False, 0
        self._limit = max(1.0, float(self.limit // 2))
        if not too_many or self.running == 1:
            return False
        if self.ceiling is not None:
            self._patience = min(self._patience * 2, LONGEST_PATIENCE)
        self.ceiling = self.running - 1
        return True

    def _notice_latency(self, seconds: float) -> None:
        self._shortest = min(self._shortest or seconds, seconds)
        self._average += (seconds - self._average) / 8
        if self._average > self._shortest * LATENCY_GROWTH + NOISE_SECONDS:
            self._doubling = False
