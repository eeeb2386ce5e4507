"""Start a run by hand: of all employees, or of chosen ones."""

from __future__ import annotations

from collections.abc import Sequence

from core.models import RunKind, Trigger
from core.problems import open_problems
from core.problems.open_problems import ProblemFilter
from core.queue import task_queue
from core.reports import matching_records
from core.reports.records import RecordFilter
from core.runs import request, selection
from core.security.actor import Actor


def run_now(actor: Actor, connection_id: int, kind: RunKind = RunKind.SYNC) -> int:
    """Start a manual run, or a preview that writes nothing, and return its id. The schedule stays as it is.

    It waits behind a run of the connection that is in progress; where one like it waits already, the id of that one is
    returned. The run is stored even when Redis is down, and starts once Redis is back. Raises InvalidError when the
    connection is not Active.
    """
    return _start(actor, connection_id, kind)


def sync_selected(actor: Actor, connection_id: int, source_ids: Sequence[str]) -> int:
    """Start a run of some employees, by source ID, and return its id. Others and the schedule are unaffected.

    Raises InvalidError for nobody, for too many and for an impossible source ID, and the errors of ``run_now``.
    """
    return _start(actor, connection_id, RunKind.SELECTED, selection.parse(source_ids))


def preview_person(actor: Actor, connection_id: int, source_id: str) -> int:
    """Start a preview of one employee, which reads both systems and writes nothing, and return its id.

    It cannot be applied: to write them, sync them. Raises as ``sync_selected``.
    """
    return _start(actor, connection_id, RunKind.PREVIEW, selection.parse([source_id]))


def sync_records(actor: Actor, run_id: int, only: RecordFilter) -> int:
    """Start a run of the employees of an earlier run that match, for example those with errors, and return its id.

    Raises NotFoundError when there is no such run, and the errors of ``sync_selected``.
    """
    connection_id, source_ids = matching_records.matching_source_ids(
        actor, run_id, only, selection.require_few
    )
    return sync_selected(actor, connection_id, source_ids)


def sync_problems(actor: Actor, connection_id: int, only: ProblemFilter) -> int:
    """Start a run of the employees of a connection who have an open problem that matches, and return its id.

    Raises the errors of ``sync_selected``.
    """
    source_ids = open_problems.matching_source_ids(actor, connection_id, only, selection.require_few)
    return sync_selected(actor, connection_id, source_ids)


def _start(actor: Actor, connection_id: int, kind: RunKind, chosen: Sequence[str] = ()) -> int:
    run_id = request.request(connection_id, Trigger.MANUAL, kind=kind, actor=actor, chosen=chosen)
    task_queue.enqueue_run(run_id)
    return run_id


def compare_all(actor: Actor, connection_id: int) -> int:
    """Start a manual run that reads and compares everybody in full, and return its id. Raises as ``run_now``."""
    run_id = request.request(connection_id, Trigger.MANUAL, compares_all=True, actor=actor)
    task_queue.enqueue_run(run_id)
    return run_id
