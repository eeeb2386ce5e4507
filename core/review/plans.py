"""Read kept plans: why a run was held, and what would be written, beginning with the employees over the limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from core.audit.connection_labels import connection_label
from core.clock import now
from core.db import reading
from core.models import Connection, Plan, PlanState, Record, Run, RunKind
from core.reports import plan_outcomes
from core.reports.local_time import account_zone
from core.reports.plan_outcomes import Note
from core.reports.records import COLUMNS, RecordView, record_view
from core.review.approvals import bank_refusal, changes_bank, people_for_bank, permission_for
from core.review.plan_rows import positions_over_limits
from core.runs import bank_approval
from core.runs.outcome_codes import Code
from core.runs.system_names import load_system_names
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run
from core.sync.plan import recent_numbers
from core.sync.plan.impact import asks_for_end
from core.sync.plan.recent_numbers import COUNTED
from core.sync.store import kept_plans


@dataclass(frozen=True, slots=True)
class BreachView:
    """One limit that a run would have exceeded."""

    code: str
    message: str
    number: int
    allowed: int
    # The same number in the last runs of everybody before it, newest first.
    usual: tuple[int, ...] = ()


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
    approvers: int
    # Why the actor may not approve the changed bank accounts in it; empty when they may. The rest they may approve.
    bank_refusal: str
    agreed: str | None
    agreed_choice: tuple[int, ...] | None
    decided_by: str | None
    decided_at: datetime | None
    applied_by_run_id: int | None
    # What happened to the employees who were not approved; empty when all were, or nothing is approved.
    rest: str
    # The run with the plan that has replaced this one, while it can be decided on.
    newer_run_id: int | None
    target: str
    # What those who decided have noted, the first of two people first.
    notes: tuple[Note, ...] = ()


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
    query = select(Run, Plan, connection_label(), writes).join(Plan, Plan.run_id == Run.id)
    query = query.join(Connection, Connection.id == Run.connection_id)
    theirs = () if actor.account_id is None else (Run.account_id == actor.account_id,)
    query = query.where(Plan.state == PlanState.OPEN, Plan.kept_until > now(), *theirs)
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
        BreachView(breach["code"], breach["message"], breach["number"], breach["allowed"])
        for breach in plan.breaches
    )


def _with_usual(session: Session, run: Run, plan: Plan) -> tuple[BreachView, ...]:
    earlier = recent_numbers.load(session, run.connection_id, before=run.id) if plan.breaches else []
    return tuple(
        replace(breach, usual=tuple(numbers.of(breach.code) for numbers in earlier if breach.code in COUNTED))
        for breach in _breaches(plan)
    )


def get_plan(actor: Actor, run_id: int) -> PlanView | None:
    """Return the plan that a run left; None when it left none."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        run, plan = require_run(session, actor, run_id), session.get(Plan, run_id)
        if plan is None:
            return None
        needed = people_for_bank(session, run.connection_id)
        open_now = plan.state is PlanState.OPEN and plan.kept_until > now()
        kept = select(func.count()).select_from(Record).where(*kept_plans.kept(run_id))
        bank = open_now and changes_bank(session, run_id)
        return PlanView(
            run_id=run_id,
            kind=run.kind,
            state=PlanState.EXPIRED if plan.state is PlanState.OPEN and not open_now else plan.state,
            breaches=_with_usual(session, run, plan),
            kept_until=plan.kept_until,
            writes=session.scalar(kept) or 0,
            ends_by_hand=len(_ends_by_hand(session, run_id, plan)),
            can_decide=open_now and actor.may(permission_for(run.kind, plan.breaches)),
            changes_bank=bank,
            people_for_bank=needed,
            approvers=bank_approval.count_approvers(session, run.connection_id),
            bank_refusal=bank_refusal(actor.user_id, run) if bank and needed else "",
            agreed=plan_outcomes.person_name(session, run.account_id, plan.first_approver),
            agreed_choice=None if plan.first_selection is None else tuple(plan.first_selection),
            decided_by=plan_outcomes.person_name(session, run.account_id, plan.decided_by),
            decided_at=plan.decided_at,
            applied_by_run_id=plan.applied_by_run_id,
            rest=_rest(session, run_id, plan.applied_by_run_id),
            newer_run_id=_newer_plan(session, run, plan),
            target=load_system_names(session, run_id).target,
            notes=plan_outcomes.load_notes(session, plan),
        )


def what_follows(plan: PlanView, chosen: int | None, *, is_first_of_two: bool = False) -> list[str]:
    """Return what approving a plan will do, all of it or the number ``chosen``, in sentences."""
    count = plan.writes if chosen is None else chosen
    when = " once another person has approved the same" if is_first_of_two else ""
    sentences = [f"{_employees(count)} will be written{when}."] if count or not plan.ends_by_hand else []
    if is_first_of_two and plan.agreed:
        sentences.append(f"This replaces what {plan.agreed} has approved.")
    if left := plan.writes - count:
        comes = "comes" if left == 1 else "come"
        sentences.append(f"{_employees(left)} will not, and {comes} again in the next run.")
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
        zone = account_zone(session, require_run(session, actor, run_id).account_id)
        plan, names = session.get(Plan, run_id), load_system_names(session, run_id)
        return [record_view(row, names, zone) for row in _ends_by_hand(session, run_id, plan)] if plan else []


def _ends_by_hand(session: Session, run_id: int, plan: Plan) -> Sequence[Row[Any]]:
    ends = [breach for breach in plan.breaches if breach["code"] == Code.MANY_TERMINATIONS]
    if not (positions := positions_over_limits(ends)):
        return []
    of_run = (Record.run_id == run_id, Record.position.in_(positions), asks_for_end())
    return session.execute(select(*COLUMNS).where(*of_run).order_by(Record.position)).all()


@dataclass(frozen=True, slots=True)
class Origin:
    """The run whose approved plan another run writes, and what happened to the rest of it, if it was not all."""

    run_id: int
    rest: str


def origin_run(actor: Actor, run_id: int) -> Origin | None:
    """Return the run whose approved plan this run writes, if it does."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        require_run(session, actor, run_id)
        origin = session.scalar(select(Plan.run_id).where(Plan.applied_by_run_id == run_id))
        return None if origin is None else Origin(origin, _rest(session, origin, run_id))


def _rest(session: Session, run_id: int, applied_by_run_id: int | None) -> str:
    """Return what happened to the employees of a plan who were not approved; empty while it is not approved."""
    if applied_by_run_id is None:
        return ""
    count = select(func.count()).select_from(Record)
    approved = session.scalar(count.where(Record.run_id == applied_by_run_id)) or 0
    return plan_outcomes.rest_text(approved, session.get_one(Run, run_id).held)


def _newer_plan(session: Session, run: Run, plan: Plan) -> int | None:
    """Return the run with the open plan that has replaced this one."""
    if plan.state is not PlanState.REPLACED:
        return None
    query = select(func.max(Plan.run_id)).join(Run, Run.id == Plan.run_id)
    later = (Run.connection_id == run.connection_id, Plan.run_id > run.id, Plan.state == PlanState.OPEN)
    return session.scalar(query.where(*later))
