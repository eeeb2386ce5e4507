"""Say how an employment has ended at the source: it is over, or it continues under another record."""

from __future__ import annotations

from connectors.contract.employee import Employee, EmploymentStatus, employment_status
from connectors.contract.records import Problem, Reason
from core.runs.outcome_catalogue import Code, explain

TRANSFERRED_AWAY = Problem(Reason.TRANSFERRED_AWAY, explain(Reason.TRANSFERRED_AWAY).sentence)

# How an employment ends that continues under another record.
MOVES = frozenset({Code.TRANSFERRED, Code.MERGED})


def left_as(employee: Employee | None) -> Code | None:
    """Return how an employment has ended; None while it continues under this record, and where nothing is known."""
    if employee is None:
        return None
    match employment_status(employee.status):
        case EmploymentStatus.TRANSFERRED:
            return Code.TRANSFERRED
        case EmploymentStatus.MERGED:
            return Code.MERGED
    return Code.EMPLOYED_AGAIN if employee.terminated else None
