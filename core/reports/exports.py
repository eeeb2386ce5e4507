"""Export runs and records as CSV for Excel, read in chunks so that a slow download holds nothing open."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import trail
from core.db import reading, transaction
from core.models import Connection, Record, Run
from core.people.kept_facts import facts_of
from core.reports import headings
from core.reports.local_time import account_zone, iso_time, local_time
from core.reports.outcomes import to_do_by_hand
from core.reports.records import COLUMNS, RecordFilter, RecordView, record_conditions, record_views
from core.reports.run_filter import RunFilter, ordering, run_conditions
from core.reports.run_list import RunView, run_rows, run_views
from core.runs import outcome_catalogue
from core.runs.system_names import load_system_names
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection, require_run

CHUNK = 2_000
BOM = "\ufeff"
View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is made while it is downloaded; ``chunks`` are pieces of CSV text."""

    filename: str
    chunks: Iterator[str]


def export_runs(actor: Actor, run_filter: RunFilter) -> Export:
    """Export the runs that match, in the order of the filter.

    Raises NotFoundError for a connection of another account.
    """
    if run_filter.connection_id is not None:
        with reading() as session:
            require_connection(session, actor, run_filter.connection_id, Permission.SEE_REPORTS, deleted=True)
    zone = _audit_export(actor, "export.runs", f"connection:{run_filter.connection_id or 'all'}")
    header = [
        *headings.RUNS,
        *(
            "Integration",
            "Created",
            "Updated",
            "Terminated",
            headings.UNCHANGED,
            headings.HELD,
            headings.NEED_ACTION,
            "Message",
            headings.STARTED_BY,
            headings.ENDING,
        ),
        *(f"{headings.START_TIME} (ISO 8601)", f"{headings.END_TIME} (ISO 8601)"),
    ]
    rows = (_run_cells(run, zone) for run in _runs(actor, run_filter))
    return Export("ihub-runs.csv", csv_text(header, rows))


def _runs(actor: Actor, run_filter: RunFilter) -> Iterator[RunView]:
    """Yield the runs that match, in the order of the filter."""
    with reading() as session:
        matching = select(Run.id).where(*run_conditions(session, actor, run_filter))
        run_ids = session.scalars(matching.order_by(*ordering(run_filter.order))).all()
    for start in range(0, len(run_ids), CHUNK):
        part = run_ids[start : start + CHUNK]
        with reading() as session:
            rows = session.execute(run_rows(actor).where(Run.id.in_(part)))
            views = {view.id: view for view in run_views(session, actor, rows)}
        yield from (views[run_id] for run_id in part if run_id in views)


def _run_cells(run: RunView, zone: ZoneInfo) -> list[object]:
    counters = run.counters
    return [
        *(run.id, run.status.value, run.trigger.value, headings.KINDS[run.kind]),
        *(local_time(run.started_at, zone), local_time(run.ended_at, zone)),
        *(counters.read, counters.filtered, counters.written, counters.errors, run.connection_name),
        *(counters.created, counters.updated, counters.terminated, counters.unchanged, counters.held),
        *(run.need_action, run.message, run.starter, run.ending.value),
        *(iso_time(run.started_at, zone), iso_time(run.ended_at, zone)),
    ]


def export_records(actor: Actor, run_id: int, record_filter: RecordFilter) -> Export:
    """Export the records of a run that match, in the order they were read. Raises NotFoundError."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        require_run(session, actor, run_id)
        (run,) = run_views(session, actor, session.execute(run_rows(actor).where(Run.id == run_id)))
    zone = _audit_export(actor, "export.records", f"run:{run_id}")
    header = [
        *headings.RECORDS,
        "Message",
        "Warnings",
        "Changed Fields",
        *headings.MATCH,
        headings.WHAT_TO_DO,
        headings.DECIDED,
        headings.PARTS,
    ]
    of_run = (run.id, run.connection_name, local_time(run.started_at, zone), headings.KINDS[run.kind])
    numbered = _with_numbers(run.connection_id, matching_records(run_id, record_filter))
    rows = ([*_record_cells(record), *of_run, number] for record, number in numbered)
    header += [headings.RUN_ID, "Integration", headings.START_TIME, headings.KIND, headings.EMPLOYEE_NUMBER]
    return Export(f"ihub-run-{run_id}.csv", csv_text(header, rows))


def _with_numbers(
    connection_id: int, records: Iterator[RecordView]
) -> Iterator[tuple[RecordView, str | None]]:
    """Yield records with the employee numbers that the source has now, None for people it does not list."""
    while part := list(islice(records, CHUNK)):
        with reading() as session:
            pairing_id = session.get_one(Connection, connection_id).pairing_id
            source_ids = [record.source_id for record in part]
            people = facts_of(session, pairing_id, source_ids) if pairing_id is not None else {}
        for record in part:
            person = people.get(record.source_id)
            yield record, None if person is None else person.employee_number


def matching_records(run_id: int, record_filter: RecordFilter) -> Iterator[RecordView]:
    """Yield the records of a run that match, in the order they were read. The caller checks the permission."""

    def chunk(session: Session, last_position: int | None) -> list[RecordView]:
        conditions = record_conditions(session, run_id, record_filter)
        if last_position is not None:
            conditions.append(Record.position > last_position)
        query = select(*COLUMNS).where(*conditions).order_by(Record.position).limit(CHUNK)
        names = load_system_names(session, run_id)
        return record_views(session, run_id, session.execute(query).all(), names)

    return in_chunks(chunk, lambda record: record.position)


def _record_cells(record: RecordView) -> list[object]:
    return [
        *(record.name, record.source_id, record.target_id),
        outcome_catalogue.processor(record.decision, record.reason),
        outcome_catalogue.writer(record.action, record.reason),
        record.message,
        " ".join(str(warning["message"]) for warning in record.warnings),
        ", ".join(str(change["label"]) for change in record.changes),
        record.matched_by,
        ", ".join(record.who_must_act),
        record.remedy,
        " ".join(record.decided),
        "; ".join(part.text for part in record.parts),
    ]


def export_by_hand(actor: Actor, run_id: int) -> Export:
    """Export what has to be entered by hand after a run. Raises NotFoundError."""
    entries = to_do_by_hand.hand_entries(actor, run_id)
    _audit_export(actor, "export.by_hand", f"run:{run_id}")
    rows: Iterable[list[object]] = (
        [
            entry.name,
            entry.source_id,
            entry.target_id,
            entry.what,
            entry.field,
            entry.where,
            entry.fixer,
            run_id,
        ]
        for entry in entries
    )
    return Export(f"ihub-by-hand-{run_id}.csv", csv_text(headings.BY_HAND, rows))


def _audit_export(actor: Actor, action: str, subject: str) -> ZoneInfo:
    """Check the permission, audit the export and return the account's time zone."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with transaction() as session:
        trail.record(session, actor, action, subject)
        return account_zone(session, actor.account_id)


def in_chunks(
    chunk: Callable[[Session, int | None], list[View]], key: Callable[[View], int]
) -> Iterator[View]:
    """Yield rows read in chunks, each in its own short transaction.

    ``chunk`` returns up to ``CHUNK`` rows after the row with the key it is given (None: from the start).
    """
    last_key: int | None = None
    while True:
        with reading() as session:
            views = chunk(session, last_key)
        yield from views
        if len(views) < CHUNK:
            return
        last_key = key(views[-1])


def csv_text(header: Sequence[str], rows: Iterable[list[object]]) -> Iterator[str]:
    """Yield a table as pieces of CSV text in which a spreadsheet finds no formulas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    writer.writerow(header)
    for number, cells in enumerate(rows, 1):
        writer.writerow([escape_formula(cell) for cell in cells])
        if number % 500 == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def _drain(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def escape_formula(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    if isinstance(cell, str) and re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", cell):
        return f"'{cell}"
    return "" if cell is None else cell
