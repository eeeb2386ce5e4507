"""Runs of one company through the real engine, with everything the oracle has to see of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import select, update

from bench.proofs import descriptions
from bench.proofs.company import Company
from bench.proofs.payrolls import QUICK, Header
from connectors.http.pacing import Unpaced
from core.db import reading, transaction
from core.models import (
    Connection,
    Job,
    Link,
    OpenProblem,
    ProblemKind,
    Record,
    Run,
    RunKind,
    RunStatus,
    Trigger,
)
from core.people import readiness
from core.runs import request as run_request
from core.runs.counters import Counters
from core.runs.system_names import SystemNames
from core.security.actor import OPERATOR
from core.sides.system_pair import SystemPair
from core.story.rows import PersonRows, load
from core.story.story import Story, tell
from core.sync import engine
from core.sync.store import tally
from harness.world import active_connection

SYSTEMS = SystemNames("HR", "Payroll")
# Companies are small: shares of them say nothing.
NO_LIMITS: dict[str, dict[str, float]] = {
    name: {} for name in ("creates", "terminations", "bank", "tax_and_super", "blanked")
}


@dataclass(frozen=True)
class Ended:
    """A run that has ended, with its rows by source id."""

    status: RunStatus
    message: str
    counters: Counters
    stored: Counters
    rows: dict[str, Record]
    writes: int
    # The run could not continue, as it says: who is without a row was not read.
    is_stopped: bool = False
    # The employees that HR no longer lists, as iHUB says.
    no_longer_listed: frozenset[str] = frozenset()
    # The employees that readiness said to be filtered, before the run and after it.
    expected_filtered: frozenset[str] = frozenset()
    kept_filtered: frozenset[str] = frozenset()

    def describe(self, source_id: str) -> str:
        """Return what the run says about an employee."""
        row = self.rows.get(source_id)
        if row is None:
            return "no row"
        return f"{row.decision} · {row.action} · {row.reason or '–'} · target {row.target_id or '–'}"


class Runner:
    """The connection of one company."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self.connection_id = active_connection(source="proofs_hr", target=company.payroll.connector().kind)
        with transaction() as session:
            pairing_id = session.get_one(Connection, self.connection_id).pairing_id
            session.execute(
                update(Job)
                .where(Job.connection_id == self.connection_id)
                .values(settings={"limits": NO_LIMITS})
            )
        assert pairing_id is not None
        self._pairing_id = pairing_id

    def links(self) -> dict[str, str]:
        """Return the target ids by source id."""
        with reading() as session:
            rows = session.scalars(select(Link).where(Link.pairing_id == self._pairing_id))
            return {link.source_id: link.target_id for link in rows}

    def stories(self, source_ids: Sequence[str]) -> Iterator[tuple[str, PersonRows, Story]]:
        """Yield the stories of some employees, with the rows that they follow from."""
        with reading() as session:
            account_id = session.get_one(Connection, self.connection_id).account_id
            for source_id in source_ids:
                rows = load(session, account_id, self._pairing_id, source_id)
                yield source_id, rows, tell(rows, SYSTEMS, UTC)

    def run(self, person: str | None = None) -> Ended:
        """Carry out a run, or a run of one person."""
        before = self._company.payroll.writes
        kind: dict[str, Any] = {} if person is None else {"kind": RunKind.SELECTED, "chosen": [person]}
        expected = self._filtered()
        run_id = run_request.request(self.connection_id, Trigger.MANUAL, **kind)
        engine.execute(run_id, lambda _connection_id: self._systems())
        with reading() as session:
            run = session.get_one(Run, run_id)
            rows = session.scalars(select(Record).where(Record.run_id == run_id))
            by_id = {row.source_id: row for row in rows}
        writes = self._company.payroll.writes - before
        return Ended(
            run.status,
            run.message or "",
            tally.count(run_id),
            Counters.of(run),
            by_id,
            writes,
            run.aborted,
            self._no_longer_listed(),
            expected,
            self._filtered(),
        )

    def _filtered(self) -> frozenset[str]:
        """Return who readiness says the next run filters, from what earlier runs have kept."""
        verdicts = readiness.all_verdicts(OPERATOR, self.connection_id)
        return frozenset(verdict.person.source_id for verdict in verdicts if verdict.is_filtered)

    def _no_longer_listed(self) -> frozenset[str]:
        query = select(OpenProblem.source_id).where(
            OpenProblem.pairing_id == self._pairing_id, OpenProblem.kind == ProblemKind.NO_LONGER_LISTED
        )
        with reading() as session:
            return frozenset(session.scalars(query))

    def _systems(self) -> SystemPair:
        hr = descriptions.hr(self._company.hr.listing.paging)
        if hr.source is None:
            raise LookupError("The HR system is not a source.")
        settings = hr.settings.model_validate({"url": f"{self._company.web.url}/hr"})
        source = hr.source(settings, Header(), pacer=Unpaced(), retry=QUICK)
        payroll = self._company.payroll
        return SystemPair(source, payroll.open(), hr, payroll.connector(), self._pairing_id)
