"""Which employee at the source is which employee at the target, and whom runs leave out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base


class Link(Base):
    """Source id ↔ target id of a pairing, with the keyed fingerprint of what was last written and the source's mark.

    ``identity_digest`` is who the employee at the target was then (core/sync/match/link_check.py).
    """

    __tablename__ = "link"
    __table_args__ = (UniqueConstraint("pairing_id", "target_id"),)

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    target_id: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    source_version: Mapped[str | None] = mapped_column(String(64))
    identity_digest: Mapped[bytes | None] = mapped_column(LargeBinary(12))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    updated_at: Mapped[datetime] = mapped_column(default=now)


class Exclusion(Base):
    """An employee whom a run left out, which holds while they do not change: under which mark, and when they were looked at.

    ``reason`` and ``message`` are those of the record; without them there is nothing to do because they have left at both ends.
    ``linked`` says whether they had a link then.
    """

    __tablename__ = "exclusion"

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    source_version: Mapped[str] = mapped_column(String(64))
    linked: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None] = mapped_column(String(1000))
    checked_at: Mapped[datetime]
