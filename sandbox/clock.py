"""The sandbox's clock, which a test may move forward."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


class Clock:
    """Tells the time; ``ahead`` is how far it has been moved, in seconds."""

    def __init__(self) -> None:
        """Start at the true time."""
        self.ahead = 0.0

    def now(self) -> datetime:
        """Return the moment in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def seconds(self) -> float:
        """Return the moment as seconds of the epoch."""
        return self.now().timestamp()

    def today(self) -> date:
        """Return the day in UTC."""
        return self.now().date()
