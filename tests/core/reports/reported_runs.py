"""Runs and records as a sync leaves them in the store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.clock import now
from core.db import transaction
from core.exports.files import DataFile
from core.models import Action, Connection, Decision, Record, Run, RunStatus, Trigger

OUTCOMES = [
    ("Olivia Smith", Decision.CREATE, Action.CREATED, None),
    ("Noah Jones", Decision.UPDATE, Action.UPDATED, None),
    ("Amelia Ngata", Decision.TERMINATE, Action.TERMINATED, None),
    ("Jack O'Brien", Decision.NO_CHANGE, Action.SKIPPED, None),
    ("Isla Wang", Decision.FILTERED, Action.SKIPPED, "MISSING_FIELD"),
    ("Mia Müller", Decision.FILTERED, Action.SKIPPED, "MISSING_FIELD"),
    ("Leo Singh", Decision.FILTERED, Action.SKIPPED, "NOT_IN_SCOPE"),
    ("Ava Patel", Decision.AMBIGUOUS, Action.SKIPPED, "WEAK_MATCH"),
    ("=HYPERLINK(1)", Decision.CREATE, Action.FAILED, "REFUSED"),
]
# The position of the one who waits for a decision.
AMBIGUOUS = 7
COUNTERS: dict[str, int] = {
    "read": 9,
    "created": 1,
    "updated": 1,
    "terminated": 1,
    "written": 3,
    "unchanged": 1,
    "filtered": 3,
    "held": 1,
    "errors": 1,
}


def run(connection_id: int, status: RunStatus = RunStatus.COMPLETE, **columns: Any) -> int:
    """Add a run."""
    began = now() - timedelta(minutes=5)
    moments = (
        {"started_at": began, "ended_at": began + timedelta(seconds=72)}
        if status.ended
        else {"started_at": began}
    )
    with transaction() as session:
        account_id = session.get_one(Connection, connection_id).account_id
        given = {"trigger": Trigger.MANUAL} | moments | columns
        row = Run(account_id=account_id, connection_id=connection_id, status=status, **given)
        session.add(row)
        session.flush()
        return row.id


def whole_run(connection_id: int) -> int:
    """Add a run with one employee for each kind of outcome."""
    run_id = run(connection_id, RunStatus.ERROR, message="1 of 9 employees could not be written.", **COUNTERS)
    with transaction() as session:
        session.add_all(_record(run_id, position, *outcome) for position, outcome in enumerate(OUTCOMES))
    return run_id


def _record(  # noqa: PLR0917 - a row of the table above
    run_id: int, position: int, name: str, decision: Decision, action: Action, reason: str | None
) -> Record:
    changes = [{"field": "street", "label": "Street", "before": "1 High <b>St</b>", "after": "2 Low St"}]
    warnings = [
        {
            "code": "FINISH_DATE",
            "message": "Finish date needs to be updated in {target} for this employee.",
            "kind": "BY_HAND",
            "fixer": "Payroll",
        }
    ]
    return Record(
        run_id=run_id,
        position=position,
        source_id=f"S{position}",
        target_id=f"T{position}" if decision not in (Decision.FILTERED, Decision.ERROR) else None,
        name=name,
        decision=decision,
        action=action,
        reason=reason,
        message="Start Date is empty in enableHR." if reason == "MISSING_FIELD" else None,
        changes=changes if decision is Decision.UPDATE else None,
        warnings=warnings if decision is Decision.TERMINATE else None,
    )


def csv_lines(export: DataFile) -> list[str]:
    """Return the lines of an exported CSV file."""
    return b"".join(export.chunks).decode("utf-8-sig").splitlines()
