"""Find whom an employee of the source is at the target, with all that is known: links, the target's list, people's decisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from connectors.concurrency import for_each
from connectors.contract.protocols import Target
from connectors.contract.records import Prepared, SourceRecord, TargetRecord, Verdict
from connectors.http.circuit_breaker import CircuitBreaker
from core.runs.outcome_catalogue import Code
from core.settings import settings
from core.sync.match import decisions, rules
from core.sync.match.decisions import Apart
from core.sync.match.link_check import IdentityDigests, LinkState
from core.sync.match.rules import NOBODY, Match, Tier
from core.sync.match.target_index import TargetIndex
from core.sync.store.rows import Linked

NOBODY_APART: frozenset[int] = frozenset()
# Stands for somebody whom the target failed to show.
FAILED = TargetRecord("", "", {})


class Resolver:
    """Finds the employees of one run."""

    def __init__(self, directory: TargetIndex, likeness: IdentityDigests) -> None:
        """Take the target's employees, who may be added later on."""
        self._directory, self._likeness = directory, likeness
        # Who people have said are not one.
        self.apart: Apart = {}
        self._breaker = CircuitBreaker()
        # Those of a target that has been listed who were found only when they were asked for.
        self.unlisted: set[str] = set()

    def subject(
        self,
        position: int,
        record: SourceRecord,
        linked: Linked | None,
        prepared: Prepared | None,
        places: Mapping[str, int],
    ) -> Subject:
        """Return an employee of the source with whom they are at the target; ``places`` tells where links lead."""
        place = None if linked is None else places.get(linked.target_id)
        if prepared is None:
            found = rules.NOBODY if place is None else Match(Tier.LINK, place)
            return Subject(position, record, linked, None, found)
        found = self.match(record.source_id, prepared, linked, place)
        hopeful = found.hopeful
        current = None if hopeful is None else self._directory.record(hopeful)
        unlisted = current is not None and current.target_id in self.unlisted
        return Subject(position, record, linked, prepared, found, current, unlisted)

    async def look_up(self, target: Target, target_ids: Collection[str], listed: bool) -> set[str]:
        """Ask for linked employees that the target does not list, such as inactive ones; return those it failed at.

        ``listed``: the target has been listed as a whole.
        """
        failed: set[str] = set()

        async def look(target_id: str) -> None:
            record = await self._breaker.call(target.find(target_id), lambda _: FAILED)
            if record is FAILED:
                failed.add(target_id)
            elif record is not None:
                self._directory.add([record])
                self.unlisted.update([target_id] if listed else [])

        there = self._directory.places(target_ids)
        unlisted = [target_id for target_id in target_ids if target_id not in there]
        if unlisted:
            await for_each(look, unlisted, at_once=settings().write_concurrency)
        return failed

    def is_broken(self, source_id: str, prepared: Prepared, linked: Linked) -> bool:
        """Say whether a link leads to nobody or to somebody else, as far as the target has been asked."""
        place = self._directory.place(linked.target_id)
        return place is None or self._lead(source_id, linked, prepared, place) is LinkState.BROKEN

    def _lead(self, source_id: str, linked: Linked, prepared: Prepared, place: int) -> LinkState:
        return self._likeness.lead(source_id, linked, prepared, self._directory.record(place))

    def match(self, source_id: str, prepared: Prepared, linked: Linked | None, place: int | None) -> Match:
        """Return what the tiers find; ``place`` is where the stored link leads, when the target has that employee."""
        if place is not None and linked is not None:
            lead = self._lead(source_id, linked, prepared, place)
            if lead is LinkState.DOUBTFUL:
                return Match(Tier.LINK, doubt=Code.BECAME_ANOTHER, doubted=(place,))
            if lead is LinkState.BROKEN:
                return self._match(source_id, prepared, None)._replace(astray=True)
        return self._match(source_id, prepared, place)

    def _match(self, source_id: str, prepared: Prepared, place: int | None) -> Match:
        others = self.apart.get(source_id)
        apart = NOBODY_APART if others is None else decisions.places(self._directory, others)
        return rules.match(self._directory, prepared, place, apart)


class Subject(NamedTuple):
    """One employee on the way to a decision."""

    position: int
    record: SourceRecord
    linked: Linked | None
    prepared: Prepared | None = None
    found: Match = NOBODY
    # What the target holds of the employee found; None exactly when there is nobody to compare with.
    current: TargetRecord | None = None
    # The target does not list whom they were found to be, and showed them only when asked.
    unlisted: bool = False
    # The source says just what was written last, and that stands for what the target holds.
    as_written: bool = False

    @property
    def unread(self) -> bool:
        """Say whether this is somebody without a link who could not be read, and so may be anybody at the target."""
        problem = self.record.problem
        return (
            self.prepared is None
            and self.linked is None
            and (problem is None or problem.verdict is Verdict.ERROR)
        )
