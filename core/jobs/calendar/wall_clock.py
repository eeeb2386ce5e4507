"""Find the moments at which a wall clock of a time zone shows a time, across changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

REGIONS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian"),
    "Pacific",
)


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """Return the names of all time zones that this machine knows."""
    return frozenset(name for name in available_timezones() if name not in ("localtime", "Factory"))


def zone_in_words(name: str) -> str:
    """Return how people call the time of a zone: "Sydney time" for Australia/Sydney."""
    region, _, place = name.partition("/")
    if region not in REGIONS or not place:
        return name
    return f"{place.rpartition('/')[2].replace('_', ' ')} time"


def wall_time(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what a wall clock shows at a moment, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def first_moment_showing(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment at which a wall clock first shows a time, or jumps over it."""
    first, second = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    if _offset(first) < _offset(second):
        return _moment_of_jump(second.astimezone(UTC), first.astimezone(UTC), zone)
    return first.astimezone(UTC)


def moments_showing(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return the moment or, where the clocks repeat the time, the two moments at which a wall clock shows it."""
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    repeated = _offset(first) > _offset(second)
    return [first_moment_showing(wall, zone), *([second.astimezone(UTC)] if repeated else [])]


def clocks_change_near(moment: datetime, zone: ZoneInfo, hours: int = 3) -> bool:
    """Say whether the offset of a zone changes within some hours of a moment."""
    around = (moment.astimezone(UTC) + timedelta(hours=sign * hours) for sign in (-1, 1))
    return len({_offset(each.astimezone(zone)) for each in around}) > 1


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()


def _moment_of_jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the second at which the zone's offset changes between two moments."""
    low, high, old = int(before.timestamp()), int(after.timestamp()), _offset(before.astimezone(zone))
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, zone)) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
