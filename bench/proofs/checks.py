"""The promises that every run has to keep, checked with the knowledge of who everybody really is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields

from bench.proofs.company import Company
from bench.proofs.details import Details, Person, plain
from bench.proofs.expectations import Class, Expectations
from bench.proofs.rule import PLACEHOLDER_DATES, tax
from bench.proofs.runs import Ended
from bench.proofs.snapshot import Entry, Snapshot
from connectors.contract.records import Reason
from core.models import Action, Decision, RunStatus

WRITTEN = {Action.CREATED, Action.UPDATED, Action.TERMINATED}
WAITING = {Decision.AMBIGUOUS, Decision.ALREADY_LINKED}
# What tells people apart even where names and dates do not.
UNIQUE = ("mobile", "account", "tax")


@dataclass(frozen=True)
class Violation:
    """A broken promise: what kind, and what happened."""

    kind: str
    text: str


class RunCheck:
    """The checks of one run."""

    def __init__(
        self,
        company: Company,
        ended: Ended,
        *,
        before: Snapshot,
        after: Snapshot,
        ours: set[str],
    ) -> None:
        self._company, self._before, self._after = company, before, after
        self._ended, self._ours = ended, ours
        self._expected = Expectations(company, before)

    @property
    def classes(self) -> dict[str, Class]:
        """Return how clear it is who each employee is."""
        return self._expected.classes

    def created(self) -> Iterator[Violation]:
        """Find the owners of new records; nobody has a second one."""
        for target_id in [each for each in self._after.target if each not in self._before.target]:
            record = self._after.target[target_id]
            owner = self._owner(record)
            if owner is None:
                yield Violation(
                    "record without an owner", f"nobody knows whose payroll {target_id} is: {record}"
                )
                continue
            yield from self._second_record(target_id, owner)
            self._company.owners[target_id] = self._after.owners[target_id] = owner
            self._ours.add(target_id)

    def _owner(self, record: Details) -> Person | None:
        for kind in UNIQUE:
            value = getattr(record, kind)
            owners = [person for person in self._company.people if person.has(kind, value)]
            if len(owners) == 1:
                return owners[0]
        return None

    def _second_record(self, target_id: str, owner: Person) -> Iterator[Violation]:
        entries = [each for each in self._before.entries.values() if each.person is owner and each.in_scope]
        for other_id, record in self._after.records_of(owner).items():
            if other_id in self._ours or any(
                self._expected.is_candidate(entry, other_id)
                for entry in entries
                if other_id in self._before.target
            ):
                yield Violation(
                    "duplicated", f"{owner} has payroll {other_id} ({record}) and was created as {target_id}"
                )

    def values(self) -> Iterator[Violation]:
        """Check that each record holds only values of its owner, and none that nobody should have."""
        for target_id, owner in self._after.owners.items():
            record, held = self._after.target.get(target_id), self._before.target.get(target_id)
            if record is None:
                continue
            if kinds := sorted(set(owner.strange(record))):
                yield Violation(
                    "overwritten",
                    f"payroll {target_id} is {owner} and has the {', '.join(kinds)} of {record}",
                )
            yield from self._written_values(target_id, record, held or Details())

    def _written_values(self, target_id: str, record: Details, held: Details) -> Iterator[Violation]:
        for each in fields(Details):
            value, old = getattr(record, each.name), getattr(held, each.name)
            if value == old or each.name in {"status", "preferred"}:
                continue
            if value is None and each.name in {
                "tax",
                "account",
                "born",
                "given",
                "surname",
                "email",
                "mobile",
            }:
                yield Violation("blanked", f"the {each.name} of payroll {target_id} was removed: {held}")
            elif value and any(unicodedata.category(letter) == "Cf" for letter in value):
                yield Violation("invisible character", f"in the {each.name} of payroll {target_id}: {record}")
            elif each.name == "born" and (value in PLACEHOLDER_DATES or str(value).startswith("9999")):
                yield Violation("placeholder written", f"{value} as birth date of payroll {target_id}")

    def pay_details(self) -> Iterator[Violation]:
        """Check that a first match that is weak replaces no pay details, and fills only what it may."""
        for source_id, target_id in self._after.links.items():
            entry, held = self._before.entries.get(source_id), self._before.target.get(target_id)
            record = self._after.target.get(target_id)
            if entry is None or held is None or record is None or self._before.linked_by(target_id):
                continue
            for kind in ("tax", "account"):
                old, value = plain(kind, getattr(held, kind)), plain(kind, getattr(record, kind))
                if old == value:
                    continue
                if not (
                    self._expected.may_fill(entry, target_id, held)
                    if old is None
                    else self._expected.may_replace(entry, held)
                ):
                    done = "filled" if old is None else "replaced"
                    yield Violation(
                        f"pay details {done}",
                        f"the {kind} of payroll {target_id} ({held}) with {entry.details}",
                    )

    def bystanders(self) -> Iterator[Violation]:
        """Check that nobody is touched who is not in HR, and that no employment is ended that continues."""
        in_hr = {entry.person for entry in (*self._before.entries.values(), *self._after.entries.values())}
        working = {entry.person for entry in self._before.entries.values() if entry.in_scope}
        for target_id, held in self._before.target.items():
            owner, record = self._before.owners.get(target_id), self._after.target.get(target_id)
            if owner is None or record is None or record == held:
                continue
            if owner not in in_hr:
                yield Violation("bystander changed", f"payroll {target_id} is {owner}, who is not in HR")
            if owner in working and record.end is not None and record.end != held.end:
                yield Violation("ended though employed", f"payroll {target_id} is {owner}: end {record.end}")

    def counters(self) -> Iterator[Violation]:
        """Check the counters."""
        ended = self._ended
        is_right = ended.counters.balanced and ended.counters == ended.stored
        if not is_right or ended.counters.read != len(ended.rows):
            yield Violation("counters", f"{ended.counters} {ended.stored}, {len(ended.rows)} rows")

    def stopped(self, alone: str | None) -> Iterator[Violation]:
        """Check that the run dealt with its employees."""
        listed = self._staying(alone)
        if self._ended.status is RunStatus.HELD or (listed and not self._ended.rows):
            yield Violation("run stopped", f"{self._ended.status}: {self._ended.message}")

    def unlisted(self, alone: str | None) -> Iterator[Violation]:
        """Check that a complete run says who is linked, and no longer in HR."""
        if alone is not None or self._ended.status is not RunStatus.COMPLETE:
            return
        gone = {source_id for source_id in self._after.links if source_id not in self._after.entries}
        for source_id in gone ^ self._ended.no_longer_listed:
            said = "is not" if source_id in gone else "is"
            yield Violation("no longer listed", f"HR {source_id} {said} said to be no longer listed")

    def _staying(self, alone: str | None) -> list[Entry]:
        """Return those who were in HR all the time."""
        return [
            entry
            for source_id, entry in self._before.entries.items()
            if source_id in self._after.entries and alone in (None, source_id)
        ]

    def links(self, alone: str | None) -> Iterator[Violation]:
        """Check that each link leads to the person themselves, and each employee has a row.

        A run that says that it could not continue need not have read them all.
        """
        if self._ended.rows:
            for entry in self._staying(alone):
                yield from self._accounted(entry)
        for source_id, target_id in self._after.links.items():
            person = self._person(source_id)
            owner = self._after.owners.get(target_id)
            if self._before.links.get(source_id) != target_id and owner is not None and owner is not person:
                yield Violation(
                    "linked to another", f"HR {source_id} ({person}) to payroll {target_id}: {owner}"
                )

    def correctly_linked(self) -> set[str]:
        """Return the records whose links lead to the person that they are about."""
        return {
            target_id
            for source_id, target_id in self._after.links.items()
            if self._person(source_id) is not None
            and self._after.owners.get(target_id) is self._person(source_id)
        }

    def _person(self, source_id: str) -> Person | None:
        entry = self._before.entries.get(source_id) or self._after.entries.get(source_id)
        return None if entry is None else entry.person

    def _accounted(self, entry: Entry) -> Iterator[Violation]:
        row = self._ended.rows.get(entry.source_id)
        if row is None:
            if not self._ended.is_stopped:
                yield Violation("lost", f"HR {entry.source_id} ({entry.person}) has no row")
            return
        if not entry.in_scope or not (row.action in WRITTEN or row.decision is Decision.NO_CHANGE):
            return
        own, linked = self._after.records_of(entry.person), self._after.links.get(entry.source_id)
        # A run that is aborted stores no link of those who need no change.
        is_unchanged = linked is None and own and row.decision is Decision.NO_CHANGE
        if linked not in own and not is_unchanged:
            said = self._ended.describe(entry.source_id)
            yield Violation(
                "lost", f"HR {entry.source_id} ({entry.person}): {said}, linked to {linked}, has {list(own)}"
            )

    def needless(self, alone: str | None) -> Iterator[Violation]:
        """Check that clear cases are settled; runs that could not continue are counted in the report."""
        if self._ended.is_stopped:
            return
        for source_id, kind in self._expected.classes.items():
            row = self._ended.rows.get(source_id)
            if row is None or alone not in (None, source_id) or kind not in (Class.OBVIOUS, Class.CLEAR):
                continue
            entry = self._before.entries[source_id]
            is_settled = self._after.links.get(source_id) in self._after.records_of(entry.person)
            is_refused = row.action is Action.FAILED and row.reason == Reason.REFUSED
            if row.decision in WAITING or not (is_settled or is_refused or not _is_complete(entry.details)):
                said = self._ended.describe(source_id)
                yield Violation(
                    f"not settled: {kind}", f"HR {source_id} ({entry.person}): {said} {row.message}"
                )


def _is_complete(details: Details) -> bool:
    return tax(details) is not None and details.gender in {"Male", "Female"}
