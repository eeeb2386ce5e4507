"""Who is acting, and what each role may do: the one table of rights.

Use cases take an ``Actor`` and call ``require`` first; pages only hide what would be refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from core.errors import ForbiddenError, NotFoundError
from core.models import Role


class Right(StrEnum):
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


class Hat(StrEnum):
    """In which capacity somebody acts."""

    ACCOUNT_ADMIN = "account_admin"
    ANALYST = "analyst"
    SUPPORT = "support"
    # Signed in, but with nothing to do in iHUB yet: no role, or a one-time password that has to be changed
    # first.
    GUEST = "guest"
    # The command line on the server, or iHUB itself.
    OPERATOR = "operator"


RIGHTS: dict[Hat, frozenset[Right]] = {
    Hat.ACCOUNT_ADMIN: frozenset(Right) - {Right.MANAGE_ACCESS},
    Hat.SUPPORT: frozenset(Right) - {Right.CHANGE_CONNECTIONS, Right.APPROVE_RUNS},
    Hat.ANALYST: frozenset({Right.SEE_REPORTS}),
    Hat.GUEST: frozenset(),
    Hat.OPERATOR: frozenset(Right),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the server itself) acting in one account; ``account_id`` None means none is chosen."""

    name: str
    hat: Hat
    user_id: int | None = None
    account_id: int | None = None
    address: str | None = None

    def may(self, right: Right) -> bool:
        """Say whether this actor's role allows something in the account they act in."""
        return right in RIGHTS[self.hat]

    def within(self, account_id: int | None) -> Actor:
        """Return the same person acting in another account, for what is written down there."""
        return replace(self, account_id=account_id)


OPERATOR = Actor("command line", Hat.OPERATOR)


def require(actor: Actor, right: Right, account_id: int | None) -> None:
    """Refuse what the role does not allow. Another account's things answer as if they did not exist."""
    if actor.hat is not Hat.OPERATOR and (account_id is None or actor.account_id != account_id):
        raise NotFoundError("There is no such thing in this account.")
    require_everywhere(actor, right)


def require_everywhere(actor: Actor, right: Right) -> None:
    """Refuse what the role does not allow, where no account is concerned or every account is."""
    if not actor.may(right):
        raise ForbiddenError(
            f"Your role does not allow you to {right}. Ask an Account Admin or enableHR Support."
        )


def hat_of(role: Role) -> Hat:
    """Return the capacity a membership gives."""
    return Hat(role.value)
