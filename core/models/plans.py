"""Kept plans: those of held runs wait for a decision, those of previews can be applied."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, enum_text


class PlanState(StrEnum):
    """The state of a kept plan. All but OPEN are final, and the payload batches are deleted."""

    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    # A later run of the connection has made a plan of its own.
    REPLACED = "REPLACED"
    EXPIRED = "EXPIRED"


class Plan(Base):
    """The plan of a run that ended before its first write. Its payload batches stay while it is open.

    ``breaches`` is a list of {code, number, allowed, message, positions}. Where two people have to approve,
    ``first_approver`` has approved ``first_selection`` (positions; None means all).
    """

    __tablename__ = "plan"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    state: Mapped[PlanState] = mapped_column(enum_text(PlanState), default=PlanState.OPEN, index=True)
    breaches: Mapped[list[Any]] = mapped_column(JSON, default=list)
    kept_until: Mapped[datetime]
    first_approver: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    first_selection: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    # The run that applies this plan.
    applied_by_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), unique=True)
