"""The outbox: messages stored before they are sent, tried again with growing pauses, and given up after three days.

A message is claimed before it is sent and settled afterwards. A process that dies in between leaves it claimed for a
few minutes; it is then sent again under the same id, at most once for each such death.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.db import reading, transaction
from core.models import AlertEvent, Channel, Delivery

CLAIMED_FOR = timedelta(minutes=10)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
# With these pauses, about three days after the first try.
MOST_ATTEMPTS = 20
KEPT = timedelta(days=90)
MOST_DUE = 500
NOBODY = None


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery that is due."""

    id: int
    account_id: int
    connection_id: int
    channel: Channel
    user_id: int | None
    batch: str | None


def is_waiting() -> tuple[ColumnElement[bool], ...]:
    """Return the condition for what is neither delivered nor given up."""
    return Delivery.delivered_at.is_(None), Delivery.given_up_at.is_(None)


def store(  # noqa: PLR0917 - a row of the outbox
    session: Session,
    event: AlertEvent,
    channel: Channel,
    key: str,
    due_at: datetime,
    user_id: int | None = None,
) -> None:
    """Store a message about an event in the caller's transaction."""
    session.add(
        Delivery(
            key=key,
            account_id=event.account_id,
            connection_id=event.connection_id,
            channel=channel,
            event_id=event.id,
            user_id=user_id,
            created_at=now(),
            due_at=due_at,
            attempts=0,
        )
    )


def any_due() -> bool:
    """Say whether a message is due."""
    with reading() as session:
        query = select(Delivery.id).where(*is_waiting(), Delivery.due_at <= now()).limit(1)
        return session.scalar(query) is not None


def due() -> list[Due]:
    """Return the messages that are due, the oldest first."""
    query = (
        select(Delivery).where(*is_waiting(), Delivery.due_at <= now()).order_by(Delivery.id).limit(MOST_DUE)
    )
    with reading() as session:
        return [
            Due(row.id, row.account_id, row.connection_id, row.channel, row.user_id, row.batch)
            for row in session.scalars(query)
        ]


def claim(session: Session, ids: Iterable[int]) -> Sequence[Delivery]:
    """Claim those messages that are still due as one batch, in the caller's transaction: no other process has them."""
    rows = _still_due(session, ids)
    batch = next((row.batch for row in rows if row.batch), None) or str(uuid4())
    for row in rows:
        row.batch, row.attempts, row.due_at = batch, row.attempts + 1, now() + CLAIMED_FOR
    return rows


def settle(ids: Sequence[int], answer: str, *, is_delivered: bool, new_batch: bool = False) -> None:
    """Store what came of claimed messages: delivered, to be tried again later, or given up.

    With ``new_batch`` the next try may join them with other messages: they have certainly not arrived.
    """
    with transaction() as session:
        for row in session.scalars(select(Delivery).where(Delivery.id.in_(ids))):
            row.answer = answer
            if is_delivered:
                row.delivered_at = now()
            else:
                _put_off(row)
                row.batch = None if new_batch else row.batch


def fail_unsent(ids: Iterable[int], answer: str) -> None:
    """Count a try of messages that were not sent, because the server has just failed with another one."""
    with transaction() as session:
        for row in _still_due(session, ids):
            row.answer, row.attempts = answer, row.attempts + 1
            _put_off(row)


def _still_due(session: Session, ids: Iterable[int]) -> Sequence[Delivery]:
    query = select(Delivery).where(Delivery.id.in_(ids), *is_waiting(), Delivery.due_at <= now())
    return session.scalars(query.order_by(Delivery.id).with_for_update()).all()


def _put_off(row: Delivery) -> None:
    if row.attempts >= MOST_ATTEMPTS:
        row.given_up_at = now()
    else:
        row.due_at = now() + pause_after(row.attempts)


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after this number of tries: twice as long each time."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(attempts - 1, MOST_ATTEMPTS)
    return min(doubled, LONGEST_PAUSE)


def drop(row: Delivery) -> None:
    """End a message that nobody waits for any more. It is not shown as undelivered."""
    row.given_up_at, row.answer = now(), NOBODY


def waiting_mails(session: Session, account_id: int, user_id: int) -> list[tuple[Delivery, AlertEvent]]:
    """Return the mails to a person that still wait, each with its event."""
    query = select(Delivery, AlertEvent).join(AlertEvent, AlertEvent.id == Delivery.event_id)
    of_person = (
        Delivery.account_id == account_id,
        Delivery.user_id == user_id,
        Delivery.channel == Channel.MAIL,
    )
    rows = session.execute(query.where(*is_waiting(), *of_person).with_for_update(of=Delivery))
    return [(delivery, event) for delivery, event in rows]


def retry_webhooks(session: Session, connection_id: int) -> None:
    """Try the waiting messages to a connection's webhook at once, because its addresses have been changed."""
    of_webhook = Delivery.connection_id == connection_id, Delivery.channel != Channel.MAIL
    session.execute(update(Delivery).where(*is_waiting(), *of_webhook).values(due_at=now()))


def delete_old() -> None:
    """Delete settled messages and events after three months."""
    before = now() - KEPT
    has_waiting = exists().where(Delivery.event_id == AlertEvent.id, *is_waiting())
    settled = AlertEvent.at < before, ~has_waiting
    oldest = select(Delivery.created_at).where(Delivery.event_id.is_(None)).order_by(Delivery.id).limit(1)
    with reading() as session:
        run_from = session.scalar(oldest)
        event_id = session.scalar(select(AlertEvent.id).where(*settled).limit(1))
    if event_id is None and (run_from is None or run_from >= before):
        return
    with transaction() as session:
        events = select(AlertEvent.id).where(*settled)
        session.execute(delete(Delivery).where(Delivery.event_id.in_(events)))
        of_runs = Delivery.event_id.is_(None), Delivery.created_at < before
        session.execute(delete(Delivery).where(*of_runs))
        session.execute(delete(AlertEvent).where(*settled))
