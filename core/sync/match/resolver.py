"""Find the employee at the target who is one of the source, from links, the target index and people's decisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import replace
from typing import NamedTuple

from connectors.concurrency import for_each
from connectors.contract.fields import Field
from connectors.contract.protocols import Target
from connectors.contract.records import Prepared, Problem, Reason, SourceRecord, TargetRecord, Verdict
from connectors.http.circuit_breaker import CircuitBreaker
from core.runs.outcome_catalogue import Code, explain
from core.settings import settings
from core.sync.match import rules
from core.sync.match.decisions import RejectedMatches
from core.sync.match.link_check import IdentityDigests, LinkState
from core.sync.match.numbering import Numbering
from core.sync.match.rules import NO_MATCH, Match, Tier
from core.sync.match.sent_before import SentBefore
from core.sync.match.target_index import TargetIndex
from core.sync.store.rows import Linked
from core.sync.store.unanswered import EarlierCreate

# In place of an employee when the target failed to answer.
LOOKUP_FAILED = TargetRecord("", "", {})


class Resolver:
    """Finds the employees of one run at the target."""

    def __init__(self, target_index: TargetIndex, identity_digests: IdentityDigests) -> None:
        """Take the target's employees, which may be added later."""
        self._target_index, self._identity_digests = target_index, identity_digests
        self.rejected_matches: RejectedMatches = {}
        self.numbering = Numbering()
        # Knows what earlier runs have sent; None where that does not matter.
        self._sent_before: SentBefore | None = None
        self._circuit_breaker = CircuitBreaker()
        # The employees that a fully listed target returned only when asked by id.
        self.unlisted: set[str] = set()

    def remember(self, earlier: Mapping[str, EarlierCreate], fields: Collection[Field]) -> None:
        """Take the creates of earlier runs without a response, by source id."""
        self._sent_before = SentBefore(self._target_index, fields, earlier)

    def resolve(
        self,
        records: Sequence[tuple[int, SourceRecord]],
        prepared: Mapping[str, Prepared],
        linked: Mapping[str, Linked],
        as_written: Set[str],
    ) -> list[Subject]:
        """Return employees of the source, each with the employee they are at the target.

        ``records`` come with their positions, the rest is by source id; the target is not asked about ``as_written``.
        """
        slots = self._target_index.find_slots(
            [linked[record.source_id].target_id for _, record in records if record.source_id in linked]
        )
        return [
            Subject(
                position, record, linked[record.source_id], prepared[record.source_id], is_as_written=True
            )
            if record.source_id in as_written
            else self._resolve(
                position, record, linked.get(record.source_id), prepared.get(record.source_id), slots
            )
            for position, record in records
        ]

    def _resolve(
        self,
        position: int,
        record: SourceRecord,
        linked: Linked | None,
        prepared: Prepared | None,
        slots: Mapping[str, int],
    ) -> Subject:
        slot = None if linked is None else slots.get(linked.target_id)
        if prepared is None:
            match = NO_MATCH if slot is None else Match(Tier.LINK, slot)
            return Subject(position, record, linked, None, match)
        match = self.match(record.source_id, prepared, linked, slot)
        return self.with_match(Subject(position, record, linked, prepared), match)

    def with_match(self, subject: Subject, match: Match) -> Subject:
        """Return an employee with a match, and with the one at the target to compare with."""
        likely_slot = match.likely_slot
        current = None if likely_slot is None else self._target_index.record(likely_slot)
        is_unlisted = current is not None and current.target_id in self.unlisted
        return subject._replace(match=match, current=current, is_unlisted=is_unlisted)

    async def look_up_unlisted(
        self, target: Target, target_ids: Collection[str], *, target_is_listed: bool
    ) -> set[str]:
        """Ask for linked employees that the target does not list, such as inactive ones; return those it failed at."""
        failed: set[str] = set()

        async def look_up(target_id: str) -> None:
            record = await self._circuit_breaker.call(target.find(target_id), lambda _: LOOKUP_FAILED)
            if record is LOOKUP_FAILED:
                failed.add(target_id)
            elif record is not None:
                self._target_index.add([record])
                self.unlisted.update([target_id] if target_is_listed else [])

        known = self._target_index.find_slots(target_ids)
        unknown = [target_id for target_id in target_ids if target_id not in known]
        if unknown:
            await for_each(look_up, unknown, at_once=settings().concurrency)
        return failed

    def is_broken(self, source_id: str, prepared: Prepared, linked: Linked) -> bool:
        """Return whether the target index has nobody, or somebody else, under the id of a link."""
        slot = self._target_index.find_slot(linked.target_id)
        return slot is None or self._link_state(source_id, linked, prepared, slot) is LinkState.BROKEN

    def _link_state(self, source_id: str, linked: Linked, prepared: Prepared, slot: int) -> LinkState:
        return self._identity_digests.check(source_id, linked, prepared, self._target_index.record(slot))

    def match(self, source_id: str, prepared: Prepared, linked: Linked | None, slot: int | None) -> Match:
        """Return who it is at the target; the stored link leads to ``slot``, when the target has that employee."""
        match = self._match(source_id, prepared, linked, slot)
        if self._sent_before is None:
            return match
        return self._sent_before.settle(source_id, prepared, linked, match)

    def _match(self, source_id: str, prepared: Prepared, linked: Linked | None, slot: int | None) -> Match:
        if slot is not None and linked is not None:
            state = self._link_state(source_id, linked, prepared, slot)
            if state is LinkState.DOUBTFUL:
                return Match(Tier.LINK, doubt=Code.BECAME_ANOTHER, doubtful_slots=(slot,))
            if state is LinkState.BROKEN:
                return self._apply_rules(source_id, prepared, None)._replace(link_is_broken=True)
        return self._apply_rules(source_id, prepared, slot)

    def _apply_rules(self, source_id: str, prepared: Prepared, linked_slot: int | None) -> Match:
        rejected = self.rejected_matches.get(source_id, ())
        rejected_slots = frozenset(self._target_index.find_slots(rejected).values())
        numbers_count = not self.numbering.is_disproven
        return rules.match(
            self._target_index, prepared, linked_slot, rejected_slots, numbers_count=numbers_count
        )


class Subject(NamedTuple):
    """One employee on the way to a decision."""

    position: int
    record: SourceRecord
    linked: Linked | None
    prepared: Prepared | None = None
    match: Match = NO_MATCH
    # What the target holds of the matched employee; None exactly when there is nobody to compare with.
    current: TargetRecord | None = None
    # The target does not list the matched employee, and returned them only when asked by id.
    is_unlisted: bool = False
    # The source says exactly what was written last, so the target was not asked.
    is_as_written: bool = False
    # Another record of the same person that is on hold, by its source id.
    held_with: str | None = None

    @property
    def is_unread(self) -> bool:
        """Return whether this unlinked employee could not be read, and so may be anybody at the target."""
        problem = self.record.problem
        return (
            self.prepared is None
            and self.linked is None
            and (problem is None or problem.verdict is Verdict.ERROR)
        )


def is_at_target(subject: Subject) -> bool:
    """Return whether an employee is, or may be, at the target."""
    return subject.is_as_written or subject.current is not None or subject.match.doubt is not None


def not_shown(record: SourceRecord) -> SourceRecord:
    """Return an employee without details, because the target failed to show them: nothing can be decided."""
    problem = Problem(Reason.NOT_SHOWN, explain(Reason.NOT_SHOWN).sentence, verdict=Verdict.ERROR)
    return replace(record, employee=None, problem=problem)
