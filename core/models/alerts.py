"""What needs a person's attention: raised once, cleared when it is over."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, Line, enum_text


class AlertKind(StrEnum):
    """What an alert is about."""

    GRANT_REFUSED = "GRANT_REFUSED"
    AUTHORISER_LEAVES = "AUTHORISER_LEAVES"
    NO_LONGER_LISTED = "NO_LONGER_LISTED"
    # The target would no longer accept people that it accepted before.
    REFUSES_ACCEPTED = "REFUSES_ACCEPTED"
    # The rules of the scope ask for a branch or a field that the source no longer has.
    SCOPE_VANISHED = "SCOPE_VANISHED"


OPEN = text("cleared_at IS NULL")


class Alert(Base):
    """One alert of a side. At most one of a kind is open at a time."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("uq_alert_open", "side_id", "kind", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_alert_account_id", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    side_id: Mapped[int] = mapped_column(ForeignKey("side.id"))
    kind: Mapped[AlertKind] = mapped_column(enum_text(AlertKind))
    message: Mapped[str] = mapped_column(Line(500))
    raised_at: Mapped[datetime] = mapped_column(default=now)
    cleared_at: Mapped[datetime | None]
