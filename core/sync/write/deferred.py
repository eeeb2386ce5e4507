"""The creates of a run that the target has not confirmed, to be looked up together: one listing serves them all."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple

from connectors.contract.errors import TemporaryError, UnansweredError
from core.sync.store.payloads import Intent

# What waits before each lookup of an employee, in seconds: a target may show a new employee late. An employee who is
# not there after a server error is sent again after each lookup except the last.
PAUSES = (2.0, 3.0, 5.0, 5.0)
# A target may ask us to wait, but not for longer than this.
LONGEST_PAUSE_SECONDS = 60.0
# After this many requests in a row without a success or a refusal, nothing else is sent before they are looked up.
MOST_IN_A_ROW = 20
# This many are looked up although others are still to be sent.
MOST_DEFERRED = 500


class Deferred(NamedTuple):
    """A create without a confirmation."""

    intent: Intent
    error: TemporaryError
    # Not before this moment of the monotonic clock is it looked up.
    due_at: float
    # How often the employee has been looked up.
    lookups: int = 0

    @property
    def sends_again(self) -> bool:
        """Say whether the create is sent again when the employee is not there."""
        return self.error.is_server_error and self.lookups + 1 < len(PAUSES)


class DeferredCreates:
    """Collects them, and says when they are to be looked up."""

    def __init__(self) -> None:
        self._waiting: list[Deferred] = []
        self._unnamed = 0
        # Few at first, so that a target that takes nobody is noticed soon.
        self._most_unnamed = MOST_IN_A_ROW
        # Requests that failed since the last success or refusal.
        self.failures_in_a_row = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, intents: Sequence[Intent], error: TemporaryError, lookups: int = 0) -> None:
        """Add the creates of one request."""
        if is_unnamed(error):
            self._unnamed += len(intents)
        else:
            self.failures_in_a_row += 1
        pause = max(PAUSES[lookups], min(error.retry_after or 0.0, LONGEST_PAUSE_SECONDS))
        due_at = monotonic() + pause
        self._waiting += [Deferred(intent, error, due_at, lookups) for intent in intents]

    @property
    def is_target_in_doubt(self) -> bool:
        """Say whether the target may be down or take nobody."""
        return self.failures_in_a_row >= MOST_IN_A_ROW or self._unnamed >= self._most_unnamed

    @property
    def is_due(self) -> bool:
        """Say whether they are to be looked up before anybody else is sent."""
        return bool(self._waiting) and (self.is_target_in_doubt or len(self._waiting) >= MOST_DEFERRED)

    @property
    def seconds_left(self) -> float:
        """Return how long to wait before all of them can be looked up."""
        return max((each.due_at for each in self._waiting), default=0.0) - monotonic()

    def take_all(self) -> list[Deferred]:
        """Return all of them, and forget them here."""
        taken, self._waiting, self._unnamed = self._waiting, [], 0
        if any(is_unnamed(each.error) for each in taken):
            self._most_unnamed = MOST_DEFERRED
        return taken


def is_unnamed(error: TemporaryError) -> bool:
    """Say whether a response with a status of success did not name the employee."""
    return isinstance(error, UnansweredError) and error.is_answered
