"""What stops when iHUB is switched off for an account."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.models import Run, User
from core.models import Session as SignIn
from core.sync.store import kept_plans

OFF = "Cancelled because iHUB was switched off for this account."


def stop_all(session: Session, account_id: int) -> dict[str, object]:
    """End the sign-ins of the account's people and cancel its waiting runs; return how many there were of each.

    A run that is going on is left to end by itself: payroll is better off with all of a plan than with half of it.
    Schedules stay as they are; ``core.runs.request.request`` refuses their occurrences while iHUB is off.
    """
    return {
        "sign_ins": _end_sign_ins(session, account_id),
        "waiting_runs": _cancel_waiting(session, account_id),
    }


def _end_sign_ins(session: Session, account_id: int) -> int:
    support = select(User.id).where(User.is_support)
    open_there = (
        SignIn.account_id == account_id,
        SignIn.revoked_at.is_(None),
        SignIn.user_id.not_in(support),
    )
    return len(
        session.execute(
            update(SignIn).where(*open_there).values(revoked_at=now()).returning(SignIn.user_id)
        ).all()
    )


def _cancel_waiting(session: Session, account_id: int) -> int:
    return len(kept_plans.cancel_waiting(session, Run.account_id == account_id, OFF))
