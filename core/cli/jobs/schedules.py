"""``schedule``: when jobs run automatically."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from core.cli.actors import for_accounts, for_connection
from core.cli.output import Json, command_group, print_json, print_table, print_text
from core.clock import now
from core.db import reading
from core.errors import ConflictError, InvalidError
from core.jobs import schedule_changes, schedules, views
from core.jobs.calendar.wall_clock import known_zones, wall_time
from core.jobs.recurrence import Rule
from core.jobs.schedules import ScheduleView
from core.models import Account, Every
from core.security.actor import Actor

app = command_group("Create, change, pause, cancel and list schedules.")
Connection = Annotated[int, typer.Argument(help="Id of the connection.")]
EveryOption = Annotated[Every | None, typer.Option(help="Unit of the recurrence; not needed with --cron.")]
IntervalOption = Annotated[int | None, typer.Option(help="Number of minutes, hours or weeks between runs.")]
AtOption = Annotated[str | None, typer.Option(help="Times of day, such as 07:30 or 07:30,18:00.")]
DaysOption = Annotated[
    str | None,
    typer.Option(help="Days of the week (mon,thu) or of the month (1,15 or last, or such as second tue)."),
]
CronOption = Annotated[str | None, typer.Option(help="A cron expression, such as '30 18 * * 1-5'.")]
StartsOnOption = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="With several weeks: a date in the first one; by default today."),
]
ZoneOption = Annotated[
    str | None, typer.Option(help="Time zone of the times; by default the account's, or what it was.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only show what it means and when the next five runs would start.")
]


@dataclass(frozen=True)
class Options:
    """The options that say when a schedule runs."""

    every: Every | None
    interval: int | None
    at: str | None
    days: str | None
    cron: str | None
    starts_on: datetime | None
    zone: str

    def rule(self) -> Rule:
        """Return the rule. Raises InvalidError."""
        if self.every is None and self.cron is None:
            raise InvalidError("Enter --every with a unit such as day, or --cron with an expression.")
        every = self.every or Every.CRON
        first = self.starts_on.date() if self.starts_on else None
        if first is None and every is Every.WEEK and self.zone in known_zones():
            first = wall_time(now(), ZoneInfo(self.zone)).date()
        return Rule(every, self.interval, self.at, self.zone, self.days, self.cron, first)


@app.command()
def create(
    connection: Connection,
    *,
    every: EveryOption = None,
    interval: IntervalOption = None,
    at: AtOption = None,
    days: DaysOption = None,
    cron: CronOption = None,
    starts_on: StartsOnOption = None,
    time_zone: ZoneOption = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Create the schedule of a connection's job."""
    actor = for_connection(connection)
    zone = time_zone or _zone(actor.account_id)
    rule = Options(every, interval, at, days, cron, starts_on, zone).rule()
    first = schedules.announce(rule, connection)
    if not dry_run:
        schedules.create(actor, connection, rule, first)
    _print(actor, connection, rule, first, as_json=as_json, saved=not dry_run)


@app.command()
def change(
    connection: Connection,
    *,
    every: EveryOption = None,
    interval: IntervalOption = None,
    at: AtOption = None,
    days: DaysOption = None,
    cron: CronOption = None,
    starts_on: StartsOnOption = None,
    time_zone: ZoneOption = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give the schedule of a connection's job another recurrence."""
    actor = for_connection(connection)
    schedule = _require_schedule(actor, connection)
    zone = time_zone or (schedule.rule.time_zone if schedule.rule else _zone(actor.account_id))
    rule = Options(every, interval, at, days, cron, starts_on, zone).rule()
    first = schedules.announce(rule, connection)
    if not dry_run:
        schedule_changes.change(actor, connection, rule, schedule.version, first)
    _print(actor, connection, rule, first, as_json=as_json, saved=not dry_run)


def _zone(account_id: int | None) -> str:
    with reading() as session:
        return session.get_one(Account, account_id).time_zone


def _require_schedule(actor: Actor, connection: int) -> ScheduleView:
    schedule = schedules.active_schedule(actor, connection)
    if schedule is None:
        raise ConflictError("This connection has no active schedule. Create one.")
    return schedule


def _print(actor: Actor, connection: int, rule: Rule, first: datetime, *, as_json: bool, saved: bool) -> None:
    """Print what was saved, or would be."""
    view = schedules.active_schedule(actor, connection) if saved else None
    starts, closed = schedules.announce_starts(actor, connection, rule, first)
    if as_json:
        print_json((asdict(view) if view else {"sentence": rule.sentence()}) | {"next": starts})
        return
    print_text(f"{rule.sentence()}. First run: {_utc(view.next_due_at if view else starts[0])} UTC.")
    print_text(f"Next five: {', '.join(map(_utc, starts))} UTC.")
    if closed:
        print_text(f"No run starts in closed hours ({closed}); what is due then starts at their end.")
    if not saved:
        print_text("Nothing was saved.")


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


@app.command()
def pause(
    connection: Connection,
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The date from which the schedule runs again.")
    ],
) -> None:
    """Start no scheduled run before a date."""
    actor = for_connection(connection)
    version = _require_schedule(actor, connection).version
    schedule_changes.pause(actor, connection, until.date(), version)
    print_text(
        f"Paused until {until.date()}. Next run: {_utc(_require_schedule(actor, connection).next_due_at)} UTC."
    )


@app.command()
def resume(connection: Connection) -> None:
    """End the pause of a schedule."""
    actor = for_connection(connection)
    schedule_changes.resume(actor, connection, _require_schedule(actor, connection).version)
    print_text(f"Resumed. Next run: {_utc(_require_schedule(actor, connection).next_due_at)} UTC.")


@app.command()
def cancel(connection: Connection) -> None:
    """Cancel the schedule of a connection's job."""
    sentence = schedules.cancel(for_connection(connection), connection)
    print_text(f"The schedule is cancelled: {sentence}. `schedule restore {connection}` brings it back.")


@app.command()
def restore(connection: Connection) -> None:
    """Make the schedule that was cancelled last active again."""
    actor = for_connection(connection)
    schedule_changes.restore(actor, connection)
    schedule = _require_schedule(actor, connection)
    print_text(f"{schedule.sentence}. Next run: {_utc(schedule.next_due_at)} UTC.")


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
            f"{schedule.sentence}{_paused(schedule)}",
            job.no_next_run or f"{schedule.next_due_at:%Y-%m-%d %H:%M}",
        )
        for job, schedule in active
    ]
    print_table(("Connection", "Name", "Schedule", "Next run (UTC)"), rows)


def _paused(schedule: ScheduleView) -> str:
    return f" (paused until {schedule.paused_until:%Y-%m-%d})" if schedule.is_paused else ""
