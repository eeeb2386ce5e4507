"""Plans that are kept after their run: those of held runs wait for a decision, those of previews can be applied."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, words


class PlanState(StrEnum):
    """What became of a kept plan; all but the first are final, and what was to be written is wiped."""

    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    # A later run of the connection has made a plan of its own.
    REPLACED = "REPLACED"
    EXPIRED = "EXPIRED"


class Plan(Base):
    """The plan of a run that ended before its first write; the sealed payloads stay in the run's records while it is open.

    ``breaches`` is a list of {code, number, allowed, message, positions}. Where two people have to agree,
    ``first_approver`` has agreed to ``first_selection`` (positions; None means all).
    """

    __tablename__ = "plan"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    state: Mapped[PlanState] = mapped_column(words(PlanState), default=PlanState.OPEN, index=True)
    breaches: Mapped[list[Any]] = mapped_column(JSON, default=list)
    kept_until: Mapped[datetime]
    first_approver: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    first_selection: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    # The run that carries this plan out.
    applied_by_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), unique=True)
