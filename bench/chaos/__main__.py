"""Inject faults at random, then check: `python -m bench.chaos --kills 200 --seed 7 --store sqlite|postgresql`."""

from __future__ import annotations

import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from random import Random
from threading import Timer

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bench.chaos import checks, faults, outages
from bench.chaos.cluster import Cluster
from bench.chaos.faults import Undo
from core.db import reading
from core.errors import HubError
from core.models import Run, RunStatus

FAULTS_PER_ROUND = 12
UNDISTURBED_LATENCY_MILLISECONDS = 2.0
# How long runs may take to end after the last fault was undone.
PATIENCE_SECONDS = 150


def _undo_later(seconds: float, undo: Undo) -> Timer:
    """Undo a fault after a while, in a thread of its own, because this one may be waiting for that."""
    timer = Timer(seconds, undo)
    timer.start()
    return timer


class Chaos:
    """Rounds of faults, each followed by undisturbed runs and the checks."""

    def __init__(self, cluster: Cluster, kills: int, seed: int) -> None:
        self._cluster, self._kills, self._random = cluster, kills, Random(seed)
        self._undo: list[Timer] = []
        self.injected: Counter[str] = Counter()
        self.failures: list[str] = []
        self.rounds, self._last_checked_run_id = 0, 0

    def run(self) -> None:
        """Inject faults until there have been enough, or until something is wrong."""
        while self.injected.total() < self._kills and not self.failures:
            self._run_round()
        self._check_nothing_is_left()

    def _run_round(self) -> None:
        self.rounds += 1
        for customer in self._cluster.customers.values():
            customer.hire(self._random.randint(20, 50))
            customer.change_surnames(self._random.randint(5, 20), self._random)
            faults.disturb_systems(customer, self._random)
        for _ in range(min(FAULTS_PER_ROUND, self._kills - self.injected.total())):
            self._start_runs()
            self._wait(self._random.uniform(0.2, 2.5))
            name, undo, seconds = faults.inject(self._cluster, self._random)
            self.injected[name] += 1
            self._undo.append(_undo_later(seconds, undo))
            self._cluster.restart_ended()
            if self._random.random() < 0.3:
                self._change_employees()
        self._undo_faults()
        self._check()

    def _change_employees(self) -> None:
        """Change the employees of one customer while its runs are going."""
        customer = self._random.choice(list(self._cluster.customers.values()))
        customer.hire(self._random.randint(1, 15))
        faults.disturb_systems(customer, self._random)

    def _start_runs(self) -> None:
        """Request a run of each connection, unless one is running already or the store is down."""
        if self._cluster.store_is_down:
            return
        for connection_id in self._cluster.customers:
            try:
                self._cluster.request_run(connection_id)
            except (HubError, SQLAlchemyError):
                continue

    def _wait(self, seconds: float) -> None:
        """Wait, and restart processes that have ended."""
        until = time.monotonic() + seconds
        while True:
            self._cluster.restart_ended()
            if time.monotonic() >= until:
                return
            time.sleep(0.05)

    def _undo_faults(self) -> None:
        """Wait until every fault has been undone and every run has ended."""
        while any(timer.is_alive() for timer in self._undo):
            self._wait(0.1)
        self._undo.clear()
        for customer in self._cluster.customers.values():
            customer.reset_faults(UNDISTURBED_LATENCY_MILLISECONDS)
        self._wait_until_idle()

    def _wait_until_idle(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while unfinished := self._unfinished_runs():
            self._wait(0.2)
            if time.monotonic() > until:
                self.failures.append(f"runs {unfinished} did not end within {PATIENCE_SECONDS} seconds")
                return

    def _unfinished_runs(self) -> list[int]:
        unfinished = Run.status.in_(RunStatus.unfinished())
        with reading() as session:
            return list(session.scalars(select(Run.id).where(unfinished)))

    def _check(self) -> None:
        """Run each connection once more undisturbed, then check everything."""
        for connection_id, customer in self._cluster.customers.items():
            self.failures += checks.check_undisturbed_run(self._run_undisturbed(connection_id), customer)
            self.failures += checks.check_payroll(customer)
        self._wait_until_idle()
        self.failures += checks.check_runs(self._last_checked_run_id)
        self.failures += checks.check_schedules(self._cluster)
        self.failures += outages.check_moments(self._cluster)
        with reading() as session:
            self._last_checked_run_id = session.scalar(select(func.max(Run.id))) or 0

    def _run_undisturbed(self, connection_id: int) -> int:
        """Request a run and wait for its end; the schedule may start one first."""
        until = time.monotonic() + PATIENCE_SECONDS
        run_id: int | None = None
        while time.monotonic() < until:
            if run_id is None:
                try:
                    run_id = self._cluster.request_run(connection_id)
                except HubError:
                    self._wait(0.2)
                    continue
            self._wait(0.1)
            if run_id not in self._unfinished_runs():
                return run_id
        raise SystemExit(
            f"An undisturbed run of connection {connection_id} did not end within {PATIENCE_SECONDS} seconds."
        )

    def _check_nothing_is_left(self) -> None:
        """Check that one more run finds nothing to write."""
        for connection_id in self._cluster.customers:
            run_id = self._run_undisturbed(connection_id)
            with reading() as session:
                written = session.get_one(Run, run_id).written
            if written:
                self.failures.append(f"run {run_id} had nothing to do and wrote {written}")

    def summary(self, seconds: float) -> str:
        """Return what was injected and what the checks found, as lines."""
        with reading() as session:
            endings = session.execute(
                select(Run.trigger, Run.status, func.count()).group_by(Run.trigger, Run.status)
            ).all()
            attempts = session.scalar(select(func.max(Run.attempt)))
            resumed = session.scalar(select(func.count()).where(Run.attempt > 1))
        employees = sum(len(customer.expected) for customer in self._cluster.customers.values())
        injected = [f"{number} × {name}" for name, number in self.injected.most_common()]
        runs = [f"{number} {kind} {status}" for kind, status, number in endings]
        return "\n".join(
            (
                f"{self.injected.total()} faults in {self.rounds} rounds and {seconds:.0f} s: {', '.join(injected)}",
                f"runs: {', '.join(runs)}; {resumed} resumed, at most {attempts} attempts",
                f"{employees} employees of {len(self._cluster.customers)} connections have to be in payroll",
                *(f"FAILED  {failure}" for failure in self.failures),
                "0 lost, 0 duplicated, counters balanced, schedules running"
                if not self.failures
                else f"{len(self.failures)} failures",
            )
        )


def main() -> int:
    """Run the chaos program; exit code 1 when a promise was broken."""
    parser = ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--connections", type=int, default=2)
    parser.add_argument("--keep", action="store_true", help="leave the folder with logs and store behind")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="chaos-")
    cluster = Cluster(
        Path(folder),
        options.store,
        options.seed,
        options.connections,
        workers=options.connections,
    )
    began = time.monotonic()
    try:
        cluster.start()
        chaos = Chaos(cluster, options.kills, options.seed)
        chaos.run()
        print(chaos.summary(time.monotonic() - began), flush=True)
    finally:
        cluster.stop()
        _clean(Path(folder), keep=options.keep)
    return 1 if chaos.failures else 0


def _clean(folder: Path, *, keep: bool) -> None:
    import shutil

    if keep:
        print(f"The logs are in {folder}.")
    else:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
