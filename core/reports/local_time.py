"""Times and days in an account's time zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, SQLColumnExpression
from sqlalchemy.orm import Session

from core.models import Account, Run
from core.settings import settings
from core.time_zones import zone_or_default

# Nothing that iHUB records is outside of these years.
FIRST_YEAR, LAST_YEAR = 1970, 9000


def account_zone(session: Session, account_id: int | None) -> ZoneInfo:
    """Return the time zone of an account; outside all accounts, that of this iHUB."""
    account = session.get(Account, account_id) if account_id else None
    return zone_or_default(account.time_zone if account else settings().time_zone)


def zone_of_run(session: Session, run_id: int) -> ZoneInfo:
    """Return the time zone of the account of a run."""
    return account_zone(session, session.get_one(Run, run_id).account_id)


def zone_name(moment: datetime, zone: ZoneInfo) -> str:
    """Return the zone's name at a moment, such as AEST; the zone's full name where it has no abbreviation."""
    name = moment.astimezone(zone).tzname() or zone.key
    return name if name.isalpha() else zone.key


def local_time(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment in a zone with the zone's name, such as "2026-11-27 18:00:00 AEST"; empty for None."""
    if moment is None:
        return ""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone_name(moment, zone)}"


def iso_time(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment in a zone for programs, such as "2026-11-27T18:00:00+10:00"; empty for None."""
    return "" if moment is None else moment.astimezone(zone).isoformat(timespec="seconds")


def within_days(
    moment: SQLColumnExpression[datetime], since: date | None, until: date | None, zone: ZoneInfo
) -> list[ColumnElement[bool]]:
    """Return the conditions that a moment lies between two days of a zone, both included; None means no limit.

    A day before or after everything that iHUB holds is no limit either; the store cannot compare with the year 1.
    """
    conditions = []
    if since is not None and since.year >= FIRST_YEAR:
        since = min(since, date(LAST_YEAR, 1, 1))
        conditions.append(moment >= datetime.combine(since, time(), zone))
    if until is not None and until.year < LAST_YEAR:
        if until.year < FIRST_YEAR:
            until = date(FIRST_YEAR, 1, 1)
        conditions.append(moment < datetime.combine(until + timedelta(days=1), time(), zone))
    return conditions
