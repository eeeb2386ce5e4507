"""What waits for a person: the plans of held runs and previews, and the candidates of ambiguous matches."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
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


class RejectedMatch(Base):
    """A person's decision that an employee at the source is not a certain employee at the target.

    It holds until it is withdrawn. The opposite decision, that the two are the same person, is a link.
    """

    __tablename__ = "rejected_match"

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    target_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime] = mapped_column(default=now)
    # When the link between the two was stored that the decision removed; it comes back when the decision is undone.
    linked_at: Mapped[datetime | None]
    identity_digest: Mapped[bytes | None] = mapped_column(LargeBinary(12))


class Candidate(Base):
    """One employee at the target who could be the employee of an ambiguous record."""

    __tablename__ = "candidate"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "position"], ["record.run_id", "record.position"], ondelete="CASCADE"
        ),
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    target_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str] = mapped_column(String(400))
    # The candidate has the employee number that the employee would be created with.
    same_number: Mapped[bool]
    # What agrees (core/runs/matched_by.py).
    matched_by: Mapped[int | None]
