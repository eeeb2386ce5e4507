"""Requests and responses that are kept while one employee is read or written, so that they can be shown later."""

from __future__ import annotations

from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, NamedTuple, Self

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
    system: str = ""


class KeptExchanges(list[Exchange]):
    """Collects the exchanges of this task, and of those that it starts, until the block ends. Use as ``with``."""

    __slots__ = ("_token",)

    def __enter__(self) -> Self:
        """Begin to collect."""
        self._token = _kept.set(self)
        return self

    def __exit__(self, error_type: type[BaseException] | None, *exc: object) -> None:
        """Collect no more."""
        _kept.reset(self._token)

    def wants(self, status: int | None) -> bool:
        """Say whether an exchange with this status is collected."""
        del status
        return True

    def keep(self, exchange: Exchange) -> None:
        """Add an exchange; of many, those in the middle are dropped."""
        if len(self) >= FIRST_KEPT + LAST_KEPT:
            del self[FIRST_KEPT]
        self.append(exchange)


class FailedExchanges(KeptExchanges):
    """Collects what was refused or had no response, for example while the details of one employee are read.

    A block that ends with an error passes them on to the block around it.
    """

    __slots__ = ("_not_found",)

    def __init__(self, *, not_found: bool = True) -> None:
        """Say whether a response that something was not found counts: it often is what is to be found out."""
        super().__init__()
        self._not_found = not_found

    def __exit__(self, error_type: type[BaseException] | None, *exc: object) -> None:
        """Collect no more."""
        super().__exit__(error_type, *exc)
        if error_type is not None and (outer := kept()) is not None:
            for exchange in self:
                if outer.wants(exchange.status):
                    outer.keep(exchange)

    def wants(self, status: int | None) -> bool:
        """Say whether an exchange with this status has failed."""
        if status == HTTPStatus.NOT_FOUND:
            return self._not_found
        return status is None or status >= HTTPStatus.BAD_REQUEST

    @property
    def are_notable(self) -> bool:
        """Say whether more has failed than that something was not found."""
        return any(exchange.status != HTTPStatus.NOT_FOUND for exchange in self)


_kept: ContextVar[KeptExchanges | None] = ContextVar("exchanges", default=None)


def kept() -> KeptExchanges | None:
    """Return what collects exchanges now; None where nobody needs them."""
    return _kept.get()
