"""The acting person, and the one table of what each role may do.

Use cases take an ``Actor`` and call ``require`` first. Pages only hide what would be refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from core.errors import ForbiddenError, NotFoundError
from core.models import Role


class Permission(StrEnum):
    """Something a role may do in an account."""

    SEE_CONNECTIONS = "see connections"
    CHANGE_CONNECTIONS = "change connections"
    CHANGE_ACCOUNT = "change the account's settings"
    SEE_JOBS = "see jobs"
    CONTROL_JOBS = "run and schedule jobs"
    APPROVE_RUNS = "approve held runs"
    SEE_REPORTS = "see reports"
    DECIDE_PROBLEMS = "put off or ignore problems"
    SEE_AUDIT = "see the audit"
    # Not bound to one account: see ``require_everywhere``.
    MANAGE_ACCESS = "manage access"


class ActingRole(StrEnum):
    """The role in which somebody acts."""

    ACCOUNT_ADMIN = "account_admin"
    ANALYST = "analyst"
    SUPPORT = "support"
    # Signed in, but without anything to do in iHUB yet: no role, or a one-time password that must be changed first.
    GUEST = "guest"
    # The command line on the server, or iHUB itself.
    OPERATOR = "operator"


PERMISSIONS: dict[ActingRole, frozenset[Permission]] = {
    ActingRole.ACCOUNT_ADMIN: frozenset(Permission) - {Permission.MANAGE_ACCESS},
    ActingRole.SUPPORT: frozenset(Permission)
    - {Permission.CHANGE_CONNECTIONS, Permission.APPROVE_RUNS, Permission.DECIDE_PROBLEMS},
    ActingRole.ANALYST: frozenset({Permission.SEE_REPORTS}),
    ActingRole.GUEST: frozenset(),
    ActingRole.OPERATOR: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the server itself, acting in one account; ``account_id`` is None while none is chosen."""

    name: str
    role: ActingRole
    user_id: int | None = None
    account_id: int | None = None
    address: str | None = None

    def may(self, permission: Permission) -> bool:
        """Say whether the actor's role allows something in the account they act in."""
        return permission in PERMISSIONS[self.role]

    def within(self, account_id: int | None) -> Actor:
        """Return the same person acting in another account, so that the audit of that account shows what they do."""
        return replace(self, account_id=account_id)


OPERATOR = Actor("command line", ActingRole.OPERATOR)


def require(actor: Actor, permission: Permission, account_id: int | None) -> None:
    """Refuse what the role does not allow. Things of another account are refused as if they did not exist."""
    if actor.role is not ActingRole.OPERATOR and (account_id is None or actor.account_id != account_id):
        raise NotFoundError("There is no such thing in this account.")
    require_everywhere(actor, permission)


def require_everywhere(actor: Actor, permission: Permission) -> None:
    """Refuse what the role does not allow, for a use case that concerns every account or none."""
    if not actor.may(permission):
        raise ForbiddenError(
            f"Your role does not allow you to {permission}. Ask an Account Admin or enableHR Support."
        )


def acting_role_for(role: Role) -> ActingRole:
    """Return the acting role that a membership gives."""
    return ActingRole(role.value)
