"""Put people on hold and release them: nobody on hold is written, whatever the conditions say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from connectors.values.redaction import mask_numbers
from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import InvalidError, NotFoundError
from core.models import Account, Connection, Hold, Link, User
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.time_zones import zone_or_default

REASON_LENGTH = 300
MOST_HOLDS = 1000
LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class HoldView:
    """One person on hold. ``last_day`` is None for a hold without an end; ``put_by`` is None for the operator."""

    id: int
    source_id: str
    reason: str
    put_by: str | None
    put_at: datetime
    last_day: date | None
    is_linked: bool


def put(actor: Actor, connection_id: int, source_id: str, reason: str, last_day: date | None = None) -> int:
    """Put a person on hold and return the id of the hold.

    Raises InvalidError when the reason or the day cannot be used, or when the person is on hold already.
    """
    source_id, text = source_id.strip(), mask_numbers(" ".join(reason.split()))
    if not source_id or len(source_id) > 200:
        raise InvalidError("Enter the employee's source ID, in at most 200 characters.")
    if not text or len(text) > REASON_LENGTH:
        raise InvalidError(f"Enter why this person is on hold, in at most {REASON_LENGTH} characters.")
    with transaction() as session:
        connection, pairing_id = _find(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        today = today_in(session, connection.account_id)
        if last_day is not None and not today <= last_day < today + LONGEST:
            raise InvalidError("Choose today or a later day, within ten years, as the last day of the hold.")
        running = session.scalars(select(Hold.source_id).where(_runs(pairing_id, today))).all()
        if source_id in running:
            raise InvalidError("This person is on hold already. Release them first to change the reason.")
        if len(running) >= MOST_HOLDS:
            raise InvalidError(f"{MOST_HOLDS:,} people are on hold. Leave people out by a condition instead.")
        hold = Hold(
            pairing_id=pairing_id, source_id=source_id, reason=text, put_by=actor.user_id, last_day=last_day
        )
        session.add(hold)
        session.flush()
        until = last_day.isoformat() if last_day else None
        subject = f"connection:{connection_id}"
        trail.record(session, actor, "hold.put", subject, source=source_id, reason=text, until=until)
        return hold.id


def release(actor: Actor, connection_id: int, source_id: str) -> None:
    """Release a person: the next run writes what has changed. Raises NotFoundError when they are not on hold."""
    with transaction() as session:
        connection, pairing_id = _find(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        today = today_in(session, connection.account_id)
        query = select(Hold).where(_runs(pairing_id, today), Hold.source_id == source_id.strip())
        hold = session.scalar(query)
        if hold is None:
            raise NotFoundError("This person is not on hold.")
        hold.released_at, hold.released_by = now(), actor.user_id
        trail.record(session, actor, "hold.release", f"connection:{connection_id}", source=hold.source_id)


def list_holds(actor: Actor, connection_id: int) -> list[HoldView]:
    """Return the people on hold today, the latest first."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
        if connection.pairing_id is None:
            return []
        today = today_in(session, connection.account_id)
        query = (
            select(Hold, User.username, Link.target_id)
            .outerjoin(User, User.id == Hold.put_by)
            .outerjoin(Link, (Link.pairing_id == Hold.pairing_id) & (Link.source_id == Hold.source_id))
            .where(_runs(connection.pairing_id, today))
            .order_by(Hold.id.desc())
        )
        return [
            HoldView(
                hold.id,
                hold.source_id,
                hold.reason,
                username,
                hold.put_at,
                hold.last_day,
                target_id is not None,
            )
            for hold, username, target_id in session.execute(query)
        ]


def reasons(pairing_id: int, today: date) -> dict[str, str]:
    """Return the reason for each source id on hold on a day."""
    with reading() as session:
        rows: Sequence[Hold] = session.scalars(select(Hold).where(_runs(pairing_id, today))).all()
        return {hold.source_id: hold.reason for hold in rows}


def today_in(session: Session, account_id: int) -> date:
    """Return the calendar day in the time zone of an account."""
    return now().astimezone(zone_or_default(session.get_one(Account, account_id).time_zone)).date()


def _runs(pairing_id: int, today: date) -> ColumnElement[bool]:
    ends_later = or_(Hold.last_day.is_(None), Hold.last_day >= today)
    return (Hold.pairing_id == pairing_id) & Hold.released_at.is_(None) & ends_later


def _find(
    session: Session, actor: Actor, connection_id: int, permission: Permission
) -> tuple[Connection, int]:
    connection = require_connection(session, actor, connection_id, permission)
    if connection.pairing_id is None:
        raise InvalidError("Connect both systems first; then people can be put on hold.")
    return connection, connection.pairing_id
