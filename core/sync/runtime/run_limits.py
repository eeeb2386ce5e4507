"""End a run that would never end by itself: a list without an end, or a system with which nothing moves on."""

from __future__ import annotations

import time
from collections.abc import Callable

from connectors.contract.errors import ConnectorError
from core.runs.counters import Counters
from core.settings import settings


class EndlessListError(ConnectorError):
    """A system listed more than any real system holds."""


class NoProgressError(ConnectorError):
    """Nothing was read or written for too long."""


class RunLimits:
    """Counts what one run reads of each system, and notes when something was last read or written."""

    def __init__(self, counters: Callable[[], Counters] = Counters) -> None:
        """Take what returns the run's counters: whenever they change, the run moves on."""
        self._counters, self._seen = counters, counters()
        self._pages: dict[str, int] = {}
        self._moved_at = time.monotonic()
        # Requests that change something may leave from now on.
        self.is_writing = False

    def begin(self, system: str) -> None:
        """Start counting again, because a system is read from its beginning."""
        self._pages[system] = 0

    def count_page(self, system: str, employees: int) -> None:
        """Count one more page, and the employees so far. Raises EndlessListError when there are too many."""
        self._moved_at = time.monotonic()
        self._pages[system] = self._pages.get(system, 0) + 1
        most_pages, most_employees = settings().run_max_pages, settings().run_max_employees
        if self._pages[system] > most_pages or employees > most_employees:
            raise EndlessListError(
                f"The {system} listed more than {most_employees:,} employees or {most_pages:,} pages, so its list does "
                "not seem to end. Nothing was changed. Ask the vendor; Support can raise IHUB_RUN_MAX_EMPLOYEES or "
                "IHUB_RUN_MAX_PAGES."
            )

    def stalled(self) -> NoProgressError | None:
        """Return the error that ends the run, when nothing has moved on for too long."""
        minutes, counters = settings().run_stall_minutes, self._counters()
        if counters != self._seen:
            self._seen, self._moved_at = counters, time.monotonic()
        if time.monotonic() - self._moved_at < minutes * 60:
            return None
        return NoProgressError(
            f"Nothing was read or written for {minutes:g} minutes, so the run was ended. Check that both systems "
            "respond, then run it again."
        )
