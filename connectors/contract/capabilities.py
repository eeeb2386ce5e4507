"""What a target may promise beyond the contract: to take many employees in one request.

A target that can do it has these methods; the engine then uses them. What is promised for one employee holds for each of many: an
outcome of their own, in the order given, and UnansweredError when nobody knows whether any of it happened. RefusedTogetherError
says that the request was refused as a whole and nothing of it was done: the engine then sends each alone, so that one bad record
stops nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from connectors.contract.records import Outcome, Prepared, TargetRecord


@dataclass(frozen=True, slots=True)
class Update:
    """One update among many, as ``Target.update`` takes it."""

    target_id: str
    prepared: Prepared
    current: TargetRecord | None


@runtime_checkable
class CreatesMany(Protocol):
    """A target with an endpoint that creates many."""

    batch_size: int

    async def create_many(self, prepared: Sequence[Prepared]) -> Sequence[Outcome]:
        """Create ``batch_size`` employees at most. Raises UnansweredError when it may or may not have happened."""


@runtime_checkable
class UpdatesMany(Protocol):
    """A target with an endpoint that updates many."""

    batch_size: int

    async def update_many(self, updates: Sequence[Update]) -> Sequence[Outcome]:
        """Bring ``batch_size`` employees at most to what was prepared; harmless when repeated."""


@runtime_checkable
class FindsExternalId(Protocol):
    """A target that can also look an employee up by the id we stored there (``Connector.finds_external_id``)."""

    async def find_external(self, external_id: str) -> TargetRecord | None:
        """Read one employee by our id; None when there is none. Used after crashes, before any create."""


@runtime_checkable
class CreatesOnce(Protocol):
    """A target that takes a key with a create and does not do it again under the same key (``Connector.creates_once``).

    As in draft-ietf-httpapi-idempotency-key-header.
    """

    async def create_once(self, prepared: Prepared, key: str) -> Outcome:
        """Create the employee, or return what came of the first request under this key; harmless when repeated.

        Raises UnansweredError when repeating has not told either.
        """
