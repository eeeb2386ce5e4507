"""One generated company: its real people, its HR system, its payroll, and what happens between runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from bench.proofs.details import Details, Person
from bench.proofs.hr import HrEmployee, HrSystem
from bench.proofs.invented import invent, other_number
from bench.proofs.payrolls import DescribedPayroll, Payroll
from bench.proofs.sandbox_payrolls import HeroPayroll, IPayroll
from bench.proofs.web import Web

# How many people one case can have.
CASE_SIZE = 20


@dataclass(frozen=True)
class Step:
    """Something that happens before a run."""

    text: str
    act: Callable[[], None]


class Company:
    """A company whose real people are known; the same seed makes the same company."""

    def __init__(self, web: Web, seed: int) -> None:
        self.seed, self.random = seed, Random(f"company {seed}")
        self.web = web
        self.hr = HrSystem(
            self.random.choice(("whole", "page", "uncounted", "offset", "cursor", "link")), f"{web.url}/hr"
        )
        web.described["hr"], web.between_pages = self.hr, None
        self.payroll = self._payroll()
        self.same_numbering = self.payroll.numbered and self.random.random() < 0.7
        self.people: list[Person] = []
        self.owners: dict[str, Person] = {}
        self.story: list[str] = []
        self.steps: dict[int, list[Step]] = {}
        # The runs in which a system answers oddly, or a list moves while it is read.
        self.disturbed: set[int] = set()
        # The people who are run alone before the first run.
        self.first_alone: list[str] = []

    def _payroll(self) -> Payroll:
        kind = self.random.choice(("described", "described", "ipayroll", "keypay"))
        if kind == "ipayroll":
            return IPayroll(self.web)
        if kind == "keypay":
            return HeroPayroll(self.web)
        paging = self.random.choice(("whole", "page", "uncounted", "offset", "cursor", "link"))
        return DescribedPayroll(self.web, paging, numbered=self.random.random() < 0.7)

    @property
    def title(self) -> str:
        """Return what kind of company it is."""
        numbering = "the same numbers" if self.same_numbering else "no common numbers"
        payroll = self.payroll.connector().name
        return f"Company {self.seed}: HR lists by {self.hr.listing.paging}; payroll {payroll}, {numbering}"

    def tell(self, text: str) -> None:
        """Add a line to the story."""
        self.story.append(text)

    def before_run(self, number: int) -> None:
        """Do what happens before a run."""
        for step in self.steps.get(number, ()):
            self.tell(f"  before run {number + 1}: {step.text}")
            step.act()

    @property
    def runs(self) -> int:
        """Return how many runs it takes until everything has happened."""
        return max([0, *self.steps, *self.disturbed]) + 1


class Case:
    """One case of a company, with people and chance of its own: it is the same without the other cases."""

    def __init__(self, company: Company, index: int, name: str) -> None:
        self.company, self.name = company, name
        self.random = Random(f"case {company.seed} {index} {name}")
        self._next = index * CASE_SIZE

    def person(self, **changes: Any) -> Person:
        """Invent a real person."""
        ordinal, self._next = self._next, self._next + 1
        truth = invent(self.random, ordinal).changed(**changes)
        person = Person(f"P{ordinal}", truth)
        person.learn(truth)
        self.company.people.append(person)
        return person

    def hire(self, person: Person, source_id: str | None = None, **changes: Any) -> str:
        """Add them to HR; return the id there."""
        details = person.learn(person.truth.changed(**changes))
        source_id = source_id or self._source_id()
        self.company.hr.employees[source_id] = HrEmployee(source_id, person, details)
        self.company.tell(f"  [{self.name}] HR {source_id} is {person.key}: {details}")
        return source_id

    def _source_id(self) -> str:
        self._next += 1
        return f"s{self._next - 1}"

    def enter(self, person: Person, **changes: Any) -> str:
        """Enter them in payroll by hand; return the id there."""
        payroll, number = self.company.payroll, person.truth.number
        if not payroll.numbered and not payroll.ids_are_numbers:
            number = None
        elif not self.company.same_numbering:
            number = other_number(number)
        details = person.truth.changed(**{"number": number} | changes)
        if payroll.ids_are_numbers and details.number is None:
            details = details.changed(number=f"M{self._next}")
        elif not payroll.numbered:
            details = details.changed(number=None)
        person.learn(details)
        target_id = payroll.enter(details)
        self.company.owners[target_id] = person
        self.company.tell(f"  [{self.name}] payroll {target_id} is {person.key}, by hand: {details}")
        return target_id

    def later(self, run: int, text: str, act: Callable[[], None]) -> None:
        """Let something happen before a run; 0 is the first one."""
        self.company.steps.setdefault(run, []).append(Step(f"[{self.name}] {text}", act))

    def change(self, source_id: str, **changes: Any) -> None:
        """Change an employee in HR."""
        employee = self.company.hr.employees[source_id]
        employee.details = employee.person.learn(employee.details.changed(**changes))
        employee.version += 1

    def later_change(self, run: int, source_id: str, **changes: Any) -> None:
        """Change an employee in HR before a run."""
        shown = {name: str(value) if value is not None else None for name, value in changes.items()}
        self.later(run, f"HR {source_id} changes: {shown}", lambda: self.change(source_id, **changes))

    def rewrite(self, target_id: str, person: Person, **changes: Any) -> None:
        """Change somebody in payroll by hand."""
        self.rewrite_all(target_id, person, self.company.payroll.read()[target_id].changed(**changes))

    def rewrite_all(self, target_id: str, person: Person, details: Details) -> None:
        """Enter a person over what payroll has under an id."""
        self.company.payroll.edit(target_id, person.learn(details))
        self.company.owners[target_id] = person

    @property
    def chance(self) -> float:
        """Return a number from 0 to 1."""
        return self.random.random()

    def details(self, source_id: str) -> Details:
        """Return what HR has."""
        return self.company.hr.employees[source_id].details
