"""What is measured. Add a measurement by adding a function to ``ALL``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.environment import Measured, engine, floor, stand_in, store
from bench.people import changed
from bench.show import Line
from harness import postgres

LATENCY = 0.02
REPEATS = 15
# How often a first sync is measured where the target answers at once; with latency the host's noise is lost
# in the waiting.
TURNS = 3
MEMORY_SIZES = (10_000, 50_000)
# Rates a second, and how many employees are written at each.
PACED = ((5.0, 60), (100.0, 1_200))


@dataclass(frozen=True)
class Wish:
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


def _first(name: str, wish: Wish, target: float, address: str | None = None, **how: float) -> Iterator[Line]:
    batches, latency = bool(how.get("batches")), how.get("latency", 0.0)
    ours, base = [], []
    with stand_in(wish.employees) as world:
        for _ in range(1 if latency else TURNS):
            world.ask("reset", latency=latency)
            base.append(floor("first", world, wish.concurrency))
            world.verify()
            with store(address) as place:
                world.ask("reset", latency=latency)
                ours.append(engine(place, world, wish.concurrency, batches=batches))
                world.verify()
    yield _ratio(name, _quickest(ours), _quickest(base), target)


def first(wish: Wish) -> Iterator[Line]:
    """Write everybody to an empty target that answers at once, and to one that takes its time."""
    yield from _first("first sync, 0 ms", wish, 1.35)
    yield from _first("first sync, 20 ms", wish, 1.05, latency=LATENCY)


def batches(wish: Wish) -> Iterator[Line]:
    """Write a hundred a request; the floor writes one by one."""
    yield from _first("batches of 100, 0 ms", wish, 0.6, batches=True)
    yield from _first("batches of 100, 20 ms", wish, 0.25, batches=True, latency=LATENCY)


def unchanged(wish: Wish) -> Iterator[Line]:
    """Run again: nothing changed, then one per cent did. Fingerprints stand for what the target holds.

    These take less than a second, so each is measured some times in turn with its floor, and the quickest of each counts.
    """
    with stand_in(wish.employees) as world, store() as place:
        engine(
            place, world, 1, listed=False
        )  # one by one, so that the floor knows who has which id at the target
        ours, base = [], []
        for _ in range(REPEATS):
            world.ask("reset", keep=True)
            ours.append(engine(place, world, wish.concurrency, listed=False))
            base.append(floor("unchanged", world, wish.concurrency))
        yield _ratio("nothing changed", _quickest(ours), _quickest(base), 2.0)
        yield _requests("  requests to the target", ours, "GET", 0)
        ours, base = [], []
        for version in range(1, 2 * REPEATS, 2):
            world.ask("reset", keep=True, every=100, version=version)
            base.append(floor("changed", world, wish.concurrency, 100))
            world.ask("reset", keep=True, every=100, version=version + 1)
            ours.append(engine(place, world, wish.concurrency, listed=False))
            world.verify()
        yield _ratio("1 % changed", _quickest(ours), _quickest(base), 2.0)
        yield _requests(
            "  writes beyond the changed",
            ours,
            "PUT",
            sum(changed(one, 100) for one in range(wish.employees)),
        )


def _quickest(measured: Sequence[Measured]) -> Measured:
    return min(measured, key=lambda one: one.wall)


def _requests(name: str, ours: Sequence[Measured], method: str, wanted: int) -> Line:
    extra = [(one.requests.get(method, 0) if wanted else sum(one.requests.values())) - wanted for one in ours]
    return Line(name, str(max(extra, key=abs)), target="0", reached=not any(extra))


def on_postgresql(wish: Wish) -> Iterator[Line]:
    """Write everybody with the store on PostgreSQL, where it is installed."""
    programs = postgres.binaries()
    if programs is None:
        yield Line("first sync, PostgreSQL", "–", "PostgreSQL is not installed")
        return
    with postgres.server(programs) as address:
        yield from _first("first sync, PostgreSQL, 0 ms", wish, 1.6, address)


def memory(wish: Wish) -> Iterator[Line]:
    """Measure the peak of the child for growing numbers, first run and second, with the target listed."""
    peaks = []
    for size in sorted({*MEMORY_SIZES, wish.employees}):
        with stand_in(size) as world, store() as place:
            runs = [engine(place, world, wish.concurrency, batches=True) for _ in range(2)]
        peaks.append(max(one.peak for one in runs))
        scribe = f"its scribe {max(one.scribe for one in runs):.0f} MB"
        yield Line(
            f"peak of the child, {size}", f"{peaks[-1]:.0f} MB", scribe, "", "≤ 120 MB", peaks[-1] <= 120
        )
    growth = peaks[-1] - peaks[0]
    yield Line("  growth", f"{growth:.1f} MB", target="≤ 5 MB", reached=growth <= 5)


def pacing(wish: Wish) -> Iterator[Line]:
    """Write under a rate limit: how much of it is used, and whether a request was ever refused."""
    for limit, employees in PACED:
        with stand_in(employees) as world, store() as place:
            world.ask("reset", limit=limit)
            ours = engine(place, world, wish.concurrency, limit=limit)
            world.ask("reset", limit=0.0, keep=True)
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


ALL: dict[str, Callable[[Wish], Iterator[Line]]] = {
    "first": first,
    "unchanged": unchanged,
    "batches": batches,
    "postgresql": on_postgresql,
    "memory": memory,
    "pacing": pacing,
}
