"""Record Support's visits to an account once a day, so that the account can see who has looked at its data."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.models import Audit
from core.security.actor import ActingRole, Actor

ACTION = "account.look"


def record_visit(actor: Actor) -> None:
    """Record that a member of Support looks at an account, unless today (UTC) has such a row already."""
    if actor.role is not ActingRole.SUPPORT or actor.account_id is None:
        return
    with reading() as session:
        recorded = _recorded_today(session, actor)
    if not recorded:
        with transaction() as session:
            if not _recorded_today(session, actor):
                trail.record(session, actor, ACTION, f"account:{actor.account_id}")


def _recorded_today(session: Session, actor: Actor) -> bool:
    moment = now()
    midnight = datetime.combine(moment.date(), time(), moment.tzinfo)
    rows = (
        Audit.user_id == actor.user_id,
        Audit.account_id == actor.account_id,
        Audit.action == ACTION,
        Audit.at >= midnight,
    )
    return session.scalar(select(exists().where(*rows))) or False
