"""``run``: start a run, wait for it, report its outcome."""

from __future__ import annotations

import signal
import time
from typing import Annotated, Any, NoReturn

import typer
from sqlalchemy import select

from core.cli.actors import for_connection
from core.cli.output import DONE, HELD, WENT_WRONG, Json, print_json, print_text, print_warning
from core.db import reading
from core.errors import ConflictError, InvalidError
from core.jobs import run_queue
from core.models import Run, RunKind, RunStatus, Trigger
from core.queue import task_queue
from core.reports import run_list
from core.reports.run_list import RunView
from core.runs import lease, selection
from core.runs import request as run_request
from core.security.actor import Actor
from core.sync import engine

POLL_SECONDS = 0.25
COUNTERS = ("read", "unchanged", "filtered", "held", "written", "created", "updated", "terminated", "errors")
EXIT_CODES = {RunStatus.ERROR: WENT_WRONG, RunStatus.CANCELLED: WENT_WRONG, RunStatus.HELD: HELD}


def run(
    connection: Annotated[int, typer.Argument(help="Id of the connection.")],
    *,
    preview: Annotated[
        bool, typer.Option("--preview", help="Find out what would be written, and write nothing.")
    ] = False,
    person: Annotated[
        list[str] | None,
        typer.Option(
            "--person",
            metavar="SOURCE_ID",
            help="Run only for this employee, by source ID. Give it once for each of several.",
        ),
    ] = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="Read and compare everybody in full, also those who seem unchanged."),
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the run has ended.")] = False,
    inline: Annotated[
        bool, typer.Option("--inline", help="Do the run in this process, without queue and worker.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run a connection's job. Exit codes: 0 done, 1 the run ended in ERROR, 2 wrong use, 3 HELD."""
    if person and full:
        raise InvalidError(
            "A run of chosen employees compares in full in any case. Leave out --full or --person."
        )
    actor = for_connection(connection)
    kind = RunKind.PREVIEW if preview else RunKind.SELECTED if person else RunKind.SYNC
    chosen = selection.parse(person) if person else ()
    run_id = run_request.request(
        connection, Trigger.MANUAL, kind=kind, actor=actor, chosen=chosen, compares_all=full
    )
    if inline:
        execute_in_turn(actor, run_id)
    elif not task_queue.enqueue_run(run_id):
        print_warning("Redis does not respond. The run is stored and starts once Redis is back.")
    report_and_exit(actor, run_id, wait or inline, as_json)


def report_and_exit(actor: Actor, run_id: int, wait: bool, as_json: bool) -> NoReturn:
    """Print the state of a run, with ``wait`` its outcome once it has ended, and exit with its exit code."""
    view = _wait_until_ended(actor, run_id) if wait else run_list.run_details(actor, run_id)
    print_json(run_object(view)) if as_json else print_text(run_sentence(view))
    raise typer.Exit(EXIT_CODES.get(view.status, DONE))


def execute_in_turn(actor: Actor, run_id: int) -> None:
    """Execute a run here once those of its connection before it have ended; what nobody works on is executed here too.

    A run whose process ended before it had is resumed first.
    """
    said = ""
    while not (view := run_list.run_details(actor, run_id)).status.ended:
        waits_for_others = view.waits_for if "waiting" in view.waits_for else ""
        if waits_for_others not in ("", said):
            print_warning(said := waits_for_others)
        its_turn = _claimable_run(view.connection_id)
        if its_turn is None:
            time.sleep(POLL_SECONDS)
            continue
        if its_turn != run_id:
            print_warning(f"Run {its_turn} comes first; it is executed now.")
        execute_here(its_turn)
        run_queue.enqueue_next(its_turn)


def execute_here(run_id: int) -> None:
    """Execute a run in this process. Raises ConflictError when it was asked to stop meanwhile."""
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        if engine.execute(run_id) is RunStatus.RUNNING:
            with reading() as session:
                connection = session.scalar(select(Run.connection_id).where(Run.id == run_id))
            raise ConflictError(
                f"Run {run_id} was stopped. Resume it with: python -m core run {connection} --inline"
            )
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _claimable_run(connection: int) -> int | None:
    claimable = select(Run.id).where(Run.connection_id == connection, Run.id.in_(lease.claimable()))
    with reading() as session:
        return session.scalar(claimable.order_by(Run.id).limit(1))


def _stop(_number: int, _frame: object) -> None:
    engine.request_stop()


def _wait_until_ended(actor: Actor, run_id: int) -> RunView:
    """Poll until the run has ended; a worker may have taken it before this process did."""
    while not (view := run_list.run_details(actor, run_id)).status.ended:
        time.sleep(POLL_SECONDS)
    return view


def run_object(view: RunView) -> dict[str, Any]:
    """Return a run for JSON output."""
    return {
        "id": view.id,
        "status": view.status.value,
        "type": view.trigger.value,
        "kind": view.kind.value,
        "started_at": view.started_at,
        "ended_at": view.ended_at,
        "message": view.message,
        "waits_for": view.waits_for or None,
        "continues_at": view.continues_at,
        "counters": {name: getattr(view.counters, name) for name in COUNTERS},
        "need_action": view.need_action,
        "mapping_version": view.mapping_version,
    }


def run_sentence(view: RunView) -> str:
    """Return a run in one line."""
    counters = view.counters
    return (
        f"Run {view.id} {view.status.value}: {view.message or view.waits_for or 'not ended yet.'} "
        f"Read {counters.read}, unchanged {counters.unchanged}, filtered {counters.filtered}, held {counters.held}, "
        f"written {counters.written}, errors {counters.errors}; need you {view.need_action}."
    )
