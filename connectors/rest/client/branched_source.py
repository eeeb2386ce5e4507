"""A described source that lists its branches."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract.branches import Branch
from connectors.contract.errors import ConfigError, TemporaryError
from connectors.rest import paths
from connectors.rest.client.choices import as_listed
from connectors.rest.client.paging import Pages
from connectors.rest.client.source import RestSource
from connectors.values.normalise import text

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
        get_name = paths.compile_path(described.name)
        get_parent = paths.compile_path(described.parent) if described.parent else lambda _entry: None
        found: dict[str, tuple[str, str | None]] = {}
        async for page in Pages(as_listed(self._system, described, "branches"), self._settings, self._client):
            for entry in page:
                found[entry.id] = text(get_name(entry.entry)) or entry.id, text(get_parent(entry.entry))
            if len(found) > MOST_BRANCHES:
                raise TemporaryError(
                    f"{self._system.name} has more than {MOST_BRANCHES:,} branches, more than iHUB reads."
                )
        return [Branch(key, name, _path(key, found), parent) for key, (name, parent) in found.items()]


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
