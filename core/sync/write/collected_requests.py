"""Collect what is asked of the target for each employee, until the outcome is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.contract.exchanges import Exchange, KeptExchanges
from core.sync.store.payloads import Intent
from core.sync.store.rows import Result


class CollectedRequests:
    """The requests for employees whose outcome is not known yet, by position."""

    def __init__(self) -> None:
        self._open: dict[int, Sequence[Exchange]] = {}

    def collect(self, intents: Sequence[Intent]) -> _Collecting:
        """Collect the requests made in the block of a ``with``, which are about all of these employees."""
        return _Collecting(self, intents)

    def add(self, intents: Sequence[Intent], exchanges: Sequence[Exchange]) -> None:
        """Add requests that are about all of these employees."""
        for intent in intents:
            before = self._open.get(intent.position)
            self._open[intent.position] = [*before, *exchanges] if before else exchanges

    def give(self, results: Sequence[Result]) -> list[Result]:
        """Return results with what was asked for them."""
        return [
            result
            if (asked := self._open.pop(result.position, None)) is None
            else Result(*result[:-1], asked)  # their last value; _replace takes three times as long
            for result in results
        ]

    def take_rest(self) -> dict[int, Sequence[Exchange]]:
        """Return the requests of those who still have no outcome, and forget them here."""
        rest, self._open = self._open, {}
        return rest


class _Collecting(KeptExchanges):
    __slots__ = ("_intents", "_requests")

    def __init__(self, requests: CollectedRequests, intents: Sequence[Intent]) -> None:
        super().__init__()
        self._requests, self._intents = requests, intents

    def __exit__(self, *exc: Any) -> None:
        super().__exit__(*exc)
        if self:
            self._requests.add(self._intents, self)
