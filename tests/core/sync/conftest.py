"""A connection between two systems in memory, and runs over it that check what every run promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.clock import now
from core.db import reading, transaction
from core.models import (
    Action,
    Candidate,
    Connection,
    Decision,
    Job,
    Link,
    PayloadBatch,
    Plan,
    PlanState,
    Record,
    Run,
    RunKind,
    RunStatus,
    Trigger,
)
from core.runs import request as run_request
from core.runs import selection
from core.runs.counters import Counters
from core.sides.system_pair import SystemPair
from core.sync import engine
from core.sync.store import tally
from core.sync.write import deferred
from harness.world import active_connection
from tests.core.sync.fakes import FakeSource, FakeTarget, fake_systems, no_fault, person


@dataclass(frozen=True)
class Ended:
    """A run that has ended, with its rows by source id."""

    id: int
    status: RunStatus
    message: str
    counters: Counters
    rows: dict[str, Record]

    def count(self, action: Action) -> int:
        return sum(row.action is action for row in self.rows.values())

    def reasons(self) -> dict[str, str | None]:
        return {source_id: row.reason for source_id, row in self.rows.items()}

    def decisions(self) -> dict[str, Decision]:
        return {source_id: row.decision for source_id, row in self.rows.items()}


@dataclass
class Hub:
    """One connection between a fake source and a fake target."""

    connection_id: int
    source: FakeSource = field(default_factory=FakeSource)
    target: FakeTarget = field(default_factory=FakeTarget)

    def fill(self, number: int) -> None:
        for one in range(number):
            self.source.put(f"s{one}", person(one))

    def set_job(self, **settings: Any) -> None:
        with transaction() as session:
            session.execute(
                update(Job).where(Job.connection_id == self.connection_id).values(settings=settings)
            )

    def request(self, kind: RunKind = RunKind.SYNC) -> int:
        return run_request.request(self.connection_id, Trigger.MANUAL, kind=kind)

    def request_selected(self, *chosen: str) -> int:
        return run_request.request(
            self.connection_id, Trigger.MANUAL, kind=RunKind.SELECTED, chosen=selection.parse(chosen)
        )

    def execute(self, run_id: int) -> RunStatus | None:
        with reading() as session:
            pairing_id = session.get_one(Connection, self.connection_id).pairing_id
        assert pairing_id is not None
        return engine.execute(
            run_id,
            lambda _connection_id: self.systems(pairing_id),
        )

    def systems(self, pairing_id: int) -> SystemPair:
        return fake_systems(self.source, self.target, pairing_id)

    def run(self, kind: RunKind = RunKind.SYNC) -> Ended:
        run_id = self.request(kind)
        self.execute(run_id)
        return self.ended(run_id)

    def sync(self, *chosen: str) -> Ended:
        """Run chosen employees."""
        run_id = self.request_selected(*chosen)
        self.execute(run_id)
        return self.ended(run_id)

    def resume(self, run_id: int) -> Ended:
        """Run again after a crash, as the next worker would once the lease has run out."""
        self.source.steps.fault = self.target.steps.fault = no_fault
        self.expire(run_id)
        self.execute(run_id)
        return self.ended(run_id)

    def expire(self, run_id: int) -> None:
        with transaction() as session:
            session.execute(
                update(Run).where(Run.id == run_id).values(lease_until=now() - timedelta(seconds=1))
            )

    def row(self, run_id: int) -> Run:
        with reading() as session:
            return session.get_one(Run, run_id)

    def links(self) -> dict[str, str]:
        with reading() as session:
            return {link.source_id: link.target_id for link in session.scalars(select(Link))}

    def candidates(self) -> dict[str, list[str]]:
        """Return the candidates of those who wait since the last run."""
        with reading() as session:
            last = session.scalars(select(Run.id).order_by(Run.id.desc()).limit(1)).one()
            same = (Record.run_id == Candidate.run_id) & (Record.position == Candidate.position)
            query = select(Record.source_id, Candidate.target_id).join(Candidate, same)
            rows = session.execute(query.where(Record.run_id == last).order_by(Candidate.target_id)).all()
        found: dict[str, list[str]] = {}
        for source_id, target_id in rows:
            found.setdefault(source_id, []).append(target_id)
        return found

    def ended(self, run_id: int) -> Ended:
        """Return a run that has ended, having checked the promises that hold for all runs."""
        with reading() as session:
            run = session.get_one(Run, run_id)
            rows = list(session.scalars(select(Record).where(Record.run_id == run_id)))
            left = (
                session.scalar(
                    select(func.count()).where(Record.run_id == run_id, Record.payload_batch_id.is_not(None))
                )
                or 0
            )
            left += session.scalar(select(func.count()).where(PayloadBatch.run_id == run_id)) or 0
        counted = tally.count(run_id)
        assert run.status.ended and run.message
        assert counted.balanced
        assert counted.read == run.read == len(rows)
        assert counted.columns() == {name: getattr(run, name) for name in counted.columns()}
        assert left == 0 or self.kept(run_id)
        assert not any(row.action is Action.PENDING for row in rows)
        assert len({row.source_id for row in rows}) == len(rows)
        return Ended(run.id, run.status, run.message, counted, {row.source_id: row for row in rows})

    def kept(self, run_id: int) -> bool:
        """Say whether the plan of a run waits for a decision, so that what would be written may still be there."""
        with reading() as session:
            plan = session.get(Plan, run_id)
        return plan is not None and plan.state is PlanState.OPEN

    def everybody_once(self) -> bool:
        """Say whether payroll has every employee of the source exactly once."""
        at_source = sorted(str(employee.surname) for employee in self.source.people.values())
        return at_source == sorted(str(values["surname"]) for values in self.target.records.values())


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look deferred creates up at once: a target in memory shows a new employee at once."""
    monkeypatch.setattr(deferred, "PAUSES", (0.0,) * len(deferred.PAUSES))


@pytest.fixture
def hub(store: str) -> Hub:
    return Hub(active_connection())


@pytest.fixture
def sqlite_hub(sqlite_store: str) -> Hub:
    return Hub(active_connection())


@pytest.fixture(params=[True, False], ids=["ids of ours", "ids of theirs"])
def either_hub(request: pytest.FixtureRequest, sqlite_store: str) -> Hub:
    """Give a connection to a target that lets us choose ids, and to one that does not."""
    return Hub(active_connection(), target=FakeTarget(chosen_ids=request.param))
