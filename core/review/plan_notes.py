"""Who has decided on kept plans, and what they have noted."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Audit, Plan, User
from core.review.approvals import NOTED


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody has entered with a decision on a plan, and who; any text on one line."""

    person: str
    text: str


def load(session: Session, plan: Plan) -> tuple[Note, ...]:
    """Return the notes on a plan from the audit, which keeps them for good; the first of two people comes first."""
    people = [person for person in (plan.first_approver, plan.decided_by) if person is not None]
    if not people:
        return ()
    query = select(User.name, Audit.detail).join(User, User.id == Audit.user_id)
    query = query.where(
        Audit.user_id.in_(people),
        Audit.subject == f"run:{plan.run_id}",
        Audit.action.in_(NOTED),
        Audit.result == "done",
    )
    rows = session.execute(query.order_by(Audit.id))
    return tuple(Note(name, detail["note"]) for name, detail in rows if detail.get("note"))


def person_name(session: Session, user_id: int | None) -> str | None:
    """Return the name of a person; None for nobody."""
    return None if user_id is None else session.scalar(select(User.name).where(User.id == user_id))
