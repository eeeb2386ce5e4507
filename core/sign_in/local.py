"""Signing in: a password is checked, a ticket is handed out, and the ticket becomes a session.

The form that takes the password cannot set an HttpOnly cookie. So it hands the browser a ticket, good for one
minute, once, and only in the browser that asked; the address that takes the ticket sets the cookie.
"""

from __future__ import annotations

import math
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from core.audit import refusals, trail
from core.clock import now
from core.db import reading, transaction
from core.errors import HubError
from core.models import Ticket, User
from core.security import passwords, throttling
from core.security.actor import ActingRole, Actor
from core.security.vault import digest
from core.sign_in import sessions

TICKET_LIFE = timedelta(minutes=1)
WRONG = "The user name or password is incorrect. Please try again."
DELAYED = "too many have failed; this attempt and any other before {} UTC was refused without being looked at"
SWITCHED_OFF = "the person is switched off"


class SignInRefusedError(HubError):
    """Somebody could not be signed in; the message does not tell whether the user exists."""


def take_turn(name: str, address: str | None, user: User | None) -> list[throttling.Limit]:
    """Write an attempt down before it is made. Raises SignInRefusedError while too many have failed.

    The audit has one row for the attempts of each delay; ``user`` is whose name was entered, if anybody's.
    """
    under = throttling.limits(name, address)
    with transaction() as session:
        free_at = throttling.take_turn(session, under)
        if free_at is not None and throttling.first_in_delay(session, under, free_at):
            refusals.sign_in(session, user, address, DELAYED.format(f"{free_at:%H:%M:%S}"))
    if free_at is not None:
        raise SignInRefusedError(f"Too many sign-ins have failed. Try again in {_spoken(free_at)}.")
    return under


def sign_in(username: str, password: str, address: str | None = None) -> int:
    """Check a local user's password and return the user's id. Raises SignInRefusedError with a sentence to show."""
    username = username.strip().lower()
    user = named(username)
    under = take_turn(username, address, user)
    if not _right(user, password) or user is None:
        note(user, address, _why(user))
        raise SignInRefusedError(WRONG)
    with transaction() as session:
        throttling.forgive(session, under)
        if user.password_hash and passwords.outdated(user.password_hash):
            session.get_one(User, user.id).password_hash = passwords.hash(password)
    return user.id


def named(username: str) -> User | None:
    """Return the user with a name."""
    with reading() as session:
        return session.scalar(select(User).where(User.username == username))


def _why(user: User | None) -> str:
    """Say in the audit, and nowhere else, why a password did not let somebody in."""
    if user is None:
        return "there is no such user"
    if not user.active:
        return SWITCHED_OFF
    if user.password_hash is None:
        return "the person has no password here"
    if user.one_time_password_expires_at is not None and user.one_time_password_expires_at <= now():
        return "the one-time password is too old"
    return "the password was wrong"


def _right(user: User | None, password: str) -> bool:
    """Verify the password; it takes as long when there is no such user or the user is switched off."""
    usable = (
        user is not None
        and user.active
        and (user.one_time_password_expires_at is None or user.one_time_password_expires_at > now())
    )
    return passwords.verify(user.password_hash if user is not None and usable else None, password)


def _spoken(moment: datetime) -> str:
    seconds = max(1, math.ceil((moment - now()).total_seconds()))
    if seconds < 60:
        return f"{seconds} seconds" if seconds > 1 else "1 second"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} minutes" if minutes > 1 else "1 minute"


def note(user: User | None, address: str | None, why: str, subject: str = refusals.UNKNOWN_USER) -> None:
    """Write a refused sign-in down in a transaction of its own."""
    with transaction() as session:
        refusals.sign_in(session, user, address, why, subject)


def make_ticket(user_id: int, browser: str) -> str:
    """Hand out a ticket for the browser with this nonce."""
    ticket = secrets.token_urlsafe(32)
    with transaction() as session:
        session.execute(delete(Ticket).where(Ticket.expires_at < now()))
        expires = now() + TICKET_LIFE
        session.add(
            Ticket(
                token_hash=digest(ticket), browser_hash=digest(browser), user_id=user_id, expires_at=expires
            )
        )
    return ticket


def enter(ticket: str, browser: str, address: str | None = None) -> str | None:
    """Turn a ticket into a session and return its id; None when the ticket is used, old or another browser's."""
    taken = (
        delete(Ticket)
        .where(Ticket.token_hash == digest(ticket))
        .returning(Ticket.browser_hash, Ticket.user_id, Ticket.expires_at)
    )
    with transaction() as session:
        row = session.execute(taken).first()
        if row is None:
            if ticket:
                refusals.stray_sign_in(
                    session, address, "the way in was used already, or never given out", refusals.UNKNOWN_USER
                )
            return None
        user = session.get_one(User, row.user_id)
        actor = Actor(
            user.name, ActingRole.SUPPORT if user.is_support else ActingRole.ANALYST, user.id, None, address
        )
        mine = bool(browser) and row.browser_hash == digest(browser) and row.expires_at > now()
        if not mine or not user.active:
            refusals.sign_in(
                session,
                user,
                address,
                SWITCHED_OFF if mine else "the way in was too old, or another browser's",
            )
            return None
        token = sessions.open_session(session, user, address)
        trail.record(
            session, actor, "sign-in", f"user:{user.id}", way="local" if user.password_hash else "enablehr"
        )
        return token
