"""``schedule``: when jobs run automatically."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from core.cli.actors import for_accounts, for_connection
from core.cli.output import Json, command_group, print_json, print_table, print_text
from core.db import reading
from core.jobs import schedules, views
from core.jobs.recurrence import Rule
from core.models import Account, Every

app = command_group("Create, cancel and list schedules.")
Connection = Annotated[int, typer.Argument(help="Id of the connection.")]


@app.command()
def create(
    connection: Connection,
    *,
    every: Annotated[Every, typer.Option(help="Unit of the recurrence.")],
    interval: Annotated[int | None, typer.Option(help="Number of minutes or hours between runs.")] = None,
    at: Annotated[str | None, typer.Option(help="Time of day, such as 07:30.")] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Time zone of that time; by default the account's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Create the schedule of a connection's job."""
    actor = for_connection(connection)
    rule = Rule(every, interval, at, time_zone or _zone(actor.account_id))
    schedules.create(actor, connection, rule)
    view = schedules.active_schedule(actor, connection)
    if as_json:
        print_json(asdict(view) if view else {})
    else:
        first_run = f" First run: {view.next_due_at:%Y-%m-%d %H:%M} UTC." if view else ""
        print_text(f"{rule.sentence()}.{first_run}")


def _zone(account_id: int | None) -> str:
    with reading() as session:
        return session.get_one(Account, account_id).time_zone


@app.command()
def cancel(connection: Connection) -> None:
    """Cancel the schedule of a connection's job."""
    schedules.cancel(for_connection(connection), connection)
    print_text("The schedule is cancelled.")


@app.command("list")
def list_all(
    account: Annotated[int | None, typer.Option(help="Only those of this account.")] = None,
    as_json: Json = False,
) -> None:
    """List active schedules."""
    jobs = [job for actor in for_accounts(account) for job in views.list_jobs(actor)]
    active = [(job, job.schedule) for job in jobs if job.schedule is not None]
    if as_json:
        listed = ((schedule, {"name": job.name, "no_next_run": job.no_next_run}) for job, schedule in active)
        print_json({"schedules": [asdict(schedule) | more for schedule, more in listed]})
        return
    rows = [
        (
            job.connection_id,
            job.name,
            schedule.sentence,
            job.no_next_run or f"{schedule.next_due_at:%Y-%m-%d %H:%M}",
        )
        for job, schedule in active
    ]
    print_table(("Connection", "Name", "Schedule", "Next run (UTC)"), rows)
