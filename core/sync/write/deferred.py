"""Creates whose response does not name the employee: they are looked up later, all in one list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from connectors.contract.errors import UnansweredError
from core.sync.store.payloads import Intent

# A create at which the target fails is sent again this often, and looked up before each time after these pauses, in
# seconds: what a request has written may be listed a moment later.
PAUSES = (1.0, 2.0, 4.0)


class Deferred(NamedTuple):
    """A create to be looked up together with others."""

    intent: Intent
    error: UnansweredError
    tries: int = 1

    @property
    def is_sent_again(self) -> bool:
        """Say whether the create may be sent again when the target does not have the employee."""
        return self.error.is_failure and self.tries <= len(PAUSES)


def pause_before(deferred: Iterable[Deferred]) -> float:
    """Return how long to wait before some are looked up, in seconds."""
    tries = [each.tries for each in deferred if each.error.is_failure]
    return PAUSES[min(*tries, len(PAUSES)) - 1] if tries else 0.0
