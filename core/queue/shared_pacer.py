"""Pace the requests of all processes to one system through Redis.

A script in Redis hands out turns: one at a time for slow systems, a few milliseconds' worth at a time for fast ones, so
that Redis is called at most twenty times a second. A system without a limit has no turns, only a gate, which is looked
at five times a second. Without Redis each process paces itself.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import structlog
from redis import Redis
from redis.exceptions import RedisError

from connectors.http.pacing import CATCH_UP_SECONDS, EARLY_SECONDS, SHARE, Clock, LocalPacer, LoopClock
from core.queue.redis_client import fast_client

log = structlog.get_logger()

# The time for which a process takes turns at once.
CHUNK_SECONDS = 0.05
# After a longer wait for its turn, a process checks whether the gate was closed meanwhile.
LONG_WAIT_SECONDS = 0.02
# The rate of a system without a limit while there is no Redis.
UNLIMITED = 100_000.0
# How long the gate of a system without a limit counts as open once it was seen open.
LOOK_SECONDS = 0.2
# The pause before the next attempt when Redis cannot be reached.
OUTAGE_SECONDS = 5.0
EXPIRY_MILLISECONDS = 60_000
# How long a run's knowledge of how many requests a system takes at once is kept.
CEILING_SECONDS = 7 * 86_400

# Redis counts by the clock of its machine. Move what was stored with the clock when that was set back.
NOW = """
local moment = redis.call('TIME')
local now = moment[1] * 1000000 + moment[2]
local back = tonumber(redis.call('HGET', KEYS[1], 'at') or 0) - now
if back > 1000000 then
    for _, name in ipairs({'next', 'opens'}) do
        local stored = redis.call('HGET', KEYS[1], name)
        if stored then redis.call('HSET', KEYS[1], name, string.format('%.0f', stored - back)) end
    end
end
redis.call('HSET', KEYS[1], 'at', string.format('%.0f', now))
"""

# Take ARGV[2] turns that are ARGV[1] microseconds apart, at most ARGV[4] microseconds late; return the wait until the
# first turn, and how often the gate has closed.
TAKE = f"""{NOW}
local first = math.max(now - ARGV[4], tonumber(redis.call('HGET', KEYS[1], 'next') or 0))
redis.call('HSET', KEYS[1], 'next', string.format('%.0f', first + ARGV[1] * ARGV[2]))
redis.call('PEXPIRE', KEYS[1], math.ceil((first - now) / 1000) + ARGV[3])
return {{first - now, tonumber(redis.call('HGET', KEYS[1], 'round') or 0)}}
"""

# Return the wait until the gate opens.
LOOK = f"""{NOW}
local wait = math.max(0, tonumber(redis.call('HGET', KEYS[1], 'opens') or 0) - now)
redis.call('PEXPIRE', KEYS[1], math.ceil(wait / 1000) + ARGV[1])
return {{wait}}
"""

# Close the gate for ARGV[1] microseconds; when several processes close it, the latest end counts.
CLOSE = f"""{NOW}
local opens = now + ARGV[1]
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
        per_second: float | None,
        *,
        connect: Callable[[], Redis] = fast_client,
        clock: Clock | None = None,
    ) -> None:
        """Use one name for a system in all processes; ``per_second`` is the rate that the system allows, if any."""
        self._is_unlimited, self._open_until = per_second is None, 0.0
        per_second = per_second or UNLIMITED
        self._key, self._connect = f"ihub:pace:{name}", connect
        self._clock = clock or LoopClock()
        self._local = LocalPacer(per_second, self._clock)
        self._interval = 1 / (per_second * SHARE)
        self._chunk = max(1, round(CHUNK_SECONDS / self._interval))
        # The next turn of those taken, how many are left, and how often the gate had closed when they were taken.
        self._next, self._left, self._round = 0.0, 0, -1
        self._round_known_at = 0.0
        self._retry_at, self._logged = 0.0, False
        self._lock = asyncio.Lock()

    async def wait_turn(self) -> None:
        """Return when it is the caller's turn; a turn taken before the gate closed is dropped and taken again."""
        if self._is_unlimited:
            await self._pass_gate()
            return
        while True:
            async with self._lock:
                wait = await self._take()
                taken_in_round = self._round
            if wait is None:
                await self._local.wait_turn()
                return
            if wait > EARLY_SECONDS:
                await self._clock.sleep(wait)
            if taken_in_round == await self._current_round(wait):
                return

    async def _pass_gate(self) -> None:
        """Return once the gate has been seen open."""
        while self._clock.time() >= self._open_until:
            async with self._lock:
                if self._clock.time() < self._open_until:  # another request has looked meanwhile
                    return
                answer = await self._run(LOOK, EXPIRY_MILLISECONDS)
                if answer is None:
                    await self._local.wait_turn()
                    return
                if not answer[0]:
                    self._open_until = self._clock.time() + LOOK_SECONDS
                    return
            await self._clock.sleep(answer[0] / 1_000_000)

    async def _take(self) -> float | None:
        """Return the wait until the next turn; None while Redis cannot be reached."""
        now = self._clock.time()
        at = max(now - CATCH_UP_SECONDS, self._next)
        if self._left and self._next < now - CATCH_UP_SECONDS:  # turns that passed unused
            self._left -= min(self._left, math.ceil((at - self._next) / self._interval))
        if not self._left:
            interval, late = round(self._interval * 1_000_000), round(CATCH_UP_SECONDS * 1_000_000)
            answer = await self._run(TAKE, interval, self._chunk, EXPIRY_MILLISECONDS, late)
            if answer is None:
                return None
            now = self._round_known_at = self._clock.time()
            at, self._round, self._left = now + answer[0] / 1_000_000, answer[1], self._chunk
        self._next, self._left = at + self._interval, self._left - 1
        return at - now

    async def _current_round(self, waited: float) -> int:
        """Return how often the gate has closed as far as this process knows; Redis is asked after a long wait."""
        if waited > LONG_WAIT_SECONDS and self._clock.time() - self._round_known_at > LONG_WAIT_SECONDS:
            self._round_known_at = self._clock.time()
            answer = await self._run("return {tonumber(redis.call('HGET', KEYS[1], 'round') or 0)}")
            if answer is not None and answer[0] != self._round:
                self._round, self._left = answer[0], 0
        return self._round

    async def hold(self, seconds: float) -> None:
        """Stop the requests of all processes for this time: the system asked us to slow down."""
        await self._local.hold(seconds)
        self._left, self._round, self._open_until = 0, -1, 0.0
        await self._run(CLOSE, round(max(seconds, 0.0) * 1_000_000), EXPIRY_MILLISECONDS)

    async def recall_ceiling(self) -> int | None:
        """Return how many requests at once the system was found to take; None when it has refused none."""
        answer = await self._run("return {tonumber(redis.call('GET', KEYS[1] .. ':ceiling') or 0)}")
        return answer[0] or None if answer else None

    async def keep_ceiling(self, ceiling: int) -> None:
        """Keep how many requests at once the system was found to take."""
        await self._run(
            "redis.call('SET', KEYS[1] .. ':ceiling', ARGV[1], 'EX', ARGV[2]) return {1}",
            ceiling,
            CEILING_SECONDS,
        )

    async def _run(self, script: str, *arguments: int) -> Sequence[int] | None:
        """Run a script on this system's key; None while Redis cannot be reached."""
        if self._clock.time() < self._retry_at:
            return None
        try:
            answer: Any = await asyncio.to_thread(self._evaluate, script, arguments)
        except (RedisError, OSError) as error:
            self._retry_at = self._clock.time() + OUTAGE_SECONDS
            self._log_outage(error)
            return None
        return cast("Sequence[int]", answer) if isinstance(answer, list) else None

    def _log_outage(self, error: Exception) -> None:
        if not self._logged:
            log.info("pacing.redis_unavailable", key=self._key, error=type(error).__name__)
        self._logged = True

    def _evaluate(self, script: str, arguments: Sequence[int]) -> object:
        return self._connect().eval(script, 1, self._key, *arguments)
