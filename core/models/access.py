"""Sessions, API tokens, sign-ins and OAuth flows in progress, throttled attempts, requests for access."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, Line


class Session(Base):
    """A signed-in browser. Only the hash of its cookie is stored."""

    __tablename__ = "session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    address: Mapped[str | None] = mapped_column(String(64))


class Ticket(Base):
    """A successful sign-in that waits for its cookie: single use, one minute, one browser."""

    __tablename__ = "ticket"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    expires_at: Mapped[datetime]


class ThrottleEvent(Base):
    """One counted attempt. ``key`` is the hash of a user name, an address, or a refusal that was audited already."""

    __tablename__ = "throttle_event"
    __table_args__ = (Index("ix_throttle_event_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=now)


class OAuthRequest(Base):
    """An OAuth flow at another system's consent page: single use, bound to a session and a side."""

    __tablename__ = "oauth_request"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_hash: Mapped[str] = mapped_column(String(64))
    side_id: Mapped[int] = mapped_column(ForeignKey("side.id"))
    verifier: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]


class ApiToken(Base):
    """A token by which a program reads the data of one account as a person. Only its hash is stored.

    ``tables`` are the names of the tables of the data set that it may read.
    """

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(Line(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    tables: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class AccessRequest(Base):
    """A signed-in person asks for a role. ``granted`` is None until Support has decided."""

    __tablename__ = "access_request"
    __table_args__ = (
        Index(
            "uq_access_request_waiting",
            "user_id",
            unique=True,
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    note: Mapped[str] = mapped_column(Line(500), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    granted: Mapped[bool | None]


class SignInRequest(Base):
    """An OAuth flow at enableHR's sign-in page: single use, ten minutes, one browser."""

    __tablename__ = "sign_in_request"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[bytes] = mapped_column(LargeBinary)
    next_page: Mapped[str] = mapped_column(String(2000))
    expires_at: Mapped[datetime]
