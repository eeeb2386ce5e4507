"""The audit trail: who did what, when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, BigId


class Audit(Base):
    """One action of a person or of iHUB itself. Triggers refuse to change or remove rows."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_account_id", "account_id", "id"),
        Index("ix_audit_user_id", "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    address: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(100))
    result: Mapped[str] = mapped_column(String(40), default="done")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
