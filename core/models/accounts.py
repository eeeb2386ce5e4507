"""Accounts, the people who use them and their roles."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.models.base import Base, Line, enum_text


class Role(StrEnum):
    """What a person may do in one account. Support is a property of the user."""

    ACCOUNT_ADMIN = "account_admin"
    ANALYST = "analyst"


class Account(Base):
    """One enableHR customer."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Line(200))
    enablehr_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    region: Mapped[str] = mapped_column(String(2), default="AU")
    # Brisbane has Australian Eastern Standard Time all year.
    time_zone: Mapped[str] = mapped_column(String(64), default="Australia/Brisbane")
    ihub_enabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    # How long the counters of runs, the employees of runs and the requests are kept (core/retention/periods.py).
    keep_counter_months: Mapped[int] = mapped_column(default=84, server_default=text("84"))
    keep_row_months: Mapped[int] = mapped_column(default=13, server_default=text("13"))
    keep_request_days: Mapped[int] = mapped_column(default=30, server_default=text("30"))


class User(Base):
    """A person who signs in. ``password_hash`` is argon2, and only local users have one.

    ``enablehr_accounts`` maps the ids of the accounts that enableHR listed at the last sign-in to their names. It is
    None when the person has never signed in through enableHR.
    """

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(Line(200))
    # As enableHR has it: shows whether a leaving employee is this person.
    email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    # Set while the password is a one-time password, with which the person chooses their own.
    one_time_password_expires_at: Mapped[datetime | None]
    is_support: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    enablehr_accounts: Mapped[dict[str, str] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime | None]

    memberships: Mapped[list[Membership]] = relationship(back_populates="user")


class Membership(Base):
    """A person's role in an account."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "account_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_text(Role))
    created_at: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = relationship(back_populates="memberships")
    account: Mapped[Account] = relationship()
