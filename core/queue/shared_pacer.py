"""One pacer for a system of a connection, shared by all processes through Redis.

Turns are handed out by a script in Redis: one at a time to slow systems, a few milliseconds' worth at a time to fast
ones, so that Redis is asked twenty times a second at most. Without Redis each process paces itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

import structlog
from redis import Redis
from redis.exceptions import RedisError

from connectors.http.pacing import SHARE, Clock, LocalPacer, LoopClock
from core.queue.redis_client import quick

log = structlog.get_logger()

# How much time a process takes turns for at once.
PORTION_SECONDS = 0.05
# Who has waited longer for a turn looks whether the gate was closed meanwhile.
LONG_SECONDS = 0.02
# How long Redis is left alone after it could not be reached.
AWAY_SECONDS = 5.0
KEPT_MILLISECONDS = 60_000

# Take ARGV[2] turns that are ARGV[1] microseconds apart; return how long the first is away, and how often
# the gate closed.
TAKE = """
local moment = redis.call('TIME')
local now = moment[1] * 1000000 + moment[2]
local first = math.max(now, tonumber(redis.call('HGET', KEYS[1], 'next') or 0))
redis.call('HSET', KEYS[1], 'next', string.format('%.0f', first + ARGV[1] * ARGV[2]))
redis.call('PEXPIRE', KEYS[1], math.ceil((first - now) / 1000) + ARGV[3])
return {first - now, tonumber(redis.call('HGET', KEYS[1], 'round') or 0)}
"""

# Close the gate for ARGV[1] microseconds; of several closings the one that ends last counts.
CLOSE = """
local moment = redis.call('TIME')
local opens = moment[1] * 1000000 + moment[2] + ARGV[1]
if opens > tonumber(redis.call('HGET', KEYS[1], 'opens') or 0) then
    redis.call('HSET', KEYS[1], 'opens', string.format('%.0f', opens), 'next', string.format('%.0f', opens))
    redis.call('HINCRBY', KEYS[1], 'round', 1)
    redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[1] / 1000) + ARGV[2])
end
return 1
"""


class SharedPacer:
    """Paces the requests of all processes to one system; see ``connectors.http.pacing.Pacer``."""

    def __init__(
        self,
        name: str,
        per_second: float,
        *,
        connect: Callable[[], Redis] = quick,
        clock: Clock | None = None,
    ) -> None:
        """Take a name that all processes use for this system, and the rate it allows."""
        self._key, self._connect = f"ihub:pace:{name}", connect
        self._clock = clock or LoopClock()
        self._alone = LocalPacer(per_second, self._clock)
        self._interval = 1 / (per_second * SHARE)
        self._portion = max(1, round(PORTION_SECONDS / self._interval))
        self._next, self._until, self._round = 0.0, 0.0, -1
        self._back_at, self._told = 0.0, False
        self._taking = asyncio.Lock()

    async def wait_turn(self) -> None:
        """Return when it is the caller's turn; a turn from before a closing of the gate is given up and taken anew."""
        while True:
            async with self._taking:
                wait = await self._take()
                taken_in = self._round
            if wait is None:
                await self._alone.wait_turn()
                return
            if wait > 0:
                await self._clock.sleep(wait)
            if taken_in == await self._gate(wait):
                return

    async def _take(self) -> float | None:
        """Return how long to wait for the next turn; None while Redis is away."""
        now = self._clock.time()
        at = max(now, self._next)
        if at >= self._until:
            microseconds = round(self._interval * 1_000_000)
            answer = await self._ask(TAKE, microseconds, self._portion, KEPT_MILLISECONDS)
            if answer is None:
                return None
            now = self._clock.time()
            at, self._round = now + answer[0] / 1_000_000, answer[1]
            self._until = at + self._portion * self._interval
        self._next = at + self._interval
        return at - now

    async def _gate(self, waited: float) -> int:
        """Return how often the gate has closed, as far as is known; asked anew after a long wait."""
        if waited > LONG_SECONDS:
            answer = await self._ask("return {tonumber(redis.call('HGET', KEYS[1], 'round') or 0)}")
            return self._round if answer is None else answer[0]
        return self._round

    async def hold(self, seconds: float) -> None:
        """Let no process through for so long: the system asked us to slow down."""
        await self._alone.hold(seconds)
        self._until, self._round = 0.0, -1
        await self._ask(CLOSE, round(max(seconds, 0.0) * 1_000_000), KEPT_MILLISECONDS)

    async def _ask(self, script: str, *arguments: int) -> Sequence[int] | None:
        """Run a script on our key; None while Redis cannot be reached."""
        if self._clock.time() < self._back_at:
            return None
        try:
            answer: Any = await asyncio.to_thread(self._evaluate, script, arguments)
        except (RedisError, OSError) as error:
            self._back_at = self._clock.time() + AWAY_SECONDS
            self._tell(error)
            return None
        return cast("Sequence[int]", answer) if isinstance(answer, list) else None

    def _tell(self, error: Exception) -> None:
        if not self._told:
            log.info("pacing.alone", key=self._key, error=type(error).__name__)
        self._told = True

    def _evaluate(self, script: str, arguments: Sequence[int]) -> object:
        return self._connect().eval(script, 1, self._key, *arguments)
