"""``report``: what became of each employee in a run."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import typer
from sqlalchemy import select

from core.cli.actors import for_run
from core.cli.output import print_json, print_table, print_text
from core.cli.runs import run_object, run_sentence
from core.db import reading
from core.models import Record
from core.reports import exports
from core.reports import run_list as reading_room
from core.reports.records import COLUMNS, RecordFilter, RecordView, record_view
from core.runs import outcome_catalogue
from core.runs.system_names import load_system_names

PORTION = 2_000


class Format(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def report(
    run: Annotated[int, typer.Argument(help="Id of the run.")],
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TABLE,
) -> None:
    """Print a run and what became of each employee in it."""
    actor = for_run(run)
    view = reading_room.run_details(actor, run)
    if format is Format.CSV:
        for portion in exports.export_records(actor, run, RecordFilter()).portions:
            typer.echo(portion.removeprefix(exports.BOM), nl=False)
        return
    records = list(_records(run))
    if format is Format.JSON:
        print_json(run_object(view) | {"records": [_object(record) for record in records]})
        return
    print_text(run_sentence(view))
    print_table(
        ("Record", "Source ID", "Target ID", "Processor", "Writer", "Message"),
        [_row(record) for record in records],
    )


def _records(run_id: int) -> Iterator[RecordView]:
    last = -1
    while True:
        query = (
            select(*COLUMNS)
            .where(Record.run_id == run_id, Record.position > last)
            .order_by(Record.position)
            .limit(PORTION)
        )
        with reading() as session:
            names = load_system_names(session, run_id)
            found = [record_view(row, names) for row in session.execute(query)]
        yield from found
        if len(found) < PORTION:
            return
        last = found[-1].position


def _row(record: RecordView) -> tuple[object, ...]:
    processor, writer = (
        outcome_catalogue.processor(record.decision, record.reason),
        outcome_catalogue.writer(record.action, record.reason),
    )
    return record.name, record.source_id, record.target_id, processor, writer, record.message


def _object(record: RecordView) -> dict[str, Any]:
    return {
        "name": record.name,
        "source_id": record.source_id,
        "target_id": record.target_id,
        "processor": outcome_catalogue.processor(record.decision, record.reason),
        "writer": outcome_catalogue.writer(record.action, record.reason),
        "reason": record.reason,
        "message": record.message,
        "changes": list(record.changes),
        "warnings": list(record.warnings),
    }
