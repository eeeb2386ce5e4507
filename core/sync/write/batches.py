"""Group the intents that go to the target in one request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from connectors.contract.capabilities import CreatesMany, UpdatesMany
from connectors.contract.protocols import Target
from core.models import Decision
from core.sync.store.payloads import Intent

# What one request carries: several intents of one kind, or a single intent of any kind.
Batch = Sequence[Intent]
# How many intents like this one the target takes in one request.
BatchSize = Callable[[Intent], int]


def batch_size(target: Target) -> BatchSize:
    """Return how many intents like a given one the target takes in one request.

    What an earlier attempt may have sent goes alone, because it is looked up first.
    """
    creates = target.batch_size if isinstance(target, CreatesMany) else 1
    updates = target.batch_size if isinstance(target, UpdatesMany) else 1

    def of_intent(intent: Intent) -> int:
        if intent.sent:
            return 1
        return creates if is_create(intent) else updates

    return of_intent


def is_create(intent: Intent) -> bool:
    """Say whether the employee is to be created."""
    return intent.decision is Decision.CREATE or intent.target_id is None


def batched(intents: Iterable[Intent], size: BatchSize) -> Iterator[Batch]:
    """Yield the intents in batches. Those of one kind stay in order."""
    waiting: dict[bool, list[Intent]] = {True: [], False: []}
    for intent in intents:
        if (limit := size(intent)) <= 1:
            yield (intent,)
            continue
        alike = waiting[is_create(intent)]
        alike.append(intent)
        if len(alike) >= limit:
            yield tuple(alike)
            alike.clear()
    yield from (tuple(alike) for alike in waiting.values() if alike)
