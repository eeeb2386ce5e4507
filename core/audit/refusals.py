"""Record refused sign-ins, and OAuth callbacks that connected no system.

What anybody can cause without a sign-in is limited, because rows cannot be removed. Refused sign-ins have a number of
rows an hour for each user, and the same number for all names that no user has: made-up names hide no attack on a
user. Callbacks and tickets that anyone can make up have one row for each reason and network in ten minutes, and a
number of rows an hour altogether.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import trail
from core.db import transaction
from core.errors import HubError, NotFoundError
from core.models import Connection, Position, Side, User
from core.security import throttling
from core.security.actor import ActingRole, Actor

REFUSED = "refused"
REPEAT_PERIOD, HOUR = timedelta(minutes=10), timedelta(hours=1)
ANONYMOUS_PER_HOUR = 60
SIGN_INS_PER_HOUR = 60
MORE_REFUSED = "there were more refused sign-ins than are recorded in an hour"
MAX_REASON = 300
UNKNOWN_USER, ENABLEHR, UNKNOWN_SIDE = "user", "enablehr", "side"


class ReasonError(HubError):
    """A refusal whose reason is recorded in the audit without the advice that follows it on the page."""

    def __init__(self, reason: str, advice: str) -> None:
        """Keep the reason apart from the whole message."""
        super().__init__(f"{reason} {advice}")
        self.reason = reason


def record_sign_in(
    session: Session, user: User | None, address: str | None, why: str, subject: str = UNKNOWN_USER
) -> None:
    """Record a refused sign-in, without the user name that was entered: it may be a password.

    When an hour has too many of them, one more row says so.
    """
    subject = f"user:{user.id}" if user else subject
    of_user = f"refused sign-in {subject}"
    if not throttling.allow(session, of_user, SIGN_INS_PER_HOUR, HOUR):
        if not throttling.allow_once(session, f"{of_user} and more", HOUR):
            return
        why = MORE_REFUSED
    trail.record(session, _anonymous(address, user), "sign-in", subject, REFUSED, why=why)


def record_anonymous_sign_in(
    session: Session, address: str | None, why: str, subject: str = ENABLEHR
) -> None:
    """Record a sign-in that anyone could have made up, within the limits for anonymous requests."""
    if _allow_anonymous(session, address, why):
        record_sign_in(session, None, address, why, subject)


def record_callback(session: Session, actor: Actor, side: Side | None, why: str, flow: str) -> None:
    """Record an OAuth callback that connected no system: once, however often the same person repeats it."""
    if throttling.allow_once(session, f"{flow} {actor.user_id} {why}", REPEAT_PERIOD):
        _record_side(session, actor, _own_side(session, actor, side), why)


def record_anonymous_callback(session: Session, address: str | None, side: Side | None, why: str) -> None:
    """Record an OAuth callback in a browser without a sign-in, within the limits for anonymous requests."""
    if _allow_anonymous(session, address, why):
        actor = _anonymous(address).within(_account_id(session, side))
        _record_side(session, actor, side, why)


@contextmanager
def recording(actor: Actor, connection_id: int, position: Position) -> Iterator[None]:
    """Record why a side could not be connected when the block raises a HubError, and let the error pass."""
    try:
        yield
    except NotFoundError:
        raise
    except HubError as error:
        why = error.reason if isinstance(error, ReasonError) else str(error)
        query = select(Side).where(Side.connection_id == connection_id, Side.position == position)
        with transaction() as session:
            _record_side(session, actor, _own_side(session, actor, session.scalar(query)), why)
        raise


def _anonymous(address: str | None, user: User | None = None) -> Actor:
    return Actor("somebody unknown", ActingRole.ANALYST, user.id if user else None, None, address)


def _allow_anonymous(session: Session, address: str | None, why: str) -> bool:
    event = f"{throttling.network_of(address)} {why}"
    return throttling.allow_once(session, event, REPEAT_PERIOD) and throttling.allow(
        session, "strangers", ANONYMOUS_PER_HOUR, HOUR
    )


def _account_id(session: Session, side: Side | None) -> int | None:
    return session.get_one(Connection, side.connection_id).account_id if side else None


def _own_side(session: Session, actor: Actor, side: Side | None) -> Side | None:
    """Return the side if it belongs to the actor's account; one of another account is not named."""
    return side if _account_id(session, side) == actor.account_id else None


def _record_side(session: Session, actor: Actor, side: Side | None, why: str) -> None:
    subject, connection = (f"side:{side.id}", side.connection_id) if side else (UNKNOWN_SIDE, None)
    trail.record(
        session, actor, "side.connect", subject, REFUSED, connection=connection, why=why[:MAX_REASON]
    )
