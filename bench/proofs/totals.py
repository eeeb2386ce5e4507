"""Totals of random runs: pages, every format of exports, the API and SQL have to agree with what was invented."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

import duckdb
import openpyxl
import orjson
import pyarrow as pa
from pyarrow import parquet
from sqlalchemy import insert, text

from bench.proofs.api_reader import read_outcomes
from core.db import engine, transaction
from core.exports import files
from core.exports.files import DataFile, FileFormat
from core.exports.record_table import RecordsFilter
from core.models import Action, Connection, Decision, Record, Role, Run, RunKind, RunStatus, Trigger
from core.reports import run_list
from core.reports.outcomes import sums
from core.reports.run_filter import RunFilter
from core.security.actor import ActingRole, Actor
from harness import world

OUTCOMES = {
    "errors": (Decision.CREATE, Action.FAILED, "REFUSED"),
    "filtered": (Decision.FILTERED, Action.SKIPPED, "MISSING_FIELD"),
    "unchanged": (Decision.NO_CHANGE, Action.SKIPPED, None),
    "created": (Decision.CREATE, Action.CREATED, None),
    "updated": (Decision.UPDATE, Action.UPDATED, None),
    "terminated": (Decision.TERMINATE, Action.TERMINATED, None),
    "held": (Decision.HELD, Action.SKIPPED, "MANY_CREATES"),
}
WRITTEN = ("created", "updated", "terminated")
FIRST_DAY = datetime(2026, 1, 1, 3, tzinfo=UTC)
# By run, how many employees have which outcome.
Totals = dict[int, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Invented:
    """Runs as they were invented: their totals, kinds and days."""

    actor: Actor
    totals: Totals
    kinds: Mapping[int, RunKind]
    days: Mapping[int, date]


def check(seed: int, runs: int, largest: int) -> Iterator[str]:
    """Invent runs of at most ``largest`` employees in the store of this process; yield where totals differ."""
    random = Random(seed)
    invented = _invent(random, runs, largest)
    for name, only in _filters(random, invented):
        expected = _expected(invented, only)
        for way, found in _all_ways(invented, only, expected):
            if found != expected:
                wrong = next(run for run in {*found, *expected} if found.get(run) != expected.get(run))
                yield (
                    f"seed {seed}, {name}, {way}: run {wrong} has {found.get(wrong)}, not {expected.get(wrong)}"
                )


def _invent(random: Random, runs: int, largest: int) -> Invented:
    account = world.account("Harbour Foods")
    connections = [world.active_connection(account, source, "ipayroll") for source in ("enablehr", "hr")]
    user = world.person(account, Role.ANALYST, username=f"analyst{random.random()}")
    actor = Actor("Analyst", ActingRole.ANALYST, user, account)
    totals, kinds, days = Totals(), dict[int, RunKind](), dict[int, date]()
    with transaction() as session:
        for number in range(runs):
            outcomes = random.choices(list(OUTCOMES), k=random.randint(0, largest))
            kind = random.choice([RunKind.SYNC, RunKind.SYNC, RunKind.PREVIEW])
            began = FIRST_DAY + timedelta(days=number * 300 // runs)
            connection = session.get_one(Connection, random.choice(connections))
            run = _run(connection, Counter(outcomes), kind, began)
            session.add(run)
            session.flush()
            records = [_record(run.id, position, outcome) for position, outcome in enumerate(outcomes)]
            if records:
                session.execute(insert(Record), records)
            if outcomes:
                totals[run.id] = dict(Counter(outcomes))
            kinds[run.id], days[run.id] = kind, began.date()
    return Invented(actor, totals, kinds, days)


def _run(connection: Connection, counted: Counter[str], kind: RunKind, began: datetime) -> Run:
    written = sum(counted[each] for each in WRITTEN)
    return Run(
        account_id=connection.account_id,
        connection_id=connection.id,
        trigger=Trigger.MANUAL,
        kind=kind,
        status=RunStatus.ERROR if counted["errors"] else RunStatus.COMPLETE,
        started_at=began,
        ended_at=began + timedelta(minutes=1),
        read=counted.total(),
        written=written,
        **{outcome: counted[outcome] for outcome in OUTCOMES},
    )


def _record(run_id: int, position: int, outcome: str) -> dict[str, object]:
    decision, action, reason = OUTCOMES[outcome]
    return {
        "run_id": run_id,
        "position": position,
        "source_id": f"{position:06}",
        "name": f"=Person {position}",
        "decision": decision,
        "action": action,
        "reason": reason,
    }


def _filters(random: Random, invented: Invented) -> Iterator[tuple[str, RunFilter]]:
    yield "all runs", RunFilter()
    since, until = sorted(random.choices(list(invented.days.values()), k=2))
    yield f"{since} to {until}", RunFilter(since=since, until=until)
    yield "previews", RunFilter(kind=RunKind.PREVIEW)


def _expected(invented: Invented, only: RunFilter) -> Totals:
    return {
        run: counted
        for run, counted in invented.totals.items()
        if only.kind in (None, invented.kinds[run])
        and (only.since is None or only.since <= invented.days[run])
        and (only.until is None or invented.days[run] <= only.until)
    }


def _all_ways(invented: Invented, only: RunFilter, expected: Totals) -> Iterator[tuple[str, Totals]]:
    actor = invented.actor
    yield "counters on the page", _of_counters(actor, only)
    yield "outcomes on the page", {run: _of_sums(actor, run) for run in expected}
    yield "SQL", _of_sql(expected)
    filtered = RecordsFilter(only)

    def made(kind: FileFormat) -> bytes:
        return _content(files.export_records(actor, filtered, kind))

    lines = csv.DictReader(io.StringIO(made(FileFormat.CSV).decode("utf-8-sig")))
    yield "CSV", _counted([(int(row["Job run ID#"]), row["Outcome"]) for row in lines])
    yield "Excel", _counted(_excel(made(FileFormat.EXCEL)))
    objects = [orjson.loads(line) for line in made(FileFormat.JSON_LINES).splitlines()]
    yield "JSON Lines", _counted([(row["run_id"], row["outcome"]) for row in objects])
    yield "Parquet", _counted(_parquet(made(FileFormat.PARQUET)))
    yield "API", _counted(asyncio.run(read_outcomes(actor, only)))


def _of_counters(actor: Actor, only: RunFilter) -> Totals:
    totals, page = Totals(), 1
    while True:
        found = run_list.runs_page(actor, only, page)
        for run in found.rows:
            counted = {name: getattr(run.counters, name) for name in OUTCOMES}
            if run.counters.read:
                totals[run.id] = {name: number for name, number in counted.items() if number}
        if page >= found.pages:
            return totals
        page += 1


def _of_sums(actor: Actor, run: int) -> dict[str, int]:
    return {group.value: number for group, number in sums.sums(actor, run).groups.items()}


def _of_sql(expected: Totals) -> Totals:
    outcome = """
        SELECT run_id, CASE WHEN action = 'Failed' THEN 'errors' WHEN decision = 'Filtered' THEN 'filtered'
            WHEN decision = 'No change' THEN 'unchanged' WHEN decision = 'Held' THEN 'held'
            ELSE lower(action) END, count(*) FROM record GROUP BY 1, 2
        """
    totals: Totals = {}
    with engine().connect() as connection:
        for run, name, number in connection.execute(text(outcome)):
            if run in expected:
                totals.setdefault(run, {})[name] = number
    return totals


def _excel(content: bytes) -> Iterator[tuple[int, str]]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    rows = book["Employees of runs"].iter_rows(values_only=True)
    header = list(next(rows))
    run, outcome = header.index("Job run ID#"), header.index("Outcome")
    for row in rows:
        yield int(str(row[run])), str(row[outcome])


def _parquet(content: bytes) -> Sequence[tuple[int, str]]:
    rows = parquet.read_table(pa.BufferReader(content), columns=["run_id", "outcome"])
    return duckdb.from_arrow(rows).fetchall()


def _content(file: DataFile) -> bytes:
    return b"".join(file.chunks)


def _counted(rows: Iterator[tuple[int, str]] | Sequence[tuple[int, str]]) -> Totals:
    totals: Totals = {}
    for run, outcome in rows:
        of_run = totals.setdefault(run, {})
        of_run[outcome] = of_run.get(outcome, 0) + 1
    return totals
