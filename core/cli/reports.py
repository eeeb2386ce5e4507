"""``report``: the outcome of each employee in a run."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from core.cli.actors import for_run
from core.cli.output import print_csv, print_json, print_table, print_text
from core.cli.runs import run_object, run_sentence
from core.reports import exports, headings, run_list
from core.reports.records import RecordFilter, RecordView
from core.runs import outcome_catalogue


class Format(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def report(
    run: Annotated[int, typer.Argument(help="Id of the run.")],
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TABLE,
) -> None:
    """Print a run and the outcome of each employee in it."""
    actor = for_run(run)
    view = run_list.run_details(actor, run)
    if format is Format.CSV:
        for chunk in exports.export_records(actor, run, RecordFilter()).chunks:
            print_csv(chunk.removeprefix(exports.BOM))
        return
    records = list(exports.matching_records(run, RecordFilter()))
    if format is Format.JSON:
        print_json(run_object(view) | {"records": [_object(record) for record in records]})
        return
    print_text(run_sentence(view))
    print_table(
        (*headings.RECORDS, "Message", *headings.MATCH),
        [_row(record) for record in records],
    )


def _row(record: RecordView) -> tuple[object, ...]:
    processor = outcome_catalogue.processor(record.decision, record.reason)
    writer = outcome_catalogue.writer(record.action, record.reason)
    match = record.matched_by, ", ".join(record.who_must_act)
    return record.name, record.source_id, record.target_id, processor, writer, record.message, *match


def _object(record: RecordView) -> dict[str, Any]:
    return {
        "name": record.name,
        "source_id": record.source_id,
        "target_id": record.target_id,
        "processor": outcome_catalogue.processor(record.decision, record.reason),
        "writer": outcome_catalogue.writer(record.action, record.reason),
        "reason": record.reason,
        "message": record.message,
        "matched_by": record.matched_by,
        "who_must_act": list(record.who_must_act),
        "changes": list(record.changes),
        "warnings": list(record.warnings),
    }
