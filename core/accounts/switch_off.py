"""Stop what has to stop when iHUB is switched off for an account."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Run, User
from core.models import Session as SessionRow
from core.sign_in.sessions import end_sessions
from core.sync.store import kept_plans

REASON = "Cancelled because iHUB was switched off for this account."


def stop_all(session: Session, account_id: int) -> dict[str, object]:
    """End the sessions of the account's people and cancel its queued runs; return how many there were of each.

    A run in progress continues to its end: all of a plan is better for payroll than half of it. Schedules stay as they
    are; ``core.runs.request`` refuses their runs while iHUB is off.
    """
    support = select(User.id).where(User.is_support)
    sessions = (SessionRow.account_id == account_id, SessionRow.user_id.not_in(support))
    return {
        "sign_ins": end_sessions(session, *sessions),
        "waiting_runs": len(kept_plans.cancel_waiting(session, Run.account_id == account_id, REASON)),
    }
