"""Put together what goes to the target in one request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from connectors.contract.capabilities import CreatesMany, UpdatesMany
from connectors.contract.protocols import Target
from core.models import Decision
from core.sync.store.payloads import Intent

# Several rows of one kind for one request, or a single row of any kind.
Bundle = Sequence[Intent]

Size = Callable[[Intent], int]


def size(target: Target) -> Size:
    """Return how many like an intent the target takes in one request.

    What an earlier attempt may have sent goes alone: it is looked up first.
    """
    creates = target.batch_size if isinstance(target, CreatesMany) else 1
    updates = target.batch_size if isinstance(target, UpdatesMany) else 1

    def of_one(intent: Intent) -> int:
        if intent.sent:
            return 1
        return creates if is_create(intent) else updates

    return of_one


def is_create(intent: Intent) -> bool:
    """Say whether somebody is to be created."""
    return intent.decision is Decision.CREATE or intent.target_id is None


def of(intents: Iterable[Intent], size: Size) -> Iterator[Bundle]:
    """Yield the intents in bundles, those of one kind in their order."""
    waiting: dict[bool, list[Intent]] = {True: [], False: []}
    for intent in intents:
        if (most := size(intent)) <= 1:
            yield (intent,)
            continue
        alike = waiting[is_create(intent)]
        alike.append(intent)
        if len(alike) >= most:
            yield tuple(alike)
            alike.clear()
    yield from (tuple(alike) for alike in waiting.values() if alike)
