"""The requests that runs made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, BigId


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
