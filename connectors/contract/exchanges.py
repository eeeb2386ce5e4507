"""Requests and responses that are kept while one employee is written, so that what happened can be shown later."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, NamedTuple

# Of many exchanges, such as the pages of a list in which an employee is looked up, the first and the last are kept.
FIRST_KEPT, LAST_KEPT = 4, 8


class Exchange(NamedTuple):
    """A request and its response. Its path has no values; its bodies have them, and are never stored or logged.

    ``status`` is None where no response came; ``failure`` continues a sentence that begins with the system's name.
    """

    method: str
    path: str
    sent: Any
    status: int | None
    answer: Any
    seconds: float
    failure: str | None = None


_kept: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)


class KeptExchanges:
    """Collects the exchanges of this task, and of those that it starts, until the block ends. Use as ``with``."""

    __slots__ = ("_token", "exchanges")

    def __enter__(self) -> list[Exchange]:
        """Begin to collect, and return where."""
        self.exchanges: list[Exchange] = []
        self._token = _kept.set(self.exchanges)
        return self.exchanges

    def __exit__(self, *exc: object) -> None:
        """Collect no more."""
        _kept.reset(self._token)


def kept() -> list[Exchange] | None:
    """Return where exchanges are collected now; None where nobody needs them."""
    return _kept.get()


def keep(exchanges: list[Exchange], exchange: Exchange) -> None:
    """Add an exchange; of many, those in the middle are dropped."""
    if len(exchanges) >= FIRST_KEPT + LAST_KEPT:
        del exchanges[FIRST_KEPT]
    exchanges.append(exchange)
