"""A connection between both sandbox systems, and runs over it that check what every run promises."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from connectors.http import client
from connectors.http.retry import Retry
from connectors.http.transport import Timeouts
from core.db import reading, transaction
from core.models import Action, Record, Run, RunStatus, Side, Trigger
from core.operations import demo
from core.runs import request
from core.settings import settings
from core.sync import engine
from core.sync.store import tally
from harness.sandbox import Sandbox
from sandbox.people.traits import CLEAN

PAGE = 5


@dataclass(frozen=True)
class Ended:
    """A run that has ended, with its rows by source id."""

    status: RunStatus
    message: str
    run: Run
    rows: dict[str, Record]

    def reasons(self) -> dict[str, str | None]:
        """Return why each failed employee failed."""
        return {source_id: row.reason for source_id, row in self.rows.items() if row.action is Action.FAILED}


@dataclass(frozen=True)
class Hub:
    """The demo connection."""

    connection_id: int
    sandbox: Sandbox

    def run(self) -> Ended:
        """Run the job, and check what holds for all runs however they end."""
        run_id = request.request(self.connection_id, Trigger.MANUAL)
        engine.execute(run_id)
        with reading() as session:
            run = session.get_one(Run, run_id)
            rows = list(session.scalars(select(Record).where(Record.run_id == run_id)))
        counted = tally.count(run_id)
        assert run.status.ended and run.message
        assert counted.balanced and counted.read == run.read == len(rows)
        assert len({row.source_id for row in rows}) == len(rows)
        assert not any(row.payload_batch_id or row.action is Action.PENDING for row in rows)
        return Ended(run.status, run.message, run, {row.source_id: row for row in rows})

    def clean(self) -> list[str]:
        """Return the people with nothing special about them."""
        return [person["id"] for person in self.sandbox.control.people(CLEAN)]

    def unfair(self, ended: Ended) -> set[str | None]:
        """Return why people with nothing special about them failed."""
        return {reason for source_id, reason in ended.reasons().items() if source_id in set(self.clean())}

    def heals(self) -> Ended:
        """Check that a run without faults completes what was left, and that a further one finds nothing to do."""
        for system in ("enablehr", "ipayroll"):
            self.sandbox.control.calm(system)
        healed = self.run()
        assert healed.run.read == len(self.sandbox.control.people()), healed.message
        assert not self.unfair(healed), healed.message
        payroll = {entry["employeeId"] for entry in self.sandbox.control.payroll()}
        assert {person["employeeNumber"] for person in self.sandbox.control.people(CLEAN)} <= payroll
        assert set(self.sandbox.control.counters("ipayroll")["created_per_employee"].values()) == {1}
        again = self.run()
        assert again.run.written == 0, again.message
        return healed


def try_for(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a failed request be repeated for this number of seconds, at short intervals."""
    monkeypatch.setattr(
        client, "Retry", partial(Retry, first_wait=0.02, longest_wait=0.1, max_total_seconds=seconds)
    )


@pytest.fixture
def hub(sqlite_store: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """Seed the demo with small pages; retries do not wait long."""
    monkeypatch.setenv("IHUB_DEMO", "1")
    settings.cache_clear()
    try_for(5.0, monkeypatch)
    connection_id = demo.seed(sandbox.url).connection_id
    assert connection_id is not None
    with transaction() as session:
        for side in session.scalars(select(Side)):
            session.execute(
                update(Side).where(Side.id == side.id).values(settings=side.settings | {"page_size": PAGE})
            )
    return Hub(connection_id, sandbox)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on a request after a second."""
    defaults: dict[str, Any] = client.Client.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "timeouts", Timeouts(total=1.0, connect=1.0))
