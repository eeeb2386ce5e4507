"""``plan``: show what held runs and previews would write, and decide on it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from core.cli import runs
from core.cli.actors import for_accounts, for_run
from core.cli.output import Json, command_group, print_json, print_table, print_text, printable
from core.errors import InvalidError, NotFoundError
from core.reports import headings
from core.reports.exports import BOM
from core.reports.records import RecordView
from core.review import approvals, first_changes, plan_rows, plans
from core.review.first_changes import Choices, FirstChanges
from core.review.plan_rows import PlanFilter, PlanGroup
from core.review.plans import PlanView
from core.runs import outcome_catalogue
from core.security.actor import Actor

app = command_group("List and show the plans of held runs and previews, approve all or some, reject them.")
Group = Annotated[PlanGroup | None, typer.Option(help="Only the employees of this group.")]
Note = Annotated[str, typer.Option(help="Why; the audit keeps it.")]
Run = Annotated[int, typer.Argument(help="Id of the held run or the preview.")]


@app.command("list")
def list_all(
    account: Annotated[int | None, typer.Option(help="Only those of this account.")] = None,
    as_json: Json = False,
) -> None:
    """List the plans that wait for a decision, held runs first."""
    open_plans = [plan for actor in for_accounts(account) for plan in plans.open_plans(actor)]
    if as_json:
        print_json({"plans": [asdict(plan) for plan in open_plans]})
        return
    rows = [
        (
            p.run_id,
            p.account_id,
            p.connection,
            p.kind.value,
            p.writes,
            f"{p.kept_until:%Y-%m-%d %H:%M}",
            _reasons(p.breaches),
        )
        for p in open_plans
    ]
    print_table(
        ("Run", "Account", "Connection", "Kind", "Writes", "Kept until (UTC)", "Why it is held"), rows
    )


def _reasons(breaches: Sequence[Any]) -> str:
    return " ".join(breach.message for breach in breaches)


@app.command()
def show(
    run: Run,
    group: Group = None,
    search: Annotated[str, typer.Option(help="Part of a name, or a whole source or target ID.")] = "",
    as_json: Json = False,
) -> None:
    """Show what a plan would write, at most 500 employees, those over the limits first; sensitive values are masked."""
    actor = for_run(run)
    plan, records = _plan(actor, run), plan_rows.planned_records(actor, run, PlanFilter(group, search))
    if as_json:
        print_json(asdict(plan) | {"records": [_object(record) for record in records]})
        return
    summary = f"Run {run} ({plan.kind.value}): the plan is {plan.state.value} and would write {plan.writes}."
    print_text(f"{summary} {_reasons(plan.breaches)}".strip())
    rows = [row for record in records for row in _rows(record)]
    print_table(
        ("Row", "Record", "Source ID", "Processor", "Field", "Before", "After", headings.MATCHED_BY), rows
    )
    if len(records) < plan.writes and len(records) == plan_rows.MOST_RECORDS:
        print_text(f"And more: the first {len(records)} are shown. See `python -m core plan export {run}`.")


@app.command()
def export(run: Run, group: Group = None) -> None:
    """Print what a plan would write as CSV, all of it; sensitive values are masked."""
    for chunk in plan_rows.export_plan(for_run(run), run, PlanFilter(group)).chunks:
        sys.stdout.write(chunk.removeprefix(BOM))


def _plan(actor: Actor, run_id: int) -> PlanView:
    plan = plans.get_plan(actor, run_id)
    if plan is None:
        raise NotFoundError(f"Run {run_id} left no plan. See `python -m core plan list`.")
    return plan


def _rows(record: RecordView) -> list[tuple[object, ...]]:
    """Return one row for each field that would change, or one for a new employee."""
    processor = outcome_catalogue.processor(record.decision, None)
    employee = (record.position, record.name, record.source_id, processor)
    changes: Sequence[Mapping[str, Any]] = record.changes or ({"label": "", "before": None, "after": None},)
    return [
        (*employee, change["label"], change["before"], change["after"], record.matched_by)
        for change in changes
    ]


def _object(record: RecordView) -> dict[str, Any]:
    names = ("position", "name", "source_id", "target_id", "decision", "matched_by", "changes", "warnings")
    return {name: getattr(record, name) for name in names}


@app.command()
def approve(
    run: Run,
    *,
    everybody: Annotated[bool, typer.Option("--all", help="Write the whole plan.")] = False,
    row: Annotated[list[int] | None, typer.Option(help="Write only this row; repeatable.")] = None,
    person: Annotated[
        list[str] | None, typer.Option(help="Write only this employee (source ID); repeatable.")
    ] = None,
    group: Group = None,
    note: Note = "",
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it has been written.")] = False,
    inline: Annotated[
        bool, typer.Option("--inline", help="Write it in this process, without queue and worker.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is written.")] = False,
    as_json: Json = False,
) -> None:
    """Write a plan, all or some of it. Employees that changed since are left out as Stale. Exit codes as for run."""
    if everybody == bool(row or person or group):
        raise InvalidError(
            "Choose what to approve: --all, or some of the plan with --row, --person and --group."
        )
    actor = for_run(run)
    positions = None if everybody else [*(row or []), *_positions(actor, run, person or [])]
    if positions is not None and group is not None:
        positions += plan_rows.positions_of(actor, run, PlanFilter(group))
    if not yes:
        _confirm(actor, run, positions)
    run_id = approvals.approve(actor, run, positions, note)
    if run_id is None:
        sentence = (
            "You have agreed. Changed bank accounts need one more person, who has to agree to the same."
        )
        print_json({"agreed": True, "run": None}) if as_json else print_text(sentence)
        return
    if inline:
        runs.execute_in_turn(actor, run_id)
    runs.report_and_exit(actor, run_id, wait or inline, as_json)


def _confirm(actor: Actor, run_id: int, positions: Sequence[int] | None) -> None:
    """Say what approving will do, and ask once. Raises InvalidError where nobody can answer."""
    plan = plans.get_plan(actor, run_id)
    if plan is None or not plan.can_decide:
        return  # it will be refused, with the reason
    waits = approvals.another_has_to_agree(actor, run_id, positions)
    number = None if positions is None else len(set(positions))
    sentence = " ".join(plans.what_follows(plan, number, is_first_of_two=waits))
    if not sys.stdin.isatty():
        raise InvalidError(f"{sentence} Add --yes to approve.")
    typer.confirm(f"{printable(sentence)} Approve?", abort=True, err=True)


def _positions(actor: Actor, run_id: int, source_ids: Sequence[str]) -> list[int]:
    positions = plan_rows.planned_positions(actor, run_id, source_ids)
    if missing := sorted(set(source_ids) - set(positions)):
        raise InvalidError(
            f"The plan would not write {', '.join(missing)}. See `python -m core plan show {run_id}`."
        )
    return list(positions.values())


@app.command()
def reject(run: Run, note: Note = "") -> None:
    """Reject a plan: none of it will be written, and its payloads are deleted."""
    approvals.reject(for_run(run), run, note)
    print_text(f"The plan of run {run} is rejected; none of it will be written.")


@app.command()
def first(
    run: Run,
    *,
    keep_field: Annotated[
        list[str] | None, typer.Option(help="Keep payroll's values in this field; repeatable.")
    ] = None,
    keep_person: Annotated[
        list[str] | None, typer.Option(help="Keep payroll's values of this employee (source ID); repeatable.")
    ] = None,
    hr_person: Annotated[
        list[str] | None,
        typer.Option(help="Use HR's values of this employee (source ID) in all fields; repeatable."),
    ] = None,
    decide: Annotated[bool, typer.Option("--decide", help="Decide, and start a run that writes.")] = False,
    inline: Annotated[
        bool, typer.Option("--inline", help="Do that run in this process, without queue and worker.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the first changes of a held run; with --decide, use HR's values except where payroll's are to be kept."""
    actor = for_run(run)
    if not decide:
        _print_first_changes(first_changes.first_changes(actor, run), as_json)
        return
    choices = Choices(keep_field or (), keep_person or (), hr_person or ())
    new = first_changes.decide(actor, run, choices)
    if inline:
        runs.execute_here(new)
    runs.report_and_exit(actor, new, inline, as_json)


def _print_first_changes(found: FirstChanges, as_json: bool) -> None:
    if as_json:
        print_json(asdict(found))
        return
    print_table(("Field", "Label", "Employees"), [(one.field, one.label, one.people) for one in found.fields])
    rows = [
        (person.source_id, person.name, value.label, value.hr, value.payroll)
        for person in found.people
        for value in person.values
    ]
    print_table(("Source ID", "Employee", "Field", "HR", "Payroll"), rows)
