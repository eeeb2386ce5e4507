"""What can go wrong in a use case; every message is a sentence to show to a person.

HubError
├── StartError         iHUB cannot start: a setting, key, port or server is wrong
├── NotFoundError      there is no such thing in this account
├── ForbiddenError     the person's role does not allow it
├── InvalidError       what was entered cannot be used
├── ConflictError      it cannot be done now (a run is in progress, a schedule is active already)
└── LeaseLostError     another worker has taken over the run; this one must stop
"""

from __future__ import annotations


class HubError(Exception):
    """A use case was refused; the message says why and what to do."""


class StartError(HubError):
    """iHUB cannot start with its present configuration."""


class NotFoundError(HubError):
    """There is no such thing, or it belongs to another account."""


class ForbiddenError(HubError):
    """The person's role does not allow this."""


class InvalidError(HubError):
    """What was entered cannot be used."""


class ConflictError(HubError):
    """It cannot be done at this moment."""


class LeaseLostError(HubError):
    """The run's lease has passed to another worker."""
