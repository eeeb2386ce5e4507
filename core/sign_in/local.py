"""Sign in with a password of iHUB, and exchange sign-in tickets for sessions.

The form that takes the password cannot set an HttpOnly cookie. So it gives the browser a ticket that is valid once, for
one minute, and only in that browser; the address that redeems the ticket sets the cookie.
"""

from __future__ import annotations

import math
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.audit import refusals, trail
from core.clock import now
from core.db import reading, transaction
from core.errors import HubError
from core.models import Ticket, User
from core.security import passwords, throttling
from core.security.vault import digest
from core.sign_in import sessions

TICKET_LIFETIME = timedelta(minutes=1)
GUEST_SIGN_INS_A_DAY = 20
WRONG = "The user name or password is incorrect. Please try again."
DELAYED = "too many have failed; this attempt and any other before {} UTC was refused without a check"
SWITCHED_OFF = "the person is switched off"
UNKNOWN_TICKET = "the sign-in ticket was already used, or never issued"
INVALID_TICKET = "the sign-in ticket had expired, or belonged to another browser"


class SignInRefusedError(HubError):
    """A sign-in was refused; the message does not reveal whether the user exists."""


def begin_attempt(name: str, address: str | None, user: User | None) -> list[throttling.Limit]:
    """Record an attempt before the password is checked. Raises SignInRefusedError during a delay.

    The audit has one row for the attempts in each delay; ``user`` is the user with the entered name, if there is one.
    """
    limits = throttling.limits_for(name, address)
    with transaction() as session:
        free_at = throttling.record_attempt(session, limits)
        if free_at is not None and throttling.is_first_refusal_in_delay(session, limits, free_at):
            refusals.record_sign_in(session, user, address, DELAYED.format(f"{free_at:%H:%M:%S}"))
    if free_at is not None:
        raise SignInRefusedError(f"Too many sign-ins have failed. Try again in {_wait_until(free_at)}.")
    return limits


def sign_in(username: str, password: str, address: str | None = None) -> int:
    """Check a local user's password and return the user's id. Raises SignInRefusedError with a sentence to show."""
    username = username.strip().lower()
    user = find_user(username)
    limits = begin_attempt(username, address, user)
    if not _is_right(user, password) or user is None:
        record_refusal(user, address, _reason(user))
        raise SignInRefusedError(WRONG)
    with transaction() as session:
        throttling.clear_failures(session, limits)
        if user.password_hash and passwords.needs_rehash(user.password_hash):
            session.get_one(User, user.id).password_hash = passwords.rehash(password)
    return user.id


def find_user(username: str) -> User | None:
    """Return the user with a user name; None when there is none."""
    with reading() as session:
        return session.scalar(select(User).where(User.username == username))


def _reason(user: User | None) -> str:
    """Return why a sign-in was refused; this is shown in the audit and nowhere else."""
    if user is None:
        return "there is no such user"
    if not user.active:
        return SWITCHED_OFF
    if user.password_hash is None:
        return "the person has no password here"
    if user.one_time_password_expires_at is not None and user.one_time_password_expires_at <= now():
        return "the one-time password had expired"
    return "the password was wrong"


def _is_right(user: User | None, password: str) -> bool:
    """Verify the password; takes as long when there is no such user or the user is switched off."""
    usable = (
        user is not None
        and user.active
        and (user.one_time_password_expires_at is None or user.one_time_password_expires_at > now())
    )
    return passwords.verify(user.password_hash if user is not None and usable else None, password)


def _wait_until(moment: datetime) -> str:
    seconds = max(1, math.ceil((moment - now()).total_seconds()))
    if seconds < 60:
        return f"{seconds} seconds" if seconds > 1 else "1 second"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} minutes" if minutes > 1 else "1 minute"


def record_refusal(user: User | None, address: str | None, why: str) -> None:
    """Record a refused sign-in in a transaction of its own."""
    with transaction() as session:
        refusals.record_sign_in(session, user, address, why)


def issue_ticket(user_id: int, browser: str) -> str:
    """Return a new sign-in ticket for the browser with this nonce.

    Raises SignInRefusedError when a person who may do nothing signs in too often: each sign-in is a row in the audit.
    """
    ticket = secrets.token_urlsafe(32)
    with transaction() as session:
        if not sessions.possible_actors(session, session.get_one(User, user_id), None):
            _limit_guest(session, user_id)
        session.execute(delete(Ticket).where(Ticket.expires_at < now()))
        session.add(
            Ticket(
                token_hash=digest(ticket),
                browser_hash=digest(browser),
                user_id=user_id,
                expires_at=now() + TICKET_LIFETIME,
            )
        )
    return ticket


def _limit_guest(session: Session, user_id: int) -> None:
    if not throttling.allow(session, f"guest sign-in {user_id}", GUEST_SIGN_INS_A_DAY, timedelta(days=1)):
        raise SignInRefusedError(
            "You have no access yet and have signed in often today. Try again tomorrow, or ask enableHR Support."
        )


def redeem_ticket(ticket: str, browser: str, address: str | None = None) -> str | None:
    """Exchange a ticket for a session and return its id; None when the ticket is not valid in this browser."""
    take = delete(Ticket).where(Ticket.token_hash == digest(ticket))
    columns = (Ticket.browser_hash, Ticket.user_id, Ticket.expires_at)
    with transaction() as session:
        row = session.execute(take.returning(*columns)).first()
        if row is None:
            if ticket:
                refusals.record_anonymous_sign_in(session, address, UNKNOWN_TICKET, refusals.UNKNOWN_USER)
            return None
        user = session.get_one(User, row.user_id)
        valid = bool(browser) and row.browser_hash == digest(browser) and row.expires_at > now()
        if not valid or not user.active:
            refusals.record_sign_in(session, user, address, SWITCHED_OFF if valid else INVALID_TICKET)
            return None
        token = sessions.open_session(session, user, address)
        method = "local" if user.password_hash else "enablehr"
        actor = sessions.actor_of(user, None, address)
        trail.record(session, actor, "sign-in", f"user:{user.id}", way=method)
        return token
