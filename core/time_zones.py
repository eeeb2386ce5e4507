"""Time zones by name, also where an update of this machine has dropped a name."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import InvalidError
from core.settings import settings


def is_known(name: str) -> bool:
    """Say whether this machine knows a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def zone_or_default(name: str) -> ZoneInfo:
    """Return a time zone to show times in; where its name no longer exists, that of this iHUB (IHUB_TIME_ZONE)."""
    return ZoneInfo(name if is_known(name) else settings().time_zone)


def account_zone(name: str) -> ZoneInfo:
    """Return the time zone of an account, whose days decide what is written. Raises InvalidError when it is gone."""
    if not is_known(name):
        raise InvalidError(no_longer_exists(name))
    return ZoneInfo(name)


def no_longer_exists(name: str) -> str:
    """Say that the time zone of an account is gone, and what to do."""
    return (
        f"The account's time zone {name} no longer exists, so no run starts. An Account Admin chooses another one "
        "under Times in …, below the name of the account."
    )
