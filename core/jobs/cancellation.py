"""Cancel runs: one that waits at once, one that is going on at its next safe point."""

from __future__ import annotations

import time
from contextlib import suppress

from sqlalchemy import select, update

from core.audit import trail
from core.db import reading, transaction
from core.errors import ConflictError
from core.models import Connection, Run, RunStatus
from core.security.actor import Actor, Permission, require
from core.sync.store import kept_plans

POLL_SECONDS = 0.2


def cancel(actor: Actor, run_id: int) -> RunStatus:
    """Cancel a run: what is written stays, the rest is not written. Returns CANCELLED, or RUNNING until it has stopped."""
    with reading() as session:
        run = session.get(Run, run_id)
    require(actor, Permission.CONTROL_JOBS, run.account_id if run else None)
    if run is None or run.status.ended:
        raise ConflictError("This run has ended already.")
    with transaction() as session:
        waiting = kept_plans.cancel_waiting(session, Run.id == run_id, "Cancelled before it started.")
        if not waiting:
            ask = (
                update(Run)
                .where(Run.id == run_id, Run.status == RunStatus.RUNNING)
                .values(cancel_requested=True)
            )
            session.execute(ask)
        trail.record(session, actor, "run.cancel", f"run:{run_id}", connection=run.connection_id)
    return RunStatus.CANCELLED if waiting else RunStatus.RUNNING


def unfinished(connection_id: int) -> list[int]:
    """Return the runs of a connection that wait or are going on."""
    with reading() as session:
        query = (
            select(Run.id)
            .where(Run.connection_id == connection_id, Run.status.in_(RunStatus.unfinished()))
            .order_by(Run.id)
        )
        return list(session.scalars(query))


def cancel_all(actor: Actor, connection_id: int, patience: float) -> None:
    """Cancel all runs of a connection and wait until they have stopped. Raises ConflictError when that takes too long."""
    with reading() as session:
        connection = session.get(Connection, connection_id)
    require(actor, Permission.CONTROL_JOBS, connection.account_id if connection else None)
    for run_id in reversed(unfinished(connection_id)):  # those that wait first, or one would begin meanwhile
        with suppress(ConflictError):  # it has ended meanwhile
            cancel(actor, run_id)
    until = time.monotonic() + patience
    while unfinished(connection_id):
        if time.monotonic() > until:
            raise ConflictError(
                "The run has been asked to stop and will end in a moment. Then delete the connection again."
            )
        time.sleep(POLL_SECONDS)
