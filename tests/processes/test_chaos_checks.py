"""The chaos program notices an employee who is lost, duplicated, out of date or made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from bench.chaos import checks
from bench.chaos.sandboxes.customer import SandboxCustomer
from core.clock import now
from core.db import reading, transaction
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.jobs.scheduler import PREFIX
from core.models import (
    Action,
    Connection,
    ConnectionStatus,
    Every,
    OpenProblem,
    ProblemKind,
    Record,
    Run,
    RunStatus,
    Schedule,
)
from core.queue.redis_client import fast_client
from core.security.actor import OPERATOR
from harness import world
from harness.sandbox import Sandbox
from tests.core.sync.faults.conftest import Hub, hub

__all__ = ["hub"]
pytestmark = pytest.mark.sandbox(employees=16)


@pytest.fixture
def customer(sandbox: Sandbox) -> SandboxCustomer:
    return SandboxCustomer(0, sandbox.url, seed=1)


def test_a_correct_payroll_has_no_problem(hub: Hub, customer: SandboxCustomer) -> None:
    hub.run()
    assert list(checks.check_payroll(customer)) == []
    assert list(checks.check_runs(0)) == []


def test_a_lost_employee_is_named(hub: Hub, customer: SandboxCustomer) -> None:
    number = len(customer.expected)
    assert list(checks.check_payroll(customer)) == [
        f"customer 0: {number} lost, such as {min(customer.expected)}"
    ]


def test_an_outdated_employee_is_named(hub: Hub, customer: SandboxCustomer) -> None:
    hub.run()
    number = min(customer.expected)
    hub.sandbox.control.edit_payroll(number, surname="Somebody")
    assert list(checks.check_payroll(customer)) == [f"customer 0: 1 wrong, such as {number}"]


def test_an_employee_created_twice_or_made_up_is_named(
    hub: Hub, customer: SandboxCustomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.run()
    number = min(customer.expected)
    people = {source_id: person for source_id, person in customer.people().items() if person.number != number}
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


def test_a_schedule_that_has_stopped_is_named(sqlite_store: str, redis_url: str) -> None:
    connection_id, queue = world.active_connection(), fast_client()
    with reading() as session:
        actor = replace(OPERATOR, account_id=session.get_one(Connection, connection_id).account_id)
    schedule_id = schedules.create(actor, connection_id, Rule(Every.MINUTES, interval=1))
    with reading() as session:
        due = session.get_one(Schedule, schedule_id).next_due_at
    task = f"{PREFIX}{schedule_id}"
    queue.zadd(checks.SCHEDULED, {task: due.timestamp()})
    assert [*checks.check_schedules(queue), *checks.check_moments(queue)] == []
    queue.zadd(checks.SCHEDULED, {task: due.timestamp() + 3600})
    assert list(checks.check_moments(queue)) == [f"schedule {schedule_id} is put off in Redis"]
    queue.zrem(checks.SCHEDULED, task)
    assert "not in Redis" in next(checks.check_schedules(queue))
    queue.zadd(checks.SCHEDULED, {task: due.timestamp()})
    with transaction() as session:
        session.execute(update(Schedule).values(next_due_at=now() - timedelta(minutes=2)))
    assert "120 s late" in next(checks.check_schedules(queue))
    with transaction() as session:
        session.execute(update(Schedule).values(next_due_at=now() + timedelta(hours=2)))
    assert f"schedule {schedule_id} is due at" in next(checks.check_moments(queue))
    with transaction() as session:
        session.execute(update(Connection).values(status=ConnectionStatus.ATTENTION))
    assert f"connection {connection_id} is no longer Active" in checks.check_schedules(queue)


def test_an_undisturbed_run_that_reads_too_few_or_fails_people_without_a_problem_is_named(
    hub: Hub, customer: SandboxCustomer
) -> None:
    run_id = hub.run().run.id
    assert list(checks.check_undisturbed_run(run_id, customer)) == []
    customer.hire(2)
    number = len(customer.people())
    assert list(checks.check_undisturbed_run(run_id, customer)) == [
        f"run 1 read {number - 2} of {number} people"
    ]
    clean = hub.clean()[0]
    with transaction() as session:
        failed = update(Record).where(Record.source_id == clean)
        session.execute(failed.values(action=Action.FAILED, reason="NO_RESPONSE"))
    assert "ended as" in next(checks.check_undisturbed_run(run_id, customer))


def test_a_problem_that_a_person_need_not_see_is_named(hub: Hub, customer: SandboxCustomer) -> None:
    hub.run()
    assert list(checks.check_open_problems(hub.connection_id, customer)) == []
    with transaction() as session:
        problem = session.scalars(select(OpenProblem)).first()
        assert problem is not None
        problem.source_id, problem.kind = hub.clean()[0], ProblemKind.RESPONSE
    assert "a person is asked to look at" in next(checks.check_open_problems(hub.connection_id, customer))


def test_hired_people_and_new_surnames_are_expected(customer: SandboxCustomer, sandbox: Sandbox) -> None:
    before = dict(customer.expected)
    customer.hire(3)
    customer.change_employees(2, Random(1))  # noqa: S311 - a test wants the same people again
    stored = {person.get("employeeNumber"): person.get("surname") for person in sandbox.control.people()}
    assert len(customer.expected) == len(before) + 3
    assert all(stored[number] == fields["surname"] for number, fields in customer.expected.items())
