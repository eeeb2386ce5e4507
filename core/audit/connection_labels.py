"""Call connections by their names, and tell those of one name apart."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import ColumnElement, String, case, cast, select
from sqlalchemy.orm import Session, aliased

from core.models import Connection, ConnectionStatus


# Nearly each page asks for it in several lists, and making the expression costs more than asking the store.
@cache
def connection_label() -> ColumnElement[str]:
    """Return the name of the ``Connection`` of a query, such as "Payroll (#7)" where others of its account have it too.

    A deleted one is "Payroll (deleted)".
    """
    other = aliased(Connection)
    is_deleted, is_other_deleted = (each.status == ConnectionStatus.DELETED for each in (Connection, other))
    is_shared = (
        select(other.id)
        .where(other.account_id == Connection.account_id, other.id != Connection.id)
        .where(other.name == Connection.name, is_other_deleted == is_deleted)
        .exists()
    )
    name = case((is_deleted, Connection.name + " (deleted)"), else_=Connection.name)
    return case((is_shared, name + " (#" + cast(Connection.id, String) + ")"), else_=name)


def load_labels(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Return the names of some connections, of any account, by id."""
    query = select(Connection.id, connection_label().label("label")).where(Connection.id.in_(ids))
    return {row.id: row.label for row in session.execute(query)}
