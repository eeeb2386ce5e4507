"""Decide on the first changes of a pairing: whose values count where both systems had one before the first run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, distinct, func, or_, select, update
from sqlalchemy.orm import Session

from core.audit import trail
from core.clock import now
from core.db import reading
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import (
    ConflictState,
    Connection,
    FieldConflict,
    OpenProblem,
    Pairing,
    Plan,
    PlanState,
    ProblemKind,
    Run,
    RunKind,
    Trigger,
)
from core.queue import task_queue
from core.review.approvals import DECIDED, has_first_changes
from core.review.field_conflicts import ConflictValue, values_in
from core.review.field_decisions import require_no_run
from core.runs import request, selection
from core.runs.outcome_codes import Code
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run
from core.sync.store import kept_plans

UNDECIDED = (ConflictState.WAITING, ConflictState.ASK_HR)
# How many people are listed to choose from; more are chosen by field, or on the command line.
MAX_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class FieldCount:
    """A field in which the two systems differ, and of how many employees."""

    field: str
    label: str
    people: int


@dataclass(frozen=True, slots=True)
class PersonChanges:
    """An employee with other values in payroll, and both values of each field, masked where they are sensitive."""

    source_id: str
    name: str
    values: tuple[ConflictValue, ...]


@dataclass(frozen=True, slots=True)
class FirstChanges:
    """What a first run would have overwritten; ``people`` are at most 500 of ``total``."""

    fields: list[FieldCount]
    people: list[PersonChanges]
    total: int


@dataclass(frozen=True, slots=True)
class Choices:
    """Where payroll's values are kept: in some fields, and of some people; everywhere else HR's are used.

    ``use_hr_of`` are people whose values come from HR in all fields.
    """

    keep_fields: Collection[str] = ()
    keep_people: Collection[str] = ()
    use_hr_of: Collection[str] = ()


def first_changes(actor: Actor, run_id: int) -> FirstChanges:
    """Return what waits for the decision on a held first run."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        which = _undecided(session, require_run(session, actor, run_id))
        by_field = (
            select(FieldConflict.field, func.max(FieldConflict.label), func.count())
            .where(*which)
            .group_by(FieldConflict.field)
            .order_by(func.count().desc(), FieldConflict.field)
        )
        fields = [FieldCount(*row) for row in session.execute(by_field)]
        total = session.scalar(select(func.count(distinct(FieldConflict.source_id))).where(*which)) or 0
        return FirstChanges(fields, _people(session, which), total)


def _people(session: Session, which: list[ColumnElement[bool]]) -> list[PersonChanges]:
    first = (
        select(FieldConflict.source_id)
        .where(*which)
        .group_by(FieldConflict.source_id)
        .order_by(func.min(FieldConflict.name), FieldConflict.source_id)
        .limit(MAX_PEOPLE)
    )
    query = select(FieldConflict).where(*which, FieldConflict.source_id.in_(first))
    people: dict[str, tuple[str, list[ConflictValue]]] = {}
    for one in session.scalars(query.order_by(FieldConflict.name, FieldConflict.source_id, FieldConflict.id)):
        people.setdefault(one.source_id, (one.name, []))[1].extend(values_in(one.ciphertext))
    return [PersonChanges(source_id, name, tuple(values)) for source_id, (name, values) in people.items()]


def decide(actor: Actor, run_id: int, choices: Choices) -> int:
    """Decide on all first changes of a held run, and start a run that carries it out; return its id.

    Raises ConflictError when the plan is no longer open or a run is in progress, InvalidError for a field or an
    employee that is not among them.
    """
    with reading() as session:
        run = session.get(Run, run_id)
        require(actor, Permission.APPROVE_RUNS, run.account_id if run else None)
        if run is None:
            raise NotFoundError("There is no such run in this account.")
        connection_id, kind, chosen = run.connection_id, run.kind, selection.load(session, run_id)

    def apply(session: Session, new: int) -> None:
        """Store the decision in the transaction that makes the run."""
        _apply(session, actor, run_id, choices)
        session.get_one(Run, new).message = f"First changes of run #{run_id} decided."

    new = request.request(
        connection_id, Trigger.MANUAL, kind=kind, chosen=chosen, applies=run_id, actor=actor, then=apply
    )
    task_queue.enqueue_run(new)
    return new


def _apply(session: Session, actor: Actor, run_id: int, choices: Choices) -> None:
    run, plan = session.get_one(Run, run_id), session.get(Plan, run_id, with_for_update=True)
    if (
        plan is None
        or not has_first_changes(breach["code"] for breach in plan.breaches)
        or run.kind is RunKind.PREVIEW
    ):
        raise InvalidError("This run does not wait for a decision on first changes.")
    if plan.state is not PlanState.OPEN or plan.kept_until <= now():
        raise ConflictError(DECIDED[plan.state if plan.state is not PlanState.OPEN else PlanState.EXPIRED])
    require_no_run(session, run.connection_id)
    which = _undecided(session, run)
    _require_known(session, which, choices)
    by_person = {"decided_by": actor.user_id, "decided_at": now()}
    kept = and_(
        FieldConflict.source_id.not_in(choices.use_hr_of),
        or_(
            FieldConflict.field.in_(choices.keep_fields),
            FieldConflict.source_id.in_(choices.keep_people),
        ),
    )
    for state, condition in ((ConflictState.KEEP_PAYROLL, [kept]), (ConflictState.USE_HR, [])):
        session.execute(
            update(FieldConflict)
            .where(*which, *condition)
            .values(state=state, **by_person)
            .execution_options(synchronize_session=False)
        )
    _finish(session, run, plan, actor)
    kept_fields, kept_people = ", ".join(sorted(choices.keep_fields)), len(set(choices.keep_people))
    trail.record(
        session,
        actor,
        "plan.first_changes",
        f"run:{run_id}",
        kept_fields=kept_fields,
        kept_people=kept_people,
    )


def _finish(session: Session, run: Run, plan: Plan, actor: Actor) -> None:
    """Close the plan and the problems, and let the next run of the pairing write."""
    pairing_id = session.get_one(Connection, run.connection_id).pairing_id
    if run.kind is RunKind.SYNC:
        session.execute(
            update(Pairing).where(Pairing.id == pairing_id).values(first_changes_decided_at=now())
        )
    problems = (
        OpenProblem.pairing_id == pairing_id,
        OpenProblem.kind == ProblemKind.FIELD_CONFLICT,
        OpenProblem.last_run_id == run.id,
    )
    for problem in session.scalars(select(OpenProblem).where(*problems)):
        session.delete(problem)
    kept_plans.replace(session, plan, actor.user_id)


def _require_known(session: Session, which: list[ColumnElement[bool]], choices: Choices) -> None:
    fields = set(session.scalars(select(FieldConflict.field).where(*which).distinct()))
    if unknown := sorted(set(choices.keep_fields) - fields):
        raise InvalidError(f"No first change is in the field {', '.join(unknown)}.")
    chosen = {*choices.keep_people, *choices.use_hr_of}
    people: set[str] = set()
    for chunk in kept_plans.chunks_of(sorted(chosen)):
        query = select(FieldConflict.source_id).where(*which, FieldConflict.source_id.in_(chunk))
        people.update(session.scalars(query))
    if unknown := sorted(chosen - people):
        raise InvalidError(f"These employees have no first change: {', '.join(unknown)}.")


def _undecided(session: Session, run: Run) -> list[ColumnElement[bool]]:
    pairing_id = session.get_one(Connection, run.connection_id).pairing_id
    return [
        FieldConflict.pairing_id == pairing_id,
        FieldConflict.run_id == run.id,
        FieldConflict.code == Code.FIRST_CHANGES.value,
        FieldConflict.state.in_(UNDECIDED),
    ]
