"""Kept employees as a run would have stored them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update

from connectors.contract.employee import Employee
from connectors.contract.records import Prepared, Problem, Reason, SourceRecord, Unmapped, Verdict
from core.clock import now
from core.db import reading, transaction
from core.models import Connection, Pairing
from core.people import entries
from core.people.entries import Entry
from core.scope.condition_days import Outlook
from core.sync.store import kept_employees
from tests.core.sync.fakes import person

START_DATE = Problem(Reason.MISSING_FIELD, "Start date is missing.", "Start date", name="start")
TAX_NUMBER = Problem(Reason.MASKED_TFN, "The tax number is hidden.", "Tax number", name="tax")
UNREADABLE = Problem(Reason.UNREADABLE, "It cannot be read.", verdict=Verdict.ERROR)


def entry(
    source_id: str,
    employee: Employee | None = None,
    *,
    reason: str | None = None,
    problems: Sequence[Problem] = (),
    unmapped: Sequence[Unmapped] = (),
    at_target: bool = False,
    is_error: bool = False,
    condition: Outlook | None = None,
    records: Sequence[str] = (),
) -> Entry:
    """Return what is kept of an employee; by default of one who is not written for the first of the problems."""
    employee = employee or person(len(source_id))
    record = SourceRecord(source_id, employee.display_name, employee, "1")
    prepared = Prepared({}, problems=tuple(problems), unmapped=tuple(unmapped))
    reason = reason or next((problem.reason for problem in problems), None)
    return entries.make_entry(
        record,
        prepared,
        reason,
        is_error=is_error,
        at_target=at_target,
        condition=condition,
        records=records,
    )


def keep(connection_id: int, *kept: Entry, **pairing: Any) -> None:
    """Store entries, as a run that has just read everybody."""
    with reading() as session:
        pairing_id = session.get_one(Connection, connection_id).pairing_id
    assert pairing_id is not None
    with transaction() as session:
        kept_employees.insert_entries(session, pairing_id, kept, entries.seal(kept))
        values = {"everybody_read_at": now()} | pairing
        session.execute(update(Pairing).where(Pairing.id == pairing_id).values(values))
