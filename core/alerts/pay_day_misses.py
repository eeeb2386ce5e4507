"""Tell people that somebody would miss a pay day or be paid wrong.

The leading scheduler says whose forecast is due, and a worker makes it, because that may take seconds. One is due when
a run has ended or the pay calendar was changed, and every 15 minutes, because time alone changes it. Redis remembers a
forecast only once it was made: after a kill, or when Redis was emptied, it is made again, and a change of state is
recorded once all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts.conditions import Condition
from core.alerts.states import report
from core.alerts.wording import PAY_TOPICS
from core.db import reading, transaction
from core.models import Account, AlertState, Connection, ConnectionStatus, Run
from core.pay_days import stored
from core.pay_days.stored import StoredCalendar
from core.pay_days.who_misses import coming

EVERY = timedelta(minutes=15)
# At a time, so that people who wait for a preview of theirs do not wait behind all forecasts.
MOST_AT_ONCE = 10


def due(connection: Redis) -> list[int]:
    """Return the connections whose forecast is to be made now, by id. Raises RedisError."""
    with reading() as session:
        reported = session.scalars(
            select(AlertState.connection_id).where(AlertState.topic.in_(PAY_TOPICS)).distinct()
        )
        calendars = stored.load(session, reported.all()) | stored.all_in_force(session)
        bases = _bases(session, calendars)
    made = connection.mget([_key(connection_id) for connection_id in bases]) if bases else []
    marks = zip(bases.items(), made, strict=True)
    return [connection_id for (connection_id, basis), mark in marks if mark != basis.encode()][:MOST_AT_ONCE]


def look(connection: Redis, connection_id: int) -> None:
    """Make the forecast of a connection and record how many people its next pay would miss or pay wrong; never who."""
    with reading() as session:
        basis = _bases(session, stored.load(session, [connection_id]))[connection_id]
    try:
        _tell(connection_id)
    finally:  # one that fails is made again after the next run, or in 15 minutes
        connection.set(_key(connection_id), basis, ex=EVERY)


def _tell(connection_id: int) -> None:
    with reading() as session:
        has_pay = _has_pay(session, connection_id)
    numbers = coming.count_misses(connection_id) if has_pay else None
    if has_pay and numbers is None:  # no forecast can be made, and so nothing is over
        return
    day = "" if numbers is None else numbers.pay.paid_on.isoformat()
    counts = (0, 0) if numbers is None else (numbers.misses, numbers.wrong)
    with transaction() as session:
        for topic, number in zip(PAY_TOPICS, counts, strict=True):
            report(session, connection_id, topic, Condition((day,), number) if number else None)


def _has_pay(session: Session, connection_id: int) -> bool:
    """Say whether a connection has a next pay, is not deleted, and its account is switched on."""
    connection = session.get_one(Connection, connection_id)
    is_enabled = session.get_one(Account, connection.account_id).ihub_enabled
    if not is_enabled or connection.status is ConnectionStatus.DELETED:
        return False
    return stored.load(session, [connection_id])[connection_id].next_pay() is not None


def _bases(session: Session, calendars: Mapping[int, StoredCalendar]) -> dict[int, str]:
    """Return what forecasts are made of: the version of the pay calendar and the newest run that has ended."""
    ended = select(Run.id).where(Run.connection_id == Connection.id, Run.ended_at.is_not(None))
    newest = ended.order_by(Run.id.desc()).limit(1).correlate(Connection).scalar_subquery()
    rows = session.execute(select(Connection.id, newest).where(Connection.id.in_(calendars)))
    run_ids = {connection_id: run_id or 0 for connection_id, run_id in rows}
    return {each: f"{calendar.version} {run_ids[each]}" for each, calendar in sorted(calendars.items())}


def _key(connection_id: int) -> str:
    return f"ihub:pay-day:{connection_id}"
