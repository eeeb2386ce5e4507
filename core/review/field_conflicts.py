"""Read the fields in which the two systems differ: those that wait for a person, and those decided."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import Session

from core.audit.connection_labels import connection_label
from core.audit.user_labels import user_label
from core.db import reading
from core.models import ConflictState, Connection, ConnectionStatus, FieldConflict, Position, User
from core.paging import PAGE_SIZE, first_row, page_count
from core.runs.outcome_catalogue import explain
from core.runs.system_names import kind_at, system_names
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection
from core.security.vault import vault

STATE_LABELS = {
    ConflictState.WAITING: "Waiting",
    ConflictState.ASK_HR: "HR is asked",
    ConflictState.USE_HR: "HR's value is sent in the next run",
    ConflictState.KEEP_PAYROLL: "Payroll's value is kept",
}


@dataclass(frozen=True, slots=True)
class ConflictValue:
    """One field with the value of each system as people may see it; None where there is none."""

    label: str
    hr: str | None
    payroll: str | None


@dataclass(frozen=True, slots=True)
class ConflictView:
    """One difference. ``version`` changes with the two values and with what is decided about them."""

    id: int
    version: str
    connection_id: int
    connection: str
    source: str
    target: str
    source_id: str
    target_id: str
    name: str
    field: str
    label: str
    title: str
    values: tuple[ConflictValue, ...]
    state: ConflictState
    found_at: datetime
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConflictsPage:
    """One page of differences by name."""

    rows: list[ConflictView]
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return page_count(self.total)


def conflicts_of(actor: Actor, connection_id: int, source_id: str) -> list[ConflictView]:
    """Return the differences of one employee."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
        of_person = (Connection.id == connection.id, FieldConflict.source_id == source_id)
        return [_view(row) for row in session.execute(_rows().where(*of_person).order_by(FieldConflict.id))]


def conflicts_page(
    actor: Actor,
    states: Sequence[ConflictState],
    *,
    connection_id: int | None = None,
    run_id: int | None = None,
    search: str = "",
    page: int = 1,
) -> ConflictsPage:
    """Return one page of the differences in some states; ``search`` is part of a name, or a whole ID.

    ``run_id`` is the last run that has found them.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    conditions = [*_of_account(actor), FieldConflict.state.in_(states)]
    if connection_id is not None:
        conditions.append(Connection.id == connection_id)
    if run_id is not None:
        conditions.append(FieldConflict.run_id == run_id)
    if text := search.replace("\0", "").strip():
        by_name = FieldConflict.name.icontains(text, autoescape=True)
        conditions.append(or_(by_name, FieldConflict.source_id == text, FieldConflict.target_id == text))
    ordered = (
        _rows().where(*conditions).order_by(FieldConflict.name, FieldConflict.source_id, FieldConflict.id)
    )
    with reading() as session:
        count = select(func.count()).select_from(FieldConflict).join(Connection, _IS_OF_PAIRING)
        total = session.scalar(count.where(*conditions)) or 0
        if not total:
            return ConflictsPage([], 0)
        rows = session.execute(ordered.limit(PAGE_SIZE).offset(first_row(page, total)))
        return ConflictsPage([_view(row) for row in rows], total)


def version_of(conflict: FieldConflict) -> str:
    """Return what changes with the two values and with the decision."""
    content = conflict.sent + conflict.shown + conflict.state.value.encode()
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def values_in(ciphertext: bytes) -> tuple[ConflictValue, ...]:
    """Return the stored values of both systems, masked where they are sensitive."""
    values: Any = vault().open(ciphertext)
    return tuple(ConflictValue(value["label"], value["after"], value["before"]) for value in values)


def newest_connection(session: Session, pairing_id: int | None) -> Connection | None:
    """Return the connection that a pairing belongs to; the last one, where earlier ones were deleted."""
    query = select(Connection).where(Connection.pairing_id == pairing_id).order_by(Connection.id.desc())
    return session.scalars(query.limit(1)).first()


_IS_OF_PAIRING = Connection.pairing_id == FieldConflict.pairing_id


def _of_account(actor: Actor) -> list[ColumnElement[bool]]:
    exists = Connection.status != ConnectionStatus.DELETED
    return [exists] if actor.account_id is None else [exists, Connection.account_id == actor.account_id]


@cache
def _rows() -> Select[FieldConflict, int, str, str, str, str]:
    kinds = (kind_at(Position.SOURCE).label("source"), kind_at(Position.TARGET).label("target"))
    connection = (Connection.id.label("connection_id"), connection_label().label("connection"))
    query = select(FieldConflict, *connection, *kinds, user_label(Connection.account_id).label("decided_by"))
    return query.join(Connection, _IS_OF_PAIRING).outerjoin(User, User.id == FieldConflict.decided_by)


def _view(row: Row[FieldConflict, int, str, str, str, str]) -> ConflictView:
    conflict: FieldConflict = row.FieldConflict
    names = system_names(row.source, row.target)
    return ConflictView(
        id=conflict.id,
        version=version_of(conflict),
        connection_id=row.connection_id,
        connection=row.connection,
        source=names.source,
        target=names.target,
        source_id=conflict.source_id,
        target_id=conflict.target_id,
        name=conflict.name,
        field=conflict.field,
        label=conflict.label,
        title=explain(conflict.code).title,
        values=values_in(conflict.ciphertext),
        state=conflict.state,
        found_at=conflict.found_at,
        decided_by=row.decided_by,
        decided_at=conflict.decided_at,
    )


def find(actor: Actor, conflict_id: int) -> ConflictView | None:
    """Return one difference of the actor's account; None when there is none."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        row = session.execute(_rows().where(*_of_account(actor), FieldConflict.id == conflict_id)).first()
        return None if row is None else _view(row)
