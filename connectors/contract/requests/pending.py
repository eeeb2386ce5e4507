"""What is remembered of one employee's requests that a system has accepted for later, until it says how they ended."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextvars import ContextVar, Token
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

# A request of which nobody knows whether it arrived is not sent again for this time, unless the system shows its end.
WAITS = timedelta(hours=1)


# The name of the request that creates an employee.
CREATE = "create"


class PendingRequest(NamedTuple):
    """A request that may still be under way.

    ``address`` is the path at which the system shows its status; None where no response gave one.
    """

    address: str | None
    sent_at: datetime

    @property
    def is_recent(self) -> bool:
        """Say whether the request may still be under way although nothing shows it."""
        return datetime.now(UTC) - self.sent_at < WAITS


class PendingRequests(ABC):
    """One employee's requests without an end, by names of the connector's own. Use as ``with``."""

    _token: Token[PendingRequests | None]

    @abstractmethod
    def get(self, name: str) -> PendingRequest | None:
        """Return what is known of a request; None where it has an end, or was never sent."""

    @abstractmethod
    async def keep(self, name: str, address: str | None) -> None:
        """Store a request; when this returns, it survives the end of the process."""

    @abstractmethod
    async def drop(self, name: str) -> None:
        """Forget a request that has ended, or that the system refused."""

    def __enter__(self) -> Self:
        """Begin to be what ``pending_requests`` returns, in this task and those that it starts."""
        self._token = _current.set(self)
        return self

    def __exit__(self, *exc: object) -> None:
        """End it."""
        _current.reset(self._token)


class NothingPending(PendingRequests):
    """Remembers nothing: for requests outside a run."""

    def get(self, name: str) -> None:
        """Return that nothing is known."""

    async def keep(self, name: str, address: str | None) -> None:
        """Store nothing."""

    async def drop(self, name: str) -> None:
        """Forget nothing."""


_current: ContextVar[PendingRequests | None] = ContextVar("pending_requests", default=None)


def pending_requests() -> PendingRequests:
    """Return what is remembered of the employee who is being written."""
    return _current.get() or NothingPending()
