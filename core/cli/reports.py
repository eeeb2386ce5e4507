"""``report``: the outcome of each employee in a run. ``readiness``: what the next run could write."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from core.cli.actors import for_connection, for_run
from core.cli.output import Json, print_csv, print_json, print_table, print_text
from core.cli.runs import run_object, run_sentence
from core.people import readiness as people_readiness
from core.people import super_readiness
from core.people.listing import PeopleFilter
from core.people.readiness import Numbers, Readiness, WaitingFilter
from core.reports import exports, headings, readiness_exports, run_list
from core.reports.exports import Export
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


def readiness(
    connection: Annotated[int, typer.Argument(help="Id of the connection.")],
    *,
    people: Annotated[
        bool, typer.Option("--people", help="Print as CSV who lacks something, and what.")
    ] = False,
    super_fund: Annotated[
        bool, typer.Option("--super", help="Print as CSV who lacks something for super, and what.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print how many employees the target would accept today, and what the others lack.

    To read everybody now: run ID --preview.
    """
    actor = for_connection(connection)
    if people:
        _print(readiness_exports.export_waiting(actor, connection, WaitingFilter()))
        return
    if super_fund:
        _print(readiness_exports.export_super(actor, connection, PeopleFilter()))
        return
    found = people_readiness.readiness(actor, connection)
    lacking = super_readiness.super_page(actor, connection)
    if as_json:
        print_json(
            _readiness_object(found) | {"super_missing": lacking.total, "super_judged": lacking.judged}
        )
        return
    print_text(sentence(found))
    if found.by_branch:
        print_table(
            ("Branch", "Ready", "Waiting", "Left out"), [_branch_row(*each) for each in found.by_branch]
        )
    if found.missing:
        rows = [(each.missing.title, each.people, each.fixer.value) for each in found.missing]
        print_table(("Missing", "Employees", "Who must act"), rows)
    if lacking.judged:
        print_text(f"Super: {lacking.total} of {lacking.judged} lack something. {super_readiness.RULE}")


def sentence(found: Readiness) -> str:
    """Return the readiness in a sentence."""
    if found.read_at is None:
        return "Nothing is known yet. Run the job or a preview once."
    numbers = found.numbers
    sent = numbers.ready + numbers.waiting
    return (
        f"{numbers.ready} of {sent} employees would be accepted today, {numbers.waiting} lack something, "
        f"{numbers.left_out} are left out. Everybody was read at {found.read_at:%Y-%m-%d %H:%M} UTC."
    )


def _print(export: Export) -> None:
    for chunk in export.chunks:
        print_csv(chunk.removeprefix(exports.BOM))


def _branch_row(branch: str, numbers: Numbers) -> tuple[object, ...]:
    return branch, numbers.ready, numbers.waiting, numbers.left_out


def _readiness_object(found: Readiness) -> dict[str, Any]:
    numbers = found.numbers
    return {
        "ready": numbers.ready,
        "waiting": numbers.waiting,
        "left_out": numbers.left_out,
        "filtered": found.filtered,
        "errors": found.errors,
        "read_at": found.read_at,
        "branches": [
            dict(zip(("branch", "ready", "waiting", "left_out"), _branch_row(*each), strict=True))
            for each in found.by_branch
        ],
        "missing": [
            {
                "reason": each.missing.reason,
                "field": each.missing.label,
                "employees": each.people,
                "who_must_act": each.fixer.value,
            }
            for each in found.missing
        ],
    }
