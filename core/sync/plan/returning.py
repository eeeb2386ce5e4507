"""Recognise people who have left and are employed again under another record in the source.

The HR system gives a person who returns, or moves to another branch, a new record, and ends the old one. The old record
is linked to the person's only record at the target. The link moves: the new record is matched to it, and the old one
is *Employed again*, *Transferred* or *Merged*. The employee number does not count, because the new record may have
another one. Where the source itself says which record was there before (enableHR's ``oldEmployeeId`` and
``newEmployeeId``), the link moves although name, birth date or tax number are missing or have changed.

One file, because each question about an old link rests on the answers to those before it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from connectors.contract.protocols import Source, Target
from connectors.contract.records import Problem, Reason, SourceRecord, Verdict
from core.runs.matched_by import MatchedBy
from core.runs.outcome_catalogue import Code
from core.sync.match import rules
from core.sync.match.comparison import PersonComparison, compare_people
from core.sync.match.link_check import IdentityDigests
from core.sync.match.other_records import (
    MOVES,
    UNREAD,
    HeldRecord,
    HeldRecords,
    OtherRecords,
    PersonToCheck,
    PointedLink,
    SourceView,
    left_as,
    named_records,
)
from core.sync.match.resolver import Resolver, Subject, not_shown
from core.sync.match.rules import Match, OtherRecord, Tier
from core.sync.match.target_index import TargetIndex
from core.sync.runtime.context import RunContext
from core.sync.store import links
from core.sync.store.links import StoredLink

OTHER_NOT_READ = (
    "{source} says that the employee has another record, but could not return it, so nothing was written. "
    "Run the job again."
)
# People on hold, and those who cannot be decided on, stay as they are: the old employment does not end either.
OUT_OF_SCOPE = frozenset({Reason.NOT_IN_SCOPE, Reason.EXCLUDED})


class Returning:
    """Finds the old links of people who are employed again."""

    def __init__(
        self,
        work: RunContext,
        source: Source,
        target: Target,
        *,
        target_index: TargetIndex,
        resolver: Resolver,
        identity_digests: IdentityDigests,
    ) -> None:
        """Take both systems, already opened."""
        self._work, self._target = work, target
        self._target_index, self._resolver = target_index, resolver
        self._identity_digests = identity_digests
        self._others = OtherRecords(source, self._linked_to)
        self._held: HeldRecords | None = None
        self._unlisted_links: list[StoredLink] | None = None

    async def match(self, subjects: Sequence[Subject]) -> list[Subject]:
        """Return the employees, those who are employed again with the match that their old link leads to."""
        unlinked = [subject for subject in subjects if self._may_return(subject)]
        if not unlinked:
            return await self._with_held(subjects)
        pointed = await self._others.find_links(unlinked)
        if old_ids := await self._old_ids(unlinked, pointed):
            unlinked = await self._look_up_unlisted(unlinked, old_ids)
        matched = {subject.position: subject for subject in unlinked}
        owners = self._owners(list(matched.values()))
        await self._others.read({*owners.values(), *(link.owner for link in pointed.values())})
        return await self._with_held(
            [
                self._follow(matched[subject.position], owners, pointed.get(subject.position))
                if subject.position in matched
                else subject
                for subject in subjects
            ]
        )

    async def _with_held(self, subjects: Sequence[Subject]) -> list[Subject]:
        """Return the employees, those whose earlier or later record is on hold as on hold as well."""
        held_ids = self._work.scope.held_ids
        if not held_ids:
            return list(subjects)
        if self._held is None:
            self._held = HeldRecords(self._others, held_ids)
        found = await self._held.find(
            {
                subject.position: PersonToCheck(subject.record.source_id, _known_records(subject))
                for subject in subjects
                if subject.prepared is not None and subject.record.source_id not in held_ids
            }
        )
        return [_held(subject, found.get(subject.position)) for subject in subjects]

    async def _linked_to(self, source_ids: Collection[str]) -> Mapping[str, str]:
        return await self._work.store.run(links.target_ids, self._work.pairing_id, source_ids)

    def _may_return(self, subject: Subject) -> bool:
        """Return whether an employee may take a link over.

        One who is out of scope does not: the employment of the old record ends at the target.
        """
        employee = subject.record.employee
        if subject.linked is not None or subject.prepared is None:
            return False
        if employee is None or left_as(employee) is not None:
            return False
        if subject.match.doubt is not None and employee.earlier_record_id is None:
            return False
        scope, source_id = self._work.scope, subject.record.source_id
        exclusion = scope.find_exclusion(employee, source_id, is_at_target=True)
        return exclusion is None or exclusion.reason not in OUT_OF_SCOPE

    def _match_again(self, subject: Subject) -> Subject:
        if subject.match is not rules.NO_MATCH or subject.prepared is None:
            return subject
        match = self._resolver.match(subject.record.source_id, subject.prepared, None, None)
        return self._resolver.with_match(subject, match)

    async def _old_ids(
        self, subjects: Sequence[Subject], pointed: Mapping[int, PointedLink]
    ) -> dict[int, set[str]]:
        """Return the ids of employees that the target does not list, and whose link was made for one of ours.

        They are given by the position of ours.
        """
        old_ids: dict[int, set[str]] = {
            position: {link.target_id}
            for position, link in pointed.items()
            if link.target_id is not None and self._target_index.find_slot(link.target_id) is None
        }
        for subject in subjects:
            if subject.prepared is not None and subject.match is rules.NO_MATCH:
                found = self._identity_digests.find_same_person(
                    subject.prepared, await self._links_of_unlisted()
                )
                if target_ids := {link.target_id for link in found}:
                    old_ids.setdefault(subject.position, set()).update(target_ids)
        return old_ids

    async def _look_up_unlisted(
        self, subjects: Sequence[Subject], old_ids: dict[int, set[str]]
    ) -> list[Subject]:
        """Return the employees, matched again; without details where the target failed to show who may be them."""
        target_ids = set().union(*old_ids.values())
        failed = await self._resolver.look_up_unlisted(self._target, target_ids, target_is_listed=True)
        return [
            subject._replace(record=not_shown(subject.record), prepared=None)
            if failed & old_ids.get(subject.position, set())
            else self._match_again(subject)
            for subject in subjects
        ]

    async def _links_of_unlisted(self) -> Sequence[StoredLink]:
        if self._unlisted_links is None:
            stored = await self._work.store.run(links.with_identity, self._work.pairing_id)
            listed = self._target_index.find_slots([link.target_id for link in stored])
            self._unlisted_links = [link for link in stored if link.target_id not in listed]
        return self._unlisted_links

    def _owners(self, subjects: Sequence[Subject]) -> dict[int, str]:
        """Return who holds the employees that ours may be, by slot."""
        slots = {
            self._target_index.record(slot).target_id: slot
            for subject in subjects
            for slot in subject.match.claimed_slots()
        }
        stored = links.owners(self._work.pairing_id, slots) if slots else {}
        return {slots[target_id]: owner for target_id, owner in stored.items()}

    def _follow(self, subject: Subject, owners: Mapping[int, str], pointed: PointedLink | None) -> Subject:
        """Return an employee with the record at the target that an earlier record of theirs is linked to, if any.

        Where the source itself names the earlier record, or the earlier record names ours, nothing else has to agree.
        """
        if pointed is not None and pointed.target_id is None:
            return subject._replace(record=_not_read(subject.record), prepared=None, match=rules.NO_MATCH)
        if pointed is not None and (slot := self._slot_of(subject, pointed)) is not None:
            return self._take_over(subject, slot, pointed.owner)
        if not owners:
            return subject
        for slot, owner in owners.items():
            if slot in subject.match.claimed_slots() and self._names(owner, subject):
                return self._take_over(subject, slot, owner)
        return self._move(subject, owners)

    def _slot_of(self, subject: Subject, pointed: PointedLink) -> int | None:
        """Return the employee a link leads to, unless a person has decided that it is somebody else."""
        rejected = self._resolver.rejected_matches.get(subject.record.source_id, ())
        if pointed.target_id is None or pointed.target_id in rejected:
            return None
        return self._target_index.find_slot(pointed.target_id)

    def _names(self, owner: str, subject: Subject) -> bool:
        return self._others.view(owner).later_id == subject.record.source_id != owner

    def _take_over(self, subject: Subject, slot: int, owner: str) -> Subject:
        """Return an employee with the record of their earlier record, unless something certain speaks against it."""
        match, view = subject.match, self._others.view(owner)
        by_number = {match.slot} if match.slot is not None else set(match.doubtful_slots)
        if others := by_number - {slot}:
            found = Match(Tier.STRONG, doubt=Code.SEVERAL_CANDIDATES, doubtful_slots=(slot, *sorted(others)))
        elif self._compare(subject, slot).contradictions:
            found = Match(Tier.STRONG, doubt=Code.CONFLICTING_KEYS, doubtful_slots=(slot,))
        elif view.left_as is not None:
            found = Match(Tier.STRONG, slot, moved_from=OtherRecord(owner, view.left_as))
        else:
            code = Code.TWO_ACTIVE_RECORDS if view.is_read else Code.ALREADY_LINKED
            found = Match(Tier.STRONG, slot, shared_with=OtherRecord(owner, code))
        return self._resolver.with_match(subject, self._with_agreed(subject, slot, found))

    def _move(self, subject: Subject, owners: Mapping[int, str]) -> Subject:
        """Return an employee with the one record that somebody who has left is linked to, if it is their own.

        While nobody knows whether that one has left, the record stays theirs, and ours is not somebody else. Nor is
        ours somebody else where the other record was transferred or merged: a person decides.
        """
        match = subject.match
        owned = [
            slot
            for slot in match.claimed_slots()
            if owners.get(slot, subject.record.source_id) != subject.record.source_id
        ]
        if len(owned) != 1 or len(match.claimed_slots()) != 1:
            return subject
        (slot,) = owned
        view, owner = self._others.view(owners[slot]), owners[slot]
        is_own, has_moved = self._is_own(subject, slot, view), view.left_as in MOVES
        if view.left_as is not None and is_own:
            moved = Match(Tier.STRONG, slot, moved_from=OtherRecord(owner, view.left_as))
            return self._resolver.with_match(subject, self._with_agreed(subject, slot, moved))
        if view.is_read and view.left_as is None and is_own:
            shared = match._replace(shared_with=OtherRecord(owner, Code.TWO_ACTIVE_RECORDS))
            return self._resolver.with_match(subject, shared)
        if not has_moved and (view.is_read or not is_own):
            return subject
        candidates = tuple(replace(candidate, is_distinct=False) for candidate in match.candidates)
        shared_with = OtherRecord(owner, Code.WEAK_MATCH) if has_moved else None
        return self._resolver.with_match(
            subject, match._replace(candidates=candidates, shared_with=shared_with)
        )

    def _with_agreed(self, subject: Subject, slot: int, match: Match) -> Match:
        """Return a match with what agrees, which the earlier record's link is part of once it moves."""
        agrees = rules.what_agrees(self._compare(subject, slot))
        if match.moved_from is not None:
            agrees |= MatchedBy.EARLIER_RECORD
        return match._replace(agreed={**subject.match.agreed, slot: agrees})

    def _compare(self, subject: Subject, slot: int) -> PersonComparison:
        assert subject.prepared is not None
        ours = self._target_index.person_to_find(subject.prepared)
        return compare_people(ours, self._target_index.person(slot))

    def _is_own(self, subject: Subject, slot: int, view: SourceView) -> bool:
        """Return whether a record at the target is the same person's, by what agrees.

        The number counts only where the other record was transferred or merged: nobody else is given it then.
        """
        compared = self._compare(subject, slot)
        same_number = subject.match.tier is Tier.EXTERNAL_ID and view.left_as in MOVES
        agrees = compared.same_tax_number or (
            compared.same_name and (compared.same_birth_date or same_number)
        )
        return agrees and not compared.contradictions


def _not_read(record: SourceRecord) -> SourceRecord:
    """Return an employee without details, because their earlier record could not be read: nothing can be decided."""
    problem = Problem(Reason.UNREADABLE, OTHER_NOT_READ, verdict=Verdict.ERROR)
    return replace(record, employee=None, problem=problem)


def _known_records(subject: Subject) -> frozenset[str]:
    """Return the other records of an employee that they name, or whose link they would take over."""
    moved = subject.match.moved_from
    return named_records(subject.record.employee) | ({moved.source_id} if moved is not None else set())


def _held(subject: Subject, held: HeldRecord | None) -> Subject:
    """Return an employee as on hold with another record of theirs; no link moves meanwhile."""
    if held is None:
        return subject
    match = subject.match if subject.match.moved_from is None else rules.NO_MATCH
    if held is UNREAD:
        return subject._replace(record=_not_read(subject.record), prepared=None, match=match, current=None)
    return subject._replace(match=match, held_with=held.source_id)
