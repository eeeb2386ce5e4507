"""What can go wrong with a whole system, named by what happens next.

    ConnectorError
    ├── ConfigError            a person has to change a setting; the run ends
    ├── AuthError              a person has to reconnect the side; the run ends
    ├── RefusedTogetherError   a request of many was refused and nothing of it was done; each is sent alone
    └── TemporaryError         the system may recover; retried, then the run ends
        └── UnansweredError    a request went out, no answer came: it may have been carried out

A problem with one record is never an exception: it is a value (see contract.py).
Every message is a sentence for a person and holds no field value and no secret.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """A system could not be used; the message says what happened and what to do."""


class ConfigError(ConnectorError):
    """A setting of the connection is missing or wrong."""


class AuthError(ConnectorError):
    """The system refused our credentials."""


class RefusedTogetherError(ConnectorError):
    """A system refused a request of many employees as a whole, so that nothing of it was done."""


class TemporaryError(ConnectorError):
    """The system did not work just now."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Keep how many seconds the system asked us to wait, where it said so."""
        super().__init__(message)
        self.retry_after = retry_after


class UnansweredError(TemporaryError):
    """A request left but its answer never came, so it may have been carried out."""

    def __init__(self, message: str, retry_after: float | None = None, *, status: int | None = None) -> None:
        """Keep the status with which the system failed, where it said as much."""
        super().__init__(message, retry_after)
        self.status = status
