"""The integration job of a connection, its schedule, and its pay calendar."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, enum_text


class Every(StrEnum):
    """The kinds of recurrence a schedule can have."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAY = "day"
    WEEKDAY = "weekday"
    WEEK = "week"
    MONTH = "month"
    CRON = "cron"


class Job(Base):
    """What a connection synchronises: one job each. ``settings`` holds filters and limits."""

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Schedule(Base):
    """A recurrence of a job, as `core.jobs.recurrence.Rule` has it.

    ``next_due_at`` decides when the next run is due. Redis holds a copy. Intervals count from ``first_due_at``.
    ``revision`` goes up by one with each change, so that two people do not overwrite each other's changes.
    """

    __tablename__ = "schedule"
    __table_args__ = (
        Index(
            "uq_schedule_active",
            "job_id",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    every: Mapped[Every] = mapped_column(enum_text(Every))
    interval: Mapped[int | None]
    at: Mapped[str | None] = mapped_column(String(150))
    time_zone: Mapped[str] = mapped_column(String(64))
    days: Mapped[str | None] = mapped_column(String(400))
    cron: Mapped[str | None] = mapped_column(String(100))
    starts_on: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    first_due_at: Mapped[datetime | None]
    next_due_at: Mapped[datetime]
    # No run is due before this moment.
    paused_until: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    cancelled_at: Mapped[datetime | None]


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


class StoreCheck(Base):
    """One row that the health check writes, to know that the store can be written (core/operations/health.py)."""

    __tablename__ = "store_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    checked_at: Mapped[datetime]


class Installation(Base):
    """One row: a name that no other store has, and the Redis over which its scheduler leads, with when it said so."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32))
    redis: Mapped[str | None] = mapped_column(String(32))
    redis_seen_at: Mapped[datetime | None]
