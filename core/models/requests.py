"""The requests that runs made, and their outcomes where the target takes an employee in several."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, BigId, enum_text
from core.models.runs import Action


class RequestLog(Base):
    """The requests for some of a run's employees, without any value (core/runs/request_log.py)."""

    __tablename__ = "request_log"
    __table_args__ = (Index("ix_request_log_run", "run_id", "first_position"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    # The lowest and the highest position in it.
    first_position: Mapped[int]
    last_position: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    entries: Mapped[bytes] = mapped_column(LargeBinary)


class RecordPart(Base):
    """The outcome of one of several requests that a target takes for one employee (core/sync/store/parts.py).

    Number 0 is the employee, the others are the target's parts in their order.
    """

    __tablename__ = "record_part"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label: Mapped[str] = mapped_column(String(100))
    action: Mapped[Action] = mapped_column(enum_text(Action, checked=False))
    reason: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None] = mapped_column(String(1000))
    target_id: Mapped[str | None] = mapped_column(String(200))
