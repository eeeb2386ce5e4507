"""Links between employees of source and target, those that runs exclude, and creates that earned no link."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base


class Link(Base):
    """Source id ↔ target id of a pairing, with the keyed fingerprint of what was last written and the source's version.

    ``fingerprint`` also holds what else the next run has to know of that write (core/sync/compare/last_write.py).

    ``identity_digest`` holds hashes of the employee the link was made for (core/sync/match/link_check.py).
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
    """An employee that a run excluded. Later runs exclude them as well while the source's version stays the same.

    ``reason`` and ``message`` are those of the record. Without them there is nothing to do, because the employee has
    left at both ends. ``linked`` says whether they had a link then.
    """

    __tablename__ = "exclusion"

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    source_version: Mapped[str] = mapped_column(String(64))
    linked: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None] = mapped_column(String(1000))
    checked_at: Mapped[datetime]


class UnansweredCreate(Base):
    """A create without a response that has earned no link: the employee may be at the target all the same.

    ``accepted`` says that the target has accepted it for later; ``digests`` holds hashes of what was sent, as JSON.
    """

    __tablename__ = "unanswered_create"

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    sent_at: Mapped[datetime]
    accepted: Mapped[bool]
    digests: Mapped[bytes | None] = mapped_column(LargeBinary)
