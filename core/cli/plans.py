"""``plan``: what held runs and previews would write, and the decision on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from core.cli import runs
from core.cli.actors import everywhere, for_account, for_run
from core.cli.output import Json, command_group, print_json, print_table, print_text
from core.errors import InvalidError, NotFoundError
from core.reports.records import RecordView
from core.review import approvals, plans
from core.review.plans import PlanView
from core.runs import outcome_catalogue
from core.security.actor import Actor

app = command_group("List the plans of held runs and previews, look at them, approve all, some or none.")
Run = Annotated[int, typer.Argument(help="Id of the held run or the preview.")]


@app.command("list")
def list_all(
    account: Annotated[int | None, typer.Option(help="Only those of this account.")] = None,
    as_json: Json = False,
) -> None:
    """List the plans that can be decided on, those of held runs first."""
    actors = everywhere() if account is None else [for_account(account)]
    found = [plan for actor in actors for plan in plans.open_plans(actor)]
    if as_json:
        print_json({"plans": [asdict(plan) for plan in found]})
        return
    rows = [
        (
            p.run_id,
            p.account_id,
            p.connection,
            p.kind.value,
            p.writes,
            f"{p.kept_until:%Y-%m-%d %H:%M}",
            _why(p.breaches),
        )
        for p in found
    ]
    print_table(
        ("Run", "Account", "Connection", "Kind", "Writes", "Kept until (UTC)", "Why it is held"), rows
    )


def _why(breaches: Sequence[Any]) -> str:
    return " ".join(breach.message for breach in breaches)


@app.command()
def show(run: Run, as_json: Json = False) -> None:
    """Show what a plan would write, sensitive values masked; those whom the limits are about come first, 500 at most."""
    actor = for_run(run)
    plan, records = _plan(actor, run), plans.planned_records(actor, run)
    if as_json:
        print_json(asdict(plan) | {"records": [_object(record) for record in records]})
        return
    begin = f"Run {run} ({plan.kind.value}): the plan is {plan.state.value} and would write {plan.writes}."
    print_text(f"{begin} {_why(plan.breaches)}".strip())
    rows = [row for record in records for row in _rows(record)]
    print_table(("Row", "Record", "Source ID", "Processor", "Field", "Before", "After"), rows)
    if plan.writes > len(records):
        print_text(f"And {plan.writes - len(records)} more.")


def _plan(actor: Actor, run_id: int) -> PlanView:
    plan = plans.get_plan(actor, run_id)
    if plan is None:
        raise NotFoundError(f"Run {run_id} has left no plan. See `python -m core plan list`.")
    return plan


def _rows(record: RecordView) -> list[tuple[object, ...]]:
    """Return a line for each field that would change, or one for somebody new."""
    who = (record.position, record.name, record.source_id, outcome_catalogue.processor(record.decision, None))
    changes: Sequence[Mapping[str, Any]] = record.changes or ({"label": "", "before": None, "after": None},)
    return [(*who, change["label"], change["before"], change["after"]) for change in changes]


def _object(record: RecordView) -> dict[str, Any]:
    names = ("position", "name", "source_id", "target_id", "decision", "changes", "warnings")
    return {name: getattr(record, name) for name in names}


@app.command()
def approve(
    run: Run,
    *,
    everybody: Annotated[bool, typer.Option("--all", help="Write the whole plan.")] = False,
    row: Annotated[list[int] | None, typer.Option(help="Write this row only; may be given again.")] = None,
    person: Annotated[
        list[str] | None, typer.Option(help="Write this employee (source id) only; may be given again.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it has been written.")] = False,
    inline: Annotated[
        bool, typer.Option("--inline", help="Write it in this process, without queue and worker.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Have exactly this plan written, all of it or some; whoever changed since is left out as Stale. Exit codes as for run."""
    if everybody == bool(row or person):
        raise InvalidError(
            "Say what to approve: --all, or the rows or people of the plan with --row and --person."
        )
    actor = for_run(run)
    new = approvals.approve(
        actor, run, None if everybody else [*(row or []), *_positions(actor, run, person or [])]
    )
    if new is None:
        answer = "You have agreed. Changed bank accounts need one more person, who has to agree to the same."
        print_json({"agreed": True, "run": None}) if as_json else print_text(answer)
        return
    if inline:
        runs.execute_here(new)
    runs.report_and_exit(actor, new, wait or inline, as_json)


def _positions(actor: Actor, run_id: int, source_ids: Sequence[str]) -> list[int]:
    found = plans.planned_positions(actor, run_id, source_ids)
    if missing := sorted(set(source_ids) - set(found)):
        raise InvalidError(
            f"The plan would not write {', '.join(missing)}. See `python -m core plan show {run_id}`."
        )
    return list(found.values())


@app.command()
def refuse(run: Run) -> None:
    """Close a plan: nothing of it will be written, and what would have been is wiped."""
    approvals.refuse(for_run(run), run)
    print_text(f"The plan of run {run} is refused; nothing of it will be written.")
