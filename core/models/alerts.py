"""What needs a person's attention, each change of it, who wants to hear of it, and what is to be delivered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, BigId, Line, enum_text


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


class AlertTopic(StrEnum):
    """What people can hear of."""

    FAILED = "FAILED"
    HELD = "HELD"
    # Something waits for one person: a problem assigned to them, or a plan that needs a second approval.
    WAITING = "WAITING"
    RECONNECT = "RECONNECT"
    # The two systems have moved away from what was set up, or from each other.
    DRIFT = "DRIFT"
    PAY_DAY = "PAY_DAY"
    PAID_WRONG = "PAID_WRONG"
    # One of the others is over.
    RECOVERED = "RECOVERED"


class Channel(StrEnum):
    """How something is delivered. The last three tell an uptime service about one run."""

    MAIL = "MAIL"
    WEBHOOK = "WEBHOOK"
    RUN_START = "RUN_START"
    RUN_SUCCESS = "RUN_SUCCESS"
    RUN_FAILURE = "RUN_FAILURE"


class AlertState(Base):
    """What holds of a connection now, of one topic. ``user_id`` is 0 where it does not wait for one person.

    ``things`` are what it consists of, such as ``side:3``: one that was not there before is a change of state.
    """

    __tablename__ = "alert_state"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    topic: Mapped[AlertTopic] = mapped_column(enum_text(AlertTopic, checked=False), primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    things: Mapped[list[str]] = mapped_column(JSON)
    number: Mapped[int]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    since: Mapped[datetime] = mapped_column(default=now)


class AlertEvent(Base):
    """One change of state: what began, or ``ended``. It holds ids and numbers, and nothing about an employee."""

    __tablename__ = "alert_event"
    __table_args__ = (Index("ix_alert_event_account", "account_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    topic: Mapped[AlertTopic] = mapped_column(enum_text(AlertTopic, checked=False))
    # The one person it is for; None for everybody who wants to know.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended: Mapped[bool]
    things: Mapped[list[str]] = mapped_column(JSON)
    number: Mapped[int]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    at: Mapped[datetime] = mapped_column(default=now, index=True)


class AlertPreference(Base):
    """What one person wants to hear of one account (core/alerts/preferences.py), and what they have seen."""

    __tablename__ = "alert_preference"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    # None while the person has chosen nothing: what their role hears by default.
    settings: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    seen_event_id: Mapped[int] = mapped_column(default=0)


class Webhook(Base):
    """The addresses of a connection that iHUB calls, and the secret it signs with, encrypted together."""

    __tablename__ = "webhook"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    # Runs from before are not reported.
    since: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


WAITING = text("delivered_at IS NULL AND given_up_at IS NULL")


class Delivery(Base):
    """One message to one recipient, stored before it is sent and settled afterwards (core/alerts/sending/outbox.py).

    ``key`` names event and recipient, so that none is stored twice. Mails of one ``batch`` are one message.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_waiting", "due_at", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_delivery_account", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    channel: Mapped[Channel] = mapped_column(enum_text(Channel, checked=False))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("alert_event.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    # The id that receivers see: the same at each try, so that they can drop repeats.
    batch: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    # What the server answered, or why it could not be asked.
    answer: Mapped[str | None] = mapped_column(Line(500))
