"""Kill at random and verify: `python -m bench.chaos --kills 200 --seed 7 --store sqlite|postgresql`."""

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

from bench.chaos import checks, faults
from bench.chaos.cluster import Plant
from bench.chaos.faults import Undo
from core.db import reading
from core.errors import HubError
from core.models import Run, RunStatus

KILLS_A_ROUND = 12
CALM_MILLISECONDS = 2.0
QUIET_SECONDS = 150


def _later(seconds: float, undo: Undo) -> Timer:
    """Put something right after a while from a thread of its own: this one may be waiting for just that."""
    timer = Timer(seconds, undo)
    timer.start()
    return timer


class Chaos:
    """Rounds of strikes, each followed by quiet and a verdict."""

    def __init__(self, plant: Plant, kills: int, seed: int) -> None:
        """Take a plant that has been started."""
        self._plant, self._wanted, self._chance = plant, kills, Random(seed)
        self._undo: list[Timer] = []
        self.struck: Counter[str] = Counter()
        self.failures: list[str] = []
        self.rounds, self._judged = 0, 0

    @property
    def kills(self) -> int:
        """Return how often something was taken away so far."""
        return self.struck.total()

    def go(self) -> None:
        """Strike until there have been enough strikes, or until something is wrong."""
        while self.kills < self._wanted and not self.failures:
            self._round()
        self._expect_nothing_left()

    def _round(self) -> None:
        self.rounds += 1
        for company in self._plant.companies.values():
            company.hire(self._chance.randint(20, 50))
            company.marry(self._chance.randint(5, 20), self._chance)
            faults.tease(company, self._chance)
        for _ in range(min(KILLS_A_ROUND, self._wanted - self.kills)):
            self._start_runs()
            self._pass(self._chance.uniform(0.2, 2.5))
            what, undo, seconds = faults.strike(self._plant, self._chance)
            self.struck[what] += 1
            self._undo.append(_later(seconds, undo))
            self._plant.turn()
            if self._chance.random() < 0.3:
                self._stir()
        self._quiet()
        self._judge()

    def _stir(self) -> None:
        """Let the people of one company change while its runs go on."""
        company = self._chance.choice(list(self._plant.companies.values()))
        company.hire(self._chance.randint(1, 15))
        faults.tease(company, self._chance)

    def _start_runs(self) -> None:
        """Ask for a run of each connection; one that is going on already is as good, and the store may be away."""
        if self._plant.store_rests:
            return
        for connection_id in self._plant.companies:
            try:
                self._plant.run(connection_id)
            except (HubError, SQLAlchemyError):
                continue

    def _pass(self, seconds: float) -> None:
        """Let time pass, and start again what has ended."""
        until = time.monotonic() + seconds
        while True:
            self._plant.turn()
            if time.monotonic() >= until:
                return
            time.sleep(0.05)

    def _quiet(self) -> None:
        """Wait until everything has been put right and nothing is going on."""
        while any(timer.is_alive() for timer in self._undo):
            self._pass(0.1)
        self._undo.clear()
        for company in self._plant.companies.values():
            company.calm(CALM_MILLISECONDS)
        self._wait_until_idle()

    def _wait_until_idle(self) -> None:
        until = time.monotonic() + QUIET_SECONDS
        while self._going_on():
            self._pass(0.2)
            if time.monotonic() > until:
                self.failures.append(
                    f"runs {self._going_on()} did not end within {QUIET_SECONDS} quiet seconds"
                )
                return

    def _going_on(self) -> list[int]:
        unfinished = Run.status.in_((RunStatus.QUEUED, RunStatus.RUNNING))
        with reading() as session:
            return list(session.scalars(select(Run.id).where(unfinished)))

    def _judge(self) -> None:
        """Let everybody run once more undisturbed, then look at everything."""
        for connection_id, company in self._plant.companies.items():
            self.failures += checks.of_quiet_run(self._quiet_run(connection_id), company)
            self.failures += checks.of_payroll(company)
        self._wait_until_idle()
        self.failures += checks.of_runs(self._judged)
        self.failures += checks.of_schedules(self._plant)
        with reading() as session:
            self._judged = session.scalar(select(func.max(Run.id))) or 0

    def _quiet_run(self, connection_id: int) -> int:
        """Ask for a run and wait for its end; the schedule may start one first."""
        until = time.monotonic() + QUIET_SECONDS
        run_id: int | None = None
        while time.monotonic() < until:
            if run_id is None:
                try:
                    run_id = self._plant.run(connection_id)
                except HubError:
                    self._pass(0.2)
                    continue
            self._pass(0.1)
            if run_id not in self._going_on():
                return run_id
        raise SystemExit(
            f"A quiet run of connection {connection_id} did not end within {QUIET_SECONDS} seconds."
        )

    def _expect_nothing_left(self) -> None:
        """Expect that one more run finds nothing to do."""
        for connection_id in self._plant.companies:
            run_id = self._quiet_run(connection_id)
            with reading() as session:
                written = session.get_one(Run, run_id).written
            if written:
                self.failures.append(f"run {run_id} had nothing to do and wrote {written}")

    def summary(self, seconds: float) -> str:
        """Return what was done and what was found, as lines."""
        with reading() as session:
            found = session.execute(
                select(Run.trigger, Run.status, func.count()).group_by(Run.trigger, Run.status)
            ).all()
            attempts = session.scalar(select(func.max(Run.attempt)))
            resumed = session.scalar(select(func.count()).where(Run.attempt > 1))
        people = sum(len(company.book) for company in self._plant.companies.values())
        done = [f"{number} × {what}" for what, number in self.struck.most_common()]
        runs = [f"{number} {kind} {status}" for kind, status, number in found]
        return "\n".join(
            (
                f"{self.kills} strikes in {self.rounds} rounds and {seconds:.0f} s: {', '.join(done)}",
                f"runs: {', '.join(runs)}; {resumed} resumed, at most {attempts} attempts",
                f"{people} people of {len(self._plant.companies)} connections have to be in payroll",
                *(f"FAILED  {failure}" for failure in self.failures),
                "0 lost, 0 duplicated, law kept, schedules alive"
                if not self.failures
                else f"{len(self.failures)} failures",
            )
        )


def main() -> int:
    """Run it; exit code 1 when a promise was broken."""
    parser = ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--connections", type=int, default=2)
    parser.add_argument("--keep", action="store_true", help="leave the folder with logs and store behind")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="chaos-")
    plant = Plant(Path(folder), options.store, options.seed, options.connections, workers=options.connections)
    began = time.monotonic()
    try:
        plant.start()
        chaos = Chaos(plant, options.kills, options.seed)
        chaos.go()
        print(chaos.summary(time.monotonic() - began), flush=True)
    finally:
        plant.stop()
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
