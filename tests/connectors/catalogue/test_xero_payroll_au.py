"""Xero Payroll AU as a target, against the sandbox and Xero's own interface description."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from connectors.contract.capabilities import CreatesOnce
from connectors.contract.employee import Address, AustralianTax, BankAccount, Employee
from connectors.contract.errors import ConfigError
from connectors.contract.protocols import Target
from connectors.contract.records import Prepared, Reason, Verdict
from connectors.registry import connector_of
from connectors.rest.client.target import RestTarget
from core.sync.compare.diff import compare
from harness.sandbox import Sandbox
from sandbox.world import TENANTS
from tests.connectors.described import target_of
from tests.connectors.people import AUSTRALIAN
from tests.connectors.stand_ins import Held
from tests.connectors.suites import TargetSuite, list_all

pytestmark = pytest.mark.sandbox(employees=0)
TENANT = TENANTS[0]["tenantId"]
TFN = "TaxDeclaration.TaxFileNumber"
GONE = replace(AUSTRALIAN, status="Terminated", end_date=date(2026, 1, 31))
OFFLINE = "http://127.0.0.1:1"


def opened(url: str, *tokens: str, **settings: Any) -> RestTarget:
    addresses = dict.fromkeys(("url", "login_url", "token_url"), url)
    return target_of("xero_payroll_au", Held(*tokens), **({"tenant": TENANT} | addresses | settings))


def in_sandbox(sandbox: Sandbox, **settings: Any) -> RestTarget:
    token = sandbox.control.grant("xero")["access_token"]
    return opened(sandbox.xero_url, token, token, **settings)


def prepared(employee: Employee, **settings: Any) -> Prepared:
    return opened(OFFLINE, **settings).prepare("1", employee)


class TestPromises(TargetSuite):
    """The promises of a target."""

    system = "xero"
    complete: Employee = AUSTRALIAN
    required: ClassVar[dict[str, str]] = {
        "first_name": "First name",
        "surname": "Surname",
        "date_of_birth": "Date of birth",
    }

    def target(self, sandbox: Sandbox, page_size: int = 100) -> Target:
        return in_sandbox(sandbox)

    def refuse(self, sandbox: Sandbox, prepared: Prepared, words: str) -> None:
        sandbox.control.switches(self.system, refuse_employees={str(prepared.values["LastName"]): words})

    async def test_a_created_employee_is_found_and_listed_as_prepared(self, sandbox: Sandbox) -> None:
        """The list is a summary, and the tax file number is masked where it is shown."""
        async with self.target(sandbox) as target:
            sent = target.prepare("1", self.complete)
            made = await target.create(sent)
            assert made.target_id and made.problem is None
            found = await target.find(made.target_id)
            listed = (await list_all(target))[made.target_id]
        assert found is not None and found.name == listed.name == "Matilda O’Brien"
        filled = {name: value for name, value in sent.values.items() if value is not None}
        assert {name: found.values[name] for name in filled if name != TFN} == {
            name: value for name, value in filled.items() if name != TFN
        }
        assert TFN not in found.values
        assert listed.values.items() <= found.values.items()
        assert listed.values["DateOfBirth"] == date(1990, 2, 3)

    async def test_an_update_changes_what_it_says_and_can_be_repeated(self, sandbox: Sandbox) -> None:
        async with self.target(sandbox) as target:
            await self.created(target, 1)
            before = next(iter((await list_all(target)).values()))
            whole = await target.find(before.target_id)
            changed = target.prepare("0", replace(self.numbered(0), surname="Changed"))
            for current in (before, None, whole):
                outcome = await target.update(before.target_id, changed, current)
                assert (outcome.problem, outcome.target_id) == (None, before.target_id)
            after = await target.find(before.target_id)
        assert whole is not None and after is not None
        assert after.values == {**whole.values, "LastName": "Changed"}

    async def test_an_update_whose_response_was_lost_is_repeated(self, sandbox: Sandbox) -> None:
        async with self.target(sandbox) as target:
            [sent] = await self.created(target, 1)
            [target_id] = await list_all(target)
            sandbox.control.switches(self.system, answer_lost_next=1, only_path=target_id)
            assert (await target.update(target_id, sent, None)).problem is None
        assert sandbox.control.counters(self.system)["updates"] == 2


async def test_the_organisation_is_chosen_from_those_that_the_sign_in_opens(sandbox: Sandbox) -> None:
    sandbox.control.switches("xero", two_accounts=True)
    async with in_sandbox(sandbox) as target:
        organisation = await target.check()
    assert (organisation.id, organisation.name) == (TENANT, "Harbour Foods Pty Ltd")
    async with in_sandbox(sandbox, tenant="another") as target:
        with pytest.raises(ConfigError, match="Organisation"):
            await target.check()
    choice = connector_of("xero_payroll_au").organisations
    assert choice is not None and choice.setting == "tenant"
    token = sandbox.control.grant("xero")["access_token"]
    addresses = dict.fromkeys(("url", "login_url", "token_url"), sandbox.xero_url)
    settings = connector_of("xero_payroll_au").settings.model_validate(addresses)
    assert [each.name for each in await choice.find(settings, Held(token))] == [
        "Harbour Foods Pty Ltd",
        "Harbour Fishing Pty Ltd",
    ]


def test_no_more_than_sixty_requests_a_minute_and_five_at_once() -> None:
    defaults: Any = connector_of("xero_payroll_au").settings()
    assert (defaults.requests_per_second, defaults.concurrency) == (1.0, 5)


async def test_a_create_under_the_same_key_makes_nobody_twice(sandbox: Sandbox) -> None:
    async with in_sandbox(sandbox) as target:
        assert isinstance(target, CreatesOnce)
        first, second = [await target.create_once(target.prepare("1", AUSTRALIAN), "key-1") for _ in range(2)]
    assert first.target_id == second.target_id
    assert sandbox.control.counters("xero")["creates"] == len(sandbox.control.xero()) == 1


async def test_the_three_fields_that_xero_wants_are_in_every_update_and_only_our_values_change(
    sandbox: Sandbox,
) -> None:
    async with in_sandbox(sandbox) as target:
        made = await target.create(target.prepare("1", AUSTRALIAN))
        assert made.target_id is not None
        sandbox.control.edit_xero(
            made.target_id, Classification="Crew", HomeAddress={"AddressLine2": "Floor 2"}
        )
        moved = replace(AUSTRALIAN, position="Skipper", middle_name=None)
        assert (await target.update(made.target_id, target.prepare("1", moved), None)).problem is None
    [stored] = sandbox.control.xero()
    assert (stored["JobTitle"], stored["Classification"]) == ("Skipper", "Crew")
    assert "MiddleNames" not in stored and stored["HomeAddress"]["AddressLine2"] == "Unit 3"


async def test_a_masked_tax_file_number_is_never_a_change(sandbox: Sandbox) -> None:
    async with in_sandbox(sandbox) as target:
        made = await target.create(target.prepare("1", AUSTRALIAN))
        found = await target.find(str(made.target_id))
    assert found is not None
    compared = compare({field.name: field for field in target.fields}, prepared(AUSTRALIAN), found)
    assert compared.differences == () and [each.field.name for each in compared.unseen] == [TFN]
    hidden = prepared(replace(AUSTRALIAN, au_tax=AustralianTax(tfn="###-###-782")))
    assert TFN not in hidden.values and [each.code for each in hidden.warnings] == ["MASKED_TFN"]


@pytest.mark.parametrize(
    ("tax", "number", "exemption"),
    [
        (AustralianTax(tfn="000 000 000"), None, "NOTQUOTED"),
        (AustralianTax(tfn="333333333"), None, "UNDER18"),
        (AustralianTax(exemption="PENSIONER"), None, "PENSIONER"),
        (AustralianTax(tfn="123456782", exemption="PENDING"), "123456782", None),
        (AustralianTax(tfn="987654321"), None, None),
        (AustralianTax(tfn="123456789"), None, None),
    ],
)
def test_a_placeholder_is_sent_as_an_exemption(
    tax: AustralianTax, number: str | None, exemption: str | None
) -> None:
    values = prepared(replace(AUSTRALIAN, au_tax=tax)).values
    assert (values.get(TFN), values.get("TaxDeclaration.TFNExemptionType")) == (number, exemption)


def test_the_employment_basis_is_of_the_tax_declaration_and_not_the_employment_type() -> None:
    made = prepared(replace(AUSTRALIAN, employment_type="Casual", au_tax=AustralianTax(basis="PART_TIME")))
    assert made.values["TaxDeclaration.EmploymentBasis"] == "PARTTIME"
    none = prepared(replace(AUSTRALIAN, employment_type="Casual", au_tax=None))
    assert not any("Basis" in name for name in none.values)


def account(number: str, cents: int | None = None, bsb: str | None = "064-000") -> BankAccount:
    return BankAccount("M", number, bsb, amount_cents=cents, remainder=cents is None)


async def test_bank_accounts_are_sent_as_a_whole_and_further_ones_are_removed(sandbox: Sandbox) -> None:
    three = replace(
        AUSTRALIAN, bank_accounts=(account("111111", 10050), account("222222", 5000), account("3333"))
    )
    async with in_sandbox(sandbox, statement_text="Harbour pay") as target:
        made = await target.create(target.prepare("1", three))
        [stored] = sandbox.control.xero()
        rows = [
            (each["AccountNumber"], each["Remainder"], each.get("Amount")) for each in stored["BankAccounts"]
        ]
        assert rows == [("111111", False, 100.5), ("222222", False, 50), ("3333", True, None)]
        assert {each["StatementText"] for each in stored["BankAccounts"]} == {"Harbour pay"}
        held = await target.find(str(made.target_id))
        assert held is not None and held.values["BankAccounts.0.Amount"] == Decimal("100.5")
        one = target.prepare("1", replace(AUSTRALIAN, bank_accounts=(account("444444", 100),)))
        assert (await target.update(held.target_id, one, held)).problem is None
        [stored] = sandbox.control.xero()
        assert [(each["AccountNumber"], each["Remainder"]) for each in stored["BankAccounts"]] == [
            ("444444", True)
        ]
        held = await target.find(held.target_id)
    assert held is not None
    compared = compare({field.name: field for field in target.fields}, one, held)
    assert compared.differences == ()


@pytest.mark.parametrize(
    ("accounts", "code"),
    [
        ((account("1111", bsb=None),), "BAD_BANK_ACCOUNT"),
        ((account("1111", 100), account("22222222222")), "BAD_BANK_ACCOUNT"),
        ((account("1111"), account("2222")), "BANK_ACCOUNTS_NOT_SENT"),
        ((account("1111", 100), account("2222", 200)), "BANK_ACCOUNTS_NOT_SENT"),
        ((account("1111", 0), account("2222")), "BANK_ACCOUNTS_NOT_SENT"),
    ],
)
def test_accounts_that_cannot_all_be_sent_are_left_as_payroll_has_them(
    accounts: tuple[BankAccount, ...], code: str
) -> None:
    made = prepared(replace(AUSTRALIAN, bank_accounts=accounts))
    assert not any(name.startswith("BankAccounts.") for name in made.values)
    assert [each.code for each in made.warnings] == [code] and made.problems == ()


def test_more_accounts_than_xero_has_stop_the_record() -> None:
    many = tuple(account(str(10000 + number), 100) for number in range(4))
    [problem] = prepared(replace(AUSTRALIAN, bank_accounts=(*many, account("5")))).problems
    assert (problem.reason, problem.verdict) == (Reason.TOO_MANY_BANK_ACCOUNTS, Verdict.ERROR)


@pytest.mark.parametrize(
    "address",
    [
        Address("1 Orchard Road", None, "Orchard", "Singapore", "238801", "Singapore"),
        Address(None, None, "Perth", "WA"),
    ],
)
def test_an_address_that_xero_would_refuse_is_left_out_with_a_warning(address: Address) -> None:
    made = prepared(replace(AUSTRALIAN, address=address))
    assert not any(name.startswith("HomeAddress.") for name in made.values)
    assert [each.code for each in made.warnings] == ["ADDRESS_NOT_SENT"]


def test_nobody_is_ended_without_a_reason_that_somebody_chose() -> None:
    without = prepared(GONE)
    [problem] = without.problems
    assert (problem.reason, problem.field, problem.verdict) == (
        Reason.NO_VALUE_MAP,
        "Termination reason",
        Verdict.FILTER,
    )
    assert "Choose one in the connection's settings" in problem.message and not without.ends_employment
    chosen = prepared(GONE, termination_reason="Redundancy")
    assert chosen.problems == () and chosen.ends_employment
    assert (chosen.values["TerminationDate"], chosen.values["TerminationReason"]) == (GONE.end_date, "R")
    undated = prepared(replace(GONE, end_date=None), termination_reason="Redundancy")
    assert "TerminationReason" not in undated.values and [each.code for each in undated.warnings] == [
        "END_DATE"
    ]
    stays = prepared(AUSTRALIAN, termination_reason="Redundancy")
    assert not {"TerminationDate", "TerminationReason"} & stays.values.keys() and stays.problems == ()


async def test_pay_run_defaults_are_chosen_from_xeros_own_lists_and_sent_once(sandbox: Sandbox) -> None:
    async with in_sandbox(sandbox) as target:
        calendars = await target.list_choices("pay_calendars")
        rates = await target.list_choices("earnings_rates")
    assert ([each.label for each in calendars], [each.label for each in rates]) == (
        ["Monthly", "Weekly"],
        ["Casual Hours", "Ordinary Hours"],
    )
    made = prepared(AUSTRALIAN, pay_calendar=calendars[0].id, earnings_rate=rates[0].id)
    assert {"PayrollCalendarID", "OrdinaryEarningsRateID"} <= made.create_only


async def test_a_list_of_more_than_a_page_is_read_to_its_end(sandbox: Sandbox) -> None:
    async with in_sandbox(sandbox) as target:
        for number in range(101):
            name = f"Citizen {number}"
            assert (
                await target.create(target.prepare("1", replace(AUSTRALIAN, surname=name)))
            ).problem is None
        assert len(await list_all(target)) == 101
