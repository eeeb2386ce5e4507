"""The measurements: each is a function in ``ALL``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.environment import Measured, engine, fake_server, floor, new_store
from bench.people import changed
from bench.show import Line
from harness import postgres

LATENCY = 0.02
REPEATS = 15
# How often a first sync is measured when the target responds at once. With latency once is enough, because
# the noise of the machine disappears in the waiting.
FIRST_SYNC_REPEATS = 3
MEMORY_SIZES = (10_000, 50_000)
# Requests a second, and how many employees are written at this rate.
RATE_LIMITS = ((5.0, 60), (100.0, 1_200))


@dataclass(frozen=True)
class Scale:
    """How much to measure."""

    employees: int
    concurrency: int


def _ratio(name: str, ours: Measured, base: Measured, target: float) -> Line:
    figure = ours.wall / base.wall
    wall, cpu = (
        f"{ours.wall:.2f} s / {base.wall:.2f} s",
        f"{ours.cpu:.2f} s / {base.cpu:.2f} s = {ours.cpu / base.cpu:.2f}×",
    )
    return Line(name, f"{figure:.2f}×", wall, cpu, f"≤ {target:.2f}×", figure <= target)


def _first(
    name: str, scale: Scale, target: float, address: str | None = None, **how: float
) -> Iterator[Line]:
    batches, latency = bool(how.get("batches")), how.get("latency", 0.0)
    ours, base = [], []
    with fake_server(scale.employees) as server:
        for _ in range(1 if latency else FIRST_SYNC_REPEATS):
            server.control("reset", latency=latency)
            base.append(floor("first", server, scale.concurrency))
            server.verify()
            with new_store(address) as store:
                server.control("reset", latency=latency)
                ours.append(engine(store, server, scale.concurrency, batches=batches))
                server.verify()
    yield _ratio(name, _quickest(ours), _quickest(base), target)


def first(scale: Scale) -> Iterator[Line]:
    """Write everyone to an empty target that responds at once, and to one with latency."""
    yield from _first("first sync, 0 ms", scale, 1.35)
    yield from _first("first sync, 20 ms", scale, 1.05, latency=LATENCY)


def batches(scale: Scale) -> Iterator[Line]:
    """Write a hundred employees in each request; the floor writes one by one."""
    yield from _first("batches of 100, 0 ms", scale, 0.6, batches=True)
    yield from _first("batches of 100, 20 ms", scale, 0.25, batches=True, latency=LATENCY)


def unchanged(scale: Scale) -> Iterator[Line]:
    """Run again after nothing has changed, then after one per cent has; fingerprints replace the target's list.

    These runs take less than a second, so each is measured several times, in turn with its floor, and the quickest of
    each counts.
    """
    with fake_server(scale.employees) as server, new_store() as store:
        # One by one, so that the floor knows each employee's id at the target.
        engine(store, server, 1, listed=False)
        ours, base = [], []
        for _ in range(REPEATS):
            server.control("reset", keep=True)
            ours.append(engine(store, server, scale.concurrency, listed=False))
            base.append(floor("unchanged", server, scale.concurrency))
        yield _ratio("nothing changed", _quickest(ours), _quickest(base), 2.0)
        yield _requests("  requests to the target", ours, "GET", 0)
        ours, base = [], []
        for version in range(1, 2 * REPEATS, 2):
            server.control("reset", keep=True, every=100, version=version)
            base.append(floor("changed", server, scale.concurrency, 100))
            server.control("reset", keep=True, every=100, version=version + 1)
            ours.append(engine(store, server, scale.concurrency, listed=False))
            server.verify()
        yield _ratio("1 % changed", _quickest(ours), _quickest(base), 2.0)
        yield _requests(
            "  writes beyond the changed",
            ours,
            "PUT",
            sum(changed(number, 100) for number in range(scale.employees)),
        )


def _quickest(measured: Sequence[Measured]) -> Measured:
    return min(measured, key=lambda each: each.wall)


def _requests(name: str, ours: Sequence[Measured], method: str, expected: int) -> Line:
    counts = [each.requests.get(method, 0) if expected else sum(each.requests.values()) for each in ours]
    extra = [count - expected for count in counts]
    return Line(name, str(max(extra, key=abs)), target="0", reached=not any(extra))


def on_postgresql(scale: Scale) -> Iterator[Line]:
    """Write everyone with the store on PostgreSQL, where it is installed."""
    programs = postgres.binaries()
    if programs is None:
        yield Line("first sync, PostgreSQL", "–", "PostgreSQL is not installed")
        return
    with postgres.server(programs) as address:
        yield from _first("first sync, PostgreSQL, 0 ms", scale, 1.6, address)


def memory(scale: Scale) -> Iterator[Line]:
    """Measure the peak of the run's process as employees grow, in a first and a second run that list the target."""
    peaks = []
    for size in sorted({*MEMORY_SIZES, scale.employees}):
        with fake_server(size) as server, new_store() as store:
            runs = [engine(store, server, scale.concurrency, batches=True) for _ in range(2)]
        peaks.append(max(run.peak for run in runs))
        store_process = f"store process {max(run.store_peak for run in runs):.0f} MB"
        yield Line(
            f"peak of the child, {size}",
            f"{peaks[-1]:.0f} MB",
            store_process,
            "",
            "≤ 120 MB",
            peaks[-1] <= 120,
        )
    growth = peaks[-1] - peaks[0]
    yield Line("  growth", f"{growth:.1f} MB", target="≤ 5 MB", reached=growth <= 5)


def pacing(scale: Scale) -> Iterator[Line]:
    """Write under a rate limit: how much of it is used, and whether a request was refused."""
    for limit, employees in RATE_LIMITS:
        with fake_server(employees) as server, new_store() as store:
            server.control("reset", limit=limit)
            ours = engine(store, server, scale.concurrency, limit=limit)
            server.control("reset", limit=0.0, keep=True)
        refused = ours.requests.get("429", 0)
        taken = sum(count for name, count in ours.requests.items() if name != "429") - refused
        use = taken / ours.wall / limit
        yield Line(
            f"use of {limit:.0f} requests a second",
            f"{use:.0%}",
            f"{ours.wall:.1f} s",
            f"{refused} refused",
            "≥ 90 %",
            use >= 0.9 and not refused,
        )


ALL: dict[str, Callable[[Scale], Iterator[Line]]] = {
    "first": first,
    "unchanged": unchanged,
    "batches": batches,
    "postgresql": on_postgresql,
    "memory": memory,
    "pacing": pacing,
}
