"""How much longer a run takes than the floor: each measurement is a function that yields its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bench import systems
from bench.baselines.programs import Program, floor
from bench.installation import Installation, Measured, installation
from bench.people import changed
from bench.servers.running import Systems, running_systems
from bench.show import Line
from harness import postgres

LATENCY = 0.02
LIST, CREATE, UPDATE = "GET /employees", "POST /employees", "PATCH /employees/T"


@dataclass(frozen=True)
class Scale:
    """How much to measure, and which programs besides iHUB."""

    employees: int
    repeats: int
    others: Sequence[Program] = ()


def quickest(measured: Sequence[Measured]) -> Measured:
    """Return the quickest of several runs."""
    return min(measured, key=lambda each: each.wall)


def _ratio(
    name: str,
    target: float,
    ours: Sequence[Measured],
    base: Sequence[Measured],
    others: dict[str, list[Measured]] | None = None,
) -> Line:
    our, least = quickest(ours), quickest(base)
    figure = our.wall / least.wall
    return Line(
        name,
        f"{figure:.2f}×",
        f"≤ {target:.1f}×",
        round(figure, 2) <= target,
        f"{our.wall:.2f} s / {least.wall:.2f} s",
        f"{our.cpu:.2f} s / {least.cpu:.2f} s = {our.cpu / least.cpu:.2f}×",
        f"{max(each.peak for each in ours):.0f} MB",
        {name: quickest(runs).wall / least.wall for name, runs in (others or {}).items()},
    )


def _first(
    scale: Scale,
    name: str,
    target: float,
    *,
    kind: str = systems.PAYROLL,
    postgresql: str | None = None,
    latency: float = 0.0,
    others: Sequence[Program] = (),
) -> Iterator[Line]:
    ours, base = [], []
    theirs: dict[str, list[Measured]] = {other.name: [] for other in others}
    with running_systems(scale.employees) as both:
        for _ in range(1 if latency else scale.repeats):
            both.reset(latency=latency)
            base.append(floor("first", both))
            both.verify()
            both.reset()
            with installation(both, kind, postgresql) as hub:
                both.reset(latency=latency)
                ours.append(hub.run())
                both.verify()
        for other in others:
            both.reset()
            theirs[other.name].append(other.run(both))
            both.verify()
    yield _ratio(name, target, ours, base, theirs)


def first(scale: Scale) -> Iterator[Line]:
    """Write everyone to an empty target: one that responds at once, and one that takes 20 ms."""
    yield from _first(scale, "first sync, 0 ms", 2.0, others=scale.others)
    yield from _first(scale, "first sync, 20 ms", 1.1, latency=LATENCY)


def batches(scale: Scale) -> Iterator[Line]:
    """Write a hundred employees in each request; the floor writes one by one."""
    yield from _first(scale, "batches of 100, 0 ms", 0.9, kind=systems.BATCHES)


def on_postgresql(scale: Scale) -> Iterator[Line]:
    """Write everyone with the store on PostgreSQL, where it is installed."""
    programs = postgres.binaries()
    if programs is None:
        yield Line("first sync, PostgreSQL", "–", wall="PostgreSQL is not installed.")
        return
    with postgres.server(programs) as address:
        yield from _first(scale, "first sync, PostgreSQL, 0 ms", 2.3, postgresql=address)


def unchanged(scale: Scale) -> Iterator[Line]:
    """Run again after nothing has changed, then after one per cent has."""
    with running_systems(scale.employees) as both, installation(both) as hub:
        fill(hub, both)
        ours, base = [], []
        theirs: dict[str, list[Measured]] = {other.name: [] for other in scale.others}
        for _ in range(scale.repeats):
            base.append(floor("both", both))
            both.reset(keep=True)
            ours.append(hub.run())
            _expect(both, CREATE, 0)
            _expect(both, UPDATE, 0)
            for other in scale.others:
                theirs[other.name].append(other.run(both))
        yield _ratio("nothing changed", 2.0, ours, base, theirs)
        yield from _changed(scale, hub, both)


def _changed(scale: Scale, hub: Installation, both: Systems, name: str = "1 % changed") -> Iterator[Line]:
    ours, base = [], []
    theirs: dict[str, list[Measured]] = {other.name: [] for other in scale.others}
    number, version = sum(changed(each, 100) for each in range(scale.employees)), 0
    for _ in range(scale.repeats):
        for program in (None, *scale.others):
            version += 1
            both.reset(keep=True, every=100, version=version)
            if program is not None:
                theirs[program.name].append(program.run(both))
                hub.run()  # so that its next run finds one per cent
                continue
            ours.append(hub.run())
            _expect(both, UPDATE, number)
            _expect(both, CREATE, 0)
            both.verify(every=100, version=version)
            base.append(floor("changed", both))
    yield _ratio(name, 2.2, ours, base, theirs)


def mapped(scale: Scale) -> Iterator[Line]:
    """Write everyone, run again, and after one per cent has changed, with a mapping that changes forty fields.

    The first line is of the same fields without a mapping, which sends the further fields as the HR system has them.
    """
    with running_systems(scale.employees) as both:
        both.reset()
        base = [floor("first", both)]
        with installation(both, systems.FORTY) as hub:
            both.reset()
            yield _ratio("first sync, 41 fields, no mapping", 2.0, [hub.run()], base)
        with installation(both, systems.FORTY) as hub:
            hub.use_mapping(systems.forty_changes())
            both.reset()
            yield _ratio("first sync, 40 of them mapped", 2.0, [hub.run()], base)
            both.verify()
            hub.run()
            base, ours = [floor("both", both)], [hub.run() for _ in range(scale.repeats)]
            yield _ratio("nothing changed, 40 mapped", 2.0, ours, base)
            yield from _changed(replace(scale, others=()), hub, both, "1 % changed, 40 mapped")


def expensive(scale: Scale) -> Iterator[Line]:
    """Run again after nothing has changed, where the file says that listing the target is expensive."""
    with running_systems(scale.employees) as both, installation(both, systems.EXPENSIVE) as hub:
        fill(hub, both)
        ours, base = [], []
        for _ in range(scale.repeats):
            base.append(floor("source", both))
            both.reset(keep=True)
            ours.append(hub.run())
            _expect(both, LIST, 0)
        yield _ratio("nothing changed, listing expensive", 2.0, ours, base)


def fill(hub: Installation, both: Systems) -> None:
    """Write everyone, then run once more, so that iHUB knows what the target shows of each."""
    both.reset()
    hub.run()
    both.verify()
    hub.run()


def _expect(both: Systems, request: str, number: int) -> None:
    found = both.requests().get(request, 0)
    if found != number:
        raise SystemExit(f"The target had {found} requests {request}, and {number} were needed.")
