"""Connections, their two sides, and the pairings of organisations that links belong to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.models.base import Base, Line, enum_text


class ConnectionStatus(StrEnum):
    """Where a connection stands."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    ATTENTION = "ATTENTION"
    DELETED = "DELETED"


class Position(StrEnum):
    """Which half of a connection a side is."""

    SOURCE = "SOURCE"
    TARGET = "TARGET"


class SideState(StrEnum):
    """Whether iHUB may use the system of a side."""

    NOT_CONNECTED = "NOT_CONNECTED"
    CONNECTED = "CONNECTED"
    NEEDS_RECONNECT = "NEEDS_RECONNECT"


class Pairing(Base):
    """Two organisations of one account that exchange employees. A pairing outlives its connections."""

    __tablename__ = "pairing"
    __table_args__ = (UniqueConstraint("account_id", "source_system", "target_system"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    source_system: Mapped[str] = mapped_column(String(200))
    target_system: Mapped[str] = mapped_column(String(200))
    # Fingerprint of everything a decision depends on besides the employee (core/sync/plan/config_fingerprint.py).
    config_fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    config_since: Mapped[datetime | None]
    # The code under which everybody was last read in full, and when a full read is due because the code has changed.
    code_version: Mapped[str | None] = mapped_column(String(64))
    code_due_at: Mapped[datetime | None]
    # Of the employees found by tax number, how many have one number at both ends, and how many two.
    same_numbers: Mapped[int] = mapped_column(default=0, server_default="0")
    other_numbers: Mapped[int] = mapped_column(default=0, server_default="0")
    # How many employees iHUB has created under our number.
    created_numbers: Mapped[int] = mapped_column(default=0, server_default="0")
    # When a person decided whose values count where both had one before the first run, or nobody had to.
    first_changes_decided_at: Mapped[datetime | None]
    # When a run last read the source's whole list, so that what is kept of everybody was right.
    everybody_read_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Connection(Base):
    """A source system paired with a target system in one account."""

    __tablename__ = "connection"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    pairing_id: Mapped[int | None] = mapped_column(ForeignKey("pairing.id"))
    name: Mapped[str] = mapped_column(Line(200))
    status: Mapped[ConnectionStatus] = mapped_column(
        enum_text(ConnectionStatus), default=ConnectionStatus.DRAFT
    )
    # The version of its mapping that is in force; 0 is the target's file as it is.
    mapping_version: Mapped[int] = mapped_column(default=0, server_default="0")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]

    sides: Mapped[list[Side]] = relationship(back_populates="connection", order_by="Side.position")


class Side(Base):
    """The source or the target half of a connection. ``credentials`` is encrypted by the vault."""

    __tablename__ = "side"
    __table_args__ = (UniqueConstraint("connection_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    position: Mapped[Position] = mapped_column(enum_text(Position))
    kind: Mapped[str] = mapped_column(String(64))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    credentials: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[SideState] = mapped_column(enum_text(SideState), default=SideState.NOT_CONNECTED)
    state_reason: Mapped[str | None] = mapped_column(Line(500))
    state_since: Mapped[datetime] = mapped_column(default=now)
    organisation_id: Mapped[str | None] = mapped_column(String(200))
    organisation_name: Mapped[str | None] = mapped_column(Line(200))
    authorised_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    authorised_at: Mapped[datetime | None]
    # The process that refreshes the credentials now, and when its lock expires (core/sides/token_refresh.py).
    refresh_lock_token: Mapped[str | None] = mapped_column(String(64))
    refresh_lock_until: Mapped[datetime | None]
    # When the grant expires unless it is refreshed or granted again. None means never.
    consent_ends_at: Mapped[datetime | None]
    refreshed_at: Mapped[datetime | None]
    # When iHUB last checked that the system accepts its credentials (core/sides/probes.py).
    probed_at: Mapped[datetime | None]
    unreachable_since: Mapped[datetime | None]
    unreachable_reason: Mapped[str | None] = mapped_column(Line(500))

    connection: Mapped[Connection] = relationship(back_populates="sides")


class ReadChoices(Base):
    """One list of a side's system. ``entries`` are pairs of id and label; they are what the list had at ``read_at``."""

    __tablename__ = "read_choices"

    side_id: Mapped[int] = mapped_column(ForeignKey("side.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    # The organisation whose list it is: one that the side opened before does not count.
    organisation_id: Mapped[str | None] = mapped_column(String(200))
    entries: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    read_at: Mapped[datetime | None]
    tried_at: Mapped[datetime]
    # Why it could not be read at the last try.
    problem: Mapped[str | None] = mapped_column(Line(500))
