"""The sandbox's clock, which a test can move forward."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


class Clock:
    """A clock; ``ahead`` is how far it has been moved forward, in seconds."""

    def __init__(self) -> None:
        """Start at the current time."""
        self.ahead = 0.0

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def seconds(self) -> float:
        """Return the time in seconds since the epoch."""
        return self.now().timestamp()

    def today(self) -> date:
        """Return the date in UTC."""
        return self.now().date()
