"""The chaos program notices an employee who is lost, duplicated, out of date or made up."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import update

from bench.chaos import checks
from bench.chaos.customer import Customer
from core.db import transaction
from core.models import Run, RunStatus
from harness.sandbox import Sandbox
from tests.core.sync.faults.conftest import Hub, hub

__all__ = ["hub"]
pytestmark = pytest.mark.sandbox(employees=16)


@pytest.fixture
def customer(sandbox: Sandbox) -> Customer:
    return Customer(0, sandbox.url, seed=1)


def test_a_correct_payroll_has_no_problem(hub: Hub, customer: Customer) -> None:
    hub.run()
    assert list(checks.check_payroll(customer)) == []
    assert list(checks.check_runs(0)) == []


def test_a_lost_employee_is_named(hub: Hub, customer: Customer) -> None:
    number = len(customer.expected)
    assert list(checks.check_payroll(customer)) == [
        f"customer 0: {number} lost, such as {min(customer.expected)}"
    ]


def test_an_outdated_employee_is_named(hub: Hub, customer: Customer) -> None:
    hub.run()
    number = min(customer.expected)
    hub.sandbox.control.edit_payroll(number, surname="Somebody")
    assert list(checks.check_payroll(customer)) == [f"customer 0: 1 out of date, such as {number}"]


def test_an_employee_created_twice_or_made_up_is_named(
    hub: Hub, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.run()
    number = min(customer.expected)
    people = [person for person in customer.people() if person.get("employeeNumber") != number]
    monkeypatch.setattr(customer, "people", lambda: people)
    monkeypatch.setattr(customer, "created_per_employee", lambda: {number: 2})
    assert list(checks.check_payroll(customer)) == [
        f"customer 0: 1 created twice, such as {number}",
        f"customer 0: 1 made up, such as {number}",
    ]


def test_a_run_that_has_not_ended_or_failed_in_ihub_is_named(hub: Hub) -> None:
    hub.run()
    with transaction() as session:
        session.execute(update(Run).values(status=RunStatus.RUNNING))
    assert list(checks.check_runs(0)) == ["run 1: it has not ended (RUNNING)"]
    with transaction() as session:
        session.execute(
            update(Run).values(
                status=RunStatus.ERROR, message="iHUB failed in run 1. Give Support this reference: 0."
            )
        )
    assert list(checks.check_runs(0)) == [
        "run 1: it ended as ERROR with: iHUB failed in run 1. Give Support this reference: 0."
    ]


def test_hired_people_and_new_surnames_are_expected(customer: Customer) -> None:
    before = dict(customer.expected)
    customer.hire(3)
    customer.change_surnames(2, Random(1))  # noqa: S311 - a test wants the same people again
    stored = {person.get("employeeNumber"): person.get("surname") for person in customer.people()}
    assert len(customer.expected) == len(before) + 3
    assert all(stored[number] == surname for number, surname in customer.expected.items())
