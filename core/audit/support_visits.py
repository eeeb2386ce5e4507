"""Record Support's visits to an account once a day, so that the account can see who has looked at its data."""

from __future__ import annotations

import threading
from datetime import datetime, time

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core import store_errors
from core.audit import trail
from core.clock import now
from core.db import MINOR_WAIT_MILLISECONDS, reading, transaction
from core.models import Audit
from core.security.actor import ActingRole, Actor

ACTION = "account.look"
log = structlog.get_logger()
# The visits that are recorded as soon as another program lets go of the store.
_waiting: set[Actor] = set()


def record_visit(actor: Actor) -> None:
    """Record that a member of Support looks at an account, unless today (UTC) has such a row already.

    While another program holds the store, the row follows as soon as that has ended, and the process does not end
    before it.
    """
    if actor.role is not ActingRole.SUPPORT or actor.account_id is None:
        return
    with reading() as session:
        recorded = _recorded_today(session, actor)
    if recorded or actor in _waiting:
        return
    try:
        _record(actor, MINOR_WAIT_MILLISECONDS)
    except store_errors.OUTAGES as error:
        if not store_errors.is_held(error):
            raise
        _waiting.add(actor)
        threading.Thread(target=_record_when_free, args=(actor,), name="visit").start()


def _record(actor: Actor, wait: int | None = None) -> None:
    with transaction(wait=wait) as session:
        if not _recorded_today(session, actor):
            trail.record(session, actor, ACTION, f"account:{actor.account_id}")


def _record_when_free(actor: Actor) -> None:
    try:
        while True:
            try:
                return _record(actor)
            except store_errors.OUTAGES as error:
                if not store_errors.is_held(error):
                    log.error("audit.visit_not_recorded", error=type(error).__name__)
                    return None
    finally:
        _waiting.discard(actor)


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
