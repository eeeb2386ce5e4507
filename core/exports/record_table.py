"""The table of records: one row for each employee in each run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, select

from core.db import reading
from core.exports.columns import Column, ColumnType, DataClass, Row, SplitRow, Table, whole
from core.exports.record_reader import Place, RecordReader, place_of
from core.exports.record_words import Raw
from core.folding import Search
from core.models import Run
from core.reports import headings
from core.reports.records import RecordFilter, outcome_conditions
from core.reports.run_filter import RunFilter, run_conditions
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


@dataclass(frozen=True, slots=True)
class RecordsFilter:
    """Whose records: those of one run, or of all runs that match; then which of them."""

    runs: RunFilter = field(default_factory=RunFilter)
    run_id: int | None = None
    records: RecordFilter = field(default_factory=RecordFilter)


def record_chunks(
    actor: Actor, only: RecordsFilter, after: Place | None = None, size: int = CHUNK
) -> Iterator[list[tuple[Place, Row]]]:
    """Yield the records that match with their places: by run, then in the order they were read.

    ``after`` is the last that was taken already. Raises NotFoundError for a run of another account, ForbiddenError.
    """
    for raws, rows in _read(actor, only, after, size):
        yield [(place_of(raw), whole(row)) for raw, row in zip(raws, rows, strict=True)]


def split_records(actor: Actor, only: RecordsFilter) -> Iterator[list[SplitRow]]:
    """Yield the same rows as ``record_chunks``, in parts: their own cells, and those that many have in common."""
    for _, rows in _read(actor, only, None, CHUNK):
        yield rows


def _read(
    actor: Actor, only: RecordsFilter, after: Place | None, size: int
) -> Iterator[tuple[Sequence[Raw], list[SplitRow]]]:
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    matching = _matching_runs(actor, only, after)
    with reading() as session:
        conditions = outcome_conditions(session, only.records, only.run_id)
    reader = RecordReader(actor, conditions, Search.of(only.records.search), size)
    for run_ids in _groups(matching, size):
        yield from reader.read(run_ids, after)


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
