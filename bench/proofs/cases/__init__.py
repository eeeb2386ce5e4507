"""The cases that companies are made of, each with people who could be mistaken, lost or duplicated."""

from __future__ import annotations

from collections.abc import Callable

from bench.proofs.cases import histories, identities, lists, spellings
from bench.proofs.company import Case, Company
from bench.proofs.web import Web

MakeCase = Callable[[Case], None]
ORDINARY: tuple[MakeCase, ...] = (identities.new_employee, identities.known_employee)
SPECIAL: tuple[MakeCase, ...] = (*identities.CASES, *spellings.CASES, *histories.CASES, *lists.CASES)


def make_company(web: Web, seed: int, only: frozenset[int] | None = None) -> tuple[Company, list[str]]:
    """Make the company of a seed, or the one with only these of its cases; return it with the names of its cases."""
    company = Company(web, seed)
    random = company.random
    made = [random.choice(ORDINARY) for _ in range(random.randint(1, 3))]
    made += [random.choice(SPECIAL) for _ in range(random.randint(2, 4))]
    for index, make in enumerate(made):
        if only is None or index in only:
            make(Case(company, index, make.__name__.replace("_", " ")))
    if random.random() < 0.15 and company.hr.employees:
        company.first_alone = [random.choice(list(company.hr.employees))]
    return company, [make.__name__ for make in made]
