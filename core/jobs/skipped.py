"""Record the occurrences of a schedule that could not be run, so that people see them beside the runs."""

from __future__ import annotations

from contextlib import suppress

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from connectors.registry import name_of
from core.clock import now
from core.db import transaction
from core.models import Connection, Run, RunStatus, Side, SideState, Trigger
from core.runs.request import Occurrence

log = structlog.get_logger()


def record(occurrence: Occurrence, connection_id: int, refusal: str) -> None:
    """Record that an occurrence was not run: a run that ended in ERROR with nobody read. Safe to repeat.

    Where the last run of the connection is such a line for the same reason, that line counts one more.
    """
    log.info("schedule.skipped", schedule=occurrence.schedule_id, connection=connection_id, why=refusal)
    with suppress(IntegrityError), transaction() as session:  # another scheduler has recorded it
        reason = _reason(session, connection_id) or refusal
        query = select(Run).where(Run.connection_id == connection_id).order_by(Run.id.desc()).limit(1)
        last = session.scalar(query)
        if last is not None and (last.schedule_id, last.due_at) == occurrence:
            return
        if last is None or not last.skipped or last.schedule_id != occurrence.schedule_id:
            last = None
        if last is None or not (last.message or "").endswith(reason):
            last = _new(session, occurrence, connection_id)
        last.skipped, last.due_at, last.ended_at = last.skipped + 1, occurrence.due_at, now()
        times = f" {last.skipped} times in a row" if last.skipped > 1 else ""
        last.message = f"Not run{times}: {reason}"[:1000]


def _new(session: Session, occurrence: Occurrence, connection_id: int) -> Run:
    account_id = session.get_one(Connection, connection_id).account_id
    run = Run(account_id=account_id, connection_id=connection_id, trigger=Trigger.SCHEDULED, skipped=0)
    run.schedule_id, run.status, run.aborted = occurrence.schedule_id, RunStatus.ERROR, True
    session.add(run)
    return run


def _reason(session: Session, connection_id: int) -> str | None:
    """Name the systems that no longer accept their sign-in; None when it is something else."""
    waits = Side.connection_id == connection_id, Side.state == SideState.NEEDS_RECONNECT
    kinds = session.scalars(select(Side.kind).where(*waits).order_by(Side.position)).all()
    if not kinds:
        return None
    names = " and ".join(name_of(kind) for kind in kinds)
    return f"{names} {'needs' if len(kinds) == 1 else 'need'} to be reconnected, on the Connections page."
