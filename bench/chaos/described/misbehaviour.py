"""How a system misbehaves: all the time, as its command line says, or for the next requests, as the program asks."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from enum import Enum
from random import Random


class Fate(Enum):
    """What happens to one request."""

    CARRIED_OUT = "carried out"
    TOO_MANY = "refused, 429"
    FAILED_BEFORE = "500, nothing done"
    FAILED_AFTER = "500, although done"
    CUT_BEFORE = "connection cut, nothing done"
    CUT_AFTER = "connection cut, although done"


@dataclass
class Steady:
    """What a system does all the time."""

    # How many requests it accepts at once and in a second; 0 is without limit.
    at_once: int = 0
    per_second: int = 0
    # Parts of all requests, between 0 and 1; failures after the work and cut connections concern changes too.
    failed_before: float = 0
    failed_after: float = 0
    dropped: float = 0

    @property
    def fates(self) -> list[Fate]:
        """Return what it makes of some requests."""
        happens = {
            Fate.TOO_MANY: self.at_once or self.per_second,
            Fate.FAILED_BEFORE: self.failed_before,
            Fate.FAILED_AFTER: self.failed_after,
            Fate.CUT_BEFORE: self.dropped,
            Fate.CUT_AFTER: self.dropped,
        }
        return [fate for fate, part in happens.items() if part]


# The names are those of the program's option ``--target``.
STEADY = {
    "described": Steady(),
    "five-at-once": Steady(at_once=5),
    "server-errors": Steady(failed_before=0.02, failed_after=0.01),
    "dropped-connections": Steady(dropped=0.01),
    "200-a-second": Steady(per_second=200),
}
# What can be asked for the next requests.
NEXT = {
    "fail_next": Fate.FAILED_BEFORE,
    "create_then_500": Fate.FAILED_AFTER,
    "reset_connection_next": Fate.CUT_BEFORE,
    "answer_lost_next": Fate.CUT_AFTER,
}


class Misbehaviour:
    """Decides the fate of each request, and counts those in progress."""

    def __init__(self, steady: Steady, seed: int) -> None:
        self._steady, self._random = steady, Random(seed)
        self._next = dict.fromkeys(NEXT, 0)
        self._recent: deque[float] = deque()
        self.in_progress, self.latency = 0, 0.0
        # How many requests met each fate since the start of the process.
        self.counts = dict.fromkeys(Fate, 0)

    def set(self, latency: float, **following: int) -> None:
        """Set the latency in seconds and what happens to the next requests, in place of what was set before."""
        self.latency, self._next = latency, dict.fromkeys(NEXT, 0) | following

    def fate(self, method: bytes) -> Fate:
        """Decide about a request that has just come in."""
        fate = self._decide(method)
        self.counts[fate] += 1
        return fate

    def _decide(self, method: bytes) -> Fate:
        if self._too_many():
            return Fate.TOO_MANY
        for switch, fate in NEXT.items():
            only_changes = fate in (Fate.FAILED_AFTER, Fate.CUT_AFTER)
            if self._next[switch] and (method != b"GET" or not only_changes):
                self._next[switch] -= 1
                return fate
        chance, steady = self._random.random(), self._steady
        for fate, part in (
            (Fate.FAILED_BEFORE, steady.failed_before),
            (Fate.FAILED_AFTER, steady.failed_after),
            (Fate.CUT_BEFORE, steady.dropped / 2),
            (Fate.CUT_AFTER, steady.dropped / 2),
        ):
            if chance < part:
                return fate
            chance -= part
        return Fate.CARRIED_OUT

    def _too_many(self) -> bool:
        steady = self._steady
        if steady.at_once and self.in_progress >= steady.at_once:
            return True
        if not steady.per_second:
            return False
        moment = time.monotonic()
        while self._recent and self._recent[0] < moment - 1:
            self._recent.popleft()
        if len(self._recent) >= steady.per_second:
            return True
        self._recent.append(moment)
        return False
