"""Which accounts a section of the Home page is about: the one a person acts in, or all of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement

from core.models import Connection
from core.security.actor import Actor, Permission, require, require_everywhere

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
