"""Growing delays that slow down the guessing of passwords, and limits on how often something may happen.

Failures are counted for a user name at an address, for the address and for the user name. The first limit is strict,
so that a guesser locks out only themselves. The other two are wide, against guessing many names or from many addresses.
An attempt is recorded before the password is checked, so that many attempts at once cannot slip through. An attempt
that is refused during a delay is recorded once for each delay, so that the audit shows it and is not filled by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from core.clock import CLOCKS_DIFFER, now
from core.models import ThrottleEvent
from core.security.vault import digest

WINDOW = timedelta(hours=1)
KEPT_FOR = 24 * WINDOW
FIRST_DELAY = timedelta(seconds=5)
LOCK_ID = 7_301_844


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures have no delay, and how long the delay may grow."""

    key: str
    free_failures: int
    longest_delay: timedelta

    def delay(self, failures: int) -> timedelta:
        """Return how long to wait after the last of this number of failures."""
        if failures < self.free_failures:
            return timedelta()
        growth: int = 2 ** min(failures - self.free_failures, 10)
        return min(FIRST_DELAY * growth, self.longest_delay)


def limits_for(username: str, address: str | None) -> list[Limit]:
    """Return the limits of one attempt, the strictest first."""
    network = network_of(address)
    return [
        Limit(digest(f"both {username} {network}"), 5, timedelta(minutes=15)),
        Limit(digest(f"address {network}"), 20, timedelta(minutes=15)),
        Limit(digest(f"name {username}"), 30, timedelta(minutes=1)),
    ]


def network_of(address: str | None) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 network that belongs to one IPv6 customer."""
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or "unknown"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or f"{IPv6Address(int(parsed) >> 64 << 64)}/64")


def record_attempt(session: Session, limits: Sequence[Limit]) -> datetime | None:
    """Record an attempt and return None, or return when to try again."""
    _lock(session)
    moment = now()
    free_at = max(_free_at(session, limit, moment) for limit in limits)
    if free_at > moment:
        return free_at
    session.execute(delete(ThrottleEvent).where(ThrottleEvent.at < moment - KEPT_FOR))
    session.add_all(ThrottleEvent(key=limit.key, at=moment) for limit in limits)
    return None


def is_first_refusal_in_delay(session: Session, limits: Sequence[Limit], free_at: datetime) -> bool:
    """Say whether this is the first attempt refused in the delay that ends at ``free_at``, and remember that it was."""
    moment = now()
    slowest = max(limits, key=lambda limit: _free_at(session, limit, moment))
    return allow_once(session, f"{slowest.key} {free_at.isoformat()}", KEPT_FOR)


def allow_once(session: Session, event: str, period: timedelta) -> bool:
    """Say whether something happens for the first time within a period, and remember that it did."""
    return allow(session, event, 1, period)


def allow(session: Session, event: str, limit: int, period: timedelta) -> bool:
    """Say whether something has happened fewer than ``limit`` times within a period, and count it if so."""
    _lock(session)
    key, moment = digest(f"event {event}"), now()
    recent = (ThrottleEvent.key == key, _within(period, moment))
    allowed = (session.scalar(select(func.count()).where(*recent)) or 0) < limit
    if allowed:
        session.execute(delete(ThrottleEvent).where(ThrottleEvent.at < moment - KEPT_FOR))
        session.add(ThrottleEvent(key=key, at=moment))
        session.flush()
    return allowed


def _lock(session: Session) -> None:
    """Let one transaction at a time count; SQLite does so by itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOCK_ID)))


def _within(period: timedelta, moment: datetime) -> ColumnElement[bool]:
    """Return the condition for what happened lately; what a clock that was ahead has stored does not count."""
    return ThrottleEvent.at.between(moment - period, moment + CLOCKS_DIFFER)


def _free_at(session: Session, limit: Limit, moment: datetime) -> datetime:
    recent = (ThrottleEvent.key == limit.key, _within(WINDOW, moment))
    failures, last = session.execute(select(func.count(), func.max(ThrottleEvent.at)).where(*recent)).one()
    return moment if last is None else last + limit.delay(failures)


def clear_failures(session: Session, limits: Sequence[Limit]) -> None:
    """After the right password: forget every failure of the strict limit, and this one attempt of the wide limits."""
    strict, *wide = limits
    session.execute(delete(ThrottleEvent).where(ThrottleEvent.key == strict.key))
    withdraw_attempt(session, wide)


def withdraw_attempt(session: Session, limits: Sequence[Limit]) -> None:
    """Forget this one attempt: the password was right, or could not be checked."""
    for limit in limits:
        newest = select(func.max(ThrottleEvent.id)).where(ThrottleEvent.key == limit.key).scalar_subquery()
        session.execute(delete(ThrottleEvent).where(ThrottleEvent.id == newest))
