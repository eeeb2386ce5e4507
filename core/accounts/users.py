"""People and their roles, as Support and the command line manage them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from core.accounts.accounts import _name
from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import Account, Membership, Role, User
from core.models import Session as SignIn
from core.security import passwords
from core.security.actor import OPERATOR, Actor, Permission, require_everywhere


@dataclass(frozen=True, slots=True)
class UserView:
    """A person; ``roles`` pairs account ids with what they may do there."""

    id: int
    username: str
    name: str
    support: bool
    active: bool
    roles: tuple[tuple[int, Role], ...]
    last_seen_at: datetime | None


def add_user(
    username: str,
    name: str,
    password: str | None = None,
    account_id: int | None = None,
    role: Role | None = None,
    *,
    support: bool = False,
    one_time_password_expires_at: datetime | None = None,
    actor: Actor = OPERATOR,
) -> int:
    """Add a person, or a role to one who is there already; without a password they cannot sign in here. Returns their id.

    With ``one_time_password_expires_at`` the password is a one-time password that lets them choose their own until then. Somebody
    whose access had been taken away is let in again; who was switched off and kept their roles has to be switched on.
    """
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    if (account_id is None) != (role is None):
        raise InvalidError("A role belongs to an account: give both or neither.")
    hashed = passwords.hash(password) if password is not None else None
    username = _name(username, "user").lower()
    taken = ConflictError(
        f"There is a user {username} already. Give them a role instead, or choose another user name."
    )
    try:
        with transaction() as session:
            user = session.scalar(select(User).where(User.username == username).with_for_update())
            if user is not None and user.active and (role is None or hashed is not None or support):
                raise taken
            if user is None:
                user = User(
                    username=username, name=_name(name, "user"), password_hash=hashed, is_support=support
                )
                user.one_time_password_expires_at = one_time_password_expires_at
                session.add(user)
                session.flush()
            elif not user.active:
                _let_in_again(user, hashed, one_time_password_expires_at, support)
                trail.record(session, actor.within(account_id), "user.enable", f"user:{user.id}")
            if account_id is not None and role is not None:
                _grant(session, user, account_id, role)
            given = role.value if role else None
            trail.record(
                session, actor.within(account_id), "user.add", f"user:{user.id}", role=given, support=support
            )
            return user.id
    except IntegrityError as error:  # somebody else has just added them
        raise taken from error


def _let_in_again(
    user: User, hashed: str | None, one_time_password_expires_at: datetime | None, support: bool
) -> None:
    """Let a person in whose access had been taken away."""
    if user.memberships:
        raise ConflictError(
            f"{user.username} is switched off and has kept their roles. Switch them on instead, under People."
        )
    if hashed is not None:
        if user.password_hash is None:
            raise ConflictError(
                f"{user.username} signs in with enableHR credentials. Leave out the password."
            )
        user.password_hash, user.one_time_password_expires_at = hashed, one_time_password_expires_at
    user.active, user.is_support = True, support


def _grant(session: Session, user: User, account_id: int, role: Role) -> None:
    if session.get(Account, account_id) is None:
        raise NotFoundError("There is no such account.")
    known = select(Membership).filter_by(user_id=user.id, account_id=account_id, role=role)
    if session.scalar(known) is None:
        session.add(Membership(user_id=user.id, account_id=account_id, role=role))


def list_users(account_id: int | None = None, actor: Actor = OPERATOR) -> list[UserView]:
    """Return everybody, or the people of one account."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    query = select(User).order_by(User.username).options(selectinload(User.memberships))
    if account_id is not None:
        query = query.where(User.memberships.any(Membership.account_id == account_id))
    with reading() as session:
        return [_user(row) for row in session.scalars(query)]


def _user(row: User) -> UserView:
    roles = tuple((membership.account_id, membership.role) for membership in row.memberships)
    return UserView(row.id, row.username, row.name, row.is_support, row.active, roles, row.last_seen_at)


def revoke(username: str, account_id: int | None = None, actor: Actor = OPERATOR) -> None:
    """Take a person's roles in one account away, or all access; their open sign-ins end at once."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    with transaction() as session:
        user = session.scalar(select(User).where(User.username == username.strip().lower()))
        if user is None:
            raise NotFoundError(f"There is no user {username}.")
        roles = delete(Membership).where(Membership.user_id == user.id)
        open_now = update(SignIn).where(SignIn.user_id == user.id, SignIn.revoked_at.is_(None))
        if account_id is not None:
            roles = roles.where(Membership.account_id == account_id)
            open_now = open_now.where(SignIn.account_id == account_id)
        else:
            user.active = False
            user.is_support = False
        session.execute(roles)
        session.execute(open_now.values(revoked_at=now()))
        trail.record(session, actor.within(account_id), "user.revoke", f"user:{user.id}")
