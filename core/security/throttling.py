"""Growing delays for those who guess passwords.

Failures are counted for a name at an address, for the address and for the name. The first is strict, so that
a guesser locks out only themselves; the other two are wide, against guessing many names or from many places.
An attempt is written down before the password is checked, so that many at once cannot slip through. What is
refused without being looked at is remembered once for each delay, so that the audit can tell of it and not be filled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.models import ThrottleEvent
from core.security.vault import digest

WINDOW = timedelta(hours=1)
FIRST_DELAY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free, and how long the delay may grow."""

    key: str
    free: int
    longest: timedelta

    def delay(self, failures: int) -> timedelta:
        """Return how long to wait after the last of so many failures."""
        if failures < self.free:
            return timedelta()
        growth: int = 2 ** min(failures - self.free, 10)
        return min(FIRST_DELAY * growth, self.longest)


def limits(username: str, address: str | None) -> list[Limit]:
    """Return the limits one attempt falls under, the strictest first."""
    place = network(address)
    return [
        Limit(digest(f"both {username} {place}"), 5, timedelta(minutes=15)),
        Limit(digest(f"address {place}"), 20, timedelta(minutes=15)),
        Limit(digest(f"name {username}"), 30, timedelta(minutes=1)),
    ]


def network(address: str | None) -> str:
    """Return what counts as one place: an IPv4 address, or the /64 network that one IPv6 customer has to themselves."""
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or "unknown"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or f"{IPv6Address(int(parsed) >> 64 << 64)}/64")


def take_turn(session: Session, under: Sequence[Limit]) -> datetime | None:
    """Write an attempt down and return None, or return when to try again."""
    _one_at_a_time(session)
    moment = now()
    free_at = max(_free_at(session, limit, moment) for limit in under)
    if free_at > moment:
        return free_at
    session.execute(delete(ThrottleEvent).where(ThrottleEvent.at < moment - 24 * WINDOW))
    session.add_all(ThrottleEvent(key=limit.key, at=moment) for limit in under)
    return None


def first_in_delay(session: Session, under: Sequence[Limit], free_at: datetime) -> bool:
    """Say whether this is the first attempt refused in a delay that ends then; each delay has one, whoever goes on trying."""
    moment = now()
    slowest = max(under, key=lambda limit: _free_at(session, limit, moment))
    return first(session, f"{slowest.key} {free_at.isoformat()}", 24 * WINDOW)


def first(session: Session, what: str, period: timedelta) -> bool:
    """Say whether something happens for the first time within a period, and remember that it did."""
    return room(session, what, 1, period)


def room(session: Session, what: str, most: int, period: timedelta) -> bool:
    """Say whether something has happened fewer than so many times within a period, and count it if so."""
    _one_at_a_time(session)
    key, moment = digest(f"told {what}"), now()
    told = (
        session.scalar(
            select(func.count()).where(ThrottleEvent.key == key, ThrottleEvent.at > moment - period)
        )
        or 0
    )
    if told < most:
        session.execute(delete(ThrottleEvent).where(ThrottleEvent.at < moment - 24 * WINDOW))
        session.add(ThrottleEvent(key=key, at=moment))
        session.flush()
    return told < most


def _one_at_a_time(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(7_301_844)))


def _free_at(session: Session, limit: Limit, moment: datetime) -> datetime:
    recent = (ThrottleEvent.key == limit.key, ThrottleEvent.at > moment - WINDOW)
    failures, last = session.execute(select(func.count(), func.max(ThrottleEvent.at)).where(*recent)).one()
    return moment if last is None else last + limit.delay(failures)


def forgive(session: Session, under: Sequence[Limit]) -> None:
    """Forget the strict count after the right password, and this one attempt of the wide ones."""
    strict, *wide = under
    session.execute(delete(ThrottleEvent).where(ThrottleEvent.key == strict.key))
    take_back(session, wide)


def take_back(session: Session, under: Sequence[Limit]) -> None:
    """Forget this one attempt: it was right, or nobody could say whether it was."""
    for limit in under:
        newest = select(func.max(ThrottleEvent.id)).where(ThrottleEvent.key == limit.key).scalar_subquery()
        session.execute(delete(ThrottleEvent).where(ThrottleEvent.id == newest))
