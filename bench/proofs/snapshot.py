"""A company at one moment: HR, payroll and links, and who everybody really is."""

from __future__ import annotations

from dataclasses import dataclass

from bench.proofs.company import Company
from bench.proofs.details import Details, Person, Status, plain
from bench.proofs.rule import Placeholders


@dataclass(frozen=True)
class Entry:
    """One employee in HR, and the real person."""

    source_id: str
    person: Person
    details: Details
    # HR lists a second employment under the same id, so that nobody can say which one counts.
    listed_twice: bool = False

    @property
    def in_scope(self) -> bool:
        """Say whether they work here and have a name."""
        named = plain("given", self.details.given) and plain("surname", self.details.surname)
        return self.details.status == Status.CURRENT and bool(named)


@dataclass(frozen=True)
class Snapshot:
    """The entries by source id, payroll by target id, owners of its records, and links by source id."""

    entries: dict[str, Entry]
    target: dict[str, Details]
    owners: dict[str, Person]
    links: dict[str, str]

    @classmethod
    def of(cls, company: Company, links: dict[str, str]) -> Snapshot:
        """Take one."""
        entries = {
            source_id: Entry(
                source_id, employee.person, employee.details, listed_twice=employee.other_job is not None
            )
            for source_id, employee in company.hr.employees.items()
        }
        return cls(entries, company.payroll.read(), dict(company.owners), links)

    @property
    def placeholders(self) -> Placeholders:
        """Return what identifies nobody in this payroll."""
        return Placeholders.of(self.target.values())

    def records_of(self, person: Person) -> dict[str, Details]:
        """Return the records that payroll has of a person."""
        return {
            target_id: self.target[target_id]
            for target_id, owner in self.owners.items()
            if owner is person and target_id in self.target
        }

    def linked_by(self, target_id: str) -> set[str]:
        """Return the source ids whose links lead to a record."""
        return {source_id for source_id, linked in self.links.items() if linked == target_id}
