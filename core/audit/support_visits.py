"""Support's looks into accounts: each is written down once a day, so that an account can see who has looked."""

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


def note(actor: Actor) -> None:
    """Write down that Support looks into an account, unless that has been written down today (UTC)."""
    if actor.hat is not ActingRole.SUPPORT or actor.account_id is None:
        return
    with reading() as session:
        known = _known(session, actor)
    if not known:
        with transaction() as session:
            if not _known(session, actor):
                trail.record(session, actor, ACTION, f"account:{actor.account_id}")


def _known(session: Session, actor: Actor) -> bool:
    moment = now()
    today = datetime.combine(moment.date(), time(), moment.tzinfo)
    rows = (
        Audit.user_id == actor.user_id,
        Audit.account_id == actor.account_id,
        Audit.action == ACTION,
        Audit.at >= today,
    )
    return session.scalar(select(exists().where(*rows))) or False
