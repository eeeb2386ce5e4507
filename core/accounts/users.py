"""Users and their roles, as Support and the command line manage them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from core.accounts.accounts import valid_name
from core.audit import trail
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import Account, Membership, Role, User
from core.models import Session as SessionRow
from core.security import passwords
from core.security.actor import OPERATOR, Actor, Permission, require_everywhere
from core.sign_in.sessions import end_sessions


@dataclass(frozen=True, slots=True)
class UserView:
    """A user; ``roles`` pairs account ids with the roles there."""

    id: int
    username: str
    name: str
    support: bool
    active: bool
    roles: tuple[tuple[int, Role], ...]
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Access:
    """How a user signs in, without a hash with enableHR, and whether they are a member of Support."""

    password_hash: str | None
    one_time_password_expires_at: datetime | None
    support: bool


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
    """Add a user, or a role to an existing one, and return their id; without a password they sign in with enableHR.

    With ``one_time_password_expires_at`` the password is a one-time password, which the user has to replace before
    then. A user whose access was revoked gets access again; one who was switched off has to be switched on instead.
    """
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    if (account_id is None) != (role is None):
        raise InvalidError("A role belongs to an account: give both or neither.")
    hashed = passwords.hash_new(password) if password is not None else None
    access = _Access(hashed, one_time_password_expires_at, support)
    username, actor = valid_name(username, "user").lower(), actor.within(account_id)
    try:
        with transaction() as session:
            user = session.scalar(select(User).where(User.username == username).with_for_update())
            if user is None:
                user = _create_user(session, username, name, access)
            elif not user.active:
                _restore_user(session, user, access, actor)
            elif role is None or hashed is not None or support:
                raise _username_taken(username)
            if account_id is not None and role is not None:
                add_role(session, user.id, account_id, role)
            trail.record(
                session, actor, "user.add", f"user:{user.id}", role=role and role.value, support=support
            )
            return user.id
    except IntegrityError as error:  # somebody else has just added the same user
        raise _username_taken(username) from error


def _create_user(session: Session, username: str, name: str, access: _Access) -> User:
    user = User(
        username=username,
        name=valid_name(name, "user"),
        password_hash=access.password_hash,
        one_time_password_expires_at=access.one_time_password_expires_at,
        is_support=access.support,
    )
    session.add(user)
    session.flush()
    return user


def _restore_user(session: Session, user: User, access: _Access, actor: Actor) -> None:
    """Give access again to a user whose access was revoked."""
    if user.memberships:
        raise ConflictError(
            f"{user.username} is switched off and has kept their roles. Switch them on instead, under Users."
        )
    if access.password_hash is not None:
        if user.password_hash is None:
            raise ConflictError(
                f"{user.username} signs in with enableHR credentials. Leave out the password."
            )
        user.password_hash = access.password_hash
        user.one_time_password_expires_at = access.one_time_password_expires_at
    user.active, user.is_support = True, access.support
    trail.record(session, actor, "user.enable", f"user:{user.id}")


def _username_taken(username: str) -> ConflictError:
    return ConflictError(
        f"There is a user {username} already. Give them a role instead, or choose another user name."
    )


def add_role(session: Session, user_id: int, account_id: int, role: Role) -> None:
    """Add a membership in the caller's transaction, unless the user has it. Raises NotFoundError."""
    if session.get(Account, account_id) is None:
        raise NotFoundError("There is no such account.")
    existing = select(Membership).filter_by(user_id=user_id, account_id=account_id, role=role)
    if session.scalar(existing) is None:
        session.add(Membership(user_id=user_id, account_id=account_id, role=role))


def list_users(account_id: int | None = None, actor: Actor = OPERATOR) -> list[UserView]:
    """Return all users, or those of one account."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    query = select(User).order_by(User.username).options(selectinload(User.memberships))
    if account_id is not None:
        query = query.where(User.memberships.any(Membership.account_id == account_id))
    with reading() as session:
        return [_view(row) for row in session.scalars(query)]


def _view(row: User) -> UserView:
    roles = tuple((membership.account_id, membership.role) for membership in row.memberships)
    return UserView(row.id, row.username, row.name, row.is_support, row.active, roles, row.last_seen_at)


def revoke(username: str, account_id: int | None = None, actor: Actor = OPERATOR) -> None:
    """Revoke a user's roles in one account, or all of their access; their open sessions end at once."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    with transaction() as session:
        user = session.scalar(select(User).where(User.username == username.strip().lower()))
        if user is None:
            raise NotFoundError(f"There is no user {username}.")
        roles = delete(Membership).where(Membership.user_id == user.id)
        sessions = [SessionRow.user_id == user.id]
        if account_id is not None:
            roles = roles.where(Membership.account_id == account_id)
            sessions.append(SessionRow.account_id == account_id)
        else:
            user.active = False
            user.is_support = False
        session.execute(roles)
        end_sessions(session, *sessions)
        trail.record(session, actor.within(account_id), "user.revoke", f"user:{user.id}")
