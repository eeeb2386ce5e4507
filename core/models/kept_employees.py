"""What is kept of every employee that the source lists: a few fields for lists and filters, and the last verdict."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class KeptEmployeeBatch(Base):
    """Several kept employees in one ciphertext, because one each would take most of the time of storing them.

    An entry counts only while the row of its employee names this batch; ``entries`` is how many there are in all.
    """

    __tablename__ = "kept_employee_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), index=True)
    entries: Mapped[int]
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class KeptEmployee(Base):
    """Where an employee is kept. ``outcome`` is what the run said after the whole source was read, if it did."""

    __tablename__ = "kept_employee"

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    # Not checked by the store: a foreign key would need an index that every stored employee pays for.
    batch_id: Mapped[int]
    outcome: Mapped[str | None] = mapped_column(String(40))
