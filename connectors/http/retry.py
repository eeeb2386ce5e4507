"""When a failed request is sent again, and when to stop."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.contract.errors import LimitReachedError, TemporaryError, TooLargeError, UnansweredError
from connectors.http.pacing import Clock

# The longest pause that a system can ask for, in seconds; a longer one is taken for a mistake.
LONGEST_PAUSE = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Retry:
    """How patient iHUB is with a system; times in seconds."""

    tries: int = 5
    first_wait: float = 0.5
    longest_wait: float = 30.0
    max_total_seconds: float = 180.0
    jitter: Callable[[], float] = random.random

    def backoff(self, tries: int) -> float:
        """Return how long to wait after this number of tries: doubling each time, the upper half of it random."""
        full = min(self.first_wait * 2 ** (tries - 1), self.longest_wait)
        return float(full * (0.5 + self.jitter() / 2))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request has no usable response.

    ``description`` continues a sentence that begins with the system's name. ``may_have_taken_effect`` says whether the
    system may have done what was asked; ``retry_after`` is how long it asked us to wait. A response that is
    ``too_large`` would be so again.
    """

    description: str
    may_have_taken_effect: bool = True
    throttled: bool = False
    retry_after: float | None = None
    status: int | None = None
    too_large: bool = False


def raise_if_used_up(system: str, retry: Retry, failure: Failure) -> None:
    """Raise LimitReachedError when a system has had too many requests and asks for a longer pause than a run waits."""
    wait = failure.retry_after
    if not failure.throttled or wait is None or not retry.max_total_seconds < wait <= LONGEST_PAUSE:
        return
    until = datetime.now(UTC) + timedelta(seconds=wait)
    message = (
        f"{system} has had as many requests as it allows, and takes no more until {until:%d %b, %H:%M} UTC."
    )
    raise LimitReachedError(message, until)


class Attempts:
    """The attempts at one request; ``repeatable`` says whether it may be carried out twice."""

    def __init__(self, system: str, retry: Retry, clock: Clock, repeatable: bool, started_at: float) -> None:
        self._system = system
        self._retry = retry
        self._clock = clock
        self._repeatable = repeatable
        self._started_at = started_at
        self._tries = 0

    def wait_after(self, failure: Failure) -> float:
        """Return how long to wait before the next try. Raises TemporaryError when there is none."""
        self._tries += 1
        if failure.may_have_taken_effect and not self._repeatable:
            raise UnansweredError(
                f"{self._system} {failure.description}, so it is not known whether the change was made. "
                "The next run looks before it writes.",
                failure.retry_after,
                status=failure.status,
            )
        if failure.too_large:
            raise TooLargeError(
                f"{self._system} {failure.description}, which iHUB does not read. "
                "Let it list fewer employees per page, or ask the operator of iHUB for larger limits."
            )
        wait = max(self._retry.backoff(self._tries), failure.retry_after or 0.0)
        spent = self._clock.time() - self._started_at
        if spent + wait > self._retry.max_total_seconds or (
            self._tries >= self._retry.tries and not failure.throttled
        ):
            raise TemporaryError(
                f"{self._system} {failure.description}. Try again later.", wait, status=failure.status
            )
        return wait
