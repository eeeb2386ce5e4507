"""Runs and records as CSV for Excel, read in short portions so that a slow download holds nothing open."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import trail
from core.db import reading, transaction
from core.models import Account, Record, Run
from core.reports.records import (
    COLUMNS,
    RecordFilter,
    RecordView,
    record_conditions,
    record_view,
    require_run,
)
from core.reports.run_list import RunFilter, RunView, run_conditions, run_rows, run_view
from core.runs import outcome_catalogue
from core.runs.system_names import SystemNames, load_system_names
from core.security.actor import Actor, Permission, require

PORTION = 2_000
BOM = "\ufeff"
View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is written while it is read; ``portions`` are pieces of CSV text."""

    filename: str
    portions: Iterator[str]


def export_runs(actor: Actor, only: RunFilter) -> Export:
    """Export the runs that match, newest first."""
    zone = _begin(actor, "export.runs", f"connection:{only.connection_id or 'all'}")
    header = [
        *(
            "Job run ID#",
            "Integration",
            "Status",
            "Type",
            "Kind",
            f"Start Time ({zone.key})",
            f"End Time ({zone.key})",
        ),
        *("Records Read", "Record Filtered", "Record Written", "Record Errors"),
        *("Created", "Updated", "Terminated", "Unchanged", "Held", "Message"),
    ]
    rows = (_run_cells(view, zone) for view in _runs(actor, only))
    return Export("ihub-runs.csv", csv_text(header, rows))


def _runs(actor: Actor, only: RunFilter) -> Iterator[RunView]:
    def portion(session: Session, last: int | None) -> list[RunView]:
        query = run_rows().where(*run_conditions(session, actor, only)).order_by(Run.id.desc()).limit(PORTION)
        query = query if last is None else query.where(Run.id < last)
        return [run_view(*row) for row in session.execute(query)]

    return _keyset(portion, lambda view: view.id)


def _run_cells(view: RunView, zone: ZoneInfo) -> list[object]:
    counters = view.counters
    return [
        *(view.id, view.connection_name, view.status.value, view.trigger.value, view.kind.label),
        *(_local(view.started_at, zone), _local(view.ended_at, zone)),
        *(counters.read, counters.filtered, counters.written, counters.errors),
        *(counters.created, counters.updated, counters.terminated, counters.unchanged, counters.held),
        view.message,
    ]


def export_records(actor: Actor, run_id: int, only: RecordFilter) -> Export:
    """Export what became of a run's employees, in the order they were read. Raises NotFoundError."""
    with reading() as session:
        owned = select(Run.id).where(Run.id == run_id, Run.account_id == actor.account_id)
        require(actor, Permission.SEE_REPORTS, actor.account_id)
        require_run(session.scalar(owned))
        names = load_system_names(session, run_id)
    _begin(actor, "export.records", f"run:{run_id}")
    header = [
        "Record",
        "Source ID",
        "Target ID",
        "Processor",
        "Writer",
        "Message",
        "Warnings",
        "Changed Fields",
    ]
    return Export(
        f"ihub-run-{run_id}.csv", csv_text(header, map(_record_cells, _records(run_id, only, names)))
    )


def _records(run_id: int, only: RecordFilter, names: SystemNames) -> Iterator[RecordView]:
    def portion(session: Session, last: int | None) -> list[RecordView]:
        query = (
            select(*COLUMNS).where(*record_conditions(run_id, only)).order_by(Record.position).limit(PORTION)
        )
        query = query if last is None else query.where(Record.position > last)
        return [record_view(row, names) for row in session.execute(query)]

    return _keyset(portion, lambda view: view.position)


def _record_cells(view: RecordView) -> list[object]:
    return [
        *(view.name, view.source_id, view.target_id),
        *(
            outcome_catalogue.processor(view.decision, view.reason),
            outcome_catalogue.writer(view.action, view.reason),
        ),
        view.message,
        " ".join(str(warning["message"]) for warning in view.warnings),
        ", ".join(str(change["label"]) for change in view.changes),
    ]


def _begin(actor: Actor, action: str, subject: str) -> ZoneInfo:
    """Check the right, write the export down and return the account's time zone."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with transaction() as session:
        trail.record(session, actor, action, subject)
        account = session.get_one(Account, actor.account_id)
        return ZoneInfo(account.time_zone)


def _keyset(
    portion: Callable[[Session, int | None], list[View]], key: Callable[[View], int]
) -> Iterator[View]:
    last: int | None = None
    while True:
        with reading() as session:
            views = portion(session, last)
        yield from views
        if len(views) < PORTION:
            return
        last = key(views[-1])


def csv_text(header: list[str], rows: Iterable[list[object]]) -> Iterator[str]:
    """Yield a table as pieces of CSV text that no spreadsheet takes for formulas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    writer.writerow(header)
    for number, cells in enumerate(rows, 1):
        writer.writerow([defused(cell) for cell in cells])
        if number % 500 == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def _drain(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def defused(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    if isinstance(cell, str) and re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", cell):
        return f"'{cell}"
    return "" if cell is None else cell


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
