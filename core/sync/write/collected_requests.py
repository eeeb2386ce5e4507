"""Collect what is asked of the target for each employee, until the outcome is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from connectors.contract.exchanges import Exchange, keep_exchanges
from core.sync.store.payloads import Intent
from core.sync.store.rows import Result


class CollectedRequests:
    """The requests for employees whose outcome is not known yet, by position."""

    def __init__(self) -> None:
        self._open: dict[int, Sequence[Exchange]] = {}

    @contextmanager
    def collect(self, intents: Sequence[Intent]) -> Iterator[None]:
        """Collect the requests made in the block, which are about all of these employees."""
        with keep_exchanges() as exchanges:
            try:
                yield
            finally:
                for intent in intents if exchanges else ():
                    before = self._open.get(intent.position)
                    self._open[intent.position] = [*before, *exchanges] if before else exchanges

    def give(self, results: Sequence[Result]) -> list[Result]:
        """Return results with what was asked for them."""
        return [
            result
            if (asked := self._open.pop(result.position, None)) is None
            else result._replace(requests=asked)
            for result in results
        ]

    def take_rest(self) -> dict[int, Sequence[Exchange]]:
        """Return the requests of those who still have no outcome, and forget them here."""
        rest, self._open = self._open, {}
        return rest
