"""iHUB's OAuth clients at other systems, and grants that wait for an organisation to be chosen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base


class OAuthClient(Base):
    """The client id and secret a system gave to iHUB. ``secret`` is encrypted by the vault.

    ``addresses`` are the origins it may be used at besides the system's own.
    """

    __tablename__ = "oauth_client"

    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(300))
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    addresses: Mapped[list[str]] = mapped_column(JSON, default=list)
    set_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    set_at: Mapped[datetime] = mapped_column(default=now)


class PendingGrant(Base):
    """A grant that covers several organisations, until the session that received it has chosen one."""

    __tablename__ = "pending_grant"

    side_id: Mapped[int] = mapped_column(ForeignKey("side.id"), primary_key=True)
    session_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    credentials: Mapped[bytes | None] = mapped_column(LargeBinary)
    organisations: Mapped[list[Any]] = mapped_column(JSON)
    expires_at: Mapped[datetime]
