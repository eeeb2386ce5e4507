"""Who is acting, and what each role may do: the one table of rights.

Use cases take an ``Actor`` and call ``require`` first; pages only hide what would be refused.
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
    SEE_JOBS = "see jobs"
    CONTROL_JOBS = "run and schedule jobs"
    APPROVE_RUNS = "approve held runs"
    SEE_REPORTS = "see reports"
    SEE_AUDIT = "see who did what"
    # Not bound to one account: see ``require_everywhere``.
    MANAGE_ACCESS = "manage access"


class ActingRole(StrEnum):
    """In which capacity somebody acts."""

    ACCOUNT_ADMIN = "account_admin"
    ANALYST = "analyst"
    SUPPORT = "support"
    # Signed in, but with nothing to do in iHUB yet: no role, or a one-time password that has to be changed
    # first.
    GUEST = "guest"
    # The command line on the server, or iHUB itself.
    OPERATOR = "operator"


RIGHTS: dict[ActingRole, frozenset[Permission]] = {
    ActingRole.ACCOUNT_ADMIN: frozenset(Permission) - {Permission.MANAGE_ACCESS},
    ActingRole.SUPPORT: frozenset(Permission) - {Permission.CHANGE_CONNECTIONS, Permission.APPROVE_RUNS},
    ActingRole.ANALYST: frozenset({Permission.SEE_REPORTS}),
    ActingRole.GUEST: frozenset(),
    ActingRole.OPERATOR: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the server itself) acting in one account; ``account_id`` None means none is chosen."""

    name: str
    hat: ActingRole
    user_id: int | None = None
    account_id: int | None = None
    address: str | None = None

    def may(self, right: Permission) -> bool:
        """Say whether this actor's role allows something in the account they act in."""
        return right in RIGHTS[self.hat]

    def within(self, account_id: int | None) -> Actor:
        """Return the same person acting in another account, for what is written down there."""
        return replace(self, account_id=account_id)


OPERATOR = Actor("command line", ActingRole.OPERATOR)


def require(actor: Actor, right: Permission, account_id: int | None) -> None:
    """Refuse what the role does not allow. Another account's things answer as if they did not exist."""
    if actor.hat is not ActingRole.OPERATOR and (account_id is None or actor.account_id != account_id):
        raise NotFoundError("There is no such thing in this account.")
    require_everywhere(actor, right)


def require_everywhere(actor: Actor, right: Permission) -> None:
    """Refuse what the role does not allow, where no account is concerned or every account is."""
    if not actor.may(right):
        raise ForbiddenError(
            f"Your role does not allow you to {right}. Ask an Account Admin or enableHR Support."
        )


def hat_of(role: Role) -> ActingRole:
    """Return the capacity a membership gives."""
    return ActingRole(role.value)
