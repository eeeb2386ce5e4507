"""The one clock of iHUB; its moments are aware and in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# How far the clocks of two machines may differ. What is stored further ahead was stored under a wrong clock.
CLOCKS_DIFFER = timedelta(seconds=60)


def now() -> datetime:
    """Return the current moment in UTC."""
    return datetime.now(UTC)
