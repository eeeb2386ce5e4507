"""iPayroll as a target, against the sandbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import ClassVar

import pytest

from connectors.contract.employee import Employee
from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.contract.protocols import Target
from connectors.contract.records import Prepared, Reason, Verdict
from connectors.rest.client.target import RestTarget
from harness.sandbox import Sandbox
from tests.connectors.described import described, target_of
from tests.connectors.people import AUSTRALIAN, NEW_ZEALANDER
from tests.connectors.stand_ins import Held, reply, scripted
from tests.connectors.suites import TargetSuite, list_all

SHOWN_ALWAYS = [field.name for field in described("ipayroll").target.fields if field.blank_when_absent]


def opened(sandbox: Sandbox, page_size: int = 100, scopes: list[str] | None = None) -> RestTarget:
    """Return iPayroll as the sandbox plays it."""
    tokens = [sandbox.control.grant("ipayroll", scopes)["access_token"] for _ in range(2)]
    return target_of("ipayroll", Held(*tokens), url=sandbox.ipayroll_url, page_size=page_size)


class IPayrollSuite(TargetSuite):
    """The promises of a target, kept by iPayroll."""

    system = "ipayroll"
    required: ClassVar[dict[str, str]] = {
        "employee_number": "Employee number",
        "first_name": "First name",
        "surname": "Surname",
        "gender": "Gender",
        "start_date": "Start date",
    }

    def target(self, sandbox: Sandbox, page_size: int = 100) -> Target:
        return opened(sandbox, page_size)

    def refuse(self, sandbox: Sandbox, prepared: Prepared, words: str) -> None:
        assert prepared.external_id is not None
        sandbox.control.switches(self.system, refuse_employees={prepared.external_id: words})


class TestAustralian(IPayrollSuite):
    """With an Australian."""

    complete: Employee = AUSTRALIAN


class TestNewZealander(IPayrollSuite):
    """With a New Zealander."""

    complete: Employee = NEW_ZEALANDER


@pytest.mark.sandbox(employees=0)
async def test_the_organisation_is_known_as_soon_as_there_is_an_employee(sandbox: Sandbox) -> None:
    async with opened(sandbox) as target:
        assert (await target.check()).id is None
        await target.create(target.prepare("1", AUSTRALIAN))
        assert (await target.check()).id == "4711"


@pytest.mark.sandbox(employees=0)
async def test_an_update_keeps_the_values_of_payroll_even_where_it_replaces_everything(
    sandbox: Sandbox,
) -> None:
    sandbox.control.switches("ipayroll", full_replace=True)
    async with opened(sandbox) as target:
        await target.create(target.prepare("1", AUSTRALIAN))
        sandbox.control.edit_payroll(
            "HF0042", defaultCostCentre="100", payFrequency="Monthly", finishDate="2099-01-31"
        )
        changed = target.prepare("1", replace(AUSTRALIAN, surname="Changed", date_of_birth=date(1991, 1, 1)))
        assert (await target.update("HF0042", changed, None)).problem is None
    [stored] = sandbox.control.payroll()
    assert stored["surname"] == "Changed"
    assert stored["birthDate"] == "1991-01-01"
    assert (stored["defaultCostCentre"], stored["payFrequency"], stored["finishDate"]) == (
        "100",
        "Monthly",
        "2099-01-31",
    )
    assert stored["address"]["suburb"] == "New Farm"


@pytest.mark.sandbox(employees=0)
async def test_an_update_planned_long_ago_does_not_undo_later_changes_in_payroll(sandbox: Sandbox) -> None:
    async with opened(sandbox) as target:
        await target.create(target.prepare("1", AUSTRALIAN))
        planned_on = await target.find("HF0042")
        sandbox.control.edit_payroll("HF0042", defaultCostCentre="200", payFrequency="Fortnightly")
        changed = target.prepare("1", replace(AUSTRALIAN, surname="Changed"))
        assert (await target.update("HF0042", changed, planned_on)).problem is None
    [stored] = sandbox.control.payroll()
    assert (stored["surname"], stored["defaultCostCentre"], stored["payFrequency"]) == (
        "Changed",
        "200",
        "Fortnightly",
    )


@pytest.mark.sandbox(employees=0)
async def test_an_employee_who_has_left_is_not_listed_but_found(sandbox: Sandbox) -> None:
    async with opened(sandbox) as target:
        await target.create(target.prepare("1", AUSTRALIAN))
        sandbox.control.edit_payroll("HF0042", finishDate="2025-01-31")
        assert await list_all(target) == {}
        assert await target.find("HF0042") is not None


@pytest.mark.sandbox(employees=0)
async def test_a_locked_employee_is_a_problem_of_the_record(sandbox: Sandbox) -> None:
    async with opened(sandbox) as target:
        prepared = target.prepare("1", AUSTRALIAN)
        await target.create(prepared)
        sandbox.control.switches("ipayroll", locked_employees=["HF0042"])
        outcome = await target.update("HF0042", prepared, None)
    assert outcome.problem is not None
    assert (outcome.problem.reason, outcome.problem.verdict) == (Reason.LOCKED, Verdict.ERROR)
    assert "locked" in outcome.problem.message


@pytest.mark.sandbox(employees=0)
async def test_the_reason_of_a_refusal_does_not_repeat_what_was_sent(sandbox: Sandbox) -> None:
    async with opened(sandbox) as target:
        words = "Tax number 123456782 and account 06400012345678 of matilda@example.com differ"
        sandbox.control.switches("ipayroll", refuse_employees={"HF0042": words})
        outcome = await target.create(target.prepare("1", AUSTRALIAN))
    assert outcome.problem is not None
    assert (
        outcome.problem.message
        == "iPayroll refused this employee: Tax number ••• and account ••• of ••• differ."
    )


@pytest.mark.sandbox(employees=0)
async def test_payroll_gives_its_own_reason_for_refusing_an_employee_overseas(sandbox: Sandbox) -> None:
    assert AUSTRALIAN.address is not None
    abroad = replace(AUSTRALIAN, address=replace(AUSTRALIAN.address, country="Singapore"))
    async with opened(sandbox) as target:
        outcome = await target.create(target.prepare("1", abroad))
    assert outcome.problem is not None
    assert "Overseas employees are not allowed for this organisation." in outcome.problem.message


@pytest.mark.sandbox(employees=0)
async def test_an_id_that_is_taken_is_refused_and_changes_nothing(sandbox: Sandbox) -> None:
    async with opened(sandbox) as target:
        await target.create(target.prepare("1", AUSTRALIAN))
        outcome = await target.create(target.prepare("2", replace(AUSTRALIAN, surname="Other")))
    assert outcome.problem is not None
    assert outcome.problem.reason is Reason.REFUSED
    assert [employee["surname"] for employee in sandbox.control.payroll()] == ["O’Brien"]


@pytest.mark.sandbox(employees=0)
async def test_a_user_without_the_permission_is_an_auth_error(sandbox: Sandbox) -> None:
    async with opened(sandbox, scopes=["payrates"]) as target:
        for call in (target.check(), target.find("1"), target.create(target.prepare("1", AUSTRALIAN))):
            with pytest.raises(AuthError, match="permission"):
                await call


@pytest.mark.sandbox(employees=0)
async def test_a_throttled_create_creates_one_employee(sandbox: Sandbox) -> None:
    sandbox.control.switches("ipayroll", fail_next=2, fail_status=429, only_method="POST")
    async with opened(sandbox) as target:
        assert (await target.create(target.prepare("1", AUSTRALIAN))).problem is None
    assert sandbox.control.counters("ipayroll")["creates"] == 1


def scripted_target(url: str) -> RestTarget:
    return target_of("ipayroll", Held(), url=url)


@pytest.mark.parametrize("shape", [{"employeeId": "HF0042"}, [{"employeeId": "HF0042"}], None, []])
async def test_the_response_to_an_update_can_be_an_employee_an_array_or_nothing(shape: object) -> None:
    known = {
        "employeeId": "HF0042",
        "surname": "Old",
        "birthDate": "3-Feb-1990",
        "taxNumber": "***-***-782",
        "links": [],
    }
    async with (
        scripted(reply(200, known), reply(200, shape)) as system,
        scripted_target(system.url) as target,
    ):
        outcome = await target.update("HF0042", target.prepare("1", NEW_ZEALANDER), None)
    assert outcome.problem is None
    assert outcome.target_id == "HF0042"
    sent = system.asked[1].json
    assert sent["birthDate"] == "1985-12-31"
    assert sent["employeeId"] == "HF0042"
    assert "links" not in sent


async def test_a_field_missing_in_a_response_is_blank_where_the_guide_shows_it_or_else_unknown() -> None:
    async with (
        scripted(reply(200, {"employeeId": "1", "surname": "Citizen"})) as system,
        scripted_target(system.url) as target,
    ):
        record = await target.find("1")
    assert record is not None
    assert (record.values["surname"], record.values["email"]) == ("Citizen", None)
    assert "taxNumber" not in record.values


async def test_a_masked_number_is_neither_read_nor_sent_back() -> None:
    known = {
        "employeeId": "1",
        "taxNumber": "***-***-782",
        "bankAccountNumber": "XX-XXXX-XXX1234-00",
        "address": None,
    }
    async with scripted(reply(200, known)) as system, scripted_target(system.url) as target:
        record = await target.find("1")
        assert record is not None
        assert record.values == dict.fromkeys(SHOWN_ALWAYS) | {"employeeId": "1"}
        no_numbers = replace(AUSTRALIAN, au_tax=None, bank_accounts=())
        await target.update("1", target.prepare("1", no_numbers), record)
    assert not {"taxNumber", "bankAccountNumber"} & system.asked[2].json.keys()


@pytest.mark.parametrize(
    ("status", "error"), [(404, ConfigError), (403, AuthError), (423, TemporaryError), (400, TemporaryError)]
)
async def test_a_refused_list_raises_the_error_for_its_status(status: int, error: type[Exception]) -> None:
    async with (
        scripted(reply(status, {"messages": ["Feature off"]})) as system,
        scripted_target(system.url) as target,
    ):
        with pytest.raises(error):
            await list_all(target)


@pytest.mark.parametrize(
    "blank", [None, {}, {"content": None}, {"content": None, "links": [{"rel": "self"}]}]
)
async def test_a_response_without_a_list_is_said_to_be_one(blank: object) -> None:
    async with scripted(reply(200, blank)) as system, scripted_target(system.url) as target:
        assert await list_all(target) == {}
        assert target.answered_without_list


@pytest.mark.parametrize(
    "odd", [{"people": [{"employeeId": "1"}]}, {"error": "Not now"}, {"content": {}}, {"content": [1]}, []]
)
async def test_a_list_of_another_shape_is_not_an_empty_list(odd: object) -> None:
    async with scripted(reply(200, odd)) as system, scripted_target(system.url) as target:
        with pytest.raises(
            TemporaryError, match=r"form iHUB does not understand|list its employees: Not now"
        ):
            await list_all(target)


async def test_a_server_that_ignores_the_page_number_does_not_cause_an_endless_loop() -> None:
    page = reply(200, {"content": [{"employeeId": "1"}, {"employeeId": "2"}]})
    async with scripted(page) as system, scripted_target(system.url) as target:
        assert len(await list_all(target)) == 2
    assert len(system.asked) == 2
