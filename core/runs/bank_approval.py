"""How many people have to approve changed bank accounts of a connection."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from core.models import Connection, Membership, Role, User
from core.runs.options import Limits


def count_approvers(session: Session, connection_id: int) -> int:
    """Return how many people can approve held runs of a connection."""
    return session.scalar(_approvers(), {"connection_id": connection_id}) or 0


@cache
def _approvers() -> Select[int]:
    query = select(func.count(Membership.user_id.distinct())).join(User, User.id == Membership.user_id)
    query = query.join(Connection, Connection.account_id == Membership.account_id)
    is_of_connection = Connection.id == bindparam("connection_id")
    return query.where(is_of_connection, Membership.role == Role.ACCOUNT_ADMIN, User.active)


def people_needed(session: Session, connection_id: int, limits: Limits) -> int:
    """Return how many people other than the one who started a run must approve changed bank accounts.

    Unless the limits say a number, it is one where two or more people can approve, and none elsewhere.
    """
    if limits.people_for_bank is not None:
        return limits.people_for_bank
    return 1 if count_approvers(session, connection_id) >= 2 else 0
