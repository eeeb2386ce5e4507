"""Sessions of signed-in browsers: the person behind a session cookie, and the account they act in.

The cookie holds a random id and the store only its hash. Everything that decides what a person may do is read again at
each click, so that a change of roles, an account that is switched off or a sign-out takes effect at once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, bindparam, delete, or_, select, true, update
from sqlalchemy.orm import Session

from core.audit import support_visits, trail
from core.clock import now
from core.db import reading, transaction, try_transaction
from core.errors import NotFoundError
from core.models import Account, Membership, Role, User
from core.models import Session as SessionRow
from core.security.actor import ActingRole, Actor, acting_role_for
from core.security.vault import digest
from core.settings import settings

KEPT_AFTER_END = timedelta(days=30)


# Each click asks for these, so they are made once.
_LIVE = select(SessionRow).where(
    SessionRow.token_hash == bindparam("token_hash"),
    SessionRow.revoked_at.is_(None),
    SessionRow.expires_at > bindparam("moment"),
    SessionRow.last_seen_at > bindparam("seen_after"),
)
_LIVE_WITH_USER = _LIVE.join(User, User.id == SessionRow.user_id).add_columns(User)
_ROLES = (
    select(Membership.role)
    .join(Account)
    .where(
        Membership.user_id == bindparam("user_id"),
        Membership.account_id == bindparam("account_id"),
        Account.ihub_enabled,
    )
)
_ALL_ACCOUNTS = select(Account).order_by(Account.name, Account.id)
_OWN_ACCOUNTS = _ALL_ACCOUNTS.where(
    Account.ihub_enabled,
    Account.id.in_(select(Membership.account_id).where(Membership.user_id == bindparam("user_id"))),
)


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account that a person may act in."""

    id: int
    name: str
    time_zone: str
    enabled: bool


def open_session(session: Session, user: User, address: str | None) -> str:
    """Add a session for a person who has just signed in; return the id for the cookie."""
    token, moment = secrets.token_urlsafe(32), now()
    accounts = _accounts(session, user)
    chosen = accounts[0].id if accounts and (not user.is_support or len(accounts) == 1) else None
    session.execute(delete(SessionRow).where(SessionRow.expires_at < moment - KEPT_AFTER_END))
    session.add(
        SessionRow(
            token_hash=digest(token),
            user_id=user.id,
            account_id=chosen,
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment + timedelta(hours=settings().session_hours),
            address=address,
        )
    )
    user.last_seen_at = moment
    return token


def actor_for(
    token: str | None, address: str | None = None, *, clicked: bool = True, account_id: int | None = None
) -> Actor | None:
    """Return the person behind a session cookie, or None when they have to sign in.

    ``account_id`` is the account that a page shows. Without it they act in the account chosen last. Where they have no
    role in it, they are a guest. ``clicked`` is False for a page that refreshes itself, which does not keep a session
    alive.
    """
    if not token:
        return None
    with reading() as session:
        found = session.execute(_LIVE_WITH_USER, _live(token)).first()
        # The user is held here, so that it is not read once more.
        row, _user = found or (None, None)
        actor = None if row is None else _actor(session, row, address or row.address, account_id)
    if actor is not None:
        support_visits.record_visit(actor)
    if clicked and actor is not None and row is not None and row.last_seen_at < now() - timedelta(minutes=1):
        _mark_seen(row.token_hash, row.user_id)
    return actor


def _live_session(session: Session, token: str) -> SessionRow | None:
    return session.scalar(_LIVE, _live(token))


def _live(token: str) -> dict[str, object]:
    """Return the values of ``_LIVE``."""
    moment, idle = now(), timedelta(minutes=settings().session_idle_minutes)
    return {"token_hash": digest(token), "moment": moment, "seen_after": moment - idle}


def _actor(
    session: Session, row: SessionRow, address: str | None, shown_account_id: int | None = None
) -> Actor | None:
    user = session.get_one(User, row.user_id)
    if not user.active:
        return None
    guest = Actor(user.name, ActingRole.GUEST, user.id, None, address)
    if user.one_time_password_expires_at is not None:
        return guest
    account_id = shown_account_id or row.account_id
    if user.is_support:
        exists = shown_account_id is None or session.get(Account, shown_account_id) is not None
        return Actor(user.name, ActingRole.SUPPORT, user.id, account_id, address) if exists else guest
    account_id = account_id or next((account.id for account in _accounts(session, user)), None)
    if account_id is None:
        return guest
    role = _role(session, user, account_id)
    if role is None:
        return None if shown_account_id is None else guest
    return Actor(user.name, acting_role_for(role), user.id, account_id, address)


def possible_actors(session: Session, user: User, address: str | None) -> list[Actor]:
    """Return the roles in which a person may act, one actor for each account; none while they are switched off."""
    if not user.active or user.one_time_password_expires_at is not None:
        return []
    actors = []
    for account in _accounts(session, user):
        role = None if user.is_support else _role(session, user, account.id)
        acting_role = (
            ActingRole.SUPPORT if user.is_support else acting_role_for(role) if role is not None else None
        )
        if acting_role is not None:
            actors.append(Actor(user.name, acting_role, user.id, account.id, address))
    return actors


def _role(session: Session, user: User, account_id: int | None) -> Role | None:
    query = _ROLES if user.enablehr_accounts is None else _ROLES.where(_confirmed(user))
    roles = set(session.scalars(query, {"user_id": user.id, "account_id": account_id}))
    return next((role for role in (Role.ACCOUNT_ADMIN, Role.ANALYST) if role in roles), None)


def _confirmed(user: User) -> ColumnElement[bool]:
    """Return the condition for accounts that enableHR confirms for a person who signs in there.

    Those are the accounts that enableHR named, and accounts without an enableHR number.
    """
    if user.enablehr_accounts is None:
        return true()
    return or_(Account.enablehr_id.is_(None), Account.enablehr_id.in_(user.enablehr_accounts))


def _mark_seen(token_hash: str, user_id: int) -> None:
    moment = now()
    stale = (SessionRow.token_hash == token_hash, SessionRow.last_seen_at < moment - timedelta(minutes=1))

    def mark(session: Session) -> None:
        session.execute(update(SessionRow).where(*stale).values(last_seen_at=moment))
        session.execute(update(User).where(User.id == user_id).values(last_seen_at=moment))

    try_transaction(mark)


def _accounts(session: Session, user: User) -> list[Account]:
    if user.is_support:
        return list(session.scalars(_ALL_ACCOUNTS))
    query = _OWN_ACCOUNTS if user.enablehr_accounts is None else _OWN_ACCOUNTS.where(_confirmed(user))
    return list(session.scalars(query, {"user_id": user.id}))


def accounts_of(actor: Actor) -> list[AccountView]:
    """Return the accounts that a person may act in: their own, or all accounts for Support."""
    with reading() as session:
        user = session.get(User, actor.user_id) if actor.user_id else None
        return [] if user is None else [_view(account) for account in _accounts(session, user)]


def account_of(actor: Actor) -> AccountView | None:
    """Return the account that a person acts in; None while Support has not chosen one."""
    with reading() as session:
        account = session.get(Account, actor.account_id) if actor.account_id else None
        return None if account is None else _view(account)


def _view(account: Account) -> AccountView:
    return AccountView(account.id, account.name, account.time_zone, account.ihub_enabled)


def choose_account(token: str, account_id: int, address: str | None = None) -> None:
    """Let the person act in another account. Raises NotFoundError when it is not one of their accounts."""
    with transaction() as session:
        row = _live_session(session, token)
        accounts = _accounts(session, session.get_one(User, row.user_id)) if row else []
        if row is None or account_id not in {account.id for account in accounts}:
            raise NotFoundError("There is no such account, or you have no role in it.")
        if row.account_id == account_id:
            return
        row.account_id = account_id
        actor = _actor(session, row, address)
        if actor is None or actor.role is ActingRole.GUEST:
            raise NotFoundError("There is no such account, or you have no role in it.")
        trail.record(session, actor, "account.choose", f"account:{account_id}")


def sign_out(token: str, address: str | None = None) -> None:
    """End the session of one browser."""
    with transaction() as session:
        row = _live_session(session, token)
        if row is None:
            return
        row.revoked_at = now()
        user = session.get_one(User, row.user_id)
        trail.record(session, actor_of(user, row.account_id, address), "sign-out", f"user:{user.id}")


def sign_out_everywhere(actor: Actor) -> int:
    """End all sessions of a person; return how many there were."""
    with transaction() as session:
        ended = end_sessions(session, SessionRow.user_id == actor.user_id, SessionRow.expires_at > now())
        trail.record(session, actor, "sign-out everywhere", f"user:{actor.user_id}", sessions=ended)
        return ended


def end_sessions(session: Session, *conditions: ColumnElement[bool]) -> int:
    """End the sessions that meet the conditions in the caller's transaction; return how many there were."""
    end = update(SessionRow).where(SessionRow.revoked_at.is_(None), *conditions).values(revoked_at=now())
    return int(session.execute(end).rowcount)  # type: ignore[attr-defined]


def actor_of(user: User, account_id: int | None, address: str | None) -> Actor:
    """Return a person as the audit names them, whatever their role in the account is."""
    role = ActingRole.SUPPORT if user.is_support else ActingRole.ANALYST
    return Actor(user.name, role, user.id, account_id, address)
