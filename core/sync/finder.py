"""Find whom an employee of the source is at the target, with all that is known: links, the target's list, people's decisions."""

from __future__ import annotations

from connectors.contract import Prepared
from core.sync import matching, rulings
from core.sync.directory import Directory
from core.sync.likeness import Lead, Likeness
from core.sync.matching import Match, Tier
from core.sync.outcomes import Code
from core.sync.rows import Linked
from core.sync.rulings import Apart

NOBODY_APART: frozenset[int] = frozenset()


class Finder:
    """Finds the employees of one run."""

    def __init__(self, directory: Directory, likeness: Likeness) -> None:
        """Take the target's employees, who may be added later on."""
        self._directory, self._likeness = directory, likeness
        self.apart: Apart = {}
        """Who people have said are not one."""

    def match(self, source_id: str, prepared: Prepared, linked: Linked | None, place: int | None) -> Match:
        """Return what the tiers find; ``place`` is where the stored link leads, when the target has that employee."""
        if place is not None and linked is not None:
            lead = self._likeness.lead(source_id, linked, prepared, self._directory.record(place))
            if lead is Lead.DOUBTFUL:
                return Match(Tier.LINK, doubt=Code.BECAME_ANOTHER, doubted=(place,))
            if lead is Lead.ASTRAY:
                return self._match(source_id, prepared, None)._replace(astray=True)
        return self._match(source_id, prepared, place)

    def _match(self, source_id: str, prepared: Prepared, place: int | None) -> Match:
        others = self.apart.get(source_id)
        apart = NOBODY_APART if others is None else rulings.places(self._directory, others)
        return matching.match(self._directory, prepared, place, apart)
