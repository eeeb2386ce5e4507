"""Which accounts a section of the Home page is about: the one a person acts in, or all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, null, select

from core.models import Account, Connection
from core.security.actor import Actor, Permission, require, require_everywhere

# The names that several accounts have.
SHARED_NAMES = select(Account.name).group_by(Account.name).having(func.count() > 1).subquery("shared_name")
# How many lines a section shows at most; it says how many there are.
MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Reach:
    """The account whose connections are shown; None means all accounts."""

    account_id: int | None

    @classmethod
    def of(cls, actor: Actor, permission: Permission, *, everywhere: bool) -> Reach:
        """Return what somebody may see. Raises NotFoundError, ForbiddenError.

        ``everywhere`` means all accounts, for those who manage access to them.
        """
        if everywhere:
            require_everywhere(actor, Permission.MANAGE_ACCESS)
            require_everywhere(actor, permission)
            return cls(None)
        require(actor, permission, actor.account_id)
        return cls(actor.account_id)

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """Return the condition on the account, in a query that has ``Connection``."""
        return () if self.account_id is None else (Connection.account_id == self.account_id,)


def with_shared_name(query: Select[Any], *, everywhere: bool) -> Select[Any]:
    """Add a column ``shared_name`` to a query that has ``Account``: its name where others have it too, else NULL."""
    if not everywhere:
        return query.add_columns(null().label("shared_name"))
    name = SHARED_NAMES.c.name
    return query.add_columns(name.label("shared_name")).outerjoin(SHARED_NAMES, name == Account.name)


def account_label(account: Account, shared_name: str | None) -> str:
    """Return the name of an account, with its number where several accounts have that name."""
    return account.name if shared_name is None else f"{account.name} (#{account.id})"
