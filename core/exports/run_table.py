"""The table of runs: one row for each run."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from core.db import reading
from core.exports.columns import Column, ColumnType, DataClass, Row, Table
from core.models import Run
from core.reports import headings
from core.reports.run_filter import RunFilter, RunOrder, ordering, run_conditions
from core.reports.run_list import RunView, run_rows, run_views
from core.security.actor import Actor, Permission, require

CHUNK = 2_000
NUMBER, TEXT, ID, TIME, YES_NO = (
    ColumnType.NUMBER,
    ColumnType.TEXT,
    ColumnType.ID,
    ColumnType.TIME,
    ColumnType.YES_NO,
)

RUNS = Table(
    "runs",
    "Runs",
    "one run",
    (
        Column("run_id", headings.RUN_ID, NUMBER, "The number of the run."),
        Column("status", headings.STATUS, TEXT, "QUEUED, RUNNING, COMPLETE, ERROR, HELD or CANCELLED."),
        Column("type", headings.TYPE, TEXT, "Manual or Scheduled: what started it."),
        Column(
            "kind", headings.KIND, TEXT, "Sync (everybody), Preview (nothing written) or Chosen employees."
        ),
        Column("started_at", headings.START_TIME, TIME, "When it began; empty while it waits."),
        Column("ended_at", headings.END_TIME, TIME, "When it ended; empty until then."),
        Column("read", headings.READ, NUMBER, "Employees read. The sum of the next five counters."),
        Column("filtered", headings.FILTERED, NUMBER, "Employees left out, for example by the scope."),
        Column("written", headings.WRITTEN, NUMBER, "Employees that the target has accepted."),
        Column("errors", headings.ERRORS, NUMBER, "Employees who could not be written."),
        Column("unchanged", headings.UNCHANGED, NUMBER, "Employees with nothing to write."),
        Column("held", headings.HELD, NUMBER, "Employees who wait for a decision."),
        Column("created", "Created", NUMBER, "Of those written, how many are new at the target."),
        Column("updated", "Updated", NUMBER, "Of those written, how many were changed."),
        Column("terminated", "Terminated", NUMBER, "Of those written, whose employment was ended."),
        Column(
            "need_action",
            headings.NEED_ACTION,
            NUMBER,
            "Employees somebody has to do something about. They are in one of the other counters too.",
        ),
        Column("integration", "Integration", TEXT, "The name of the connection."),
        Column("integration_id", "Integration ID#", NUMBER, "The number of the connection."),
        Column("source", "Source", TEXT, "The system employees are read from."),
        Column("target", "Target", TEXT, "The system they are written to."),
        Column("message", "Message", TEXT, "What the run says about itself."),
        Column(
            "started_by",
            headings.STARTED_BY,
            TEXT,
            "Who or what started it.",
            DataClass.PERSONAL,
        ),
        Column(
            "ending", headings.ENDING, TEXT, "How it ended, beside its status; empty where that says all."
        ),
        Column("requested_at", "Requested", TIME, "When it was asked for, or due."),
        Column(
            "seconds", "Duration (s)", NUMBER, "Whole seconds from start to end; empty until it has ended."
        ),
        Column("mapping_version", "Mapping Version", NUMBER, "The mapping it used; 0 is the connector file."),
    ),
)


def run_cells(run: RunView) -> Row:
    """Return the row of a run."""
    counters = run.counters
    took = None if run.started_at is None or run.ended_at is None else run.ended_at - run.started_at
    return (
        *(run.id, run.status.value, run.trigger.value, headings.KINDS[run.kind]),
        *(run.started_at, run.ended_at, counters.read, counters.filtered, counters.written, counters.errors),
        *(counters.unchanged, counters.held, counters.created, counters.updated, counters.terminated),
        *(run.need_action, run.connection_name, run.connection_id, run.systems.source, run.systems.target),
        *(run.message, run.starter, run.ending.value or None, run.created_at),
        *(None if took is None else int(took.total_seconds()), run.mapping_version),
    )


def run_chunks(
    actor: Actor, only: RunFilter, after: int | None = None, size: int = CHUNK
) -> Iterator[list[tuple[int, Row]]]:
    """Yield the runs that match with their numbers, in the order of the filter.

    ``after`` is the last run that was taken already; it needs the order OLDEST. Raises NotFoundError, ForbiddenError.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        matching = select(Run.id).where(*run_conditions(session, actor, only))
        if after is not None and only.order is RunOrder.OLDEST:
            matching = matching.where(Run.id > after)
        run_ids = session.scalars(matching.order_by(*ordering(only.order))).all()
    for start in range(0, len(run_ids), size):
        part = run_ids[start : start + size]
        with reading() as session:
            rows = session.execute(run_rows(actor.account_id).where(Run.id.in_(part)))
            views = {view.id: view for view in run_views(session, actor, rows)}
        yield [(run_id, run_cells(views[run_id])) for run_id in part if run_id in views]
