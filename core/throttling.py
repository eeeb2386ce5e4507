"""Growing delays for those who guess passwords.

Failures are counted for a name at an address, for the address and for the name. The first is strict, so that
a guesser locks out only themselves; the other two are wide, against guessing many names or from many places.
An attempt is written down before the password is checked, so that many at once cannot slip through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.models import SignInFailure
from core.secrets import digest

WINDOW = timedelta(hours=1)
FIRST_DELAY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free, and how long the delay may grow."""

    who: str
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
    place = address or "unknown"
    return [
        Limit(digest(f"both {username} {place}"), 5, timedelta(minutes=15)),
        Limit(digest(f"address {place}"), 20, timedelta(minutes=15)),
        Limit(digest(f"name {username}"), 30, timedelta(minutes=1)),
    ]


def take_turn(session: Session, under: Sequence[Limit]) -> datetime | None:
    """Write an attempt down and return None, or return when to try again."""
    _one_at_a_time(session)
    moment = now()
    free_at = max(_free_at(session, limit, moment) for limit in under)
    if free_at > moment:
        return free_at
    session.execute(delete(SignInFailure).where(SignInFailure.at < moment - 24 * WINDOW))
    session.add_all(SignInFailure(who=limit.who, at=moment) for limit in under)
    return None


def _one_at_a_time(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(7_301_844)))


def _free_at(session: Session, limit: Limit, moment: datetime) -> datetime:
    recent = (SignInFailure.who == limit.who, SignInFailure.at > moment - WINDOW)
    failures, last = session.execute(select(func.count(), func.max(SignInFailure.at)).where(*recent)).one()
    return moment if last is None else last + limit.delay(failures)


def forgive(session: Session, under: Sequence[Limit]) -> None:
    """Forget the strict count after the right password, and this one attempt of the wide ones."""
    strict, *wide = under
    session.execute(delete(SignInFailure).where(SignInFailure.who == strict.who))
    take_back(session, wide)


def take_back(session: Session, under: Sequence[Limit]) -> None:
    """Forget this one attempt: it was right, or nobody could say whether it was."""
    for limit in under:
        newest = select(func.max(SignInFailure.id)).where(SignInFailure.who == limit.who).scalar_subquery()
        session.execute(delete(SignInFailure).where(SignInFailure.id == newest))
