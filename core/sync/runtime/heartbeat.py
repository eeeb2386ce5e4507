"""Renew a run's lease from a thread of its own, so that a busy loop does not lose it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.errors import LeaseLostError
from core.runs import lease as run_lease
from core.runs.counters import Counters
from core.runs.lease import Lease
from core.settings import settings
from core.sync.runtime.measures import Measures

log = structlog.get_logger()

# The run's counters are stored at most this often.
PROGRESS_SECONDS = 1.0


class Heartbeat(AbstractContextManager["Heartbeat"]):
    """Renews the lease until it is closed. When the lease is lost, or may be, it calls back once and stops."""

    def __init__(
        self, lease: Lease, counters: Callable[[], Counters], measures: Measures | None = None
    ) -> None:
        """Take a lease that has just been claimed, and what measures the run."""
        # Stored with each renewal, so that a run that is killed keeps them too.
        self.measures = measures or Measures()
        self._lease, self._counters = lease, counters
        self._seconds = settings().lease_seconds
        self._valid_until = time.monotonic() + self._seconds
        self._shown = Counters()
        # A person has cancelled the run.
        self.cancelled = lease.cancelled
        self._on_loss: Callable[[], object] = lambda: None
        self._closing = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        """Start renewing."""
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop renewing."""
        self.close()

    def close(self) -> None:
        """Stop renewing, because the run is about to end or to be released. May be called again."""
        self._closing.set()
        self._thread.join()

    def when_lost(self, callback: Callable[[], object]) -> None:
        """Call back, from the heartbeat's thread, when the lease is lost."""
        self._on_loss = callback
        if self._lost.is_set():
            callback()

    @property
    def lost(self) -> bool:
        """Say whether the run may have passed to another worker."""
        return self._lost.is_set() or time.monotonic() > self._valid_until

    @property
    def late(self) -> bool:
        """Say whether half the lease has passed without a renewal: a person who cancels the run ends it now."""
        return time.monotonic() > self._valid_until - self._seconds / 2

    def check(self) -> None:
        """Raise LeaseLostError when the run may have passed to another worker, so that nothing more is sent."""
        if self.lost:
            raise LeaseLostError(f"Run {self._lease.run_id} has passed to another worker.")

    def _run(self) -> None:
        pause, due = min(PROGRESS_SECONDS, self._seconds / 4), time.monotonic()
        while not self._closing.wait(pause):
            counters = self._counters()
            if counters != self._shown or time.monotonic() >= due:
                if not self._renew(counters):
                    return
                due = time.monotonic() + self._seconds / 4 - pause
            else:
                self._look_for_cancellation()

    def _look_for_cancellation(self) -> None:
        with suppress(SQLAlchemyError):  # the next renewal says what is wrong
            self.cancelled = self.cancelled or run_lease.is_cancelled(self._lease)

    def _renew(self, counters: Counters) -> bool:
        """Renew once. A store that cannot be reached is tried again while the lease lasts. Say whether to continue."""
        begun = time.monotonic()
        try:
            self.cancelled = run_lease.renew_lease(self._lease, counters, measures=self.measures.snapshot())
        except LeaseLostError:
            return self._report_loss()
        except SQLAlchemyError:
            return not self.lost or self._report_loss()
        self._shown, self._valid_until = counters, begun + self._seconds
        return True

    def _report_loss(self) -> bool:
        log.warning("run.lease_lost", run=self._lease.run_id)
        self._lost.set()
        self._on_loss()
        return False
