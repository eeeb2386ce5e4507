"""When systems take work, as moments: the end of their closed hours in a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.values.closed_hours import ClosedHours
from core.jobs.calendar.wall_clock import moments_showing, wall_time
from core.runs.closing import Closing


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When no system of a connection is closed. Without ``closed`` that is always.

    ``systems`` says which closed hours these are: "iPayroll 22:00-06:00".
    """

    zone: ZoneInfo
    closed: ClosedHours | None = None
    systems: str = ""

    def opening(self, moment: datetime) -> datetime:
        """Return the first moment from this one on at which every system takes work."""
        if self.closed is None:
            return moment
        while self.closed.is_closed(wall := wall_time(moment, self.zone)):
            shown = moments_showing(self.closed.opening(wall), self.zone)
            moment = next((each for each in shown if each > moment), moment + timedelta(hours=1))
        return moment

    def next_closing(self, moment: datetime) -> Closing | None:
        """Return the first closed hours that begin after a moment; None where there are none."""
        if self.closed is None:
            return None
        start = self.opening(moment)
        shown = moments_showing(self.closed.closing(wall_time(start, self.zone)), self.zone)
        closes_at = next((each for each in shown if each > moment), start + timedelta(hours=1))
        return Closing(closes_at, self.opening(closes_at), self.systems)

    def is_opening(self, moment: datetime) -> bool:
        """Say whether closed hours end at a moment."""
        if self.closed is None:
            return False
        before = wall_time(moment - timedelta(seconds=1), self.zone)
        return self.closed.is_closed(before) and self.opening(moment) == moment


ALWAYS = OpeningHours(ZoneInfo("UTC"))
