"""Print how late schedules start and how accounts take turns: `python -m bench.many [--schedules 300]`."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
from redis import Redis

from bench.many import measured, simulation
from bench.web.figures import percentiles
from core.jobs.recurrence import Rule
from harness.redis import redis_server

# What the scheduler needs for one run, rounded up from what the measured part prints.
FIRE_SECONDS = 0.02
WORKERS = (30, 32, 36, 40, 48, 64)
WORKERS_AT_FULL_HOUR = (40, 64, 128, 256)


def main() -> None:
    """Simulate, then measure; print each line as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m bench.many")
    parser.add_argument("--accounts", type=int, default=10_000, help="accounts of the simulation")
    parser.add_argument("--schedules", type=int, default=300, help="real schedules; 0 measures none")
    parser.add_argument("--minutes", type=int, default=5, help="minutes between two due times of a schedule")
    parser.add_argument("--rounds", type=int, default=2, help="how often each is due while it is measured")
    parser.add_argument("--workers", type=int, default=2, help="workers of the measured part")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))  # the figures are the output
    with _redis() as redis:
        _fairness(redis)
        _simulate(redis, options.accounts, "made at any moment of an hour", simulation.HOURLY, WORKERS)
        _simulate(redis, options.accounts, "at each full hour", simulation.FULL_HOUR, WORKERS_AT_FULL_HOUR)
    if options.schedules:
        _measure(options.schedules, options.minutes, options.rounds, options.workers)


@contextmanager
def _redis() -> Iterator[Redis]:
    with tempfile.TemporaryDirectory(prefix="ihub-bench-many-") as folder, redis_server(Path(folder)) as url:
        redis = Redis.from_url(url)
        yield redis
        redis.close()


def _fairness(redis: Redis) -> None:
    print("One account queues 100 runs of 60 s; another account's run is requested 10 s later")
    for workers in (1, 2, 4, 16):
        turn = simulation.turn_of_another(redis, workers)
        print(
            f"  {workers:3} workers: it starts after {turn.waited:4.0f} s, the next running run ends after "
            f"{turn.next_end:4.0f} s; in the order of requests {turn.in_order_of_requests:6,.0f} s"
        )


def _simulate(redis: Redis, number: int, when: str, rule: Rule, workers: Sequence[int]) -> None:
    """Print the second of two hours, so that the first has filled queues and workers."""
    print(f"Simulated: {number:,} accounts, hourly, {when}")
    all_accounts = simulation.accounts(number, rule, hours=2)
    needed = simulation.workers_needed(all_accounts)
    print(f"  {needed:.1f} workers would always be busy")
    for each in workers:
        count = max(1, round(each * number / 10_000))
        lags = simulation.Simulation(redis, count, FIRE_SECONDS).run(all_accounts, count_from=3600)
        small, big = _shown(lags.small), _shown(lags.big)
        print(
            f"  {count:4} workers: small runs {small}   big runs {big}   {lags.merged:5,} merged", flush=True
        )


def _measure(number: int, minutes: int, rounds: int, workers: int) -> None:
    print(
        f"Measured: {number} schedules every {minutes} minutes, {workers} workers, {rounds} rounds",
        flush=True,
    )
    found = measured.measure(number, minutes, rounds, workers)
    started = ", ".join(f"{status} {count}" for status, count in sorted(found.statuses.items()))
    print(f"  {found.due} runs were due and {len(found.lags)} started: {started}")
    print(f"  lag {_shown(found.lags)}, at most {max(found.lags, default=0):.1f} s")
    print(
        f"  a run took {found.run_seconds:.2f} s; the scheduler used {1000 * found.scheduler_cpu / found.due:.0f} ms "
        f"of CPU a run; load before {found.load:.1f}"
    )


def _shown(lags: Sequence[float]) -> str:
    if not lags:
        return "none"
    found = percentiles(lags)
    return f"p50 {found.p50 / 1000:7,.1f} s  p99 {found.p99 / 1000:7,.1f} s"


if __name__ == "__main__":
    main()
