"""The branches of a source, and which of them lie below another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.contract.employee import fold_word


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch at the source; ``parent_id`` is None for one at the top. ``path`` is its name with those above it."""

    id: str
    name: str
    path: str
    parent_id: str | None = None


class BranchTree:
    """All branches of a source, as they were when they were read."""

    def __init__(self, branches: Iterable[Branch]) -> None:
        """Take the branches in any order. A branch whose parent is not among them counts as one at the top."""
        self._by_id = {branch.id: branch for branch in branches}
        self._ids_by_name: dict[str, list[str]] = {}
        for branch in self._by_id.values():
            self._ids_by_name.setdefault(fold_word(branch.name), []).append(branch.id)

    @property
    def branches(self) -> list[Branch]:
        """Return all branches, sorted so that each one follows the one above it."""
        return sorted(self._by_id.values(), key=lambda branch: branch.path.casefold())

    def find(self, word: str) -> list[Branch]:
        """Return the branches with this id or, when no id is equal, with this name."""
        if word in self._by_id:
            return [self._by_id[word]]
        return [self._by_id[each] for each in self._ids_by_name.get(fold_word(word), ())]

    def below(self, word: str) -> frozenset[str]:
        """Return the ids of a branch, given by id or name, and of all branches below it; none when there is none."""
        found = {branch.id for branch in self.find(word)}
        return frozenset(each for each in self._by_id if found & self._chain(each)) if found else frozenset()

    def _chain(self, branch_id: str) -> set[str]:
        """Return the ids of a branch and of those above it, also when they go in a circle."""
        chain: set[str] = set()
        current: str | None = branch_id
        while current is not None and current in self._by_id and current not in chain:
            chain.add(current)
            current = self._by_id[current].parent_id
        return chain
