"""What many clicks took, by page and in all."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

# Milliseconds in which 95 of 100 clicks are to be answered, by the number of people.
TARGETS = {50: 150, 100: 300}


@dataclass(frozen=True, slots=True)
class Measured:
    """Clicks with name, seconds and bytes; seconds of the clock; CPU seconds of both processes; the load before."""

    clicks: Sequence[tuple[str, float, int]]
    seconds: float
    web_cpu: float
    client_cpu: float
    load: float


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds that 50, 95 and 99 of a hundred clicks stayed below."""

    p50: float
    p95: float
    p99: float


def percentiles(seconds: Sequence[float]) -> Percentiles:
    """Return the percentiles of at least one time, given in seconds."""
    if len(seconds) == 1:
        return Percentiles(*([seconds[0] * 1000] * 3))
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return Percentiles(*(cuts[at - 1] * 1000 for at in (50, 95, 99)))


def show(people: int, measured: Measured) -> None:
    """Print a table with a line for each page, and one for all."""
    times: dict[str, list[float]] = defaultdict(list)
    sizes: dict[str, list[int]] = defaultdict(list)
    for name, seconds, size in measured.clicks:
        times[name].append(seconds)
        sizes[name].append(size)
    print(
        f"\n{people} people, each clicking every 2 s for {measured.seconds:.0f} s; load before {measured.load:.1f}"
    )
    print(f"{'page':<24} {'clicks':>6} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'KB':>6}")
    for name in sorted(times):
        _line(name, times[name], sizes[name])
    everything = [each for seconds in times.values() for each in seconds]
    _line("all", everything, [size for _, _, size in measured.clicks])
    limit = TARGETS.get(people)
    if limit is not None:
        reached = "ok" if percentiles(everything).p95 <= limit else "MISSED"
        print(f"to reach: p95 ≤ {limit} ms: {reached}")
    number = len(measured.clicks)
    print(
        f"CPU for each click: {measured.web_cpu / number * 1000:.1f} ms in the web process, "
        f"{measured.client_cpu / number * 1000:.1f} ms in the clients; of a core: "
        f"{measured.web_cpu / measured.seconds:.0%} and {measured.client_cpu / measured.seconds:.0%}",
        flush=True,
    )


def _line(name: str, seconds: Sequence[float], sizes: Sequence[int]) -> None:
    of = percentiles(seconds)
    kilobytes = statistics.mean(sizes) / 1000
    print(
        f"{name:<24} {len(seconds):>6} {of.p50:>8.0f} {of.p95:>8.0f} {of.p99:>8.0f} {kilobytes:>6.0f}",
        flush=True,
    )
