"""Whether the store and this process belong together: each version of iHUB works with its own revision of the tables.

Workers, schedulers and web processes look before each piece of work, so that none touches a store that was upgraded,
or restored, while it was running. One that does not fit waits.
"""

from __future__ import annotations

import threading
import time
from functools import lru_cache

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from core import schema
from core.db import READING, engine
from core.errors import StartError
from core.store_errors import OUTAGES

# A web process looks at most this often, however many pages it draws.
CHECK_SECONDS = 5.0
NEWER = (
    "The store was upgraded by a newer version of iHUB than this process is. The process waits: install that version "
    "here too and start the process again, or restore the backup from before the upgrade."
)
OLDER = (
    "The store has not been upgraded to this version of iHUB yet. The process waits, and continues by itself after "
    "`python -m core db upgrade`."
)
EMPTY = "The store has no tables yet. The process waits, and continues by itself after `python -m core db upgrade`."
# What people read on pages, who cannot do anything about it.
BEING_UPGRADED = "iHUB is being upgraded. Try again in a few minutes; runs continue by themselves."


@lru_cache(maxsize=1)
def _revisions() -> tuple[str | None, frozenset[str]]:
    """Return the newest revision of this version of iHUB, and all that it knows."""
    scripts = ScriptDirectory.from_config(schema.config())
    return scripts.get_current_head(), frozenset(each.revision for each in scripts.walk_revisions())


def why_waiting() -> str | None:
    """Return why this process cannot work with the store, and what to do; None when it fits, or does not respond."""
    head, known = _revisions()
    try:
        with engine().execution_options(**READING).connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except (*OUTAGES, OSError):
        return None  # what uses the store next says so
    if found == head:
        return None
    if found is None:
        return EMPTY
    return OLDER if found in known else NEWER


class VersionCheck:
    """What `why_waiting` said when it was last asked, some seconds ago at most."""

    def __init__(self) -> None:
        """Ask at the first question."""
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Ask again at the next question."""
        self._reason: str | None = None
        self._until = float("-inf")

    def why_waiting(self) -> str | None:
        """Return why this process cannot work with the store; None when it can."""
        if time.monotonic() >= self._until:
            with self._lock:
                if time.monotonic() >= self._until:
                    self._reason = why_waiting()
                    self._until = time.monotonic() + CHECK_SECONDS
        return self._reason

    def require(self) -> None:
        """Raise StartError with a sentence for people while the store belongs to another version."""
        if self.why_waiting() is not None:
            raise StartError(BEING_UPGRADED)


check = VersionCheck()
