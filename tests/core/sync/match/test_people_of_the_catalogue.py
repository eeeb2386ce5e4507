"""The matching rule with the fields of iPayroll and of Employment Hero Payroll."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connectors.contract.employee import AustralianTax, BankAccount, Employee
from connectors.contract.protocols import Target
from connectors.contract.records import TargetRecord
from connectors.registry import connector_of
from core.sync.match.rules import NO_MATCH, Match, Tier, match
from core.sync.match.target_index import TargetIndex

BASE = Employee(
    first_name="Mohammed",
    middle_name="Ali",
    surname="Rahman",
    employee_number="1001",
    date_of_birth=date(1999, 5, 5),
    gender="Male",
    email="rahman@example.com",
    employment_type="Permanent_FullTime",
    status="Current",
    start_date=date(2024, 2, 1),
    au_tax=AustralianTax(tfn="865414088"),
    bank_accounts=(BankAccount("M Rahman", "12345678", "064000"),),
)
SETTINGS = {"keypay": {"business_id": "1"}}


@pytest.fixture(params=["ipayroll", "keypay"])
def target(request: pytest.FixtureRequest) -> Any:
    entry = connector_of(request.param)
    assert entry.target is not None
    return entry.target(entry.settings(**SETTINGS.get(entry.kind, {})), None)


def find(target: Target, ours: Employee, *theirs: Employee, first_names: str | None = None) -> Match:
    """Match an employee with payroll, where the others were entered by hand under numbers of its own."""
    target_index = TargetIndex(target.fields)
    for number, employee in enumerate(theirs):
        values = dict(target.prepare(f"h{number}", employee).values)
        if first_names is not None and "firstNames" in values:
            values["firstNames"] = first_names
        target_index.add([TargetRecord(f"T{number}", employee.display_name, values)])
    return match(target_index, target.prepare("s1", ours))


def test_a_twin_is_somebody_else(target: Target) -> None:
    twin = replace(BASE, middle_name="Hassan", au_tax=AustralianTax(tfn="459599230"))
    assert find(target, twin, BASE, first_names="Mohammed Ali") is NO_MATCH


def test_a_twin_whose_tax_number_is_hidden_waits(target: Target) -> None:
    twin = replace(BASE, middle_name="Hassan", au_tax=AustralianTax(tfn="###-###-123"))
    found = find(target, twin, BASE, first_names="Mohammed Ali")
    assert found.candidates and found.candidates[0].contradictions == 1 and found.likely_slot is None


def test_placeholders_are_nobody(target: Target) -> None:
    placeholders: dict[str, Any] = {
        "date_of_birth": date(1900, 1, 1),
        "email": "no-email@example.com",
        "middle_name": None,
    }
    brown = replace(BASE, first_name="David", surname="Brown", **placeholders)
    lee = replace(brown, surname="Lee", au_tax=AustralianTax(tfn="###-###-123"))
    assert find(target, lee, brown) is NO_MATCH


def test_another_gender_with_another_first_name_contradicts(target: Target) -> None:
    sister = replace(BASE, first_name="Amina", middle_name=None, gender="Female", au_tax=None)
    found = find(target, sister, replace(BASE, middle_name=None))
    assert [candidate.contradictions for candidate in found.candidates] == [1]
    assert found.tier is Tier.SIMILAR


@pytest.mark.parametrize(
    ("first_name", "surname"), [("Søren", "Kjær"), ("Jürgen", "Müller"), ("Ji Hoon", "Kim")]
)
def test_another_spelling_is_a_candidate(target: Target, first_name: str, surname: str) -> None:
    plain = {"Søren": ("Soren", "Kjaer"), "Jürgen": ("Juergen", "Mueller"), "Ji Hoon": ("Jihoon", "Kim")}
    ours = replace(BASE, first_name=first_name, surname=surname, middle_name=None, au_tax=None)
    theirs = replace(ours, first_name=plain[first_name][0], surname=plain[first_name][1])
    assert [candidate.slot for candidate in find(target, ours, theirs).candidates] == [0]


def test_everything_agrees(target: Target) -> None:
    found = find(target, BASE, BASE)
    assert (found.tier, found.slot) == (Tier.STRONG, 0)
