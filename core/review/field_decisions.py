"""Store what people decide about fields in which the two systems differ: whose value counts, or that HR is asked.

A decision counts for the two values that were shown. The next run carries it out, and asks again when one of the two
has changed.
"""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core.audit import trail
from core.clock import now
from core.db import transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import ConflictState, Connection, FieldConflict, Run, RunStatus
from core.problems import field_conflicts as problems
from core.review.field_conflicts import newest_connection, version_of
from core.security.actor import Actor, Permission, require
from core.sync.store import kept_plans, links

AUDITED = {
    ConflictState.USE_HR: "field.use_hr",
    ConflictState.KEEP_PAYROLL: "field.keep_payroll",
    ConflictState.ASK_HR: "field.ask_hr",
}
CHANGED = "Somebody has decided on this already, or one of the two values has changed. Reload the page and look again."


def decide(actor: Actor, conflict_id: int, choice: ConflictState, version: str) -> None:
    """Decide whose value of a field counts, or that HR is asked.

    ``version`` is that of the values the person has seen. Raises ConflictError when it is another by now, or while a
    run is in progress.
    """
    if choice not in AUDITED:
        raise InvalidError("Choose the value in HR, the value in payroll, or to ask HR.")
    with transaction() as session:
        conflict, connection = _find(session, actor, conflict_id, version)
        if conflict.state.is_decided:
            raise ConflictError(CHANGED)
        conflict.state, conflict.decided_by, conflict.decided_at = choice, actor.user_id, now()
        if choice.is_decided:
            problems.close(session, conflict)
        else:
            problems.ask_hr(session, conflict)
        _audit(session, actor, connection, conflict, AUDITED[choice])


def take_back(actor: Actor, conflict_id: int, version: str) -> None:
    """Take a decision back: the field waits again, and the next run compares the employee in full."""
    with transaction() as session:
        conflict, connection = _find(session, actor, conflict_id, version)
        if conflict.state is ConflictState.WAITING:
            raise ConflictError(CHANGED)
        _stop_applying(session, conflict)
        conflict.state, conflict.applied_by_run_id = ConflictState.WAITING, None
        conflict.decided_by = conflict.decided_at = None
        links.outdate(session, conflict.pairing_id, [conflict.source_id])
        problems.reopen(session, conflict)
        _audit(session, actor, connection, conflict, "field.take_back")


def _stop_applying(session: Session, conflict: FieldConflict) -> None:
    """Close the kept plan that would write the value that was decided. Raises ConflictError when it is approved."""
    run_id = conflict.applied_by_run_id
    if run_id is None:
        return
    if session.get_one(Run, run_id).status in RunStatus.unfinished():
        raise ConflictError("A run that carries this decision out is waiting. Take that run back first.")
    kept_plans.close(session, Run.id == run_id)


def _find(session: Session, actor: Actor, conflict_id: int, version: str) -> tuple[FieldConflict, Connection]:
    """Return a conflict of the actor's account, locked, as it was shown. Raises NotFoundError, ConflictError."""
    conflict = session.get(FieldConflict, conflict_id, with_for_update=True)
    connection = None if conflict is None else newest_connection(session, conflict.pairing_id)
    require(actor, Permission.APPROVE_RUNS, None if connection is None else connection.account_id)
    if conflict is None or connection is None:
        raise NotFoundError("The two systems no longer differ here. Reload the page.")
    if version_of(conflict) != version:
        raise ConflictError(CHANGED)
    require_no_run(session, connection.id)
    return conflict, connection


def require_no_run(session: Session, connection_id: int) -> None:
    """Refuse while a run is comparing or writing, which would not see the decision."""
    running = select(exists().where(Run.connection_id == connection_id, Run.status == RunStatus.RUNNING))
    if session.scalar(running):
        raise ConflictError("A run of this connection is in progress. Decide when it has ended.")


def _audit(
    session: Session, actor: Actor, connection: Connection, conflict: FieldConflict, action: str
) -> None:
    about = {"source": conflict.source_id, "field": conflict.label}
    trail.record(session, actor, action, f"connection:{connection.id}", **about)
