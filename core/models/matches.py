"""Match decisions of people, and the candidates they choose from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base


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
