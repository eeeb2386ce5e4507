"""Call people by their names, and tell those of one name apart."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import SQLCoreOperations

from core.models import Membership, Run, User


def user_label(
    account_id: int | SQLCoreOperations[int | None] | None, user: Any = User
) -> ColumnElement[str]:
    """Return the name of the ``User`` of a query, such as "Ana Li (ana.li)" where others have that name too.

    Others are the people of the account and of Support, and everyone who has started one of its runs. ``user`` is an
    alias of ``User``, where a query has several.
    """
    if user is User and (account_id is None or isinstance(account_id, int)):
        return _label_in(account_id)
    return _make_label(account_id, user)


# Most lists name people, and making the expression costs as much as asking the store.
@lru_cache(maxsize=256)
def _label_in(account_id: int | None) -> ColumnElement[str]:
    return _make_label(account_id, User)


def _make_label(account_id: int | SQLCoreOperations[int | None] | None, user: Any) -> ColumnElement[str]:
    other = aliased(User)
    is_member = select(Membership.user_id).where(
        Membership.user_id == other.id, Membership.account_id == account_id
    )
    has_started = select(Run.id).where(Run.requested_by == other.id, Run.account_id == account_id)
    is_shared = (
        select(other.id)
        .where(other.name == user.name, other.id != user.id)
        .where(or_(other.is_support, is_member.exists(), has_started.exists()))
        .exists()
    )
    return case((is_shared, user.name + " (" + user.username + ")"), else_=user.name)
