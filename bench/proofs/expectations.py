"""What a run has to do with each employee of HR, as far as the rule leaves no choice."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bench.proofs.company import Company
from bench.proofs.details import Details, plain
from bench.proofs.rule import Contradiction, Key, alike, contradictions, keys, same_full_name, same_name, tax
from bench.proofs.snapshot import Entry, Snapshot


class Class(StrEnum):
    """How clear it is who somebody is."""

    OBVIOUS = "obviously the same"
    CLEAR = "obviously new"
    LINKED = "linked before"
    KNOWN = "the same, nothing contradicts"
    DOUBTFUL = "the same, something contradicts or is missing"
    ALIKE = "new, but like somebody"
    TWICE = "two employments under one id"
    OUTSIDE = "out of scope"


class Expectations:
    """The classes of the employees of one snapshot."""

    def __init__(self, company: Company, before: Snapshot) -> None:
        self._company, self._before = company, before
        self._known = before.placeholders
        self.classes = {source_id: self._class(entry) for source_id, entry in before.entries.items()}

    def _class(self, entry: Entry) -> Class:
        if not entry.in_scope or entry.listed_twice:
            return Class.TWICE if entry.in_scope else Class.OUTSIDE
        own = self._before.records_of(entry.person)
        if self._before.links.get(entry.source_id) in own:
            return Class.LINKED
        if not own:
            return Class.CLEAR if self._is_clear(entry) else Class.ALIKE
        return self._class_with_records(entry, own)

    def _class_with_records(self, entry: Entry, own: Mapping[str, Details]) -> Class:
        if len(own) > 1 or self._has_rival(entry, next(iter(own))):
            return Class.DOUBTFUL
        ((target_id, record),) = own.items()
        if self._is_obvious(entry, target_id, record):
            return Class.OBVIOUS
        is_known = keys(entry.details, record, self._known) and not self._against(entry, target_id, record)
        return Class.KNOWN if is_known else Class.DOUBTFUL

    def _is_obvious(self, entry: Entry, target_id: str, record: Details) -> bool:
        """Say whether full name, birth date, tax number and number agree."""
        details = entry.details
        born, number = self._known.born(details), plain("number", record.number)
        own_number = plain("number", details.number)
        return (
            same_full_name(details, record)
            and born is not None
            and born == self._known.born(record)
            and tax(details) is not None
            and tax(details) == tax(record)
            and record.gender in (None, details.gender)
            and (number in (None, own_number) or own_number is None or self._moves(entry, target_id))
            and (self._company.payroll.lists(record) or self._moves(entry, target_id))
        )

    def _moves(self, entry: Entry, target_id: str) -> bool:
        """Say whether the record belongs to an ended entry of the same person, so that its link moves."""
        owners = [self._before.entries.get(source_id) for source_id in self._before.linked_by(target_id)]
        return bool(owners) and all(
            owner is not None and owner.person is entry.person and not owner.in_scope for owner in owners
        )

    def _has_rival(self, entry: Entry, target_id: str) -> bool:
        """Say whether another entry or record could be meant as well."""
        details = entry.details
        for other in self._before.entries.values():
            if other is entry or (other.person is entry.person and not other.in_scope):
                continue
            if other.person is entry.person or keys(details, other.details, self._known) & {
                Key.TAX,
                Key.NUMBER,
            }:
                return True
        return any(
            keys(details, record, self._known)
            for other_id, record in self._before.target.items()
            if other_id != target_id
        )

    def _is_clear(self, entry: Entry) -> bool:
        others = [other.details for other in self._before.entries.values() if other is not entry]
        return not any(alike(entry.details, each) for each in (*others, *self._before.target.values()))

    def _against(self, entry: Entry, target_id: str, record: Details) -> set[Contradiction]:
        against = contradictions(entry.details, record, self._known)
        if not self._company.same_numbering or self._moves(entry, target_id):
            against.discard(Contradiction.NUMBER)
        return against

    def is_candidate(self, entry: Entry, target_id: str) -> bool:
        """Say whether the rule makes this record, which is their own, a candidate: nobody may be created."""
        record = self._before.target[target_id]
        found = keys(entry.details, record, self._known)
        if not self._company.same_numbering:
            found.discard(Key.NUMBER)
        if not self._company.payroll.lists(record) and not self._before.linked_by(target_id):
            return False
        return bool(found) and len(self._against(entry, target_id, record)) < 2

    def may_replace(self, entry: Entry, record: Details) -> bool:
        """Say whether a first match is strong enough to replace pay details."""
        details, number = entry.details, plain("number", record.number)
        same_number = number is not None and number == plain("number", details.number)
        return same_number or (tax(details) is not None and tax(details) == tax(record))

    def may_fill(self, entry: Entry, target_id: str, record: Details) -> bool:
        """Say whether a first match is strong enough to fill blank pay details."""
        born = self._known.born(entry.details)
        agrees = born is not None and born == self._known.born(record) and same_name(entry.details, record)
        return self.may_replace(entry, record) or (agrees and not self._against(entry, target_id, record))
