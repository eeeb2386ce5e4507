"""``export``: runs, their employees or people of an account as a file, in any format and over any period."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from core.cli.actors import for_account
from core.cli.output import print_text
from core.cli.reports.run_lists import Day
from core.errors import InvalidError
from core.exports import files
from core.exports.data_set import TABLES
from core.exports.files import DataFile, FileFormat
from core.exports.person_table import PersonFilter
from core.exports.record_table import RecordsFilter
from core.models import RunKind, RunStatus
from core.reports.records import RecordFilter
from core.reports.run_filter import RunFilter, RunOrder
from core.security.actor import Actor


# One function, because each of its parameters is an option of one command.
def export(
    table: Annotated[str, typer.Argument(help="runs, records or people.")],
    account: Annotated[int, typer.Option(help="Id of the account.")],
    *,
    format: Annotated[FileFormat, typer.Option(help="The format of the file.")] = FileFormat.CSV,
    output: Annotated[
        Path | None, typer.Option(help="The file to write; a folder gets a file with a name of its own.")
    ] = None,
    connection: Annotated[int | None, typer.Option(help="Only of this connection.")] = None,
    run: Annotated[int | None, typer.Option(help="Only the employees of this run.")] = None,
    status: Annotated[RunStatus | None, typer.Option(help="Only runs with this status.")] = None,
    kind: Annotated[RunKind | None, typer.Option(help="Only runs of this kind.")] = None,
    since: Day = None,
    until: Day = None,
    attention: Annotated[
        bool, typer.Option("--attention", help="Only employees who need somebody to act.")
    ] = False,
) -> None:
    """Write runs, the employees of runs, or people as a file; without --output to standard output."""
    if table not in TABLES:
        raise InvalidError(f"There is no table {table}. Choose one of: {', '.join(TABLES)}.")
    runs = RunFilter(
        connection, status, since=_day(since), until=_day(until), kind=kind, order=RunOrder.OLDEST
    )
    records = RecordsFilter(runs, run, RecordFilter(needs_somebody=attention))
    _write(_file(for_account(account), table, format, records), output)


def _file(actor: Actor, table: str, format: FileFormat, only: RecordsFilter) -> DataFile:
    if table == "runs":
        return files.export_runs(actor, only.runs, format)
    if table == "people":
        return files.export_people(actor, PersonFilter(only.runs.connection_id), format)
    return files.export_records(actor, only, format)


def _write(file: DataFile, output: Path | None) -> None:
    if output is None:
        for chunk in file.chunks:
            sys.stdout.buffer.write(chunk)
        return
    path = output / file.filename if output.is_dir() else output
    try:
        with path.open("wb") as opened:
            for chunk in file.chunks:
                opened.write(chunk)
    except OSError as error:
        raise InvalidError(f"{path} cannot be written: {error.strerror}.") from error
    print_text(f"Written to {path}.")


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
