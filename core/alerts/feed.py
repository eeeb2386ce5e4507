"""What the Alerts page shows: what has happened, how much of it is new to the person, and what did not arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from core.alerts import preferences, wording
from core.alerts.preferences import wants
from core.alerts.sending import messages, outbox
from core.audit.connection_labels import connection_label
from core.clock import now
from core.db import reading, transaction
from core.models import (
    AlertEvent,
    AlertPreference,
    AlertTopic,
    Channel,
    Connection,
    ConnectionStatus,
    Delivery,
)
from core.security.actor import Actor, Permission, require

# Of the latest events; the page shows no more.
MOST_EVENTS = 200
SHOWN_FOR = timedelta(days=30)
CHANNELS = {
    Channel.MAIL: "E-mail to you",
    Channel.WEBHOOK: "Webhook",
    Channel.RUN_START: "Webhook for the start of a run",
    Channel.RUN_SUCCESS: "Webhook for the success of a run",
    Channel.RUN_FAILURE: "Webhook for the failure of a run",
}


@dataclass(frozen=True, slots=True)
class EventView:
    """One change of state in words, with where to look; ``path`` is an address below iHUB's own."""

    id: int
    at: datetime
    connection_id: int
    connection: str
    topic: AlertTopic
    ended: bool
    text: str
    path: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class UndeliveredView:
    """Messages with one answer that did not arrive, the latest first; ``next_try_at`` is None for those given up."""

    channel: str
    connection: str
    answer: str
    attempts: int
    number: int
    since: datetime
    next_try_at: datetime | None


def list_events(actor: Actor) -> list[EventView]:
    """Return what the person wants to see of the account they act in, the newest first."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        seen = _seen(session, actor)
        return [_view(actor, event, name, seen) for event, name in _events(session, actor, 0)]


def count_new(actor: Actor) -> int:
    """Return how many events the person has not seen yet."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        return len(_events(session, actor, _seen(session, actor)))


def mark_seen(actor: Actor, event_id: int) -> None:
    """Remember that the person has seen all events up to one."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    if actor.user_id is None or actor.account_id is None:
        return
    with transaction() as session:
        row = session.get(AlertPreference, (actor.user_id, actor.account_id))
        if row is None:
            row = AlertPreference(user_id=actor.user_id, account_id=actor.account_id, seen_event_id=0)
            session.add(row)
        row.seen_event_id = max(row.seen_event_id, event_id)


def _seen(session: Session, actor: Actor) -> int:
    row = session.get(AlertPreference, (actor.user_id, actor.account_id)) if actor.user_id else None
    return 0 if row is None else row.seen_event_id


def _events(session: Session, actor: Actor, after: int) -> list[tuple[AlertEvent, str]]:
    theirs = {"account_id": actor.account_id, "user_id": actor.user_id, "after": after}
    rows = session.execute(_events_after(), theirs).all()
    if not rows:
        return []
    chosen = preferences.load(session, actor.user_id or 0, actor.account_id or 0, actor.role)
    return [
        (event, name)
        for event, name in rows
        if wants(chosen.choice(event.connection_id).page, event.topic, ended=event.ended)
    ]


@cache
def _events_after() -> Select[AlertEvent, str]:
    """Select the events of an account for a person; each page counts them, so it is made once."""
    query = select(AlertEvent, connection_label()).join(Connection, Connection.id == AlertEvent.connection_id)
    query = query.where(AlertEvent.account_id == bindparam("account_id"), AlertEvent.id > bindparam("after"))
    query = query.where(or_(AlertEvent.user_id.is_(None), AlertEvent.user_id == bindparam("user_id")))
    query = query.where(Connection.status != ConnectionStatus.DELETED)
    return query.order_by(AlertEvent.id.desc()).limit(MOST_EVENTS)


def _view(actor: Actor, event: AlertEvent, connection: str, seen: int) -> EventView:
    about = messages.happened(event)
    sees_connections = actor.may(Permission.SEE_CONNECTIONS)
    return EventView(
        id=event.id,
        at=event.at,
        connection_id=event.connection_id,
        connection=connection,
        topic=event.topic,
        ended=event.ended,
        text=wording.sentence(about),
        path=wording.path(about, event.connection_id, event.run_id, sees_connections=sees_connections),
        is_new=event.id > seen,
    )


def list_undelivered(actor: Actor) -> list[UndeliveredView]:
    """Return what did not arrive in the last month or is being tried again: the person's mails, and webhooks."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    query = select(Delivery, connection_label()).join(Connection, Connection.id == Delivery.connection_id)
    mine = Delivery.user_id == actor.user_id
    seen = or_(mine, Delivery.user_id.is_(None)) if actor.may(Permission.SEE_CONNECTIONS) else mine
    recent = or_(Delivery.given_up_at.is_(None), Delivery.given_up_at > now() - SHOWN_FOR)
    query = query.where(
        Delivery.account_id == actor.account_id, Delivery.delivered_at.is_(None), recent, seen
    )
    query = query.where(Delivery.attempts > 0, Delivery.answer.is_not(outbox.NOBODY))
    views: dict[tuple[str, str, str, bool], UndeliveredView] = {}
    with reading() as session:
        for row, name in session.execute(query.order_by(Delivery.id.desc()).limit(MOST_EVENTS)):
            key = row.channel.value, name, row.answer or "", row.given_up_at is None
            earlier = views.get(key)
            views[key] = UndeliveredView(
                channel=CHANNELS[row.channel],
                connection=name,
                answer=row.answer or "",
                attempts=max(row.attempts, earlier.attempts if earlier else 0),
                number=1 + (earlier.number if earlier else 0),
                since=row.created_at,
                next_try_at=row.due_at if row.given_up_at is None else None,
            )
    return list(views.values())
