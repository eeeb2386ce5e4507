"""Write down who did what."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.actor import Actor
from core.models import Audit


def record(session: Session, actor: Actor, action: str, subject: str, result: str = "done", **detail: object) -> None:
    """Add one row in the caller's transaction. ``detail`` holds no secrets and no field values."""
    session.add(
        Audit(
            account_id=actor.account_id,
            user_id=actor.user_id,
            address=actor.address,
            action=action,
            subject=subject,
            result=result,
            detail=detail | ({} if actor.user_id else {"by": actor.name}),
        )
    )
