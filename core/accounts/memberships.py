"""Give people access and revoke it, as Support does on the Access page."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from core.accounts import users
from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import Membership, Role, User
from core.models import Session as SessionRow
from core.security import passwords
from core.security.actor import Actor, Permission, require_everywhere
from core.sign_in.sessions import end_sessions

ONE_TIME_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A person who can sign in now; ``password`` is their one-time password, shown once and not stored."""

    user_id: int
    password: str | None


def invite(
    actor: Actor,
    username: str,
    name: str,
    *,
    account_id: int | None = None,
    role: Role | None = None,
    support: bool = False,
    local: bool = True,
) -> Invitation:
    """Add a person with a role; a local user gets a one-time password, others sign in with enableHR."""
    if not support and role is None:
        raise InvalidError(
            "Choose an account and a role for the person, or make them a member of enableHR Support."
        )
    password = secrets.token_urlsafe(12) if local else None
    until = now() + ONE_TIME_LIFETIME if local else None
    user_id = users.add_user(
        username,
        name,
        password,
        account_id,
        role,
        support=support,
        one_time_password_expires_at=until,
        actor=actor,
    )
    return Invitation(user_id, password)


def give_role(actor: Actor, user_id: int, account_id: int, role: Role) -> None:
    """Give a person a role in an account, unless they have it."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    with transaction() as session:
        _require_person(session, user_id)
        users.add_role(session, user_id, account_id, role)
        trail.record(session, actor.within(account_id), "role.give", f"user:{user_id}", role=role.value)


def revoke_role(actor: Actor, user_id: int, account_id: int, role: Role) -> None:
    """Revoke one role in an account, from the person's next click. Raises ConflictError when they do not have it."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    with transaction() as session:
        _require_person(session, user_id)
        deletion = delete(Membership).filter_by(user_id=user_id, account_id=account_id, role=role)
        if session.execute(deletion.returning(Membership.id)).first() is None:
            raise ConflictError("This person does not have this role any more.")
        trail.record(session, actor.within(account_id), "role.take", f"user:{user_id}", role=role.value)


def set_support(actor: Actor, user_id: int, support: bool) -> None:
    """Add a person to enableHR Support, or remove them from it."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    _refuse_own_access(actor, user_id)
    with transaction() as session:
        _require_person(session, user_id).is_support = support
        if not support:
            end_sessions(session, SessionRow.user_id == user_id)
        trail.record(
            session, actor.within(None), "support.give" if support else "support.take", f"user:{user_id}"
        )


def set_active(actor: Actor, user_id: int, active: bool) -> None:
    """Switch a person off, which ends their sessions and keeps their roles, or on again."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    _refuse_own_access(actor, user_id)
    with transaction() as session:
        _require_person(session, user_id).active = active
        if not active:
            end_sessions(session, SessionRow.user_id == user_id)
        trail.record(
            session, actor.within(None), "user.enable" if active else "user.disable", f"user:{user_id}"
        )


def new_password(actor: Actor, user_id: int) -> str:
    """Replace a person's password with a new one-time password and return it; their sessions end."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    _refuse_own_access(actor, user_id)
    password = secrets.token_urlsafe(12)
    hashed = passwords.hash_new(password)
    with transaction() as session:
        user = _require_person(session, user_id)
        user.password_hash, user.one_time_password_expires_at = hashed, now() + ONE_TIME_LIFETIME
        end_sessions(session, SessionRow.user_id == user_id)
        trail.record(session, actor.within(None), "user.password", f"user:{user_id}")
    return password


def must_choose_password(actor: Actor) -> bool:
    """Say whether a person signed in with a one-time password and has to choose their own."""
    with reading() as session:
        user = session.get(User, actor.user_id) if actor.user_id else None
        return user is not None and user.one_time_password_expires_at is not None


def choose_password(actor: Actor, password: str) -> None:
    """Replace the acting person's one-time password with one of their own."""
    hashed = passwords.hash_new(password)
    with transaction() as session:
        user = session.get(User, actor.user_id) if actor.user_id else None
        if user is None or user.one_time_password_expires_at is None:
            raise ConflictError(
                "Only a one-time password can be replaced here. Ask enableHR Support for one."
            )
        if passwords.verify(user.password_hash, password):
            raise InvalidError("This is the one-time password itself. Choose one that only you know.")
        user.password_hash, user.one_time_password_expires_at = hashed, None
        trail.record(session, actor, "password.choose", f"user:{user.id}")


def _require_person(session: Session, user_id: int) -> User:
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFoundError("There is no such person.")
    return user


def _refuse_own_access(actor: Actor, user_id: int) -> None:
    if actor.user_id == user_id:
        raise ConflictError("You cannot change your own access. Ask a colleague in Support.")
