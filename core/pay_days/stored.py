"""The pay calendar of a connection in the store: read it, change it as a new version, list its versions."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Row, Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

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
    return _read(session, _newest().where(Connection.id.in_(connection_ids)))


def all_in_force(session: Session) -> dict[int, StoredCalendar]:
    """Return the pay calendars of all connections that have one and are not deleted."""
    found = _read(session, _newest(only_with=True).where(Connection.status != ConnectionStatus.DELETED))
    return {each: calendar for each, calendar in found.items() if calendar.calendar is not None}


def in_account(session: Session, account_id: int | None) -> dict[int, StoredCalendar]:
    """Return the pay calendars of an account's connections that have one and are not deleted."""
    exists = Connection.status != ConnectionStatus.DELETED, Connection.account_id == account_id
    found = _read(session, _newest(only_with=True).where(*exists))
    return {each: calendar for each, calendar in found.items() if calendar.calendar is not None}


def state_of(session: Session, account_id: int | None) -> Hashable:
    """Return what changes whenever the next pays of an account can: its calendars, and the day there."""
    version = PayCalendarVersion
    columns = func.count(), func.max(version.created_at), func.max(Account.time_zone)
    query = select(*columns).join(Connection, Connection.id == version.connection_id)
    query = query.join(Account, Account.id == Connection.account_id)
    exists = Connection.status != ConnectionStatus.DELETED, Connection.account_id == account_id
    number, saved_at, zone = session.execute(query.where(*exists)).one()
    return number, saved_at, zone, now().astimezone(zone_or_default(zone or "")).date()


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


# The id of a connection, the time zone, and the number, moment and author of its newest version.
Newest = tuple[int, str, int, datetime, str]


def _newest(*, only_with: bool = False) -> Select[*Newest]:
    """Select the newest version of each connection, without its document; ``only_with`` those that have one."""
    numbers = select(PayCalendarVersion.connection_id, func.max(PayCalendarVersion.number).label("number"))
    newest = numbers.group_by(PayCalendarVersion.connection_id).subquery()
    version = PayCalendarVersion
    columns = version.number, version.created_at, User.username
    return (
        select(Connection.id, Account.time_zone, *columns)
        .join(Account, Account.id == Connection.account_id)
        .join(newest, newest.c.connection_id == Connection.id, isouter=not only_with)
        .join(
            version,
            (version.connection_id == Connection.id) & (version.number == newest.c.number),
            isouter=not only_with,
        )
        .outerjoin(User, User.id == version.author_id)
    )


# By the connection, the number and when it was saved: a version never changes.
_known: dict[tuple[int, int, datetime], PayCalendar | None] = {}
MOST_KNOWN, AT_ONCE = 50_000, 500


def _read(session: Session, query: Select[*Newest]) -> dict[int, StoredCalendar]:
    """Return what a query for newest versions finds; each version is read and parsed once by a process."""
    rows = session.execute(query).all()
    if len(_known) > MOST_KNOWN:
        _known.clear()
    unknown = [row.id for row in rows if row.number is not None and _key(row) not in _known]
    for first in range(0, len(unknown), AT_ONCE):
        _learn(session, unknown[first : first + AT_ONCE])
    return {
        row.id: StoredCalendar(
            row.id,
            None if row.number is None else _known[_key(row)],
            row.number or 0,
            zone_or_default(row.time_zone),
            row.username,
            row.created_at,
        )
        for row in rows
    }


def _key(row: Row[*Newest]) -> tuple[int, int, datetime]:
    return row.id, row.number, row.created_at


def _learn(session: Session, connection_ids: Collection[int]) -> None:
    versions = select(PayCalendarVersion).where(PayCalendarVersion.connection_id.in_(connection_ids))
    for version in session.scalars(versions):
        document: Mapping[str, object] | None = version.document
        key = version.connection_id, version.number, version.created_at
        _known[key] = None if document is None else from_document(document)
