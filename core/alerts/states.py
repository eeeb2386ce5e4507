"""Record each change of state once: compare what holds of a connection with what held before.

Only the leading scheduler looks, every few seconds, and a change, its event and the messages about it are stored in one
transaction: whatever is killed, nothing is lost and nothing is said twice. What began and ended between two looks is
not an event.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts import recipients
from core.alerts.conditions import FOUND_HERE, Condition, Key, find
from core.clock import now
from core.db import reading, transaction
from core.models import Account, AlertEvent, AlertState, AlertTopic, Connection, ConnectionStatus


def refresh() -> None:
    """Find what has changed of any connection since the last time, and record it."""
    with reading() as session:
        found, stored = find(session), _stored(session)
    ids = {key.connection_id for key in found.keys() | stored.keys() if found.get(key) != stored.get(key)}
    for connection_id in sorted(ids):
        refresh_connection(connection_id)


def refresh_connection(connection_id: int) -> None:
    """Record what has changed of one connection; one process at a time does so."""
    with transaction() as session:
        connection = session.get_one(Connection, connection_id, with_for_update=True)
        found, stored = find(session, connection_id), _stored(session, connection_id)
        for key in sorted(found.keys() | stored.keys()):
            if found.get(key) != stored.get(key):
                _change(session, connection, key, found.get(key))


def report(session: Session, connection_id: int, topic: AlertTopic, condition: Condition | None) -> None:
    """Record, in the caller's transaction, what holds of a topic that is not found here; None when it is over.

    Safe to repeat: only something that was not there before becomes an event.
    """
    connection = session.get_one(Connection, connection_id, with_for_update=True)
    key = Key(connection_id, topic)
    if _stored_condition(session.get(AlertState, key)) != condition:
        _change(session, connection, key, condition)


def _stored(session: Session, connection_id: int | None = None) -> Mapping[Key, Condition | None]:
    query = select(AlertState).where(AlertState.topic.in_(FOUND_HERE))
    if connection_id is not None:
        query = query.where(AlertState.connection_id == connection_id)
    return {
        Key(row.connection_id, row.topic, row.user_id): _stored_condition(row)
        for row in session.scalars(query)
    }


def _stored_condition(row: AlertState | None) -> Condition | None:
    return None if row is None else Condition(tuple(row.things), row.number, row.run_id)


def _change(session: Session, connection: Connection, key: Key, condition: Condition | None) -> None:
    """Store what holds now. What is new in it, or that it is over, becomes an event with its messages."""
    row = session.get(AlertState, key)
    before = _stored_condition(row)
    if condition is None:
        session.delete(row)
    elif row is None:
        session.add(_row(key, condition))
    else:
        row.things, row.number, row.run_id = list(condition.things), condition.number, condition.run_id
    new = set(condition.things if condition else ()) - set(before.things if before else ())
    is_over = condition is None and key.topic is not AlertTopic.WAITING
    if (new or is_over) and _is_on(session, connection):
        latest = condition or before or Condition(())
        event = _event(connection, key, latest, sorted(new) if new else list(latest.things), ended=not new)
        session.add(event)
        session.flush()
        recipients.store_deliveries(session, event)


def _is_on(session: Session, connection: Connection) -> bool:
    """Say whether an end is an event: not where the connection is deleted or its account switched off."""
    is_enabled = session.get_one(Account, connection.account_id).ihub_enabled
    return is_enabled and connection.status is not ConnectionStatus.DELETED


def _row(key: Key, condition: Condition) -> AlertState:
    return AlertState(
        connection_id=key.connection_id,
        topic=key.topic,
        user_id=key.user_id,
        things=list(condition.things),
        number=condition.number,
        run_id=condition.run_id,
        since=now(),
    )


def _event(
    connection: Connection, key: Key, condition: Condition, things: list[str], *, ended: bool
) -> AlertEvent:
    return AlertEvent(
        account_id=connection.account_id,
        connection_id=connection.id,
        topic=key.topic,
        user_id=key.user_id or None,
        ended=ended,
        things=things,
        number=condition.number,
        run_id=condition.run_id,
        at=now(),
    )
