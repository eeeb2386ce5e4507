"""The oracle sees what it is there to see: each test breaks a promise behind the engine's back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from bench.proofs.checks import Violation
from bench.proofs.company import Case, Company
from bench.proofs.details import Details, Person
from bench.proofs.oracle import Oracle
from bench.proofs.payrolls import DescribedPayroll
from bench.proofs.rule import Contradiction, Key, Placeholders, contradictions, keys, spellings
from bench.proofs.runs import Ended, Runner
from bench.proofs.snapshot import Snapshot
from bench.proofs.web import Web

NONE = Placeholders(frozenset(), frozenset())


@dataclass
class Office:
    """Two people in HR, and in a described payroll since the first run."""

    company: Company
    people: list[Person]
    runner: Runner
    oracle: Oracle

    def kinds(
        self, tamper: Callable[[], object], change: Callable[[Ended], Ended] = lambda it: it
    ) -> set[str]:
        """Return the kinds of violations of a run during which somebody tampers with something."""
        return {each.kind for each in self.run(tamper, change)}

    def run(self, tamper: Callable[[], object], change: Callable[[Ended], Ended]) -> list[Violation]:
        before = Snapshot.of(self.company, self.runner.links())
        ended = self.runner.run()
        tamper()
        after = Snapshot.of(self.company, self.runner.links())
        return self.oracle.check(before, after, change(ended), alone=None, disturbed=False, quiet=True)

    def record(self, number: int) -> tuple[str, Details]:
        """Return the record of one of the people."""
        target_id = next(each for each, owner in self.company.owners.items() if owner is self.people[number])
        return target_id, self.company.payroll.read()[target_id]


@pytest.fixture
def office(web: Web) -> Office:
    company = Company(web, 1)
    company.payroll, company.same_numbering = DescribedPayroll(web, "whole", numbered=True), True
    case = Case(company, 0, "office")
    people = [case.person(), case.person()]
    for person in people:
        case.hire(person)
    made = Office(company, people, Runner(company), Oracle(company))
    before = Snapshot.of(company, made.runner.links())
    ended = made.runner.run()
    after = Snapshot.of(company, made.runner.links())
    assert made.oracle.check(before, after, ended, alone=None, disturbed=False, quiet=False) == []
    return made


def test_nothing_is_found_where_nothing_is_wrong(office: Office) -> None:
    assert office.kinds(lambda: None) == set()


def test_values_of_somebody_else(office: Office) -> None:
    target_id, record = office.record(0)
    other = office.people[1].truth
    changed = record.changed(account=other.account)
    assert office.kinds(lambda: office.company.payroll.edit(target_id, changed)) == {"overwritten"}


def test_a_second_record(office: Office) -> None:
    _, record = office.record(0)
    assert "duplicated" in office.kinds(lambda: office.company.payroll.enter(record))


def test_a_record_that_is_gone(office: Office) -> None:
    target_id, _ = office.record(0)
    assert office.kinds(lambda: office.company.payroll.remove(target_id)) == {"lost"}


def test_an_employee_without_a_row(office: Office) -> None:
    def forget(ended: Ended) -> Ended:
        return replace(ended, rows=dict(list(ended.rows.items())[:1]))

    assert office.kinds(lambda: None, forget) == {"lost", "counters"}


def test_somebody_who_is_gone_from_hr(office: Office) -> None:
    source_id = next(iter(office.company.hr.employees))
    del office.company.hr.employees[source_id]
    assert office.kinds(lambda: None) == set()
    forgotten = office.kinds(lambda: None, lambda ended: replace(ended, no_longer_listed=frozenset()))
    assert forgotten == {"no longer listed"}


def test_a_blanked_tax_number(office: Office) -> None:
    target_id, record = office.record(0)
    assert office.kinds(lambda: office.company.payroll.edit(target_id, record.changed(tax=None))) == {
        "blanked"
    }


def test_writes_without_a_change(office: Office) -> None:
    assert office.kinds(lambda: None, lambda ended: replace(ended, writes=1)) == {"unchanged company written"}


def test_an_employment_that_ends_although_it_continues(office: Office) -> None:
    target_id, record = office.record(0)
    office.people[0].learn(record.changed(end="2025-01-01"))
    ended = record.changed(end="2025-01-01")
    kinds = office.kinds(lambda: office.company.payroll.edit(target_id, ended))
    assert kinds == {"ended though employed"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Søren", "Soren"), ("Łukasz", "Lukasz"), ("Đặng", "Dang"), ("Işıl", "Isil"), ("Müller", "Mueller")],
)
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    assert spellings(one) & spellings(other)


def test_what_speaks_for_and_against_twins() -> None:
    first = Details("1", "Mohammed Ali", "Rahman", "1999-05-05", "Male", "home@example.com", tax="865414088")
    second = first.changed(number="2", given="Mohammed Hassan", tax="459599230")
    assert keys(first, second, NONE) == {Key.NAME_BIRTH, Key.EMAIL_BIRTH}
    against = {Contradiction.TAX, Contradiction.SECOND_NAME, Contradiction.NUMBER}
    assert contradictions(first, second, NONE) == against


def test_placeholders_speak_for_nobody() -> None:
    first = Details(given="David", surname="Brown", born="1900-01-01", email="no-email@example.com")
    assert keys(first, first.changed(surname="Lee"), NONE) == set()
    crowd = Placeholders.of([Details(born="2000-01-01", email="a@example.com")] * 5)
    assert crowd.born(Details(born="2000-01-01")) is None
    assert crowd.email(Details(email="A@example.com")) is None
