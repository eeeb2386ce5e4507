"""The outcome of the plans of held runs and previews, for the list of runs, with the notes of those who decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ScalarSelect, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from core.audit.user_labels import user_label
from core.clock import now
from core.models import Audit, Plan, PlanState, Record, Run, RunKind, RunStatus, User

WAITS = "Waits for a decision"
# What the audit calls the decisions that can have a note.
NOTED = ("plan.agree", "plan.approve", "plan.refuse")
# The agreement of the first of two people to an earlier plan that says the same, with its note.
KEPT = "plan.keep_agreement"
_STATES = {
    PlanState.REFUSED: "Rejected",
    PlanState.REPLACED: "Replaced by a later run",
    PlanState.EXPIRED: "Expired",
}


def load(session: Session, run_ids: Sequence[int]) -> dict[int, str]:
    """Return, by run, whether its plan waits, and how much of it was approved; nothing of open previews."""
    found = session.execute(_plans(), {"run_ids": run_ids})
    texts = {plan.run_id: decided_text(plan, kind, held, number) for plan, kind, held, number in found}
    return {run_id: text for run_id, text in texts.items() if text}


@cache
def _plans() -> Select[Plan, RunKind, int, int]:
    query = select(Plan, Run.kind, Run.held, approved_number()).join(Run, Run.id == Plan.run_id)
    is_among = Run.id.in_(bindparam("run_ids", expanding=True))
    return query.where(is_among, Run.status.in_((RunStatus.HELD, RunStatus.COMPLETE)))


def approved_number() -> ScalarSelect[int]:
    """Select how many employees of the ``Plan`` of a query were approved."""
    approved = select(func.count()).select_from(Record).where(Record.run_id == Plan.applied_by_run_id)
    return approved.scalar_subquery()


def decided_text(plan: Plan, kind: RunKind, held: int, approved: int) -> str:
    """Return what was decided on the plan of a run that was held or a preview; empty while a preview is open."""
    if plan.state is PlanState.APPROVED:
        return share_text(approved, held)
    if plan.state is PlanState.OPEN and plan.kept_until > now():
        return "" if kind is RunKind.PREVIEW else WAITS
    if kind is RunKind.PREVIEW:
        return ""
    return _STATES.get(plan.state, _STATES[PlanState.EXPIRED])


def share_text(approved: int, planned: int) -> str:
    """Return how much of a plan was approved: ``3 of 81 approved``."""
    return f"{approved:,} of {planned:,} approved" if approved < planned else "Approved"


def rest_text(approved: int, planned: int) -> str:
    """Return what was approved and what happens to the rest, as one sentence; empty when all was approved."""
    left = planned - approved
    if left <= 0:
        return ""
    others = "The other employee was" if left == 1 else f"The other {left:,} were"
    comes = "comes" if left == 1 else "come"
    return f"{approved:,} of {planned:,} approved. {others} not written and {comes} again in the next run."


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody has entered with a decision on a plan, and who; any text on one line."""

    person: str
    text: str


def load_notes(session: Session, plan: Plan) -> tuple[Note, ...]:
    """Return the notes on a plan from the audit, which keeps them for good; the first of two people comes first."""
    people = [person for person in (plan.first_approver, plan.decided_by) if person is not None]
    if not people:
        return ()
    by_them = and_(Audit.user_id.in_(people), Audit.action.in_(NOTED), Audit.result == "done")
    query = select(user_label(Audit.account_id), Audit.detail).outerjoin(User, User.id == Audit.user_id)
    query = query.where(Audit.subject == f"run:{plan.run_id}", or_(by_them, Audit.action == KEPT))
    rows = session.execute(query.order_by(Audit.id))
    account_id = session.get_one(Run, plan.run_id).account_id
    first = person_name(session, account_id, plan.first_approver) or ""
    return tuple(Note(name or first, detail["note"]) for name, detail in rows if detail.get("note"))


def person_name(session: Session, account_id: int, user_id: int | None) -> str | None:
    """Return the name of a person, which sets them apart from others in an account; None for nobody."""
    if user_id is None:
        return None
    return session.scalar(select(user_label(account_id)).select_from(User).where(User.id == user_id))
