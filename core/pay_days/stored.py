"""The pay calendar of a connection in the store: read it, change it as a new version, list its versions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError
from core.models import Account, Connection, ConnectionStatus, PayCalendarVersion, User
from core.pay_days.calendar import PayCalendar, PayDay, next_open_pay, next_pay, pay_days
from core.pay_days.calendar_text import from_document, to_document
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.time_zones import zone_or_default

log = structlog.get_logger()

CHANGED = "Somebody else has changed the pay calendar meanwhile. Look at it again, then save your change."
# How many of the next pays a preview shows.
SHOWN = 6


@dataclass(frozen=True, slots=True)
class StoredCalendar:
    """The calendar in force; ``calendar`` is None where there is none. ``version`` is 0 before the first."""

    connection_id: int
    calendar: PayCalendar | None
    version: int
    zone: ZoneInfo
    author: str | None = None
    saved_at: datetime | None = None

    @property
    def today(self) -> date:
        """Return the day in the account's time zone."""
        return now().astimezone(self.zone).date()

    def next_pay(self, moment: datetime | None = None) -> PayDay | None:
        """Return the next pay, also the one of today; None without a calendar, or when it has no future date."""
        return None if self.calendar is None else next_pay(self.calendar, self.zone, moment or now())

    def next_open_pay(self, moment: datetime) -> PayDay | None:
        """Return the pay that a change made at a moment counts for; None as ``next_pay``."""
        return None if self.calendar is None else next_open_pay(self.calendar, self.zone, moment)


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version; ``sentence`` is the calendar in words. ``author`` is None for the command line."""

    number: int
    sentence: str
    author: str | None
    saved_at: datetime


def get(actor: Actor, connection_id: int) -> StoredCalendar:
    """Return the pay calendar of a connection. Raises NotFoundError, ForbiddenError."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
        return load(session, [connection_id])[connection_id]


def load(session: Session, connection_ids: Collection[int]) -> dict[int, StoredCalendar]:
    """Return the pay calendars of connections, also of those that have none."""
    rows = session.execute(_newest().where(Connection.id.in_(connection_ids)))
    return {row.id: _stored(row.id, row.PayCalendarVersion, row.time_zone, row.username) for row in rows}


def all_in_force(session: Session) -> dict[int, StoredCalendar]:
    """Return the pay calendars of all connections that have one and are not deleted."""
    rows = session.execute(_newest().where(Connection.status != ConnectionStatus.DELETED))
    found = (_stored(row.id, row.PayCalendarVersion, row.time_zone, row.username) for row in rows)
    return {stored.connection_id: stored for stored in found if stored.calendar is not None}


def in_account(session: Session, account_id: int | None) -> dict[int, StoredCalendar]:
    """Return the pay calendars of an account's connections that have one and are not deleted."""
    exists = Connection.status != ConnectionStatus.DELETED, Connection.account_id == account_id
    stored = load(session, session.scalars(select(Connection.id).where(*exists)).all())
    return {each: calendar for each, calendar in stored.items() if calendar.calendar is not None}


def preview(actor: Actor, connection_id: int, calendar: PayCalendar) -> list[PayDay]:
    """Return the next pays by a calendar that is not saved. Raises InvalidError when it cannot be one."""
    stored = get(actor, connection_id)
    calendar.check(stored.today)
    return list(pay_days(calendar, stored.zone, stored.today, SHOWN))


def save(actor: Actor, connection_id: int, calendar: PayCalendar, based_on: int) -> int:
    """Save a calendar as a new version and return its number. Only Account Admins may.

    ``based_on`` is the version that the person has seen. Raises InvalidError when this cannot be a calendar or nothing
    changes, ConflictError when somebody else has changed it.
    """
    return _save(actor, connection_id, calendar, based_on, "pay_days.save")


def remove(actor: Actor, connection_id: int, based_on: int) -> int:
    """Remove the calendar; its versions stay. Raises as ``save`` does."""
    return _save(actor, connection_id, None, based_on, "pay_days.remove")


def _save(actor: Actor, connection_id: int, calendar: PayCalendar | None, based_on: int, action: str) -> int:
    try:
        with transaction() as session:
            require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
            before = load(session, [connection_id])[connection_id]
            if before.version != based_on:
                raise ConflictError(CHANGED)
            if calendar is not None:
                calendar.check(before.today)
            if calendar == before.calendar:
                raise InvalidError(
                    "Nothing would change." if calendar else "This connection has no pay calendar."
                )
            document = None if calendar is None else to_document(calendar)
            version = PayCalendarVersion(
                connection_id=connection_id, number=based_on + 1, document=document, author_id=actor.user_id
            )
            session.add(version)
            session.flush()
            detail = {} if calendar is None else {"calendar": describe(calendar)}
            trail.record(
                session, actor, action, f"connection:{connection_id}", version=based_on + 1, **detail
            )
    except IntegrityError as error:  # somebody else has saved at the same moment
        raise ConflictError(CHANGED) from error
    log.info(action, connection=connection_id, version=based_on + 1)
    return based_on + 1


def history(actor: Actor, connection_id: int) -> list[VersionView]:
    """Return all versions of a pay calendar, the newest first. Raises NotFoundError, ForbiddenError."""
    query = (
        select(PayCalendarVersion, User.username)
        .outerjoin(User, User.id == PayCalendarVersion.author_id)
        .where(PayCalendarVersion.connection_id == connection_id)
        .order_by(PayCalendarVersion.number.desc())
    )
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
        return [_version(row.PayCalendarVersion, row.username) for row in session.execute(query)]


def describe(calendar: PayCalendar | None) -> str:
    """Return a calendar and its cut-off in words."""
    return "No pay calendar" if calendar is None else f"{calendar.sentence()}. {calendar.cut_off_sentence()}"


def _version(version: PayCalendarVersion, username: str | None) -> VersionView:
    calendar = None if version.document is None else from_document(version.document)
    return VersionView(version.number, describe(calendar), username, version.created_at)


def _newest() -> Select[int, str, PayCalendarVersion, str]:
    any_version = aliased(PayCalendarVersion)
    newest = select(func.max(any_version.number)).where(any_version.connection_id == Connection.id)
    is_newest = (PayCalendarVersion.connection_id == Connection.id) & (
        PayCalendarVersion.number == newest.scalar_subquery()
    )
    return (
        select(Connection.id, Account.time_zone, PayCalendarVersion, User.username)
        .join(Account, Account.id == Connection.account_id)
        .outerjoin(PayCalendarVersion, is_newest)
        .outerjoin(User, User.id == PayCalendarVersion.author_id)
    )


def _stored(
    connection_id: int, version: PayCalendarVersion | None, zone: str, username: str | None
) -> StoredCalendar:
    if version is None:
        return StoredCalendar(connection_id, None, 0, zone_or_default(zone))
    document: Mapping[str, object] | None = version.document
    calendar = None if document is None else from_document(document)
    return StoredCalendar(
        connection_id, calendar, version.number, zone_or_default(zone), username, version.created_at
    )
