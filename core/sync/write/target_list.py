"""The target's employees as they are while a run writes, listed again when the list is too old."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from connectors.contract.protocols import Target
from core.sync.compare.sent_values import SentDigests, SentValues
from core.sync.match.target_index import Slots, TargetIndex

# Before somebody is created on the word of an older list, the target is asked again.
LIST_LASTS_SECONDS = 15 * 60


class ListedTarget:
    """One listing of the target, searchable by what was sent in a create."""

    def __init__(self, index: TargetIndex, sent_values: SentValues) -> None:
        self.index, self._sent_values = index, sent_values
        self._by_anchor: dict[str | None, Slots] | None = None

    def slots_like(self, digests: SentDigests) -> Sequence[int]:
        """Return the employees who may be the one that was sent; most often those of the same surname."""
        if self._by_anchor is None:
            self._by_anchor = defaultdict(list)
            for slot in range(len(self.index)):
                self._by_anchor[self._sent_values.anchor_of(self.index.record(slot))].append(slot)
        anchor = self._sent_values.anchor(digests)
        return range(len(self.index)) if anchor is None else self._by_anchor.get(anchor, [])


class TargetList:
    """Lists the target when somebody is first looked for in it, and again when the list is too old."""

    def __init__(
        self, target: Target, sent_values: SentValues, has_links: Callable[[], Awaitable[bool]]
    ) -> None:
        """Take the target, which must already be open, and what says whether somebody is linked to its employees."""
        self._target, self._sent_values, self._has_links = target, sent_values, has_links
        self._listing = asyncio.Lock()
        self._last: ListedTarget | None = None
        self._listed_at = 0.0

    async def recent(self) -> ListedTarget:
        """Return a list that is not too old; all who ask share it."""
        async with self._listing:
            if self._last is None or monotonic() - self._listed_at > LIST_LASTS_SECONDS:
                self._listed_at = monotonic()
                index = TargetIndex(self._target.fields)
                await index.load(self._target, self._has_links)
                self._last = ListedTarget(index, self._sent_values)
            return self._last
