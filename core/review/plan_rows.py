"""Read the employees of a kept plan: grouped by what would happen, searched, a page at a time, and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from connectors.contract.fields import Concern
from core.audit import trail
from core.db import reading, transaction
from core.errors import NotFoundError
from core.models import Action, ConflictState, Decision, FieldConflict, Plan, Record
from core.paging import PAGE_SIZE, first_row, page_count
from core.reports import headings
from core.reports.exports import CHUNK, Export, csv_text, in_chunks
from core.reports.local_time import zone_of_run
from core.reports.records import COLUMNS, RecordFilter, RecordView, record_conditions, record_view
from core.runs import outcome_catalogue
from core.runs.affected import MAX_POSITIONS
from core.runs.system_names import load_system_names
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run
from core.sync.store import kept_plans

MOST_RECORDS = 500


class PlanGroup(StrEnum):
    """What would happen to an employee, and what to look at; an employee can be in several groups."""

    OVER_LIMIT = "over"
    CREATE = "create"
    UPDATE = "update"
    TERMINATE = "terminate"
    BANK = "bank"
    FIELD_WAITS = "waits"
    WARNED = "warned"


GROUP_NAMES = {
    PlanGroup.OVER_LIMIT: "Over a limit",
    PlanGroup.CREATE: "Create",
    PlanGroup.UPDATE: "Update",
    PlanGroup.TERMINATE: "Terminate",
    PlanGroup.BANK: "New bank account",
    PlanGroup.FIELD_WAITS: "A field waits",
    PlanGroup.WARNED: "Warnings",
}


@dataclass(frozen=True, slots=True)
class PlanFilter:
    """Which employees of a plan: one group (None: all), narrowed by part of a name, or a whole ID."""

    group: PlanGroup | None = None
    search: str = ""


EVERYBODY = PlanFilter()


@dataclass(frozen=True, slots=True)
class PlannedEmployee:
    """One employee of a plan; ``remarks`` say why they need a look: limits exceeded, fields that wait, warnings."""

    record: RecordView
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """One page of a plan, employees over a limit first."""

    rows: list[PlannedEmployee]
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return page_count(self.total)


def plan_page(actor: Actor, run_id: int, only: PlanFilter = EVERYBODY, page: int = 1) -> PlanPage:
    """Return one page of the employees that a kept plan would write."""
    with reading() as session:
        plan = _require_plan(session, actor, run_id)
        conditions = [*kept_plans.kept(run_id), *_conditions(session, plan, only)]
        total = session.scalar(select(func.count()).select_from(Record).where(*conditions)) or 0
        query = _ordered(plan).where(*conditions)
        rows = session.execute(query.limit(PAGE_SIZE).offset(first_row(page, total))).all()
        return PlanPage(_employees(session, plan, rows), total)


def plan_counts(actor: Actor, run_id: int) -> Mapping[PlanGroup, int]:
    """Return how many employees of a kept plan are in each group, without empty groups."""
    with reading() as session:
        plan = _require_plan(session, actor, run_id)
        sums = [
            func.sum(case((and_(*_conditions(session, plan, PlanFilter(group))), 1), else_=0))
            for group in PlanGroup
        ]
        counted = session.execute(select(*sums).where(*kept_plans.kept(run_id))).one()
        return {group: int(number) for group, number in zip(PlanGroup, counted, strict=True) if number}


def planned_records(actor: Actor, run_id: int, only: PlanFilter = EVERYBODY) -> list[RecordView]:
    """Return what a kept plan would write, at most 500 records, beginning with the employees over the limits."""
    with reading() as session:
        plan = _require_plan(session, actor, run_id)
        query = _ordered(plan).where(*kept_plans.kept(run_id), *_conditions(session, plan, only))
        names = load_system_names(session, run_id)
        zone = zone_of_run(session, run_id)
        return [record_view(row, names, zone) for row in session.execute(query.limit(MOST_RECORDS))]


def planned_positions(actor: Actor, run_id: int, source_ids: Sequence[str]) -> dict[str, int]:
    """Return the positions of employees in a kept plan, by source ID, without those it would not write."""
    with reading() as session:
        _require_plan(session, actor, run_id)
        query = select(Record.source_id, Record.position).where(
            *kept_plans.kept(run_id), Record.source_id.in_(source_ids)
        )
        return {row.source_id: row.position for row in session.execute(query)}


def positions_of(actor: Actor, run_id: int, only: PlanFilter) -> list[int]:
    """Return the positions of all employees of a kept plan that match, to approve them together."""
    with reading() as session:
        plan = _require_plan(session, actor, run_id)
        query = select(Record.position).where(*kept_plans.kept(run_id), *_conditions(session, plan, only))
        return list(session.scalars(query.order_by(Record.position)))


def export_plan(actor: Actor, run_id: int, only: PlanFilter = EVERYBODY) -> Export:
    """Export what a plan would write, or would have written; values that are sensitive are masked."""
    with transaction() as session:
        _require_plan(session, actor, run_id)
        trail.record(session, actor, "export.plan", f"run:{run_id}")
    header = [
        *(headings.RECORD, headings.SOURCE_ID, headings.TARGET_ID, "Planned Action"),
        *("Field", "Before", "After", headings.MATCHED_BY, "Remarks"),
    ]
    rows = (cells for employee in _exported(run_id, only) for cells in _cells(employee))
    return Export(f"ihub-plan-{run_id}.csv", csv_text(header, rows))


def _exported(run_id: int, only: PlanFilter) -> Iterator[PlannedEmployee]:
    """Yield the employees in the order they were read, also when the plan has been decided meanwhile."""

    def chunk(session: Session, last_position: int | None) -> list[PlannedEmployee]:
        plan = session.get_one(Plan, run_id)
        planned = (Record.action == Action.NOT_WRITTEN, Record.decision.in_(kept_plans.WRITES))
        conditions = [Record.run_id == run_id, *planned, *_conditions(session, plan, only)]
        if last_position is not None:
            conditions.append(Record.position > last_position)
        query = select(*COLUMNS).where(*conditions).order_by(Record.position).limit(CHUNK)
        return _employees(session, plan, session.execute(query).all())

    return in_chunks(chunk, lambda employee: employee.record.position)


def _cells(employee: PlannedEmployee) -> list[list[object]]:
    """Return one row for each field that would change, or one for a new employee."""
    record = employee.record
    about = [record.name, record.source_id, record.target_id, str(record.decision)]
    changes = record.changes or ({"label": "all fields", "before": None, "after": None},)
    last = [record.matched_by, " ".join(employee.remarks)]
    return [[*about, each["label"], each.get("before"), each.get("after"), *last] for each in changes]


def _require_plan(session: Session, actor: Actor, run_id: int) -> Plan:
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    require_run(session, actor, run_id)
    plan = session.get(Plan, run_id)
    if plan is None:
        raise NotFoundError("This run has no kept plan.")
    return plan


def _ordered(plan: Plan) -> Any:
    first = case((Record.position.in_(positions_over_limits(plan.breaches)), 0), else_=1)
    return select(*COLUMNS).order_by(first, Record.position)


def positions_over_limits(breaches: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the positions of the first employees over the limits, each once."""
    positions = (position for breach in breaches for position in breach["positions"])
    return list(dict.fromkeys(positions))[:MAX_POSITIONS]


def _conditions(session: Session, plan: Plan, only: PlanFilter) -> list[ColumnElement[bool]]:
    conditions = record_conditions(session, plan.run_id, RecordFilter(search=only.search))
    return conditions if only.group is None else [*conditions, _is_in(plan, only.group)]


def _is_in(plan: Plan, group: PlanGroup) -> ColumnElement[bool]:
    match group:
        case PlanGroup.OVER_LIMIT:
            return Record.position.in_(positions_over_limits(plan.breaches))
        case PlanGroup.BANK:
            changes, concern = cast(Record.changes, Text), f'"concern":"{Concern.BANK}"'
            return or_(changes.contains(concern), changes.contains(concern.replace(":", ": ")))
        case PlanGroup.FIELD_WAITS:
            return Record.source_id.in_(select(FieldConflict.source_id).where(*_waiting(plan.run_id)))
        case PlanGroup.WARNED:
            return Record.warnings.is_not(None)
        case _:
            return Record.decision == Decision[group.name]


def _waiting(run_id: int) -> tuple[ColumnElement[bool], ...]:
    waits = (ConflictState.WAITING, ConflictState.ASK_HR)
    return FieldConflict.run_id == run_id, FieldConflict.state.in_(waits)


def _employees(session: Session, plan: Plan, rows: Sequence[Row[Any]]) -> list[PlannedEmployee]:
    names = load_system_names(session, plan.run_id)
    zone = zone_of_run(session, plan.run_id)
    views = [record_view(row, names, zone) for row in rows]
    over: dict[int, list[str]] = {}
    for breach in plan.breaches:
        title = outcome_catalogue.explain(breach["code"]).title
        for position in breach["positions"]:
            over.setdefault(position, []).append(f"Held by: {title}.")
    waiting: dict[str, list[str]] = {}
    of_rows = FieldConflict.source_id.in_([view.source_id for view in views[:CHUNK]])
    query = select(FieldConflict.source_id, FieldConflict.label).where(*_waiting(plan.run_id))
    for source_id, label in session.execute(query.where(of_rows) if len(views) <= CHUNK else query):
        waiting.setdefault(source_id, []).append(f"{label} waits for a decision and is left as it is.")
    return [
        PlannedEmployee(
            replace(view, message=None),
            (
                *over.get(view.position, ()),
                *waiting.get(view.source_id, ()),
                *(str(warning["message"]) for warning in view.warnings),
            ),
        )
        for view in views
    ]
