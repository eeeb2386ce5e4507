"""Check whether this process can serve, and what else is missing, for /healthz."""

from __future__ import annotations

import threading
import time

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core import store_version
from core.clock import now
from core.db import reading, try_transaction
from core.errors import HubError
from core.models import StoreCheck
from core.queue import health as queue_health

# The store is written at most this often, however often somebody asks; when it failed, it is tried again sooner.
WRITE_SECONDS, RETRY_SECONDS = 10.0, 2.0
# How long the check waits for another transaction.
WAIT_MILLISECONDS = 3_000

State = dict[str, str | int]


class WriteCheck:
    """Whether the store could be written when it was last tried."""

    def __init__(self) -> None:
        """Try at the first question."""
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Try again at the next question."""
        self._works, self._next_at = False, float("-inf")

    def works(self) -> bool:
        """Say whether the store can be written; try again when the last time is too long ago."""
        with self._lock:
            if time.monotonic() >= self._next_at:
                self._works = try_transaction(_write, WAIT_MILLISECONDS)
                self._next_at = time.monotonic() + (WRITE_SECONDS if self._works else RETRY_SECONDS)
            return self._works


write_check = WriteCheck()


def _write(session: Session) -> None:
    session.merge(StoreCheck(id=1, checked_at=now()))


def check_services() -> State:
    """Return "ok" or "down" for the store, Redis and the scheduler, and the number of workers.

    The store is "other version" while it belongs to another version of iHUB than this process.
    """
    try:
        queue = queue_health.health()
    except HubError:
        queue = queue_health.Health()
    return {
        "store": _store_state(),
        "redis": _word(queue.reachable),
        "scheduler": _word(queue.scheduler),
        "workers": queue.workers,
    }


def can_serve(state: State) -> bool:
    """Say whether this process can serve people. Runs that they start wait for what else is missing."""
    return state["store"] == "ok"


def is_complete(state: State) -> bool:
    """Say whether nothing at all is missing."""
    return can_serve(state) and "down" not in state.values() and state["workers"] != 0


def _word(works: bool) -> str:
    return "ok" if works else "down"


def _store_state() -> str:
    if store_version.check.why_waiting():
        return "other version"
    try:
        with reading() as session:
            session.execute(text("select 1 from account where 1 = 0"))
    except SQLAlchemyError:
        return "down"
    return _word(write_check.works())
