"""Remove what accounts no longer keep, a little at a time: nobody waits for it, and the counters of runs stay true.

A transaction removes a few thousand rows at most. When the store is busy, the rest is left for the next time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Delete, SQLColumnExpression, Update, delete, func, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.db import reading, try_transaction
from core.models import (
    Account,
    AlertEvent,
    AlertState,
    Candidate,
    Delivery,
    FieldConflict,
    HiddenProblems,
    Link,
    MappingPreview,
    MappingVersion,
    OpenProblem,
    Plan,
    PlanState,
    Record,
    RecordPart,
    RequestLog,
    Run,
    RunSelection,
    RunStatus,
)
from core.retention.periods import MONTH

# How many positions of a run one transaction removes, how many requests, and how many whole runs.
POSITIONS, REQUESTS, RUNS = 2_000, 200, 50
# How long one round takes at most.
SECONDS = 0.5
log = structlog.get_logger()


def remove_old(seconds: float = SECONDS) -> bool:
    """Remove what is no longer kept, for some seconds; return whether nothing is left to remove."""
    works = (_remove_rows, _remove_requests, _remove_runs)
    done = [work(time.monotonic() + seconds / len(works)) for work in works]
    return all(done)


def _remove_rows(until: float) -> bool:
    """Remove the employees of runs; the run says when."""
    for old in _old(Run.ended_at, Account.keep_row_months, MONTH):
        while run_id := _first(
            select(Run.id)
            .outerjoin(Plan, (Plan.run_id == Run.id) & (Plan.state == PlanState.OPEN))
            .where(Run.rows_removed_at.is_(None), Plan.run_id.is_(None), *old, *_has_ended())
            .limit(1)
        ):
            if not _remove_rows_of(run_id, until):
                return False
            log.info("retention.rows_removed", run=run_id)
    return True


def _remove_rows_of(run_id: int, until: float) -> bool:
    while True:
        with reading() as session:
            first = session.scalar(select(func.min(Record.position)).where(Record.run_id == run_id))
        if first is None:
            break
        below = first + POSITIONS
        # Candidates go with their records.
        if time.monotonic() > until or not _do(
            *(
                delete(table).where(table.run_id == run_id, table.position < below)
                for table in (Candidate, HiddenProblems, RecordPart, Record)
            )
        ):
            return False
    rest = [
        delete(table).where(table.run_id == run_id)
        for table in (HiddenProblems, RecordPart, RunSelection, RequestLog)
    ]
    return _do(*rest, update(Run).where(Run.id == run_id).values(rows_removed_at=now()))


def _remove_requests(until: float) -> bool:
    for old in _old(RequestLog.created_at, Account.keep_request_days, timedelta(days=1)):
        query = select(RequestLog.id).join(Run, Run.id == RequestLog.run_id).where(*old).limit(REQUESTS)
        while ids := _all(query):
            if time.monotonic() > until or not _do(delete(RequestLog).where(RequestLog.id.in_(ids))):
                return False
    return True


def _remove_runs(until: float) -> bool:
    """Remove whole runs, whose employees are removed already."""
    for old in _old(Run.ended_at, Account.keep_counter_months, MONTH):
        query = (
            select(Run.id).where(Run.rows_removed_at.is_not(None), *old).order_by(Run.ended_at).limit(RUNS)
        )
        while ids := _all(query):
            if time.monotonic() > until or not _do(*_removing(ids)):
                return False
            log.info("retention.runs_removed", runs=len(ids))
    return True


def _removing(ids: list[int]) -> Iterator[Delete | Update]:
    """Yield the statements that remove runs, and every mention of them."""
    for column in (
        *(Link.run_id, OpenProblem.first_run_id, OpenProblem.last_run_id, Plan.applied_by_run_id),
        *(FieldConflict.run_id, FieldConflict.applied_by_run_id, MappingVersion.preview_run_id),
        *(AlertState.run_id, AlertEvent.run_id, Delivery.run_id),
    ):
        yield update(column.class_).where(column.in_(ids)).values({column.key: None})
    for table in (Plan, MappingPreview):
        yield delete(table).where(table.run_id.in_(ids))
    yield delete(Run).where(Run.id.in_(ids))


def _old(
    moment: SQLColumnExpression[Any], kept: SQLColumnExpression[int], unit: timedelta
) -> Iterator[list[ColumnElement[bool]]]:
    """Yield, for each length of time that accounts keep something, the conditions for what is older."""
    with reading() as session:
        lengths = session.scalars(select(kept).distinct()).all()
    for length in lengths:
        accounts = select(Account.id).where(kept == length)
        yield [moment < now() - length * unit, Run.account_id.in_(accounts)]


def _has_ended() -> tuple[ColumnElement[bool], ...]:
    return (Run.status.not_in(RunStatus.unfinished()),)


def _first(query: object) -> int | None:
    found = _all(query)
    return found[0] if found else None


def _all(query: object) -> list[int]:
    with reading() as session:
        return list(session.scalars(query))  # type: ignore[call-overload]


def _do(*statements: Delete | Update) -> bool:
    """Carry out some statements in one short transaction; say whether the store has taken them."""

    def change(session: Session) -> None:
        for statement in statements:
            session.execute(statement, execution_options={"synchronize_session": False})

    return try_transaction(change)
