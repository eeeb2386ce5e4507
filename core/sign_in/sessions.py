"""Signed-in browsers: who acts behind a session cookie, and in which account.

The cookie holds a random id and the store only its hash. Everything that decides what a person may do is read
again at each click, so that a role taken away, an account switched off or a sign-out acts at once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, select, true, update
from sqlalchemy.orm import Session

from core.audit import support_visits, trail
from core.clock import now
from core.db import reading, transaction
from core.errors import NotFoundError
from core.models import Account, Membership, Role, User
from core.models import Session as SessionRow
from core.security.actor import ActingRole, Actor, hat_of
from core.security.vault import digest
from core.settings import settings


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account somebody may act in."""

    id: int
    name: str
    time_zone: str
    enabled: bool


def open_session(session: Session, user: User, address: str | None) -> str:
    """Add a session for a person who has just proved who they are; return the id for the cookie."""
    token, moment = secrets.token_urlsafe(32), now()
    accounts = _accounts(session, user)
    chosen = accounts[0].id if accounts and (not user.is_support or len(accounts) == 1) else None
    until = moment + timedelta(hours=settings().session_hours)
    session.execute(delete(SessionRow).where(SessionRow.expires_at < moment - timedelta(days=30)))
    row = SessionRow(
        token_hash=digest(token), user_id=user.id, account_id=chosen, expires_at=until, address=address
    )
    row.created_at = row.last_seen_at = moment
    session.add(row)
    user.last_seen_at = moment
    return token


def actor_for(token: str | None, address: str | None = None, *, clicked: bool = True) -> Actor | None:
    """Return who acts behind a cookie, or None when they have to sign in.

    ``clicked`` is False for a page that refreshes itself: that does not keep a session alive.
    """
    if not token:
        return None
    with reading() as session:
        row = _live(session, token)
        actor = None if row is None else _actor(session, row, address or row.address)
    if actor is not None:
        support_visits.note(actor)
    if clicked and actor is not None and row is not None and row.last_seen_at < now() - timedelta(minutes=1):
        _mark_seen(row.token_hash, row.user_id)
    return actor


def _live(session: Session, token: str) -> SessionRow | None:
    moment = now()
    return session.scalar(
        select(SessionRow).where(
            SessionRow.token_hash == digest(token),
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > moment,
            SessionRow.last_seen_at > moment - timedelta(minutes=settings().session_idle_minutes),
        )
    )


def _actor(session: Session, row: SessionRow, address: str | None) -> Actor | None:
    user = session.get_one(User, row.user_id)
    if not user.active:
        return None
    if user.one_time_password_expires_at is not None:
        return Actor(user.name, ActingRole.GUEST, user.id, None, address)
    if user.is_support:
        return Actor(user.name, ActingRole.SUPPORT, user.id, row.account_id, address)
    account_id = row.account_id or next((account.id for account in _accounts(session, user)), None)
    if account_id is None:
        return Actor(user.name, ActingRole.GUEST, user.id, None, address)
    role = _role(session, user, account_id)
    return None if role is None else Actor(user.name, hat_of(role), user.id, account_id, address)


def capacities(session: Session, user: User, address: str | None) -> list[Actor]:
    """Return as what a person may act, once for each of their accounts; nothing while they are switched off."""
    if not user.active or user.one_time_password_expires_at is not None:
        return []
    actors = []
    for account in _accounts(session, user):
        role = None if user.is_support else _role(session, user, account.id)
        hat = ActingRole.SUPPORT if user.is_support else hat_of(role) if role is not None else None
        if hat is not None:
            actors.append(Actor(user.name, hat, user.id, account.id, address))
    return actors


def _role(session: Session, user: User, account_id: int | None) -> Role | None:
    roles = set(
        session.scalars(
            select(Membership.role)
            .join(Account)
            .where(
                Membership.user_id == user.id,
                Membership.account_id == account_id,
                Account.ihub_enabled,
                _confirmed(user),
            )
        )
    )
    return next((role for role in (Role.ACCOUNT_ADMIN, Role.ANALYST) if role in roles), None)


def _confirmed(user: User) -> ColumnElement[bool]:
    """Who signs in with enableHR acts in accounts that enableHR named; one without its number there is open to a grant alone."""
    if user.enablehr_accounts is None:
        return true()
    return or_(Account.enablehr_id.is_(None), Account.enablehr_id.in_(user.enablehr_accounts))


def _mark_seen(token_hash: str, user_id: int) -> None:
    moment = now()
    stale = (SessionRow.token_hash == token_hash, SessionRow.last_seen_at < moment - timedelta(minutes=1))
    with transaction() as session:
        session.execute(update(SessionRow).where(*stale).values(last_seen_at=moment))
        session.execute(update(User).where(User.id == user_id).values(last_seen_at=moment))


def _accounts(session: Session, user: User) -> list[Account]:
    query = select(Account).order_by(Account.name, Account.id)
    if not user.is_support:
        mine = select(Membership.account_id).where(Membership.user_id == user.id)
        query = query.where(Account.ihub_enabled, Account.id.in_(mine), _confirmed(user))
    return list(session.scalars(query))


def accounts_of(actor: Actor) -> list[AccountView]:
    """Return the accounts a person may act in: their own, or all of them for Support."""
    with reading() as session:
        user = session.get(User, actor.user_id) if actor.user_id else None
        return [] if user is None else [_view(account) for account in _accounts(session, user)]


def account_of(actor: Actor) -> AccountView | None:
    """Return the account a person acts in; None while Support has chosen none."""
    with reading() as session:
        account = session.get(Account, actor.account_id) if actor.account_id else None
        return None if account is None else _view(account)


def _view(account: Account) -> AccountView:
    return AccountView(account.id, account.name, account.time_zone, account.ihub_enabled)


def choose_account(token: str, account_id: int, address: str | None = None) -> None:
    """Act in another account from now on. Raises NotFoundError when it is not one of the person's accounts."""
    with transaction() as session:
        row = _live(session, token)
        user = session.get_one(User, row.user_id) if row else None
        if (
            row is None
            or user is None
            or account_id not in {account.id for account in _accounts(session, user)}
        ):
            raise NotFoundError("There is no such account, or you have no role in it.")
        row.account_id = account_id
        actor = _actor(session, row, address)
        if actor is not None:
            trail.record(session, actor, "account.choose", f"account:{account_id}")


def sign_out(token: str, address: str | None = None) -> None:
    """End the session of one browser."""
    with transaction() as session:
        row = _live(session, token)
        if row is None:
            return
        row.revoked_at = now()
        user = session.get_one(User, row.user_id)
        trail.record(session, _anyone(user, row, address), "sign-out", f"user:{user.id}")


def sign_out_everywhere(actor: Actor) -> int:
    """End all sessions of a person; return how many there were."""
    mine = (
        SessionRow.user_id == actor.user_id,
        SessionRow.revoked_at.is_(None),
        SessionRow.expires_at > now(),
    )
    with transaction() as session:
        ended = session.execute(update(SessionRow).where(*mine).values(revoked_at=now())).rowcount  # type: ignore[attr-defined]
        trail.record(session, actor, "sign-out everywhere", f"user:{actor.user_id}", sessions=ended)
        return int(ended)


def _anyone(user: User, row: SessionRow, address: str | None) -> Actor:
    return Actor(
        user.name,
        ActingRole.SUPPORT if user.is_support else ActingRole.ANALYST,
        user.id,
        row.account_id,
        address,
    )
