"""Alerts about a connection: each is raised once and shown until its cause is gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

import structlog
from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit.connection_labels import connection_label
from core.clock import now
from core.db import reading
from core.models import Alert, AlertKind, Connection, ConnectionStatus, Side
from core.security.actor import Actor, Permission, require

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AlertView:
    """One open alert."""

    id: int
    connection_id: int
    connection: str
    side_id: int
    kind: AlertKind
    message: str
    raised_at: datetime


def raise_once(session: Session, side: Side, kind: AlertKind, message: str) -> bool:
    """Raise an alert in the caller's transaction; False when the same alert is already open."""
    if _is_open(session, side.id, kind):
        return False
    account_id = session.get_one(Connection, side.connection_id).account_id
    alert = Alert(
        account_id=account_id,
        connection_id=side.connection_id,
        side_id=side.id,
        kind=kind,
        message=message[:500],
    )
    try:
        with session.begin_nested():
            session.add(alert)
    except IntegrityError:
        if _is_open(session, side.id, kind):  # another process has just raised it
            return False
        raise
    log.warning("alert.raised", alert=kind.value, side=side.id, connection=side.connection_id)
    return True


def raise_or_change(session: Session, side: Side, kind: AlertKind, message: str) -> None:
    """Raise an alert in the caller's transaction, or give the one that is open another message."""
    if not raise_once(session, side, kind, message):
        changed = update(Alert).where(*_open_alerts(side.id), Alert.kind == kind)
        session.execute(changed.values(message=message[:500]))


def _is_open(session: Session, side_id: int, kind: AlertKind) -> bool:
    return session.scalar(select(Alert.id).where(*_open_alerts(side_id), Alert.kind == kind)) is not None


def any_open(session: Session, connection_ids: Select[int], kind: AlertKind) -> bool:
    """Say whether an alert of a kind is open for any of the connections that a query returns."""
    is_open = (Alert.connection_id.in_(connection_ids), Alert.kind == kind, Alert.cleared_at.is_(None))
    return session.scalar(select(Alert.id).where(*is_open).limit(1)) is not None


def clear(session: Session, side_id: int) -> None:
    """End the alerts that are over once a side is connected again, in the caller's transaction."""
    over = Alert.kind.not_in(
        (AlertKind.NO_LONGER_LISTED, AlertKind.REFUSES_ACCEPTED, AlertKind.SCOPE_VANISHED)
    )
    session.execute(update(Alert).where(*_open_alerts(side_id), over).values(cleared_at=now()))


def clear_kind(session: Session, side_id: int, kind: AlertKind) -> None:
    """End the alert of one kind of a side in the caller's transaction."""
    session.execute(update(Alert).where(*_open_alerts(side_id), Alert.kind == kind).values(cleared_at=now()))


def _open_alerts(side_id: int) -> tuple[ColumnElement[bool], ...]:
    return (Alert.side_id == side_id, Alert.cleared_at.is_(None))


def open_alerts(actor: Actor) -> list[AlertView]:
    """Return the open alerts of the actor's account, the newest first."""
    require(actor, Permission.SEE_CONNECTIONS, actor.account_id)
    query = _all_open(in_one=actor.account_id is not None)
    with reading() as session:
        rows = session.execute(query, {"account_id": actor.account_id}).all()
    return [
        AlertView(row.id, row.connection_id, name, row.side_id, row.kind, row.message, row.raised_at)
        for row, name in rows
    ]


@cache
def _all_open(*, in_one: bool) -> Select[Alert, str]:
    """Select the open alerts of one account or of all, made once."""
    query = select(Alert, connection_label()).join(Connection, Connection.id == Alert.connection_id)
    query = query.where(Alert.cleared_at.is_(None), Connection.status != ConnectionStatus.DELETED)
    if in_one:
        query = query.where(Alert.account_id == bindparam("account_id"))
    return query.order_by(Alert.id.desc())
