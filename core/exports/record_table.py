"""The table of records: one row for each employee in each run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy import Row as SqlRow
from sqlalchemy.orm import Session

from core.db import reading
from core.exports.columns import Column, ColumnType, DataClass, Row, Table
from core.folding import Search, searchable
from core.models import Connection, Record, Run
from core.people.kept_facts import facts_of
from core.problems import hidden
from core.reports import headings
from core.reports.local_time import account_zone
from core.reports.outcomes import record_parts
from core.reports.outcomes.groups import GROUP
from core.reports.outcomes.record_parts import PartView
from core.reports.outcomes.record_view import COLUMNS, fixer_of, hidden_keys, remedy_of, warning_view
from core.reports.records import RecordFilter, outcome_conditions
from core.reports.run_filter import RunFilter, run_conditions
from core.reports.run_list import RunView, run_rows, run_views
from core.runs import matched_by, outcome_catalogue
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run

CHUNK = 2_000
# How many runs are read together at most, where each has few employees.
MOST_RUNS = 200
NUMBER, TEXT, ID, TIME = ColumnType.NUMBER, ColumnType.TEXT, ColumnType.ID, ColumnType.TIME
PERSONAL = DataClass.PERSONAL

RECORDS = Table(
    "records",
    "Employees of runs",
    "one employee in one run",
    (
        Column("name", headings.RECORD, TEXT, "The employee's name.", PERSONAL),
        Column("source_id", headings.SOURCE_ID, ID, "The employee's id in the source.", PERSONAL),
        Column("target_id", headings.TARGET_ID, ID, "The employee's id in the target.", PERSONAL),
        Column("processor", headings.PROCESSOR, TEXT, "What the comparison decided, and the reason."),
        Column("writer", headings.WRITER, TEXT, "What was done in the target."),
        Column("message", "Message", TEXT, "What happened.", PERSONAL),
        Column("warnings", "Warnings", TEXT, "What was left out or needs attention.", PERSONAL),
        Column("changed_fields", "Changed Fields", TEXT, "The fields that differed, without their values."),
        Column("matched_by", headings.MATCHED_BY, TEXT, "How the employee was found in the target."),
        Column("who_must_act", headings.WHO_MUST_ACT, TEXT, "The person who must act; empty for nobody."),
        Column("what_to_do", headings.WHAT_TO_DO, TEXT, "What to do, where the message does not say it."),
        Column("decided", headings.DECIDED, TEXT, "What somebody has ignored or put off, and who.", PERSONAL),
        Column(
            "parts", headings.PARTS, TEXT, "The outcome of each request, where there are several.", PERSONAL
        ),
        Column("run_id", headings.RUN_ID, NUMBER, "The run; leads to the table of runs."),
        Column("integration", "Integration", TEXT, "The name of the connection."),
        Column("run_started_at", headings.START_TIME, TIME, "When the run began."),
        Column("run_kind", headings.KIND, TEXT, "Sync, Preview or Chosen employees."),
        Column(
            "employee_number",
            headings.EMPLOYEE_NUMBER,
            ID,
            "The employee's number as the source lists it now; empty where it lists them no longer.",
            PERSONAL,
        ),
        Column(
            "outcome", "Outcome", TEXT, "The counter that counts the employee, such as errors or created."
        ),
        Column("reason", "Reason", TEXT, "The code of the reason, such as MISSING_FIELD."),
        Column("integration_id", "Integration ID#", NUMBER, "The number of the connection."),
        Column("position", "Position", NUMBER, "The employee's place in the run, from 0."),
    ),
)
_QUERY = (Record.run_id, GROUP.label("outcome"), *COLUMNS)


@dataclass(frozen=True, slots=True)
class RecordsFilter:
    """Whose records: those of one run, or of all runs that match; then which of them."""

    runs: RunFilter = field(default_factory=RunFilter)
    run_id: int | None = None
    records: RecordFilter = field(default_factory=RecordFilter)


# A run, and the position of one of its employees.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Runs:
    """Some runs that are read together."""

    views: Mapping[int, RunView]
    pairings: Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read besides the records: employee numbers by pairing and source id, parts by place."""

    numbers: Mapping[tuple[int, str], str | None]
    parts: Mapping[Place, Sequence[PartView]]
    zone: ZoneInfo


def record_chunks(
    actor: Actor, only: RecordsFilter, after: Place | None = None, size: int = CHUNK
) -> Iterator[list[tuple[Place, Row]]]:
    """Yield the records that match with their places: by run, then in the order they were read.

    ``after`` is the last that was taken already. Raises NotFoundError for a run of another account, ForbiddenError.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    search = Search.of(only.records.search)
    matching = _matching_runs(actor, only, after)
    with reading() as session:
        conditions = outcome_conditions(session, only.records, only.run_id)
    for run_ids in _groups(matching, size):
        last, runs = after, None
        while True:
            with reading() as session:
                runs = runs or _load_runs(session, actor, run_ids)
                query = select(*_QUERY).where(*_within(run_ids, last), *conditions)
                rows = session.execute(query.order_by(Record.run_id, Record.position).limit(size)).all()
                wanted = [row for row in rows if not search or _finds(search, row)]
                known = _load_known(session, actor, wanted, runs)
            yield [((row[0], row.position), _cells(row, runs, known)) for row in wanted]
            if len(rows) < size:
                break
            last = rows[-1][0], rows[-1].position


def _within(run_ids: Sequence[int], last: Place | None) -> list[ColumnElement[bool]]:
    """Return the conditions for the records of some runs beyond a place, which each engine finds by their key."""
    if len(run_ids) == 1:
        beyond = [] if last is None or last[0] != run_ids[0] else [Record.position > last[1]]
        return [Record.run_id == run_ids[0], *beyond]
    runs = Record.run_id.in_(run_ids)
    return [runs] if last is None else [runs, tuple_(Record.run_id, Record.position) > tuple_(*last)]


def _finds(search: Search, row: SqlRow[Any]) -> bool:
    return not search.is_too_long and search.finds(searchable(row.name), (row.source_id, row.target_id))


def _matching_runs(actor: Actor, only: RecordsFilter, after: Place | None) -> list[tuple[int, int]]:
    """Return the runs that match, each with how many employees it has read: the oldest first."""
    with reading() as session:
        if only.run_id is not None:
            require_run(session, actor, only.run_id)
            conditions: Sequence[ColumnElement[bool]] = [Run.id == only.run_id]
        else:
            conditions = run_conditions(session, actor, only.runs)
        query = select(Run.id, Run.read).where(*conditions).order_by(Run.id)
        if after is not None:
            query = query.where(Run.id >= after[0])
        return [(row[0], row[1]) for row in session.execute(query)]


def _groups(runs: Sequence[tuple[int, int]], size: int) -> Iterator[list[int]]:
    """Yield the runs in groups of about ``size`` employees, a larger run alone."""
    group, employees = list[int](), 0
    for run_id, number in runs:
        if group and (employees + number > size or len(group) == MOST_RUNS):
            yield group
            group, employees = [], 0
        group.append(run_id)
        employees += number
    if group:
        yield group


def _load_runs(session: Session, actor: Actor, run_ids: Sequence[int]) -> _Runs:
    rows = session.execute(run_rows(actor.account_id).where(Run.id.in_(run_ids)))
    views = {view.id: view for view in run_views(session, actor, rows)}
    connections = {view.connection_id for view in views.values()}
    query = select(Connection.id, Connection.pairing_id).where(Connection.id.in_(connections))
    pairings = {row[0]: row[1] for row in session.execute(query)}
    return _Runs(views, {run_id: pairings.get(view.connection_id) for run_id, view in views.items()})


def _load_known(session: Session, actor: Actor, rows: Sequence[SqlRow[Any]], runs: _Runs) -> _Known:
    positions: dict[int, list[int]] = {}
    for row in rows:
        positions.setdefault(row[0], []).append(row.position)
    parts = {
        (run_id, position): views
        for run_id, wanted in positions.items()
        for position, views in record_parts.of_positions(session, run_id, wanted).items()
    }
    return _Known(_employee_numbers(session, rows, runs), parts, account_zone(session, actor.account_id))


def _employee_numbers(
    session: Session, rows: Sequence[SqlRow[Any]], runs: _Runs
) -> Mapping[tuple[int, str], str | None]:
    """Return the employee numbers of some records, by pairing and source id."""
    wanted: dict[int, set[str]] = {}
    for row in rows:
        if (pairing_id := runs.pairings.get(row[0])) is not None:
            wanted.setdefault(pairing_id, set()).add(row.source_id)
    return {
        (pairing_id, source_id): person.employee_number
        for pairing_id, source_ids in wanted.items()
        for source_id, person in facts_of(session, pairing_id, source_ids).items()
    }


def _cells(row: SqlRow[Any], runs: _Runs, known: _Known) -> Row:
    run = runs.views[row[0]]
    names = run.systems
    hides = hidden_keys(row.hidden) if row.hidden else frozenset()
    warnings = [warning_view(warning, names, hides) for warning in row.warnings] if row.warnings else []
    fixer = fixer_of(row, hides)
    fixers = [fixer.value] if fixer else []
    if warnings:
        fixers = list(dict.fromkeys([*fixers, *(str(each["fixer"]) for each in warnings if each["fixer"])]))
    pairing_id = runs.pairings.get(run.id)
    return (
        *(row.name, row.source_id, row.target_id),
        outcome_catalogue.processor(row.decision, row.reason),
        outcome_catalogue.writer(row.action, row.reason),
        row.message and names.fill(row.message),
        " ".join(str(each["message"]) for each in warnings) if warnings else None,
        ", ".join(str(change["label"]) for change in row.changes) if row.changes else None,
        matched_by.describe_record(row.decision, row.action, row.matched_by, row.link_matched_by) or None,
        ", ".join(fixers) or None,
        remedy_of(row, names) or None,
        " ".join(hidden.texts(row.hidden, known.zone)) if row.hidden else None,
        "; ".join(part.text for part in known.parts.get((run.id, row.position), ())) or None,
        *(run.id, run.connection_name, run.started_at, headings.KINDS[run.kind]),
        None if pairing_id is None else known.numbers.get((pairing_id, row.source_id)),
        *(row.outcome, row.reason, run.connection_id, row.position),
    )
