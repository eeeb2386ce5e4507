"""Recognise people who have left and are employed again under another record in the source.

The HR system gives a person who returns, or moves to another branch, a new record, and ends the old one. The old record
is linked to the person's only record at the target. The link moves: the new record is matched to it, and the old one
is *Employed again*. The employee number does not count then, because the new record has another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.concurrency import for_each
from connectors.contract.employee import Employee, EmploymentStatus, employment_status
from connectors.contract.protocols import Source, Target
from connectors.contract.records import Reason, SourceRecord
from connectors.http.circuit_breaker import CircuitBreaker
from core.settings import settings
from core.sync.match import rules
from core.sync.match.comparison import compare_people
from core.sync.match.link_check import IdentityDigests
from core.sync.match.resolver import Resolver, Subject, not_shown
from core.sync.match.rules import Match, Tier
from core.sync.match.target_index import TargetIndex
from core.sync.runtime.context import RunContext
from core.sync.store import links
from core.sync.store.links import StoredLink

MOVED_STATUSES = frozenset({EmploymentStatus.TRANSFERRED, EmploymentStatus.MERGED})
# People on hold, and those who cannot be decided on, stay as they are: the old employment does not end either.
OUT_OF_SCOPE = frozenset({Reason.NOT_IN_SCOPE, Reason.EXCLUDED})
# In place of an employee when the source failed to answer.
READ_FAILED = SourceRecord("", "", None)


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
        self._work, self._source, self._target = work, source, target
        self._target_index, self._resolver = target_index, resolver
        self._identity_digests = identity_digests
        self._circuit_breaker = CircuitBreaker()
        # None for those who could not be read.
        self._has_left: dict[str, bool | None] = {}
        self._unlisted_links: list[StoredLink] | None = None

    async def match(self, subjects: Sequence[Subject]) -> list[Subject]:
        """Return the employees, those who are employed again with the match that their old link leads to."""
        unlinked = [subject for subject in subjects if self._may_return(subject)]
        if not unlinked:
            return list(subjects)
        old_ids = await self._old_ids([subject for subject in unlinked if subject.match is rules.NO_MATCH])
        if old_ids:
            unlinked = await self._look_up_unlisted(unlinked, old_ids)
        matched = {subject.position: subject for subject in unlinked}
        owners = self._owners(list(matched.values()))
        await self._read_owners(set(owners.values()))
        return [
            self._move(matched[subject.position], owners) if subject.position in matched else subject
            for subject in subjects
        ]

    def _may_return(self, subject: Subject) -> bool:
        """Return whether an employee may take a link over.

        One who is out of scope does not: the employment of the old record ends at the target.
        """
        employee = subject.record.employee
        if subject.linked is not None or subject.prepared is None or subject.match.doubt is not None:
            return False
        if employee is None or has_left(employee):
            return False
        scope, source_id = self._work.scope, subject.record.source_id
        exclusion = scope.find_exclusion(employee, source_id, is_at_target=True)
        return exclusion is None or exclusion.reason not in OUT_OF_SCOPE

    def _match_again(self, subject: Subject) -> Subject:
        if subject.match is not rules.NO_MATCH or subject.prepared is None:
            return subject
        match = self._resolver.match(subject.record.source_id, subject.prepared, None, None)
        return self._resolver.with_match(subject, match)

    async def _old_ids(self, subjects: Sequence[Subject]) -> dict[int, set[str]]:
        """Return the ids of employees that the target does not list, and whose link was made for one of ours.

        They are given by the position of ours.
        """
        old_ids: dict[int, set[str]] = {}
        for subject in subjects:
            if subject.prepared is not None:
                found = self._identity_digests.find_same_person(
                    subject.prepared, await self._links_of_unlisted()
                )
                if target_ids := {link.target_id for link in found}:
                    old_ids[subject.position] = target_ids
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

    async def _read_owners(self, source_ids: set[str]) -> None:
        async def read(source_id: str) -> None:
            record = await self._circuit_breaker.call(self._source.read_one(source_id), lambda _: READ_FAILED)
            is_unread = record is not None and record.employee is None
            self._has_left[source_id] = None if is_unread else record is None or has_left(record.employee)

        await for_each(read, sorted(source_ids - self._has_left.keys()), at_once=settings().concurrency)

    def _move(self, subject: Subject, owners: dict[int, str]) -> Subject:
        """Return an employee with the one record that somebody who has left is linked to, if it is their own.

        While nobody knows whether that one has left, the record stays theirs, and ours is not somebody else.
        """
        slots = [slot for slot in subject.match.claimed_slots() if self._is_own(subject, slot, owners)]
        if len(slots) != 1 or len(subject.match.claimed_slots()) != 1:
            return subject
        owner = owners[slots[0]]
        if self._has_left[owner]:
            return self._resolver.with_match(subject, Match(Tier.STRONG, slots[0], moved_from=owner))
        candidates = tuple(replace(candidate, is_distinct=False) for candidate in subject.match.candidates)
        return self._resolver.with_match(subject, subject.match._replace(candidates=candidates))

    def _is_own(self, subject: Subject, slot: int, owners: dict[int, str]) -> bool:
        owner = owners.get(slot)
        if owner is None or owner == subject.record.source_id or self._has_left[owner] is False:
            return False
        if subject.prepared is None:
            return False
        ours = self._target_index.person_to_find(subject.prepared)
        compared = compare_people(ours, self._target_index.person(slot))
        agrees = compared.same_tax_number or (compared.same_name and compared.same_birth_date)
        return agrees and not compared.contradictions


def has_left(employee: Employee | None) -> bool:
    """Return whether an employment has ended at the source, or continues there under another record."""
    if employee is None:
        return False
    return employee.terminated or employment_status(employee.status) in MOVED_STATUSES
