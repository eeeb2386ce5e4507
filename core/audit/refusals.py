"""Write down what was refused before anything was done: sign-ins, and trips that should have connected a system.

Whoever is signed in has a row for each of these. What strangers cause is bounded: once for each cause and place
in ten minutes, and so many an hour altogether, so that nobody can fill a table from which no row can be removed.
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
AGAIN = timedelta(minutes=10)
HOUR = timedelta(hours=1)
MOST_OF_STRANGERS = 60
LONGEST = 300
UNKNOWN_USER, ENABLEHR, UNKNOWN_SIDE = "user", "enablehr", "side"


class ReasonError(HubError):
    """A refusal whose reason stands in the audit without the advice that follows it on the page."""

    def __init__(self, why: str, advice: str) -> None:
        """Keep the reason apart."""
        super().__init__(f"{why} {advice}")
        self.why = why


def _stranger(address: str | None, user: User | None = None) -> Actor:
    return Actor("somebody unknown", ActingRole.ANALYST, user.id if user else None, None, address)


def sign_in(
    session: Session, user: User | None, address: str | None, why: str, subject: str = UNKNOWN_USER
) -> None:
    """Write a refused sign-in down, without what was typed: it may be a password."""
    trail.record(
        session, _stranger(address, user), "sign-in", f"user:{user.id}" if user else subject, REFUSED, why=why
    )


def stray_sign_in(session: Session, address: str | None, why: str, subject: str = ENABLEHR) -> None:
    """Write down a sign-in that anybody could have made up, as long as there is room for those."""
    if _room_for_strangers(session, address, why):
        sign_in(session, None, address, why, subject)


def stray_trip(session: Session, address: str | None, side: Side | None, why: str) -> None:
    """Write down an answer for a system that came in a browser where nobody is signed in."""
    if _room_for_strangers(session, address, why):
        account = session.get_one(Connection, side.connection_id).account_id if side else None
        _side(session, _stranger(address).within(account), side, why)


def _room_for_strangers(session: Session, address: str | None, why: str) -> bool:
    known = f"{throttling.network(address)} {why}"
    return throttling.first(session, known, AGAIN) and throttling.room(
        session, "strangers", MOST_OF_STRANGERS, HOUR
    )


def trip(session: Session, actor: Actor, side: Side | None, why: str, known_as: str) -> None:
    """Write down an answer that connects nothing: once, however often the same person brings the same one."""
    if throttling.first(session, f"{known_as} {actor.user_id} {why}", AGAIN):
        _side(session, actor, _own(session, actor, side), why)


@contextmanager
def attempt(actor: Actor, connection_id: int, position: Position) -> Iterator[None]:
    """Write down why a side could not be connected, and let the refusal pass."""
    try:
        yield
    except NotFoundError:
        raise
    except HubError as error:
        with transaction() as session:
            found = select(Side).where(Side.connection_id == connection_id, Side.position == position)
            _side(
                session, actor, _own(session, actor, session.scalar(found)), getattr(error, "why", str(error))
            )
        raise


def _own(session: Session, actor: Actor, side: Side | None) -> Side | None:
    """Return a side of the account somebody acts in; another account's is not named."""
    account = session.get_one(Connection, side.connection_id).account_id if side else None
    return side if account == actor.account_id else None


def _side(session: Session, actor: Actor, side: Side | None, why: str) -> None:
    subject, connection = (f"side:{side.id}", side.connection_id) if side else (UNKNOWN_SIDE, None)
    trail.record(session, actor, "side.connect", subject, REFUSED, connection=connection, why=why[:LONGEST])
