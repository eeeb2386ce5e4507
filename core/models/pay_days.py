"""The pay calendars of connections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base


class PayCalendarVersion(Base):
    """One version of a connection's pay calendar. It never changes; the one with the highest number is in force.

    ``document`` is in the form of `core/pay_days/calendar_text.py`; None says that the connection has none any more.
    """

    __tablename__ = "pay_calendar_version"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
