"""Export who is not ready, and who lacks something for super, as CSV."""

from __future__ import annotations

from core.audit import trail
from core.db import transaction
from core.people import readiness, super_readiness
from core.people.entries import Person
from core.people.listing import PeopleFilter, branch_of, status_of
from core.people.readiness import WaitingFilter
from core.people.verdicts import PersonVerdict
from core.reports.exports import Export, csv_text
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection

PERSON = ("Record", "Source ID", "Employee Number", "Branch", "Status")
HR = "HR"


def export_waiting(actor: Actor, connection_id: int, only: WaitingFilter) -> Export:
    """Export the employees who lack something. Raises NotFoundError, ForbiddenError."""
    _audit(actor, "export.readiness", connection_id)
    header = (*PERSON, "Missing", "Who Must Act")
    rows = map(_waiting_cells, readiness.all_waiting(actor, connection_id, only))
    return Export(f"ihub-readiness-{connection_id}.csv", csv_text(header, rows))


def export_super(actor: Actor, connection_id: int, people_filter: PeopleFilter) -> Export:
    """Export the employees who lack something for super. Raises NotFoundError, ForbiddenError."""
    _audit(actor, "export.super", connection_id)
    people = super_readiness.all_lacking(actor, connection_id, people_filter)
    rows = ([*_cells(person), super_readiness.describe(person), HR] for person in people)
    return Export(
        f"ihub-super-{connection_id}.csv", csv_text((*PERSON, "Missing for Super", "Who Must Act"), rows)
    )


def _audit(actor: Actor, action: str, connection_id: int) -> None:
    with transaction() as session:
        require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
        trail.record(session, actor, action, f"connection:{connection_id}")


def _waiting_cells(verdict: PersonVerdict) -> list[object]:
    titles = "; ".join(missing.title for missing in verdict.missing)
    fixers = dict.fromkeys(missing.fixer.value for missing in verdict.missing)
    return [*_cells(verdict.person), titles, ", ".join(fixers)]


def _cells(person: Person) -> list[object]:
    return [
        person.name,
        person.source_id,
        person.employee_number,
        branch_of(person),
        status_of(person),
    ]
