"""``report``: the outcome of each employee in a run. ``readiness``: what the next run could write."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from core.cli.actors import for_connection, for_run
from core.cli.output import Json, print_csv, print_json, print_table, print_text
from core.cli.runs import run_object, run_sentence
from core.exports import files
from core.exports.files import DataFile
from core.exports.record_table import RecordsFilter
from core.people import readiness as people_readiness
from core.people import super_readiness
from core.people.listing import PeopleFilter
from core.people.readiness import Numbers, Readiness, WaitingFilter
from core.reports import exports, headings, readiness_exports, run_list
from core.reports.exports import Export
from core.reports.outcomes import headline, sums, to_do_by_hand
from core.reports.outcomes.groups import Group
from core.reports.records import RecordFilter, RecordView
from core.reports.run_list import RunView
from core.runs import outcome_catalogue
from core.security.actor import Actor


class Format(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def report(
    run: Annotated[int, typer.Argument(help="Id of the run.")],
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TABLE,
    *,
    group: Annotated[Group | None, typer.Option(help="Only employees with this outcome.")] = None,
    reason: Annotated[str, typer.Option(help="Only employees with this reason, such as REFUSED.")] = "",
    search: Annotated[
        str, typer.Option(help="Only employees with this name, or a part of it, or this id.")
    ] = "",
    attention: Annotated[
        bool, typer.Option("--attention", help="Only employees who need somebody to act.")
    ] = False,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="What has to be entered by hand, instead of the employees.")
    ] = False,
) -> None:
    """Print a run and the outcome of each employee in it, or of some."""
    actor = for_run(run)
    view = run_list.run_details(actor, run)
    if by_hand:
        _print_by_hand(actor, view, format)
        return
    only = RecordFilter(() if group is None else (group,), search, reason=reason, needs_somebody=attention)
    if format is Format.CSV:
        _print(files.export_records(actor, RecordsFilter(run_id=run, records=only)))
        return
    _print_records(actor, view, only, format)


def _print_records(actor: Actor, view: RunView, only: RecordFilter, format: Format) -> None:
    records = list(exports.matching_records(view.id, only))
    said = headline.headline(sums.sums(actor, view.id), view.kind, waits=view.waits_for_decision)
    if format is Format.JSON:
        print_json(
            run_object(view)
            | {"headline": said.text, "ending": view.ending.value or None}
            | {"records": [_object(record) for record in records]}
        )
        return
    print_text(run_sentence(view))
    if said.parts:
        print_text(said.text)
    print_table(
        (*headings.RECORDS, "Message", *headings.MATCH),
        [_row(record) for record in records],
    )


def _print_by_hand(actor: Actor, view: RunView, format: Format) -> None:
    if format is Format.CSV:
        _print(exports.export_by_hand(actor, view.id))
        return
    entries = to_do_by_hand.hand_entries(actor, view.id)
    if format is Format.JSON:
        print_json({"id": view.id, "by_hand": [asdict(entry) for entry in entries]})
        return
    number = f"{len(entries)} thing{'s' if len(entries) != 1 else ''}"
    print_text(f"Run {view.id}: {number} to enter or to correct by hand.")
    if entries:
        rows = [
            (each.name, each.source_id, each.target_id, each.what, each.where, each.fixer) for each in entries
        ]
        print_table((*headings.RECORDS[:3], headings.WHAT_TO_DO, "Where", headings.WHO_MUST_ACT), rows)


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
        "what_to_do": record.remedy or None,
        "decided": list(record.decided),
        "parts": [
            {"part": part.label, "writer": str(part.action), "message": part.message} for part in record.parts
        ],
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


def _print(export: Export | DataFile) -> None:
    for chunk in export.chunks:
        text = chunk if isinstance(chunk, str) else chunk.decode()
        print_csv(text.removeprefix(exports.BOM))


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
