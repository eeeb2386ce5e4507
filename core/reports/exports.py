"""What exports share: files that are read in chunks, so that a slow download holds nothing open, and CSV text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import trail
from core.db import reading, transaction
from core.models import Record
from core.reports import headings
from core.reports.outcomes import to_do_by_hand
from core.reports.records import COLUMNS, RecordFilter, RecordView, record_conditions, record_views
from core.runs.system_names import load_system_names
from core.security.actor import Actor, Permission, require

CHUNK = 2_000
BOM = "\ufeff"
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class Export:
    """A CSV file that is made while it is downloaded; ``chunks`` are pieces of its text."""

    filename: str
    chunks: Iterator[str]
    media_type: str = "text/csv; charset=utf-8"


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


def _audit_export(actor: Actor, action: str, subject: str) -> None:
    """Check the permission and audit the export."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with transaction() as session:
        trail.record(session, actor, action, subject)


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
    if cell is None:
        return ""
    # Most cells begin with a letter or a digit, and need no closer look.
    if isinstance(cell, str) and not cell[:1].isalnum() and _FORMULA.match(cell):
        return f"'{cell}"
    return cell
