"""Read kept plans: why a run was held, and what would be written, beginning with the employees over the limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.db import reading
from core.models import Connection, Plan, PlanState, Record, Run, RunKind, User
from core.reports.records import COLUMNS, RecordView, record_view
from core.review.approvals import changes_bank, people_for_bank, permission_for
from core.runs.outcome_codes import Code
from core.runs.system_names import load_system_names
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run
from core.sync.plan.known_ends import asks_for_end
from core.sync.store import kept_plans

MAX_RECORDS = 500


@dataclass(frozen=True, slots=True)
class BreachView:
    """One limit that a run would have exceeded."""

    code: str
    message: str
    number: int
    allowed: int


@dataclass(frozen=True, slots=True)
class PlanView:
    """A kept plan and what can be done with it.

    ``can_decide`` says whether the actor may approve or reject it now. Where two people must agree, ``agreed`` is the
    name of the first, and ``agreed_choice`` the positions agreed to (None: all).
    """

    run_id: int
    kind: RunKind
    state: PlanState
    breaches: tuple[BreachView, ...]
    kept_until: datetime
    writes: int
    # How many employees have left and have to be ended in the target by hand, of those over the limit.
    ends_by_hand: int
    can_decide: bool
    changes_bank: bool
    people_for_bank: int
    agreed: str | None
    agreed_choice: tuple[int, ...] | None
    decided_by: str | None
    decided_at: datetime | None
    applied_by_run_id: int | None
    target: str


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """A plan that can be decided on; ``writes`` is how many employees it would write."""

    run_id: int
    account_id: int
    connection_id: int
    connection: str
    kind: RunKind
    breaches: tuple[BreachView, ...]
    writes: int
    kept_until: datetime


def open_plans(actor: Actor) -> list[OpenPlan]:
    """Return the plans that wait for a decision: held runs first, then previews, each newest first."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    writes = (
        select(func.count())
        .select_from(Record)
        .where(Record.run_id == Run.id, *kept_plans.unwritten())
        .scalar_subquery()
    )
    query = select(Run, Plan, Connection.name, writes).join(Plan, Plan.run_id == Run.id)
    query = query.join(Connection, Connection.id == Run.connection_id)
    query = query.where(Plan.state == PlanState.OPEN, Plan.kept_until > now())
    if actor.account_id is not None:
        query = query.where(Run.account_id == actor.account_id)
    with reading() as session:
        rows = session.execute(query.order_by(Run.kind == RunKind.PREVIEW, Run.id.desc()))
        return [_open_plan(run, plan, name, count) for run, plan, name, count in rows]


def _open_plan(run: Run, plan: Plan, connection: str, writes: int) -> OpenPlan:
    return OpenPlan(
        run_id=run.id,
        account_id=run.account_id,
        connection_id=run.connection_id,
        connection=connection,
        kind=run.kind,
        breaches=_breaches(plan),
        writes=writes,
        kept_until=plan.kept_until,
    )


def _breaches(plan: Plan) -> tuple[BreachView, ...]:
    return tuple(
        BreachView(**{name: breach[name] for name in BreachView.__slots__}) for breach in plan.breaches
    )


def get_plan(actor: Actor, run_id: int) -> PlanView | None:
    """Return the plan that a run left; None when it left none."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        run = require_run(session, actor, run_id)
        plan = session.get(Plan, run_id)
        if plan is None:
            return None
        open_now = plan.state is PlanState.OPEN and plan.kept_until > now()
        kept = select(func.count()).select_from(Record).where(*kept_plans.kept(run_id))
        return PlanView(
            run_id=run_id,
            kind=run.kind,
            state=PlanState.EXPIRED if plan.state is PlanState.OPEN and not open_now else plan.state,
            breaches=_breaches(plan),
            kept_until=plan.kept_until,
            writes=session.scalar(kept) or 0,
            ends_by_hand=len(_ends_by_hand(session, run_id, plan)),
            can_decide=open_now and actor.may(permission_for(run.kind, plan.breaches)),
            changes_bank=open_now and changes_bank(session, run_id),
            people_for_bank=people_for_bank(session, run.connection_id),
            agreed=_user_name(session, plan.first_approver),
            agreed_choice=None if plan.first_selection is None else tuple(plan.first_selection),
            decided_by=_user_name(session, plan.decided_by),
            decided_at=plan.decided_at,
            applied_by_run_id=plan.applied_by_run_id,
            target=load_system_names(session, run_id).target,
        )


def what_follows(plan: PlanView, chosen: int | None) -> list[str]:
    """Return what approving a plan will do, all of it or the number ``chosen``, in sentences."""
    count = plan.writes if chosen is None else chosen
    sentences = [f"{_employees(count)} will be written."] if count or not plan.ends_by_hand else []
    if count < plan.writes:
        sentences.append(f"{_employees(plan.writes - count)} will not; the next run looks at them again.")
    if plan.ends_by_hand:
        sentences.append(
            f"{_employees(plan.ends_by_hand)} who left must be ended in {plan.target} by hand, and count as approved."
        )
    if count:
        sentences.append("People whose data changed since the plan was made are left out (shown as Stale).")
    return sentences


def _employees(number: int) -> str:
    return "1 employee" if number == 1 else f"{number:,} employees"


def ends_by_hand(actor: Actor, run_id: int) -> list[RecordView]:
    """Return the employees over the limit on terminations who have to be ended in the target by hand."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        require_run(session, actor, run_id)
        plan, names = session.get(Plan, run_id), load_system_names(session, run_id)
        return [record_view(row, names) for row in _ends_by_hand(session, run_id, plan)] if plan else []


def _ends_by_hand(session: Session, run_id: int, plan: Plan) -> Sequence[Row[Any]]:
    ends = [breach for breach in plan.breaches if breach["code"] == Code.MANY_TERMINATIONS]
    positions = _positions_over_limits(ends)[:MAX_RECORDS]
    if not positions:
        return []
    of_run = (Record.run_id == run_id, Record.position.in_(positions), asks_for_end())
    return session.execute(select(*COLUMNS).where(*of_run).order_by(Record.position)).all()


def origin_run(actor: Actor, run_id: int) -> int | None:
    """Return the run whose approved plan this run writes, if it does."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        require_run(session, actor, run_id)
        return session.scalar(select(Plan.run_id).where(Plan.applied_by_run_id == run_id))


def planned_records(actor: Actor, run_id: int) -> list[RecordView]:
    """Return what a kept plan would write, at most 500 records, beginning with the employees over the limits."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        require_run(session, actor, run_id)
        plan = session.get(Plan, run_id)
        first = _positions_over_limits(plan.breaches)[:MAX_RECORDS] if plan is not None else []
        order = case((Record.position.in_(first), 0), else_=1)
        query = (
            select(*COLUMNS)
            .where(*kept_plans.kept(run_id))
            .order_by(order, Record.position)
            .limit(MAX_RECORDS)
        )
        names = load_system_names(session, run_id)
        return [record_view(row, names) for row in session.execute(query)]


def planned_positions(actor: Actor, run_id: int, source_ids: Sequence[str]) -> dict[str, int]:
    """Return the positions of employees in a kept plan, by source ID, without those it would not write."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        require_run(session, actor, run_id)
        query = select(Record.source_id, Record.position).where(
            *kept_plans.kept(run_id), Record.source_id.in_(source_ids)
        )
        return {row.source_id: row.position for row in session.execute(query)}


def _positions_over_limits(breaches: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the positions of the employees over the limits, each once."""
    return list(dict.fromkeys(position for breach in breaches for position in breach["positions"]))


def _user_name(session: Session, user_id: int | None) -> str | None:
    return None if user_id is None else session.scalar(select(User.name).where(User.id == user_id))
