"""``pay-days``: the pay calendar of a connection, the coming pays, and who would miss the next one."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from core.cli.actors import for_accounts, for_connection
from core.cli.inputs import text
from core.cli.output import WENT_WRONG, Json, command_group, print_json, print_table, print_text
from core.errors import InvalidError
from core.jobs.calendar import final_sweeps
from core.jobs.calendar.final_sweeps import PlannedPay
from core.pay_days import stored
from core.pay_days.calendar import Frequency, HolidayRule, PayCalendar, in_words
from core.pay_days.calendar_text import parse_dates, parse_time, tidy_days, to_document
from core.pay_days.super_due import super_list
from core.pay_days.who_misses import coming, forecast, misses, two_calendars

app = command_group("Set the pay calendar of a connection, and see who would miss the next pay.")
Connection = Annotated[int, typer.Argument(help="Id of the connection.")]


# One function, because each of its options is a part of one calendar.
@app.command("set")
def set_calendar(
    connection: Connection,
    *,
    every: Annotated[
        Frequency | None, typer.Option(help="How often people are paid; not needed with --dates.")
    ] = None,
    anchor: Annotated[str | None, typer.Option(help="One pay date that you know, as yyyy-mm-dd.")] = None,
    days: Annotated[str | None, typer.Option(help="Days of the month, such as 15 or 15,last.")] = None,
    dates: Annotated[
        str | None, typer.Option(help="A file with all pay dates, or - for standard input.")
    ] = None,
    on_holidays: Annotated[
        HolidayRule, typer.Option(help="When a pay date is no business day.")
    ] = HolidayRule.BEFORE,
    region: Annotated[str, typer.Option(help="Whose holidays count, such as AU-NSW or NZ-AUK.")] = "AU-NSW",
    cut_off_days: Annotated[int, typer.Option(help="Business days before the pay date.")] = 3,
    cut_off_time: Annotated[str, typer.Option(help="Time of day of the cut-off.")] = "12:00",
    sweep_minutes: Annotated[int, typer.Option(help="Minutes before the cut-off of the final sweep.")] = 60,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the next pays.")] = False,
    as_json: Json = False,
) -> None:
    """Set the pay calendar, as a new version."""
    actor = for_connection(connection)
    given = () if dates is None else parse_dates(text(dates, None) or "")
    if every is None and not given:
        raise InvalidError("Enter --every with a frequency such as fortnightly, or --dates with a file.")
    calendar = PayCalendar(
        Frequency.DATES if given else every or Frequency.DATES,
        _day(anchor),
        tidy_days(days),
        given,
        on_holidays,
        region.upper(),
        cut_off_days,
        parse_time(cut_off_time),
        sweep_minutes,
    )
    planned = final_sweeps.preview(actor, connection, calendar)
    if not dry_run:
        stored.save(actor, connection, calendar, stored.get(actor, connection).version)
    _print(calendar, planned, as_json=as_json)
    if dry_run and not as_json:
        print_text("Nothing was saved.")


@app.command()
def show(connection: Connection, as_json: Json = False) -> None:
    """Show the pay calendar and its next pays."""
    actor = for_connection(connection)
    calendar = stored.get(actor, connection).calendar
    if calendar is None:
        print_json({"calendar": None}) if as_json else print_text(forecast.NO_CALENDAR)
        return
    _print(calendar, final_sweeps.preview(actor, connection, calendar), as_json=as_json)


@app.command()
def remove(connection: Connection) -> None:
    """Remove the pay calendar; its versions stay."""
    actor = for_connection(connection)
    stored.remove(actor, connection, stored.get(actor, connection).version)
    print_text("The pay calendar is removed.")


@app.command()
def history(connection: Connection, as_json: Json = False) -> None:
    """List the versions of the pay calendar."""
    versions = stored.history(for_connection(connection), connection)
    if as_json:
        print_json({"versions": [asdict(version) for version in versions]})
        return
    rows = [(each.number, each.saved_at, each.author or "command line", each.sentence) for each in versions]
    print_table(("Version", "Saved", "By", "Pay calendar"), rows)


@app.command("forecast")
def show_forecast(connection: Connection, as_json: Json = False) -> None:
    """Print who will miss the next pay or be paid wrong, why, and who must act; exit code 1 when anybody may."""
    actor = for_connection(connection)
    found, lacking = forecast.forecast(actor, connection), super_list.super_list(actor, connection)
    in_two = [each.sentence for each in two_calendars.find(actor, connection)]
    if as_json:
        rows = [asdict(row) | {"kind": misses.TITLES[row.kind]} for row in found.rows]
        supers = [asdict(row) | {"said": row.sentence(lacking.today)} for row in lacking.rows]
        pay = None if found.pay is None else found.pay._asdict()
        problem = found.problem if found.stopped is None else found.stopped.sentence
        print_json({"pay": pay, "problem": problem, "people": rows, "super": supers, "in_two": in_two})
    else:
        for sentence in in_two:
            print_text(sentence)
        _print_forecast(found)
        if lacking.rows:
            print_text("\nSuper, by name:")
            super_rows = [(row.name, row.lacks, row.sentence(lacking.today)) for row in lacking.rows]
            print_table(("Employee", "Missing", "By when"), super_rows)
    if found.rows or found.stopped is not None:
        raise typer.Exit(WENT_WRONG)


@app.command("upcoming")
def list_coming(
    account: Annotated[int | None, typer.Option(help="Id of the account; by default all of them.")] = None,
    as_json: Json = False,
) -> None:
    """List the coming pays of all payrolls side by side, with how many people the next ones would miss."""
    pays = [each for actor in for_accounts(account) for each in coming.coming_pays(actor)]
    if as_json:
        print_json({"pays": [asdict(each) | {"zone": each.zone.key} for each in pays]})
        return
    rows = [
        (
            in_words(each.pay.paid_on),
            each.connection,
            each.pay.cut_off,
            "" if each.numbers is None else each.numbers.misses,
            "" if each.numbers is None else each.numbers.wrong,
            "" if each.numbers is None else each.numbers.unsure,
        )
        for each in pays
    ]
    print_table(("Paid on", "Connection", "Cut-off", "Miss it", "Paid wrong", "Not known"), rows)


def _print(calendar: PayCalendar, planned: list[PlannedPay], *, as_json: bool) -> None:
    if as_json:
        pays = [each.pay._asdict() | {"final_sweep": each.sweep_at} for each in planned]
        print_json({"calendar": to_document(calendar), "next": pays})
        return
    print_text(f"{stored.describe(calendar)}.")
    rows = [
        (in_words(pay.paid_on), in_words(pay.nominal), pay.cut_off, sweep_at) for pay, sweep_at in planned
    ]
    print_table(("Paid on", "By the calendar", "Cut-off (UTC)", "Final sweep (UTC)"), rows)


def _print_forecast(found: forecast.Forecast) -> None:
    if found.pay is None:
        print_text(found.problem)
        return
    print_text(f"Pay of {in_words(found.pay.paid_on)}, cut-off {found.pay.cut_off:%Y-%m-%d %H:%M} UTC.")
    if found.blocked is not None:
        print_text(f"{found.blocked.reason}. {found.blocked.remedy}")
    if found.stopped is not None:
        print_text(found.stopped.sentence)
    if found.is_past_cut_off and found.sent_for is not None:
        print_text(f"The cut-off has passed. What is sent now counts for {in_words(found.sent_for.paid_on)}.")
    if not found.rows:
        if found.stopped is None:
            print_text("Nobody misses this pay, and nobody is paid wrong, as far as iHUB knows.")
        return
    rows = [
        (row.name, row.source_id, misses.TITLES[row.kind], row.reason, row.fixer, row.remedy)
        for row in found.rows
    ]
    print_table(("Employee", "Source ID", "What happens", "Why", "Who must act", "What to do"), rows)


def _day(written: str | None) -> date | None:
    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError:
        raise InvalidError("Write a pay date as yyyy-mm-dd.") from None
