"""What can go wrong with a whole system, named by what happens next.

    ConnectorError
    ├── ConfigError            a person has to change a setting; the run ends
    ├── AuthError              a person has to reconnect the side; the run ends
    ├── RefusedTogetherError   a request for many employees was refused and changed nothing; each is sent alone
    ├── LimitReachedError      a system takes no more requests for a long time; the run continues after that
    └── TemporaryError         the system may recover; retried, then the run ends
        ├── TooLargeError      a response was larger than iHUB reads; not repeated
        └── UnansweredError    a request was sent but no response came: it may have been carried out
            └── PendingError   the system has accepted the request for later and has not ended it yet

A problem with one record is never an exception: it is a value (``connectors.contract.records.Problem``).
Every message is a sentence for a person and holds no field value and no secret.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

# Statuses of a proxy that has stopped waiting for the system behind it, which may still be working on the request.
# Cloudflare and others made up those from 520 on.
STOPPED_WAITING = frozenset({504, *range(520, 600)})


class ConnectorError(Exception):
    """A system could not be used; the message says what happened and what to do."""


class ConfigError(ConnectorError):
    """A setting of the connection is missing or wrong."""


class AuthError(ConnectorError):
    """The system refused our credentials."""


class RefusedTogetherError(ConnectorError):
    """A system refused a request for many employees as a whole and changed nothing."""


class LimitReachedError(ConnectorError):
    """A system has had too many requests, such as those of a day, and takes more only at ``until``."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class TemporaryError(ConnectorError):
    """The system did not work just now.

    ``retry_after`` are the seconds it asked us to wait, if it did; ``status`` is that of its last response.
    """

    def __init__(self, message: str, retry_after: float | None = None, *, status: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.status = status

    @property
    def is_server_error(self) -> bool:
        """Return whether the system responded that it failed, so that it is no longer working on the request."""
        return self.status is not None and 500 <= self.status < 600 and self.status not in STOPPED_WAITING


class TooLargeError(TemporaryError):
    """A response was larger than the limits, so it was not read to its end."""


class UnansweredError(TemporaryError):
    """A request was sent and no response says what happened to it; ``status`` where there was one."""

    @property
    def is_answered(self) -> bool:
        """Return whether there was a response with a status of success that confirmed nothing."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_accepted(self) -> bool:
        """Return whether the system has accepted the request for later."""
        return self.status == HTTPStatus.ACCEPTED


class PendingError(UnansweredError):
    """A system has accepted a request for later; what is known of it is kept (``contract.requests.pending``)."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=HTTPStatus.ACCEPTED)
