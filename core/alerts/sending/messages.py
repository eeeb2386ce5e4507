"""Make what is sent: the mail about some events, and the JSON that a webhook gets about an event or a run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from sqlalchemy.orm import Session

from core.alerts import wording
from core.alerts.sending import mail
from core.alerts.sending.mail import Mail
from core.alerts.wording import Happened, Line
from core.audit.connection_labels import load_labels
from core.models import Account, AlertEvent, Channel, Connection, Run
from core.settings import settings
from core.time_zones import zone_or_default

RUN_TYPES = {
    Channel.RUN_START: "run.started",
    Channel.RUN_SUCCESS: "run.succeeded",
    Channel.RUN_FAILURE: "run.failed",
}


def mail_about(
    session: Session, events: Sequence[AlertEvent], to: str, batch: str, *, sees_connections: bool
) -> Mail:
    """Return the one mail about some events of one account."""
    account = session.get_one(Account, events[0].account_id)
    lines = [_line(session, event, account, sees_connections) for event in events]
    return mail.compose(to, wording.subject(account.name, lines), wording.text(account.name, lines), batch)


def _line(session: Session, event: AlertEvent, account: Account, sees_connections: bool) -> Line:
    connection, at = (
        session.get_one(Connection, event.connection_id),
        event.at.astimezone(zone_or_default(account.time_zone)),
    )
    label = load_labels(session, [connection.id])[connection.id]
    when = f"{at.day} {at:%b %Y, %H:%M %Z}"
    address = address_of(event, sees_connections=sees_connections)
    return Line(label, wording.sentence(happened(event)), when, address)


def happened(event: AlertEvent) -> Happened:
    """Return what a sentence about an event is made of."""
    return Happened(event.topic, event.ended, event.things, event.number)


def address_of(event: AlertEvent, *, sees_connections: bool = True) -> str:
    """Return the whole address of where somebody looks or acts, in the account of the event."""
    about = happened(event)
    path = wording.path(about, event.connection_id, event.run_id, sees_connections=sees_connections)
    return _in_account(path, event.account_id)


def _in_account(path: str, account_id: int) -> str:
    mark = "&" if "?" in path else "?"
    return f"{settings().url}{path}{mark}{urlencode({'account': account_id})}"


def body_about_event(session: Session, event: AlertEvent) -> bytes:
    """Return what a webhook gets about a change of state."""
    return body(
        "alert.ended" if event.ended else "alert.began",
        event.at,
        session.get_one(Connection, event.connection_id),
        session,
        topic=event.topic.value,
        text=wording.sentence(happened(event)),
        number=event.number,
        run=event.run_id,
        link=address_of(event),
    )


def body_about_run(session: Session, run: Run, channel: Channel) -> bytes:
    """Return what an uptime service gets about a run: its state and numbers."""
    is_start = channel is Channel.RUN_START
    numbers = {} if is_start else {"read": run.read, "written": run.written, "errors": run.errors}
    return body(
        RUN_TYPES[channel],
        (run.started_at if is_start else run.ended_at) or run.created_at,
        session.get_one(Connection, run.connection_id),
        session,
        run=run.id,
        status="RUNNING" if is_start else run.status.value,
        link=_in_account(f"/Reports?run={run.id}", run.account_id),
        **numbers,
    )


def body(kind: str, at: datetime, connection: Connection, session: Session, **more: Any) -> bytes:
    """Return a message to a webhook: its type, the moment, and what it is about."""
    account = session.get_one(Account, connection.account_id)
    about = {
        "account": {"id": account.id, "name": account.name},
        "connection": {"id": connection.id, "name": connection.name},
    }
    return orjson.dumps({"type": kind, "timestamp": at.isoformat(timespec="seconds"), "data": about | more})
