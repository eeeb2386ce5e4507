"""Fields in which HR system and payroll differ, and what people decided about them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, enum_text


class ConflictState(StrEnum):
    """What is decided about a field in which the two systems differ."""

    WAITING = "WAITING"
    # Somebody in HR has to say which value is right.
    ASK_HR = "ASK_HR"
    USE_HR = "USE_HR"
    KEEP_PAYROLL = "KEEP_PAYROLL"

    @property
    def is_decided(self) -> bool:
        """Say whether it is known whose value counts."""
        return self in (ConflictState.USE_HR, ConflictState.KEEP_PAYROLL)


class FieldConflict(Base):
    """One field of an employee, or the parts of one value, in which the two systems differ.

    ``sent`` and ``shown`` are keyed hashes of the two values that were found: a decision counts for these, and is asked
    for again when one of them is another. ``ciphertext`` holds the two values as people may see them, encrypted.
    """

    __tablename__ = "field_conflict"
    __table_args__ = (UniqueConstraint("pairing_id", "source_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"))
    source_id: Mapped[str] = mapped_column(String(200))
    # The name of the field; of the parts of one value, that of the first.
    field: Mapped[str] = mapped_column(String(200))
    label: Mapped[str] = mapped_column(String(400))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(400))
    target_id: Mapped[str] = mapped_column(String(200))
    sent: Mapped[bytes] = mapped_column(LargeBinary(8))
    shown: Mapped[bytes] = mapped_column(LargeBinary(8))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[ConflictState] = mapped_column(
        enum_text(ConflictState), default=ConflictState.WAITING, server_default=ConflictState.WAITING.value
    )
    found_at: Mapped[datetime] = mapped_column(default=now)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    # The run that sends the HR system's value, as decided.
    applied_by_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
