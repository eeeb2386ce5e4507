"""Export a table of the data set as a file that is made while it is downloaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from core.audit import trail
from core.clock import now
from core.db import transaction
from core.exports.columns import Row, Table, TableRows
from core.exports.person_table import PEOPLE, PersonFilter, person_chunks
from core.exports.record_table import RECORDS, RecordsFilter, record_chunks, split_records
from core.exports.run_table import RUNS, run_chunks
from core.folding import without_accents
from core.models import Account
from core.reports.run_filter import RunFilter
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection, require_run
from core.time_zones import zone_or_default


class FileFormat(StrEnum):
    """The formats of a file, by the end of its name."""

    CSV = "csv"
    EXCEL = "xlsx"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"


# Imported when a file is written: pyarrow and XlsxWriter are of no use to a process that exports nothing.
MODULES = {
    FileFormat.CSV: "comma_separated",
    FileFormat.EXCEL: "excel",
    FileFormat.JSON_LINES: "json_lines",
    FileFormat.PARQUET: "parquet",
}


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that is made while it is downloaded; ``chunks`` are its pieces, some of them empty."""

    filename: str
    chunks: Iterator[bytes]
    media_type: str


@dataclass(frozen=True, slots=True)
class _Account:
    """What a file says about the account it is of."""

    name: str
    zone: ZoneInfo


def export_runs(
    actor: Actor, only: RunFilter, file_format: FileFormat = FileFormat.CSV, api_token: int | None = None
) -> DataFile:
    """Export the runs that match, in the order of the filter.

    Raises NotFoundError for a connection of another account.
    """
    account = _begin(actor, "export.runs", only.connection_id, format=file_format.value, api_token=api_token)
    words = _words(only.connection_id, only.since, only.until)
    return _file(account, RUNS, _rows(run_chunks(actor, only)), file_format, words)


def export_records(
    actor: Actor, only: RecordsFilter, file_format: FileFormat = FileFormat.CSV, api_token: int | None = None
) -> DataFile:
    """Export the employees of one run, or of all runs that match: by run, then in the order they were read.

    Raises NotFoundError for a run or a connection of another account.
    """
    detail = {"format": file_format.value, "api_token": api_token}
    account = _begin(actor, "export.records", only.runs.connection_id, only.run_id, **detail)
    words = _words(only.runs.connection_id, only.runs.since, only.runs.until)
    if only.run_id is not None:
        words = [f"run-{only.run_id}"]
    if file_format is FileFormat.CSV:
        return _file(account, RECORDS, split_records(actor, only), file_format, words, split=True)
    return _file(account, RECORDS, _rows(record_chunks(actor, only)), file_format, words)


def export_people(
    actor: Actor, only: PersonFilter, file_format: FileFormat = FileFormat.CSV, api_token: int | None = None
) -> DataFile:
    """Export who the sources list, by connection, then by source id.

    Raises NotFoundError for a connection of another account.
    """
    account = _begin(
        actor, "export.people", only.connection_id, format=file_format.value, api_token=api_token
    )
    words = _words(only.connection_id, None, None)
    return _file(account, PEOPLE, _rows(person_chunks(actor, only)), file_format, words)


def _begin(
    actor: Actor, action: str, connection_id: int | None, run_id: int | None = None, **detail: object
) -> _Account:
    """Check the permission, audit the export and return the account."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    subject = f"run:{run_id}" if run_id is not None else f"connection:{connection_id or 'all'}"
    with transaction() as session:
        if run_id is not None:
            require_run(session, actor, run_id)
        if connection_id is not None:
            require_connection(session, actor, connection_id, Permission.SEE_REPORTS, deleted=True)
        trail.record(session, actor, action, subject, "done", **detail)
        account = session.get_one(Account, actor.account_id)
        return _Account(account.name, zone_or_default(account.time_zone))


def _rows(chunks: Iterator[list[tuple[Any, Row]]]) -> Iterator[list[Row]]:
    for chunk in chunks:
        yield [row for _, row in chunk]


def _words(connection_id: int | None, since: date | None, until: date | None) -> list[str]:
    """Return what a file name says about the filter."""
    words = [f"integration-{connection_id}"] if connection_id is not None else []
    words += [f"from-{since.isoformat()}"] if since else []
    return words + ([f"to-{until.isoformat()}"] if until else [])


def _file(
    account: _Account,
    table: Table,
    chunks: Iterator[Any],
    file_format: FileFormat,
    words: list[str],
    *,
    split: bool = False,
) -> DataFile:
    moment = now()
    title = " ".join([account.name, table.title.lower(), *(word.replace("-", " ", 1) for word in words)])
    rows = TableRows(table, chunks, account.zone, title, moment, split)
    module = import_module(f"core.exports.formats.{MODULES[file_format]}")
    name = _file_name(account, [table.name, *words], moment)
    return DataFile(f"{name}.{file_format.value}", module.write(rows), module.MEDIA_TYPE)


def _file_name(account: _Account, words: list[str], moment: datetime) -> str:
    """Return the name of a file: the account, what it is, and when it was made in the account's time."""
    slug = re.sub(r"[^a-z0-9]+", "-", without_accents(account.name)).strip("-")[:40].strip("-") or "account"
    return "_".join(["ihub", slug, *words, f"{moment.astimezone(account.zone):%Y-%m-%d-%H%M}"])
