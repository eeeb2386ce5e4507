"""When a request that went wrong is sent again, and when to stop."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.contract.errors import TemporaryError, UnansweredError
from connectors.http.pacing import Clock


@dataclass(frozen=True, slots=True)
class Retry:
    """How patient we are with a system; times in seconds."""

    tries: int = 5
    first_wait: float = 0.5
    longest_wait: float = 30.0
    patience: float = 180.0
    jitter: Callable[[], float] = random.random

    def wait(self, tries: int) -> float:
        """Return how long to wait after so many tries: doubling, the upper half of it by chance."""
        full = min(self.first_wait * 2 ** (tries - 1), self.longest_wait)
        return float(full * (0.5 + self.jitter() / 2))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a request was not answered as it should be.

    ``carried_out`` says whether the system may have done what was asked; ``told_to_wait`` is what it asked for.
    """

    what: str
    carried_out: bool = True
    throttled: bool = False
    told_to_wait: float | None = None
    status: int | None = None
    cause: BaseException | None = None


class Attempts:
    """The tries of one request."""

    def __init__(self, system: str, retry: Retry, clock: Clock, repeatable: bool, began: float) -> None:
        """Start counting; ``repeatable`` says whether the request may be carried out twice, ``began`` when it was first sent."""
        self._system = system
        self._retry = retry
        self._clock = clock
        self._repeatable = repeatable
        self._began = began
        self._tries = 0

    def pause(self, trouble: Trouble) -> float:
        """Return how long to wait before the next try. Raises TemporaryError when there is none."""
        self._tries += 1
        if trouble.carried_out and not self._repeatable:
            raise UnansweredError(
                f"{self._system} {trouble.what}, so it is not known whether the change was made. "
                "The next run looks before it writes.",
                status=trouble.status,
            ) from trouble.cause
        wait = max(self._retry.wait(self._tries), trouble.told_to_wait or 0.0)
        spent = self._clock.time() - self._began
        if spent + wait > self._retry.patience or (
            self._tries >= self._retry.tries and not trouble.throttled
        ):
            raise TemporaryError(f"{self._system} {trouble.what}. Try again later.", wait) from trouble.cause
        return wait


def seconds_to_wait(header: str | None, now: datetime | None = None) -> float | None:
    """Return what a Retry-After header asks for: seconds or an HTTP date; None when it cannot be read."""
    text = (header or "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
