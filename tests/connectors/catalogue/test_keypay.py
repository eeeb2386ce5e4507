"""Employment Hero Payroll as a target, a file without code, against the sandbox."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

import pytest

from connectors.contract.capabilities import FindsExternalId
from connectors.contract.employee import AustralianTax, BankAccount, Employee, SuperFund
from connectors.contract.errors import ConfigError
from connectors.contract.protocols import Target
from connectors.contract.records import OngoingEmployment, Prepared, Reason, Verdict
from connectors.registry import connector_of
from connectors.rest.client.target import RestTarget
from core.sides.credentials import GivenAuthoriser
from core.sync.compare.diff import compare
from core.sync.plan import rehires
from harness.sandbox import Sandbox
from tests.connectors.described import target_of
from tests.connectors.people import AUSTRALIAN
from tests.connectors.suites import TargetSuite, list_all

ROSE = replace(AUSTRALIAN, employment_type="Permanent_FullTime")


KEY = "harbour-hero-key"
pytestmark = pytest.mark.sandbox(employees=0)


def opened(sandbox: Sandbox, page_size: int = 100, **settings: Any) -> RestTarget:
    authoriser = GivenAuthoriser(connector_of("keypay"), {"api_key": KEY})
    return target_of(
        "keypay",
        authoriser,
        **({"url": sandbox.keypay_url, "page_size": page_size, "business_id": "4711"} | settings),
    )


class TestPromises(TargetSuite):
    """The promises of a target."""

    system = "keypay"
    complete: Employee = ROSE
    required: ClassVar[dict[str, str]] = {
        "first_name": "First name",
        "surname": "Surname",
        "start_date": "Start date",
        "au_tax": "Tax file number",
    }

    def target(self, sandbox: Sandbox, page_size: int = 100) -> Target:
        return opened(sandbox, page_size)

    def refuse(self, sandbox: Sandbox, prepared: Prepared, words: str) -> None:
        sandbox.control.switches(
            self.system, refuse_employees={prepared.external_id: words.replace("\n", " ")}
        )


async def test_the_organisation_is_the_business_of_the_settings(sandbox: Sandbox) -> None:
    async with opened(sandbox) as target:
        organisation = await target.check()
    assert (organisation.id, organisation.name) == ("4711", "Harbour Foods Pty Ltd")


async def test_a_business_without_access_is_a_config_error(sandbox: Sandbox) -> None:
    async with opened(sandbox, business_id="5") as target:
        with pytest.raises(ConfigError, match="Check Business id"):
            await target.check()


def test_without_a_business_id_no_request_is_made(sandbox: Sandbox) -> None:
    with pytest.raises(ConfigError, match="needs the setting Business id"):
        opened(sandbox, business_id="")


async def test_a_field_that_payroll_needs_before_it_can_pay_is_a_warning(sandbox: Sandbox) -> None:
    async with opened(sandbox) as target:
        outcome = await target.create(target.prepare("1", ROSE))
        [warning] = outcome.warnings
        assert warning.code == "INCOMPLETE"
        assert warning.message.endswith("before it can pay this employee. Pay run defaults are missing.")
        assert outcome.target_id is not None
        changed = await target.update(outcome.target_id, target.prepare("1", ROSE), None)
        assert changed.warnings == (warning,)
    async with opened(
        sandbox, pay_schedule="Weekly", primary_location="Dock", primary_pay_category="Casual"
    ) as target:
        assert (await target.create(target.prepare("2", ROSE))).warnings == ()


@pytest.mark.parametrize("missing", ["pay_schedule", "primary_location", "primary_pay_category"])
def test_pay_run_defaults_are_sent_together_or_not_at_all(sandbox: Sandbox, missing: str) -> None:
    defaults: dict[str, Any] = {
        "pay_schedule": "Weekly",
        "primary_location": "Dock",
        "primary_pay_category": "Casual",
    }
    [problem] = opened(sandbox, **(defaults | {missing: ""})).prepare("1", ROSE).problems
    assert (problem.reason, problem.verdict) == (Reason.NOT_CONFIGURED, Verdict.FILTER)
    assert "not all three are chosen" in problem.message
    none = opened(sandbox, **(defaults | dict.fromkeys(defaults, ""))).prepare("1", ROSE)
    assert none.problems == () and "paySchedule" not in none.values


async def test_an_update_sends_only_our_values_and_clears_fields(sandbox: Sandbox) -> None:
    async with opened(sandbox) as target:
        created = await target.create(target.prepare("1", ROSE))
        sandbox.control.edit_hero(100, paySchedule="Monthly", jobTitle="Skipper", middleName="Maria")
        without = replace(ROSE, middle_name=None, position=None, address=None)
        prepared = target.prepare("1", without)
        assert created.target_id is not None
        assert (await target.update(created.target_id, prepared, None)).problem is None
        record = await target.find("100")
    [kept] = sandbox.control.hero()
    assert kept["middleName"] is None
    assert (kept["jobTitle"], kept["paySchedule"], kept["externalId"]) == ("Skipper", "Monthly", "1")
    assert kept["residentialState"]
    assert record is not None
    assert record.values["middleName"] is None
    assert compare({field.name: field for field in target.fields}, prepared, record).differences == ()


async def test_a_new_employee_is_created_without_blank_fields(sandbox: Sandbox) -> None:
    async with opened(sandbox) as target:
        await target.create(target.prepare("1", replace(ROSE, middle_name=None)))
    assert "middleName" not in sandbox.control.hero()[0]


async def test_an_employee_is_found_by_our_id(sandbox: Sandbox) -> None:
    async with opened(sandbox) as target:
        await target.create(target.prepare("77/a", ROSE))
        assert isinstance(target, FindsExternalId)
        record = await target.find_external("77/a")
        assert record is not None
        assert (record.target_id, record.external_id) == ("100", "77/a")
        assert await target.find_external("78") is None


async def test_each_line_of_a_refusal_is_shown_with_the_label_of_its_field(sandbox: Sandbox) -> None:
    sandbox.control.switches(
        "keypay", refuse_employees={"1": "BankAccount1_BSB: must be 6 digits\nSurname: 064000 is odd"}
    )
    async with opened(sandbox) as target:
        outcome = await target.create(target.prepare("1", ROSE))
    assert outcome.problem is not None
    assert outcome.problem.message.endswith("BSB: must be 6 digits. Surname: ••• is odd.")
    assert outcome.problem.field is None


async def test_the_reason_of_a_refusal_does_not_repeat_what_was_sent(sandbox: Sandbox) -> None:
    prepared = opened(sandbox).prepare("1", ROSE)
    tfn, account, bsb = (
        str(prepared.values[name])
        for name in ("taxFileNumber", "bankAccount1_AccountNumber", "bankAccount1_BSB")
    )
    packed = base64.b64encode(f"{KEY}:".encode()).decode()
    words = f"{KEY} sent {tfn[:3]}, {tfn[3:6]}, {tfn[6:]} and {' . '.join(account)} at {bsb[:3]} / {bsb[3:]} ({packed})"
    sandbox.control.switches("keypay", refuse_employees={"1": words})
    async with opened(sandbox) as target:
        outcome = await target.create(prepared)
    assert outcome.problem is not None
    assert outcome.problem.message.endswith("refused this employee: ••• sent ••• and ••• at ••• (•••).")


async def test_an_ended_employment_is_ended_in_payroll(sandbox: Sandbox) -> None:
    gone = replace(ROSE, status="Terminated", end_date=date(2026, 1, 31))
    async with opened(sandbox) as target:
        assert "endDate" not in target.prepare("1", replace(ROSE, end_date=date(2027, 1, 31))).values
        prepared = target.prepare("1", gone)
    assert prepared.ends_employment and prepared.ongoing is None
    assert prepared.values["endDate"] == date(2026, 1, 31)


async def test_the_end_of_an_employment_can_be_cleared(sandbox: Sandbox) -> None:
    gone, back = (
        replace(ROSE, status="Terminated", end_date=date(2026, 1, 31)),
        replace(ROSE, start_date=date(2026, 8, 3)),
    )
    async with opened(sandbox) as target:
        created = await target.create(target.prepare("1", gone))
        held, prepared = await target.find(str(created.target_id)), target.prepare("1", back)
        assert held is not None and held.values["endDate"] == date(2026, 1, 31)
        assert prepared.ongoing == OngoingEmployment("endDate", date(2026, 8, 3), can_reopen=True)
        again = rehires.reopen_or_warn(
            prepared,
            prepared.ongoing,
            held,
            {field.name: field for field in target.fields},
            date(2026, 8, 1),
            is_ours=lambda _: False,
        )
        await target.update(held.target_id, again, held)
        held = await target.find(held.target_id)
    assert held is not None and (held.values["endDate"], held.values["startDate"]) == (None, date(2026, 8, 3))


@pytest.mark.parametrize(
    ("tax", "reason"),
    [
        (AustralianTax(tfn="###-###-782"), Reason.MASKED_TFN),
        (AustralianTax(tfn="123456789"), Reason.BAD_FORMAT),
    ],
)
def test_a_tax_file_number_that_cannot_be_used_stops_with_advice(
    sandbox: Sandbox, tax: AustralianTax, reason: Reason
) -> None:
    [problem] = opened(sandbox).prepare("1", replace(ROSE, au_tax=tax)).problems
    assert (problem.reason, problem.field, problem.verdict) == (reason, "Tax file number", Verdict.FILTER)


def test_an_exemption_is_sent_as_its_placeholder_number(sandbox: Sandbox) -> None:
    prepared = opened(sandbox).prepare("1", replace(ROSE, au_tax=AustralianTax(exemption="PENDING")))
    assert prepared.values["taxFileNumber"] == "111111111"
    assert prepared.problems == ()


def test_several_bank_accounts_stop_the_record(sandbox: Sandbox) -> None:
    accounts = (*ROSE.bank_accounts, BankAccount("M", "999999", bsb="064-001"))
    [problem] = opened(sandbox).prepare("1", replace(ROSE, bank_accounts=accounts)).problems
    assert (problem.reason, problem.verdict) == (Reason.TOO_MANY_BANK_ACCOUNTS, Verdict.ERROR)


async def test_everybody_is_listed_when_the_last_page_is_full(sandbox: Sandbox) -> None:
    async with opened(sandbox, 2) as target:
        for number in range(4):
            await target.create(target.prepare(str(number), ROSE))
        assert len(await list_all(target)) == 4


ACCOUNT = {
    "bankAccount1_BSB",
    "bankAccount1_AccountNumber",
    "bankAccount1_AccountName",
    "bankAccount1_AllocatedPercentage",
}


@pytest.mark.parametrize(
    ("bsb", "number", "message"),
    [
        ("064000", "12345678901", "The bank account is not valid"),
        ("06400", "12345678", "The BSB is not valid"),
        (None, "12345678", "lacks its BSB or its number"),
        ("064000", None, "lacks its BSB or its number"),
    ],
)
def test_half_a_bank_account_is_left_out_with_a_warning(
    sandbox: Sandbox, bsb: str | None, number: str | None, message: str
) -> None:
    account = BankAccount("Rose", number or "", bsb, remainder=True)
    prepared = opened(sandbox).prepare("500001", replace(ROSE, bank_accounts=(account,)))
    assert not ACCOUNT & prepared.values.keys()
    [warning] = prepared.warnings
    assert message in warning.message and warning.code == "BAD_BANK_ACCOUNT"


def test_a_complete_bank_account_is_sent(sandbox: Sandbox) -> None:
    account = BankAccount("Rose", "12345678", "064000", remainder=True)
    prepared = opened(sandbox).prepare("500001", replace(ROSE, bank_accounts=(account,)))
    assert prepared.values.keys() >= ACCOUNT and prepared.warnings == ()


def test_a_fund_without_its_usi_is_not_mixed_with_the_previous_one(sandbox: Sandbox) -> None:
    fund = SuperFund("REGULATED", "Two Super", "2", None, "222")
    prepared = opened(sandbox).prepare("500001", replace(ROSE, super_funds=(fund,)))
    assert not any(name.startswith("superFund1_") for name in prepared.values)
    assert [warning.code for warning in prepared.warnings] == ["INCOMPLETE_SUPER_FUND"]


def test_a_second_fund_is_left_out_with_a_warning(sandbox: Sandbox) -> None:
    funds = tuple(
        SuperFund("REGULATED", f"{name} Super", "1", f"USI{name}", "111") for name in ("One", "Two")
    )
    prepared = opened(sandbox).prepare("500001", replace(ROSE, super_funds=funds))
    assert prepared.values["superFund1_FundName"] == "One Super"
    assert [warning.code for warning in prepared.warnings] == ["SEVERAL_SUPER_FUNDS"]


def test_a_leaver_without_an_end_date_gets_a_warning(sandbox: Sandbox) -> None:
    known = opened(sandbox).prepare("500001", replace(ROSE, status="Terminated", end_date=date(2026, 6, 30)))
    unknown = opened(sandbox).prepare("500001", replace(ROSE, status="Terminated", end_date=None))
    assert known.ends_employment and known.warnings == ()
    assert not unknown.ends_employment and [warning.code for warning in unknown.warnings] == ["END_DATE"]


async def test_pay_run_defaults_are_chosen_from_payrolls_own_lists(sandbox: Sandbox) -> None:
    async with opened(sandbox) as target:
        assert [each.id for each in await target.list_choices("pay_schedules")] == [
            "Fortnightly",
            "Monthly",
            "Weekly",
        ]
        assert await target.list_choices("locations") == [
            ("Bakery", "Bakery"),
            ("Harbour kitchen", "Harbour kitchen"),
        ]
        sandbox.control.set_choices("paycategory", [{"id": 40, "name": "Salary"}])
        assert await target.list_choices("pay_categories") == [("Salary", "Salary")]
        with pytest.raises(ConfigError, match="has no list `gone`"):
            await target.list_choices("gone")
    lists = connector_of("keypay").choice_lists
    assert [(each.name, each.settings) for each in lists] == [
        ("pay_schedules", ("pay_schedule",)),
        ("locations", ("primary_location",)),
        ("pay_categories", ("primary_pay_category",)),
    ]
