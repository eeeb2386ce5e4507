"""A described source that lists its branches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.contract.branches import Branch
from connectors.contract.errors import ConfigError, TemporaryError
from connectors.rest import paths
from connectors.rest.client.choices import as_listed
from connectors.rest.client.paging import Pages
from connectors.rest.client.source import RestSource
from connectors.rest.description.choice_list import SourceBranches
from connectors.values.normalise import text

Json = Mapping[str, Any]
MOST_BRANCHES = 20_000
SEPARATOR = " > "


class BranchedSource(RestSource):
    """A described source whose file says where its branches are."""

    async def branches(self) -> Sequence[Branch]:
        """Read all branches. Raises ConnectorError."""
        role = self._system.description.source
        described = role.branches if role is not None else None
        if described is None:
            raise ConfigError(f"The file that describes {self._system.name} has no `branches`.")
        found: dict[str, tuple[str, str | None]] = {}
        async for page in Pages(as_listed(self._system, described, "branches"), self._settings, self._client):
            for listed in page:
                for entry, above in _with_branches_below(described, listed.entry):
                    key, name, parent = _read_branch(described, entry)
                    if key is not None:
                        found[key] = name or key, parent or above
            if len(found) > MOST_BRANCHES:
                raise TemporaryError(
                    f"{self._system.name} has more than {MOST_BRANCHES:,} branches, more than iHUB reads."
                )
        return [Branch(key, name, _path(key, found), parent) for key, (name, parent) in found.items()]


def _with_branches_below(described: SourceBranches, top: Json) -> Iterator[tuple[Json, str | None]]:
    """Yield a branch of a response and all branches inside it, each with the id of the one it is inside."""
    waiting: list[tuple[Json, str | None]] = [(top, None)]
    while waiting:
        entry, above = waiting.pop()
        yield entry, above
        below = paths.value_at(entry, described.children) if described.children else None
        own_id = text(paths.value_at(entry, described.id))
        waiting += [(each, own_id) for each in below or () if isinstance(each, dict)]


def _read_branch(described: SourceBranches, entry: Json) -> tuple[str | None, str | None, str | None]:
    """Return the id, the name and the parent's id that a branch shows."""
    places = (described.id, described.name, described.parent)
    key, name, parent = (text(paths.value_at(entry, place)) if place else None for place in places)
    return key, name, parent


def _path(key: str, found: dict[str, tuple[str, str | None]]) -> str:
    """Return the names from the top down to a branch; a circle ends where it begins."""
    names: list[str] = []
    seen: set[str] = set()
    current: str | None = key
    while current is not None and current in found and current not in seen:
        seen.add(current)
        name, current = found[current]
        names.append(name)
    return SEPARATOR.join(reversed(names))
