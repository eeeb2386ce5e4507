"""The places that a scope may ask for."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.mapping.conditions.places import Place, Places


class ScopePlaces:
    """The places that a scope may ask for: one that the source calls sensitive by now counts as vanished."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def find(self, path: str) -> Place | None:
        """Return a place; None where there is none, and where a scope would show what is there."""
        place = self._places.find(path)
        return None if place is None or place.is_sensitive else place

    def paths(self) -> Iterable[str]:
        """Return the paths of all places."""
        return self._places.paths()
