"""People on hold, and the days on which the scope has to judge somebody again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, Line


class Hold(Base):
    """An employee of a pairing who is not written until released; it outlives connections, as the pairing does.

    ``last_day`` is the last day of the hold, None for one without an end. A hold that was released or has ended stays
    as history.
    """

    __tablename__ = "hold"
    __table_args__ = (Index("ix_hold_pairing_id_source_id", "pairing_id", "source_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"))
    source_id: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Line(300))
    put_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    put_at: Mapped[datetime] = mapped_column(default=now)
    last_day: Mapped[date | None]
    released_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    released_at: Mapped[datetime | None]


class ScopeRecheck(Base):
    """An employee who is read again on a day, because the scope can say something else then."""

    __tablename__ = "scope_recheck"
    __table_args__ = (Index("ix_scope_recheck_pairing_id_due_on", "pairing_id", "due_on"),)

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    due_on: Mapped[date]


class BranchList(Base):
    """The branches of a pairing's source as they were last read, each with id, name, path and the id above it."""

    __tablename__ = "branch_list"

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    branches: Mapped[list[list[Any]]] = mapped_column(JSON)
    read_at: Mapped[datetime] = mapped_column(default=now)
