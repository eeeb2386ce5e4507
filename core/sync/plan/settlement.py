"""What is settled once the whole source has been read: which matches hold, and what a person has to decide."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from connectors.contract.protocols import Source, Target
from connectors.contract.records import Prepared
from core.sync.match import decisions, numbering, rules
from core.sync.match.conflicts import Claim, MatchConflicts
from core.sync.match.keys import canonical_external_id
from core.sync.match.other_records import left_as
from core.sync.match.resolver import Resolver, Subject
from core.sync.match.rules import Tier
from core.sync.match.target_index import TargetIndex
from core.sync.match.unique_values import UniqueValues
from core.sync.plan.exclusion_recheck import ExclusionRecheck
from core.sync.runtime.context import RunContext
from core.sync.store import journal, links, records
from core.sync.store.rows import CandidateRow, LinkRow, Withdrawal
from core.sync.store.temp_store import TempTable

LINKS_A_TRANSACTION = 1000


class Settlement:
    """Collects matches while the run is planned, and settles the conflicts between them at its end."""

    def __init__(
        self, work: RunContext, source: Source, target: Target, target_index: TargetIndex, resolver: Resolver
    ) -> None:
        """Take both systems, already opened."""
        self._work, self._target_index, self._resolver = work, target_index, resolver
        self._conflicts = MatchConflicts(reads_chosen=work.facts.chosen is not None)
        self._exclusion_recheck = ExclusionRecheck(work, source, target, resolver, self._conflicts)
        # The links of new matches, which are stored only when no other employee claims the same match.
        self._contestable_links = TempTable(
            "position INTEGER, source_id TEXT, target_id TEXT, state BLOB, source_version TEXT, matched_by INTEGER"
        )
        # What agrees of each employee without a link and those they may be.
        self._agreed = TempTable("position INTEGER, slot INTEGER, matched_by INTEGER", index="position")
        self._candidates: list[CandidateRow] = []
        self._unique_values = UniqueValues(target.fields)
        # Those whose match would change pay details, by position: the slot of the match.
        self._waiting_for_pay: dict[int, int] = {}

    def add_matches(self, subjects: Sequence[Subject]) -> None:
        """Note what each employee matches, and which of the matches without a link are linked to somebody else."""
        self._exclusion_recheck.add(subjects)
        self._unique_values.add(subjects, self._target_index)
        claimed: dict[int, str] = {}
        for subject in subjects:
            record, match = subject.record, subject.match
            if match is rules.NO_MATCH:
                if subject.is_unread:
                    self._conflicts.add_unread_name(record.name)
                continue
            ended = left_as(record.employee)
            self._conflicts.add_match(Claim(subject.position, record.source_id, record.name, match, ended))
            self._count_numbers(subject)
            for slot, matched_by in match.agreed.items():
                self._agreed.add(subject.position, slot, matched_by.value)
            if match.tier is not Tier.LINK:  # no other employee can have a link to the same target id
                claimed.update(dict.fromkeys(match.claimed_slots(), record.source_id))
        if not claimed:
            return
        slots = {self._target_index.record(slot).target_id: slot for slot in claimed}
        for target_id, owner in links.owners(self._work.pairing_id, slots).items():
            if owner != claimed[slots[target_id]]:
                self._conflicts.add_link_owner(slots[target_id], owner)

    def _count_numbers(self, subject: Subject) -> None:
        """Note whether an employee who is certainly the same at both ends has the same number there."""
        prepared, current = subject.prepared, subject.current
        if subject.match.same_tax_number and current is not None and prepared is not None:
            ours = canonical_external_id(prepared.external_id)
            theirs = canonical_external_id(current.external_id)
            if ours is not None and theirs is not None:
                self._resolver.numbering.add_match(ours, theirs)
                self._conflicts.add_numbers(subject.position, is_same=ours == theirs)

    def add_write(self, position: int) -> None:
        """Note an employee who is to be written."""
        self._unique_values.add_write(position)

    def add_create(self, position: int, prepared: Prepared) -> None:
        """Note the numbers of an employee to be created."""
        external_id = canonical_external_id(prepared.external_id)
        tax_number = self._target_index.key_extractor.tax_number(prepared.values)
        if (
            external_id is None and tax_number is None
        ):  # then two with one name and birth date may be one person
            person = self._target_index.key_extractor.person(prepared.values)
            if person.full_name and person.birth_date:
                external_id = f"{person.full_name} {person.birth_date}"
        self._conflicts.add_create(position, external_id, tax_number)

    def add_contestable_link(self, position: int, link: LinkRow) -> None:
        """Note the link of a new match that need not be written."""
        self._contestable_links.add(position, *link)

    def add_candidates(self, position: int, slots: Sequence[int], same_number: bool) -> None:
        """Note the employees of the target that a person can choose from."""
        query = "SELECT slot, matched_by FROM kept WHERE position = ?"
        agreed = dict(self._agreed.query(query, (position,))) if slots else {}
        for slot in slots:
            record = self._target_index.record(slot)
            self._candidates.append(
                CandidateRow(position, record.target_id, record.name, same_number, agreed.get(slot))
            )

    def add_excluded(self, position: int) -> None:
        """Note an employee who is not written in any case."""
        self._conflicts.add_excluded(position)

    def add_waiting_for_pay(self, position: int, slot: int) -> None:
        """Note the match of an employee who waits because it would change pay details."""
        self._waiting_for_pay[position] = slot

    async def settle(self) -> frozenset[int]:
        """Settle the conflicts between matches, and store the links of the matches that nobody else claims.

        Return the positions of those who wait for a person, or have nothing to do, after all.
        """
        await self._exclusion_recheck.add_matches()
        await self._add_moved_owners()
        withdrawals = self._conflicts.settle(self._resolver.numbering)
        known = {withdrawal.position for withdrawal in withdrawals}
        shared = self._unique_values.settle(self._target_index)
        withdrawals += [withdrawal for withdrawal in shared if withdrawal.position not in known]
        lease, pairing_id, store = self._work.lease, self._work.pairing_id, self._work.store
        if withdrawals:
            of_draft = self._work.facts.draft is not None
            await store.run(journal.withdraw, lease, pairing_id, withdrawals, [], of_draft=of_draft)
        withdrawn = {withdrawal.position for withdrawal in withdrawals}
        for position, slot in self._waiting_for_pay.items():
            if position not in withdrawn:
                self.add_candidates(position, (slot,), same_number=False)
        for withdrawal in withdrawals:
            self.add_candidates(withdrawal.position, withdrawal.slots, withdrawal.same_number)
        if not self._work.preview:
            await self._store_links(withdrawals)
        await store.run(decisions.save_candidates, lease, self._candidates)
        return frozenset(withdrawn)

    async def _add_moved_owners(self) -> None:
        """Note those whose link moves although they were not decided on: their row says so, too."""
        slots = {moved.owner.source_id: moved.slot for moved in self._conflicts.moved_links()}
        if slots:
            run_id = self._work.lease.run_id
            for source_id, position in await self._work.store.run(
                records.unwritten_positions, run_id, list(slots)
            ):
                self._conflicts.add_moved_owner(slots[source_id], position)

    async def _store_links(self, withdrawals: Sequence[Withdrawal]) -> None:
        lease, pairing_id, store = self._work.lease, self._work.pairing_id, self._work.store
        if moved := {link.owner.source_id: link.source_id for link in self._conflicts.moved_links()}:
            await store.run(journal.move_links, lease, pairing_id, moved)
        await self._store_uncontested_links(withdrawals)
        if owners := self._conflicts.link_owners():
            await store.run(journal.look_again, lease, pairing_id, owners)
        if self._resolver.numbering.has_changed:
            await store.run(numbering.save, lease, pairing_id, *self._resolver.numbering.matches())

    async def _store_uncontested_links(self, withdrawals: Sequence[Withdrawal]) -> None:
        contested = {withdrawal.position for withdrawal in withdrawals}
        rows = self._contestable_links.query("SELECT * FROM kept ORDER BY position")
        uncontested = (LinkRow(*link) for position, *link in rows if position not in contested)
        while batch := list(islice(uncontested, LINKS_A_TRANSACTION)):
            await self._work.store.run(journal.withdraw, self._work.lease, self._work.pairing_id, [], batch)
