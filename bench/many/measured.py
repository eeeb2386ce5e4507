"""Measure how late many real schedules start: a real scheduler, Redis, workers and runs against a sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from bench.processes import cpu_seconds
from bench.web import company
from core import db
from core.accounts import accounts
from core.clock import now
from core.db import reading, transaction
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.models import Every, Run, RunStatus, Schedule
from core.security.actor import OPERATOR
from core.settings import ROOT, settings
from harness import launched
from harness.launched import Hub, eventually

EMPLOYEES = 20
FIRST_ROUND_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds from when runs were due to when they started, of all that were due; how they ended; CPU seconds."""

    lags: list[float]
    due: int
    statuses: dict[str, int]
    run_seconds: float
    scheduler_cpu: float
    load: float


def measure(number: int, minutes: int, rounds: int, workers: int) -> Measured:
    """Add accounts with a schedule each, let each run once, and measure the rounds after that."""
    with _installation(workers) as (hub, sandbox_url):
        for account in range(number):
            _add(f"Account {account}", sandbox_url, minutes)
        _spread(number, minutes)
        eventually(lambda: _ended(now()) >= number, "each connection has run once", FIRST_ROUND_SECONDS)
        begins = now()
        scheduler, load = hub.processes("scheduler.py")[0].pid, os.getloadavg()[0]
        cpu = cpu_seconds(scheduler)
        time.sleep(rounds * minutes * 60)
        ends, used = now(), cpu_seconds(scheduler) - cpu
        time.sleep(30)  # what was due at the end has time to start
        return _read(begins, ends, used, load)


@contextmanager
def _installation(workers: int) -> Iterator[tuple[Hub, str]]:
    """Run iHUB without its demo, with some workers, and a sandbox."""
    with tempfile.TemporaryDirectory(prefix="ihub-bench-many-") as folder:
        home = Path(folder) / "home"
        with (
            company.sandboxes(Path(folder), 1, EMPLOYEES) as [url],
            launched.running(home, IHUB_DEMO=0) as hub,
        ):
            environment = hub.environment | {"REDIS_URL": f"unix://{home / 'redis' / 'redis.sock'}?db=0"}
            os.environ |= environment
            settings.cache_clear()
            db.forget_engine()
            more = [
                subprocess.Popen(
                    [sys.executable, "worker.py"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
                )
                for _ in range(workers - 1)
            ]
            try:
                yield hub, url
            finally:
                for each in more:
                    each.terminate()
                for each in more:
                    each.wait(60)
                db.forget_engine()


def _add(name: str, sandbox_url: str, minutes: int) -> None:
    actor = replace(OPERATOR, account_id=accounts.create(name))
    connection_id = company.connect(actor, "ipayroll", sandbox_url)
    schedules.create(actor, connection_id, Rule(Every.MINUTES, interval=minutes))


def _spread(number: int, minutes: int) -> None:
    """Let the schedules be due one after the other, as if they had been made over the whole interval."""
    first = now() + timedelta(seconds=5)
    with transaction() as session:
        for at, schedule_id in enumerate(session.scalars(select(Schedule.id).order_by(Schedule.id)).all()):
            due = first + timedelta(minutes=minutes) * at / number
            changed = update(Schedule).where(Schedule.id == schedule_id)
            session.execute(changed.values(first_due_at=due, next_due_at=due))


def _ended(moment: datetime) -> int:
    query = select(func.count(func.distinct(Run.connection_id))).where(Run.ended_at <= moment)
    with reading() as session:
        return session.scalar(query) or 0


def _read(begins: datetime, ends: datetime, scheduler_cpu: float, load: float) -> Measured:
    query = select(Run).where(Run.due_at >= begins, Run.due_at < ends)
    with reading() as session:
        runs = session.scalars(query).all()
    lags = [
        (run.started_at - run.due_at).total_seconds()
        for run in runs
        if run.started_at is not None and run.due_at is not None
    ]
    statuses: dict[str, int] = {}
    for run in runs:
        statuses[run.status.value] = statuses.get(run.status.value, 0) + 1
    took = [
        (run.ended_at - run.started_at).total_seconds()
        for run in runs
        if run.started_at is not None and run.ended_at is not None and run.status is not RunStatus.CANCELLED
    ]
    return Measured(lags, len(runs), statuses, sum(took) / max(1, len(took)), scheduler_cpu, load)
