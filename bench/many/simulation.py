"""Simulate an hour of many hourly schedules: the real recurrence and the real order of runs, in simulated time.

Due times come from `core.jobs.recurrence`. Tasks wait in a Redis server in the order of `core.queue.run_order`, in the
queues that workers serve in the order of `core.queue.routing`. Invented are only the time that a run takes and the time
that the scheduler needs for one.
"""

from __future__ import annotations

import heapq
import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from redis import Redis

from core.jobs.recurrence import Rule
from core.models import Every
from core.queue import run_order
from core.queue.routing import BIG, QUEUES, SMALL

BEGINS = datetime(2027, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
# A run takes a logarithmically normal time: half of the connections at most 4 s, 95 of 100 at most 40 s, none over 30
# minutes. Two runs of one connection differ by a fifth at most. Those that take more than 40 s are big ones.
MEDIAN_SECONDS, P95_SECONDS, MOST_SECONDS, DIFFERS = 4.0, 40.0, 1800.0, 0.2
SIGMA = math.log(P95_SECONDS / MEDIAN_SECONDS) / statistics.NormalDist().inv_cdf(0.95)
TICK_SECONDS = 1.0
FULL_HOUR = Rule(Every.CRON, cron="0 * * * *", time_zone="UTC")
HOURLY = Rule(Every.HOURS, interval=1)


@dataclass(frozen=True, slots=True)
class Account:
    """An account with one connection: when its runs are due, in seconds from the beginning, and how long they take."""

    number: int
    due: tuple[float, ...]
    seconds: float

    @property
    def queue(self) -> str:
        """Return the queue of its runs."""
        return BIG if self.seconds > P95_SECONDS else SMALL


@dataclass(slots=True)
class Lags:
    """How many seconds after they were due runs have started, and how many found one of theirs waiting still."""

    small: list[float] = field(default_factory=list)
    big: list[float] = field(default_factory=list)
    merged: int = 0

    @property
    def all(self) -> list[float]:
        """Return the lags of small and big runs."""
        return self.small + self.big


def accounts(number: int, rule: Rule, hours: int, seed: int = 1) -> list[Account]:
    """Return accounts whose schedules were made at any moment of an hour."""
    chance = Random(seed)
    made = (BEGINS + HOUR * chance.random() for _ in range(number))
    return [Account(at, tuple(_due(rule, first, hours)), _seconds(chance)) for at, first in enumerate(made)]


def _due(rule: Rule, first: datetime, hours: int) -> Iterator[float]:
    moment, end = BEGINS - timedelta(microseconds=1), BEGINS + hours * HOUR
    while (moment := rule.next_after(moment, first)) < end:
        yield (moment - BEGINS).total_seconds()


def _seconds(chance: Random) -> float:
    return min(MOST_SECONDS, chance.lognormvariate(math.log(MEDIAN_SECONDS), SIGMA))


def workers_needed(all_accounts: Sequence[Account]) -> float:
    """Return how many workers would be busy all the time with one run of each account an hour."""
    return sum(account.seconds for account in all_accounts) / 3600


class Simulation:
    """Workers that take tasks from the queues of one Redis server, in simulated time."""

    def __init__(self, redis: Redis, workers: int, fire_seconds: float, seed: int = 1) -> None:
        """``fire_seconds`` is what the scheduler needs to request and enqueue one run."""
        redis.flushdb()
        self._redis, self._fire_seconds, self._chance = redis, fire_seconds, Random(seed)
        self._idle, self._busy_until = workers, list[float]()
        self._waiting: dict[str, tuple[Account, float]] = {}
        self.lags = Lags()

    def run(self, all_accounts: Sequence[Account], count_from: float) -> Lags:
        """Play everything; count the runs that are due from a moment on."""
        due = sorted((due_at, each.number) for each in all_accounts for due_at in each.due)
        by_number = {each.number: each for each in all_accounts}
        for at, account, due_at in self._fired((due_at, by_number[number]) for due_at, number in due):
            self._work_until(at, count_from)
            self._enqueue(account, due_at, at, count_from)
        self._work_until(math.inf, count_from)
        return self.lags

    def _fired(self, due: Iterable[tuple[float, Account]]) -> Iterator[tuple[float, Account, float]]:
        """Yield when the scheduler hands each run over: it looks every second, and takes one after the other."""
        free = 0.0
        for due_at, account in due:
            free = max(free, math.ceil(due_at / TICK_SECONDS) * TICK_SECONDS) + self._fire_seconds
            yield free, account, due_at

    def _enqueue(self, account: Account, due_at: float, at: float, count_from: float) -> None:
        task = f"run-{account.number}"
        if task in self._waiting:
            self.lags.merged += due_at >= count_from
            return
        self._waiting[task] = account, due_at
        self._redis.rpush(account.queue, task)
        run_order.place_fairly(self._redis, account.queue, account.queue, task, account.number)
        self._start_runs(at, count_from)

    def _work_until(self, moment: float, count_from: float) -> None:
        while self._busy_until and self._busy_until[0] <= moment:
            at = heapq.heappop(self._busy_until)
            self._idle += 1
            self._start_runs(at, count_from)

    def _start_runs(self, at: float, count_from: float) -> None:
        while self._idle and (taken := self._take()) is not None:
            account, due_at = taken
            if due_at >= count_from:
                (self.lags.big if account.queue == BIG else self.lags.small).append(at - due_at)
            self._idle -= 1
            seconds = account.seconds * self._chance.uniform(1 - DIFFERS, 1 + DIFFERS)
            heapq.heappush(self._busy_until, at + seconds)

    def _take(self) -> tuple[Account, float] | None:
        """Take the next task as a worker does."""
        for queue in QUEUES:
            member = self._redis.lpop(queue)
            if isinstance(member, bytes):
                run_order.note_taken(self._redis, queue, member.decode())
                return self._waiting.pop(member.decode())
        return None


@dataclass(frozen=True, slots=True)
class Turn:
    """Seconds: how long the other account's run waited, until a running run ended, and in the order of requests."""

    waited: float
    next_end: float
    in_order_of_requests: float


def turn_of_another(
    redis: Redis, workers: int, runs: int = 100, seconds: float = 60.0, at: float = 10.0
) -> Turn:
    """Let one account queue many long runs, and another one run ``at`` seconds later; say when that one starts."""
    redis.flushdb()
    for number in range(runs):
        _place(redis, f"run-{number}", account=1)
    # Workers do not begin in the same second.
    ends = [seconds * (1 + each / workers) for each in range(workers)]
    for _ in ends:
        _next(redis)
    _place(redis, "run-other", account=2)
    heapq.heapify(ends)
    next_end = ends[0] - at
    while True:
        moment = heapq.heappop(ends)
        if _next(redis) == "run-other":
            in_order = at + seconds * math.ceil((runs - workers + 1) / workers)
            return Turn(moment - at, next_end, in_order - at)
        heapq.heappush(ends, moment + seconds)


def _place(redis: Redis, task: str, account: int) -> None:
    redis.rpush(SMALL, task)
    run_order.place_fairly(redis, SMALL, SMALL, task, account)


def _next(redis: Redis) -> str | None:
    member = redis.lpop(SMALL)
    if not isinstance(member, bytes):
        return None
    run_order.note_taken(redis, SMALL, member.decode())
    return member.decode()
