"""Start a run by hand: of all employees, or of one person."""

from __future__ import annotations

from core.errors import InvalidError
from core.models import RunKind, Trigger
from core.queue import task_queue
from core.runs import request
from core.security.actor import Actor

# The longest employee id that the store accepts.
MAX_SOURCE_ID_LENGTH = 200


def run_now(actor: Actor, connection_id: int, kind: RunKind = RunKind.SYNC) -> int:
    """Start a manual run, or a preview that writes nothing, and return its id. The schedule stays as it is.

    The run is stored even when Redis is down, and starts once Redis is back. Raises ConflictError while another run is
    in progress, InvalidError when the connection is not Active.
    """
    run_id = request.request(connection_id, Trigger.MANUAL, kind=kind, actor=actor)
    task_queue.enqueue_run(run_id)
    return run_id


def compare_all(actor: Actor, connection_id: int) -> int:
    """Start a manual run that reads and compares everybody in full, and return its id. Raises as ``run_now``."""
    run_id = request.request(connection_id, Trigger.MANUAL, compares_all=True, actor=actor)
    task_queue.enqueue_run(run_id)
    return run_id


def sync_person(actor: Actor, connection_id: int, source_id: str) -> int:
    """Start a run of one employee, by source ID, and return its id. Other employees and the schedule are unaffected.

    Raises InvalidError for an impossible source ID, and the errors of ``run_now``.
    """
    person = parse_source_id(source_id)
    run_id = request.request(
        connection_id, Trigger.MANUAL, kind=RunKind.ONE_PERSON, person=person, actor=actor
    )
    task_queue.enqueue_run(run_id)
    return run_id


def parse_source_id(text: str) -> str:
    """Return the source ID that a person entered. Raises InvalidError when it cannot be one."""
    source_id = text.strip()
    if not source_id or len(source_id) > MAX_SOURCE_ID_LENGTH or not source_id.isprintable():
        raise InvalidError("Enter the employee's source ID.")
    return source_id
