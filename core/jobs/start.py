"""Start a run by hand: of everybody, or of one person."""

from __future__ import annotations

from core.db import reading
from core.errors import InvalidError
from core.models import Connection, RunKind, Trigger
from core.queue import task_queue
from core.runs import request
from core.security.actor import Actor, Permission, require

# The longest id of an employee that the store takes.
MOST_LETTERS = 200


def run_now(actor: Actor, connection_id: int, kind: RunKind = RunKind.SYNC) -> int:
    """Start a manual run, or a preview that writes nothing, and return its id; the schedule is left alone.

    The run is on record even when Redis is down, and starts once it is back. Raises ConflictError while a run is going
    on, InvalidError when the connection is not Active.
    """
    with reading() as session:
        connection = session.get(Connection, connection_id)
    require(actor, Permission.CONTROL_JOBS, connection.account_id if connection else None)
    run_id = request.request(connection_id, Trigger.MANUAL, kind=kind, actor=actor)
    task_queue.enqueue(run_id)
    return run_id


def sync_person(actor: Actor, connection_id: int, source_id: str) -> int:
    """Start a run of one employee, by their id in the source, and return its id; everybody else and the schedule are left alone.

    Raises InvalidError for an id that cannot be one, and as ``run_now``.
    """
    with reading() as session:
        connection = session.get(Connection, connection_id)
    require(actor, Permission.CONTROL_JOBS, connection.account_id if connection else None)
    run_id = request.request(
        connection_id, Trigger.MANUAL, kind=RunKind.ONE_PERSON, actor=actor, person=one_person_id(source_id)
    )
    task_queue.enqueue(run_id)
    return run_id


def one_person_id(text: str) -> str:
    """Return the id of an employee as a person gives it. Raises InvalidError."""
    source_id = text.strip()
    if not source_id or len(source_id) > MOST_LETTERS or not source_id.isprintable():
        raise InvalidError("Say which employee: the id that the source system has for them.")
    return source_id
