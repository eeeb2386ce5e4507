"""The days on which the scope has to judge somebody again, although nothing changes at the source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.orm import Session

from core.db import reading
from core.models import ScopeRecheck

CHUNK = 500
_SAVE = text(
    """
    INSERT INTO scope_recheck (pairing_id, source_id, due_on) VALUES (:pairing_id, :source_id, :due_on)
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET due_on = excluded.due_on
    """
).bindparams(bindparam("due_on", type_=ScopeRecheck.due_on.type))


def due(pairing_id: int, today: date) -> frozenset[str]:
    """Return the source ids of those to judge again today."""
    query = select(ScopeRecheck.source_id).where(
        ScopeRecheck.pairing_id == pairing_id, ScopeRecheck.due_on <= today
    )
    with reading() as session:
        return frozenset(session.scalars(query))


def save(session: Session, pairing_id: int, due_by_id: Mapping[str, date | None]) -> None:
    """Store the next day for each source id; None says that no day changes the verdict."""
    over = sorted(source_id for source_id, day in due_by_id.items() if day is None)
    rows = [
        {"pairing_id": pairing_id, "source_id": source_id, "due_on": day}
        for source_id, day in sorted(due_by_id.items())
        if day is not None
    ]
    for first in range(0, len(over), CHUNK):
        chunk = ScopeRecheck.source_id.in_(over[first : first + CHUNK])
        session.execute(delete(ScopeRecheck).where(ScopeRecheck.pairing_id == pairing_id, chunk))
    if rows:
        session.connection().execute(_SAVE, rows)
