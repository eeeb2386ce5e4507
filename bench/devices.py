"""What each device for speed gains: `python -m bench.devices [NAME ...]` measures runs with it and without it, in turn.

A device that gains less than 15 % is not worth its code. `--worker NAME` is a worker without it.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any

import structlog

import worker
from bench.installation import Measured, installation
from bench.servers.running import Systems, running_systems
from core import db
from core.sync import warm_up
from core.sync.store import payloads, records, temp_store
from harness import postgres


def frozen_gc() -> None:
    """Let the collector of cyclic garbage look through what was imported, too."""
    gc.freeze = lambda: None


def payload_batches() -> None:
    """Encrypt what is to be written for each employee alone."""
    payloads.EMPLOYEES_PER_BATCH = 1


def copy() -> None:
    """Insert into PostgreSQL with INSERT instead of COPY."""

    def insert(session: Any, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        places = ", ".join(["%s"] * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our own names
        with db.driver_cursor(session.connection().connection) as cursor:
            cursor.executemany(sql, list(rows))

    records.copy = insert  # type: ignore[attr-defined]


def files() -> None:
    """Remember who was seen in memory instead of in temporary files."""
    temp_store.PRAGMAS = (*temp_store.PRAGMAS[:2], "temp_store=memory")  # type: ignore[assignment]


def warmed_statements() -> None:
    """Compile the statements of a run in each run."""
    warm_up.warm_up = lambda: None


DEVICES: dict[str, Callable[[], None]] = {
    device.__name__: device
    for device in (
        frozen_gc,
        payload_batches,
        copy,
        files,
        warmed_statements,
    )
}


def measure(name: str, options: argparse.Namespace, both: Systems, address: str | None) -> None:
    """Measure first syncs and runs without changes with a device and without it, in turn."""
    first: dict[bool, list[Measured]] = {True: [], False: []}
    again: dict[bool, list[Measured]] = {True: [], False: []}
    for _ in range(options.repeats):
        for present in (True, False):
            command = ["worker.py"] if present else ["-m", "bench.devices", "--worker", name]
            both.reset()
            with installation(both, postgresql=address, worker=command) as hub:
                both.reset(latency=options.latency / 1000)
                first[present].append(hub.run())
                both.verify()
                both.reset(keep=True)
                again[present] += [hub.run() for _ in range(3)][1:]
    for what, runs in (("first sync", first), ("nothing changed", again)):
        print(f"{name:<18} {what:<16} {_compared(runs, 'wall')} {_compared(runs, 'cpu')}", flush=True)


def _compared(runs: dict[bool, list[Measured]], figure: str) -> str:
    """Return the least with the device and without it, and their ratio."""
    has, lacks = (min(getattr(run, figure) for run in runs[present]) for present in (True, False))
    return f"{figure} {has:6.2f} s, without {lacks:6.2f} s = {lacks / has:5.2f}×  "


def main() -> int:
    """Measure the devices that are named, or all; with --worker, be a worker without one."""
    parser = argparse.ArgumentParser(prog="python -m bench.devices")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(DEVICES)}")
    parser.add_argument("--employees", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=5.0, help="milliseconds of a first sync")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--postgresql", action="store_true", help="with the store on PostgreSQL")
    parser.add_argument("--worker", choices=DEVICES, help="be a worker without this device")
    options = parser.parse_args()
    if options.worker:
        DEVICES[options.worker]()
        return worker.main([])
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    programs = postgres.binaries() if options.postgresql else None
    with (
        postgres.server(programs) if programs else nullcontext() as address,
        running_systems(options.employees) as both,
    ):
        for name in options.names or DEVICES:
            measure(name, options, both, address)
    return 0


if __name__ == "__main__":
    sys.exit(main())
