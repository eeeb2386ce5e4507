"""Call people by their names, and tell those of one name apart."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import aliased

from core.models import Membership, Run, User


# Most lists name people, and making the expression costs as much as asking the store.
@lru_cache(maxsize=256)
def user_label(account_id: int | None) -> ColumnElement[str]:
    """Return the name of the ``User`` of a query, such as "Ana Li (ana.li)" where others have that name too.

    Others are the people of the account and of Support, and everyone who has started one of its runs.
    """
    other = aliased(User)
    is_member = select(Membership.user_id).where(
        Membership.user_id == other.id, Membership.account_id == account_id
    )
    has_started = select(Run.id).where(Run.requested_by == other.id, Run.account_id == account_id)
    is_shared = (
        select(other.id)
        .where(other.name == User.name, other.id != User.id)
        .where(or_(other.is_support, is_member.exists(), has_started.exists()))
        .exists()
    )
    return case((is_shared, User.name + " (" + User.username + ")"), else_=User.name)
