"""Rounds of faults, each followed by undisturbed runs and the checks."""

from __future__ import annotations

import time
from collections import Counter
from random import Random
from threading import Timer

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bench.chaos import checks, faults
from bench.chaos.cluster import Cluster
from bench.chaos.customer import Customer
from bench.chaos.faults import Faults, Undo
from core.db import reading
from core.errors import HubError
from core.models import Run, RunStatus

FAULTS_PER_ROUND = 12
# Part of a customer's employees; a run that would create half as many new ones is held.
MOST_HIRED = 0.4
SHORTEST_PAUSE_SECONDS = 0.2
# How long runs may take to end after the last fault was undone.
PATIENCE_SECONDS = 150
# After a create whose response was lost, the next run finds out whether it was done.
MOST_RUNS_TO_SETTLE = 3


def _undo_later(seconds: float, undo: Undo) -> Timer:
    """Undo a fault after a while, in a thread of its own, because this one may be waiting for that."""
    timer = Timer(seconds, undo)
    timer.start()
    return timer


class Chaos:
    """Rounds of faults, each followed by undisturbed runs and the checks."""

    def __init__(self, cluster: Cluster, chosen: Faults, kills: int, seed: int, longest_pause: float) -> None:
        self._cluster, self._faults = cluster, chosen
        self._kills, self._random = kills, Random(seed)
        self._longest_pause = longest_pause
        self._undo: list[Timer] = []
        # How many each customer may still hire in this round.
        self._room: dict[int, int] = {}
        self.injected: Counter[str] = Counter()
        # How often targets did what they always do, as far as they were not killed since.
        self.misbehaved: Counter[str] = Counter()
        self.failures: list[str] = []
        self.rounds, self._last_checked_run_id = 0, 0

    def run(self) -> None:
        """Inject faults until there have been enough, or until something is wrong."""
        while self.injected.total() < self._kills and not self.failures:
            self._run_round()
        self._check_nothing_is_left()
        self.failures += [f"no request met: {fate}" for fate, number in self.misbehaved.items() if not number]

    def _run_round(self) -> None:
        self.rounds += 1
        for customer in self._cluster.customers.values():
            self._room[customer.number] = int(len(customer.expected) * MOST_HIRED)
            self._hire(customer, self._random.randint(20, 50))
            customer.change_employees(self._random.randint(5, 20), self._random)
            customer.disturb(self._random)
        for _ in range(min(FAULTS_PER_ROUND, self._kills - self.injected.total())):
            self._start_runs()
            self._wait(self._random.uniform(SHORTEST_PAUSE_SECONDS, self._longest_pause))
            name, undo, seconds = faults.inject(self._faults, self._cluster, self._random)
            self.injected[name] += 1
            self._undo.append(_undo_later(seconds, undo))
            self._cluster.restart_ended()
            if self._random.random() < 0.3:
                self._change_employees()
        self._undo_faults()
        self._check()
        for customer in self._cluster.customers.values():
            self.misbehaved.update(customer.misbehaved())

    def _change_employees(self) -> None:
        """Change the employees of one customer while its runs are going."""
        customer = self._random.choice(list(self._cluster.customers.values()))
        self._hire(customer, self._random.randint(1, 15))
        customer.disturb(self._random)

    def _hire(self, customer: Customer, number: int) -> None:
        number = min(number, self._room[customer.number])
        self._room[customer.number] -= number
        if number:
            customer.hire(number)

    def _start_runs(self) -> None:
        """Request a run of each connection, unless the store is down. It waits while one is running."""
        if self._cluster.store_is_down:
            return
        for connection_id in self._cluster.customers:
            if connection_id == self._cluster.page_connection_id and self._random.random() < 0.7:
                continue  # so that Run now can be pressed on the page
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
            customer.reset_faults()
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
            run_id = self._run_until_settled(connection_id, customer)
            self.failures += checks.check_undisturbed_run(run_id, customer)
            self.failures += checks.check_payroll(customer)
            self.failures += checks.check_open_problems(connection_id, customer)
        if self._cluster.page is not None:
            self.failures += self._cluster.page.check()
        self._wait_until_idle()
        self.failures += checks.check_runs(self._last_checked_run_id)
        self.failures += checks.check_schedules(self._cluster.queue())
        self.failures += checks.check_moments(self._cluster.queue())
        with reading() as session:
            self._last_checked_run_id = session.scalar(select(func.max(Run.id))) or 0

    def _run_until_settled(self, connection_id: int, customer: Customer) -> int:
        """Run undisturbed; if the systems lose responses even then, run again until nothing has failed."""
        for _ in range(MOST_RUNS_TO_SETTLE if customer.loses_responses else 1):
            run_id = self._run_undisturbed(connection_id)
            if not checks.failed_without_reason(run_id, customer):
                break
        return run_id

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
                *(f"{number} requests met: {fate}" for fate, number in self.misbehaved.items()),
                *(f"FAILED  {failure}" for failure in self.failures),
                "0 lost, 0 duplicated, counters balanced, schedules running"
                if not self.failures
                else f"{len(self.failures)} failures",
            )
        )
