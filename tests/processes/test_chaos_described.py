"""The described systems of the chaos program keep what they were given, misbehave as asked, and show what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from socket import create_connection
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest
import requests

from bench.chaos import checks
from bench.chaos.described.customer import DescribedCustomer
from bench.chaos.described.misbehaviour import STEADY, Fate, Misbehaviour
from bench.chaos.described.systems import DescribedSystems
from bench.chaos.processes import ManagedProcess
from bench.people import employee, payroll
from harness.launched import environment

EMPLOYEES = 3


class Pair:
    """Both systems, as programs of their own, and their customer."""

    def __init__(self, folder: Path, steady: str) -> None:
        systems = DescribedSystems(0, 1, steady, EMPLOYEES)
        self.programs = [
            ManagedProcess(name, command, environment(folder), folder / f"{name}.log")
            for name, command in systems.programs(folder).items()
        ]
        self.start()
        self.customer: DescribedCustomer = systems.customer()
        self.url = self.customer.payroll_url
        self._wait_for_payroll()

    def _wait_for_payroll(self) -> None:
        address, deadline = urlsplit(self.url), monotonic() + 10
        while monotonic() < deadline:
            with suppress(OSError), create_connection((str(address.hostname), int(address.port or 80)), 1):
                return
            sleep(0.05)

    def start(self) -> None:
        for program in self.programs:
            program.ensure_running()

    def kill(self) -> None:
        for program in self.programs:
            program.kill()

    def send(self, number: int, **changes: object) -> requests.Response:
        """Create an employee at the target as iHUB does."""
        return requests.post(f"{self.url}/employees", json=payroll(employee(number)) | changes, timeout=10)

    def found(self) -> list[str]:
        return list(checks.check_payroll(self.customer))


@pytest.fixture
def pair(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Pair]:
    both = Pair(tmp_path, getattr(request, "param", "described"))
    yield both
    both.kill()


def test_a_lost_a_doubled_a_wrong_and_an_unknown_employee_are_named(pair: Pair) -> None:
    for number in (0, 1):
        pair.send(number)
    assert pair.found() == ["customer 0: 1 lost, such as 100002"]
    bank = payroll(employee(2))["bank"] | {"account": "99999999"}
    pair.send(2, bank=bank)
    assert pair.found() == ["customer 0: 1 wrong, such as 100002"]
    requests.patch(f"{pair.url}/employees/T2", json={"bank": payroll(employee(2))["bank"]}, timeout=10)
    assert pair.found() == []
    pair.send(1)
    assert pair.found() == [
        "customer 0: 1 created twice, such as 100001",
        "customer 0: 1 employees are in payroll twice",
    ]
    pair.send(9)
    assert "customer 0: 1 made up, such as 100009" in pair.found()


def test_a_field_that_nobody_asked_for_is_wrong(pair: Pair) -> None:
    for number in range(EMPLOYEES):
        pair.send(number)
    requests.patch(f"{pair.url}/employees/T0", json={"endDate": "2026-01-01"}, timeout=10)
    assert pair.found() == ["customer 0: 1 wrong, such as 100000"]


def test_both_systems_have_everything_again_after_they_were_killed(pair: Pair, tmp_path: Path) -> None:
    pair.customer.change_employees(EMPLOYEES, Random(1))  # noqa: S311 - a test wants the same changes again
    for number in range(EMPLOYEES):
        pair.send(number)
    people, held = pair.customer.people(), pair.customer.payroll()
    pair.kill()
    with (tmp_path / "payroll0.jsonl").open("a") as journal:
        journal.write('{"method": "POST", "pa')  # a kill in the middle of a line
    pair.start()
    assert (pair.customer.people(), pair.customer.payroll()) == (people, held)
    assert set(pair.customer.created_per_employee().values()) == {1}
    assert pair.found() == [f"customer 0: {EMPLOYEES} wrong, such as 100000"]


@pytest.mark.parametrize("steady", sorted(set(STEADY) - {"described"}))
def test_each_target_misbehaves_as_its_name_says(steady: str) -> None:
    misbehaviour = Misbehaviour(STEADY[steady], seed=1)
    misbehaviour.in_progress = 5
    fates = Counter(misbehaviour.fate(b"POST") for _ in range(4000))
    expected = set(STEADY[steady].fates) | ({Fate.CARRIED_OUT} if steady != "five-at-once" else set())
    assert set(fates) == expected
    if steady == "200-a-second":
        assert fates[Fate.CARRIED_OUT] == 200
    if steady == "server-errors":
        assert 50 < fates[Fate.FAILED_BEFORE] < 110 and 20 < fates[Fate.FAILED_AFTER] < 60
    if steady == "dropped-connections":
        assert 20 < fates[Fate.CUT_BEFORE] + fates[Fate.CUT_AFTER] < 60


def test_five_at_once_are_accepted() -> None:
    misbehaviour = Misbehaviour(STEADY["five-at-once"], seed=1)
    misbehaviour.in_progress = 4
    assert misbehaviour.fate(b"GET") is Fate.CARRIED_OUT


@pytest.mark.parametrize(("following", "created"), [("fail_next", 0), ("create_then_500", 1)])
def test_a_failure_before_or_after_the_work(pair: Pair, following: str, created: int) -> None:
    requests.post(f"{pair.url}/control/misbehave", json={"latency": 0, following: 1}, timeout=10)
    assert pair.send(0).status_code == 500
    assert sum(pair.customer.created_per_employee().values()) == created
    assert pair.send(1).status_code == 200


@pytest.mark.parametrize(("following", "created"), [("reset_connection_next", 0), ("answer_lost_next", 1)])
def test_a_connection_is_cut_before_or_after_the_work(pair: Pair, following: str, created: int) -> None:
    requests.post(f"{pair.url}/control/misbehave", json={"latency": 0, following: 1}, timeout=10)
    with pytest.raises(requests.ConnectionError):
        pair.send(0)
    assert sum(pair.customer.created_per_employee().values()) == created
