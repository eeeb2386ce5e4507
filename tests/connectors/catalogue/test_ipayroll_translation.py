"""How an employee is translated for iPayroll: what is sent, and what is left out or stops the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.contract.employee import (
    Address,
    AustralianTax,
    BankAccount,
    Employee,
    KiwiSaver,
    NewZealandTax,
)
from connectors.contract.fields import Value
from connectors.contract.records import OngoingEmployment, Prepared, Reason, Verdict
from connectors.rest.translation.to_target import EmployeePreparer
from tests.connectors.described import described, settings_of
from tests.connectors.people import AUSTRALIAN, NEW_ZEALANDER


def translated(employee: Employee, **settings: Any) -> Prepared:
    return EmployeePreparer(described("ipayroll"), settings_of("ipayroll", **settings)).prepare(
        "77", employee
    )


def codes(employee: Employee) -> list[str]:
    return [warning.code for warning in translated(employee).warnings]


def test_an_australian_with_all_details() -> None:
    made = translated(AUSTRALIAN)
    assert not made.problems
    assert not made.warnings
    assert made.external_id == "HF0042"
    assert made.values == {
        "employeeId": "HF0042",
        "firstNames": "Matilda",
        "surname": "O’Brien",
        "preferredName": "Tilly",
        "title": "Ms",
        "gender": "Female",
        "birthDate": date(1990, 2, 3),
        "startDate": date(2024, 7, 1),
        "email": "matilda@example.com",
        "phone": "0412345678",
        "address.addressLine1": "12 Wharf Street",
        "address.addressLine2": "Unit 3",
        "address.suburb": "New Farm",
        "address.city": None,
        "address.state": "QLD",
        "address.postCode": "4005",
        "address.country": "Australia",
        "workState": "QLD",
        "payFrequency": "Weekly",
        "fullTimeHoursWeek": Decimal(40),
        "paymentMethod": "Bank",
        "bankAccountNumber": "06400012345678",
        "taxNumber": "123456782",
    }


def test_a_new_zealander_with_all_details() -> None:
    made = translated(NEW_ZEALANDER)
    assert not made.problems
    assert not made.warnings
    expected: dict[str, Value] = {
        "taxNumber": "049091850",
        "taxCode": "M SL",
        "specialStudentLoan": Decimal(12),
        "existingKiwiSaverMember": True,
        "kiwiSaverRate": Decimal(3),
        "employerSubsidy": Decimal(3),
        "esctRate": Decimal("17.5"),
        "address.city": "Wellington",
        "bankAccountNumber": "01-0902-0068389-000",
    }
    assert expected.items() <= made.values.items()
    assert made.values["address.state"] is None
    assert "workState" not in made.values


def test_defaults_of_the_connection_are_sent_on_create_only() -> None:
    made = translated(AUSTRALIAN, pay_frequency="Monthly", full_time_hours=37.5, payment_method="Cheque")
    assert (made.values["payFrequency"], made.values["fullTimeHoursWeek"], made.values["paymentMethod"]) == (
        "Monthly",
        Decimal("37.5"),
        "Cheque",
    )
    assert made.create_only == {
        "employeeId",
        "payFrequency",
        "fullTimeHoursWeek",
        "paymentMethod",
        "workState",
    }


def test_the_employee_id_can_be_the_id_in_the_hr_system() -> None:
    made = translated(replace(AUSTRALIAN, employee_number=None), employee_id_from="source_id")
    assert (made.external_id, made.problems) == ("77", ())


@pytest.mark.parametrize("gender", ["Non_Binary", "Not_Stated", "Something new"])
def test_a_gender_that_payroll_does_not_have_filters_with_advice(gender: str) -> None:
    [problem] = translated(replace(AUSTRALIAN, gender=gender)).problems
    assert (problem.reason, problem.field, problem.verdict) == (Reason.NO_VALUE_MAP, "Gender", Verdict.FILTER)
    assert gender not in problem.message


def test_several_bank_accounts_are_an_error_with_the_known_sentence() -> None:
    accounts = (*AUSTRALIAN.bank_accounts, BankAccount("M", "999999", bsb="064-001"))
    [problem] = translated(replace(AUSTRALIAN, bank_accounts=accounts)).problems
    assert problem.message == (
        "More than one bank account exists for the employee. Cannot proceed with exporting this employee"
    )
    assert (problem.reason, problem.verdict) == (Reason.TOO_MANY_BANK_ACCOUNTS, Verdict.ERROR)


@pytest.mark.parametrize("status", ["Terminated", "Completed"])
def test_an_ended_employment_is_sent_with_the_known_warning_and_without_the_date(status: str) -> None:
    made = translated(replace(AUSTRALIAN, status=status, end_date=date(2026, 1, 31)))
    [warning] = made.warnings
    assert (warning.code, warning.message) == (
        "FINISH_DATE",
        "This employee has left. iHUB cannot end employment in iPayroll: enter the finish date there.",
    )
    assert "finishDate" not in made.values
    assert not made.ends_employment and made.ongoing is None


def test_the_finish_date_in_payroll_is_read_and_never_cleared() -> None:
    made = translated(AUSTRALIAN)
    assert made.ongoing == OngoingEmployment("finishDate", AUSTRALIAN.start_date, can_reopen=False)
    assert "finishDate" not in made.values


@pytest.mark.parametrize(
    ("tax", "code"),
    [
        (AustralianTax(tfn="###-###-123"), "MASKED_TFN"),
        (AustralianTax(tfn="***-***-123"), "MASKED_TFN"),
        (AustralianTax(tfn="000000000"), "TFN_NOT_QUOTED"),
        (AustralianTax(tfn="000 000 000", exemption="UNQUOTED"), "TFN_NOT_QUOTED"),
        (AustralianTax(tfn="111-111-111"), "TFN_APPLIED_FOR"),
        (AustralianTax(tfn="333333333"), "TFN_UNDER_18"),
        (AustralianTax(tfn="444444444"), "TFN_PENSIONER"),
        (AustralianTax(tfn="987654321"), "TFN_UNUSABLE"),
        (AustralianTax(tfn="123456789"), "BAD_TAX_NUMBER"),
        (AustralianTax(tfn="12345"), "BAD_TAX_NUMBER"),
        (AustralianTax(exemption="PENDING"), "TFN_APPLIED_FOR"),
        (AustralianTax(basis="CASUAL"), "MISSING_TFN"),
    ],
)
def test_an_unusable_tfn_is_left_out_with_a_warning(tax: AustralianTax, code: str) -> None:
    made = translated(replace(AUSTRALIAN, au_tax=tax))
    assert "taxNumber" not in made.values
    assert [warning.code for warning in made.warnings] == [code]
    assert made.problems == ()
    assert not any(tax.tfn and tax.tfn in warning.message for warning in made.warnings)


@pytest.mark.parametrize(
    ("ird", "code"),
    [
        ("49-091-851", "BAD_TAX_NUMBER"),
        ("123", "BAD_TAX_NUMBER"),
        ("**-***-850", "MASKED_IRD"),
        (None, "MISSING_IRD"),
    ],
)
def test_an_unusable_ird_number_is_left_out_with_a_warning(ird: str | None, code: str) -> None:
    made = translated(replace(NEW_ZEALANDER, nz_tax=NewZealandTax(ird=ird, code="M")))
    assert "taxNumber" not in made.values
    assert [warning.code for warning in made.warnings] == [code]
    assert made.values["taxCode"] == "M"


def test_with_two_tax_declarations_the_country_of_residence_decides() -> None:
    both = replace(NEW_ZEALANDER, au_tax=AUSTRALIAN.au_tax)
    assert translated(both).values["taxNumber"] == "049091850"
    moved = replace(both, address=AUSTRALIAN.address)
    assert translated(moved).values["taxNumber"] == "123456782"


@pytest.mark.parametrize(
    ("saver", "sent", "warned"),
    [
        (KiwiSaver("NOT_A_MEMBER", employee_rate="3", esct_rate="30"), {}, ["KIWISAVER_NOT_A_MEMBER"]),
        (KiwiSaver("Not Eligible"), {"existingKiwiSaverMember": False}, []),
        (KiwiSaver("NOT_ELIGIBLE"), {"existingKiwiSaverMember": False}, []),
        (KiwiSaver("OPT_OUT", opt_out_date=date(2025, 3, 1)), {"kiwiSaverOptOutDate": date(2025, 3, 1)}, []),
        (KiwiSaver("SAVINGS_SUSPENSION"), {"existingKiwiSaverMember": True}, ["KIWISAVER_SUSPENDED"]),
        (KiwiSaver("SOMETHING_NEW"), {}, ["KIWISAVER_UNKNOWN"]),
        (
            KiwiSaver("ACTIVE", employee_rate="4%"),
            {"existingKiwiSaverMember": True, "kiwiSaverRate": Decimal(4)},
            [],
        ),
        (KiwiSaver("ACTIVE", employee_rate="some"), {"existingKiwiSaverMember": True}, ["BAD_RATE"]),
    ],
)
def test_kiwisaver_follows_the_rule_of_june_2026(
    saver: KiwiSaver, sent: dict[str, Value], warned: list[str]
) -> None:
    made = translated(replace(NEW_ZEALANDER, kiwisaver=saver))
    fields = {
        "existingKiwiSaverMember",
        "kiwiSaverRate",
        "employerSubsidy",
        "esctRate",
        "kiwiSaverOptOutDate",
    }
    assert {name: value for name, value in made.values.items() if name in fields} == sent
    assert [warning.code for warning in made.warnings] == warned


@pytest.mark.parametrize("phone", ["n/a", "12", "0412 345 678 ext 9", "+" + "1" * 30])
def test_a_bad_phone_is_left_out_with_a_warning_and_never_filters(phone: str) -> None:
    made = translated(replace(AUSTRALIAN, mobile=phone, phone=None))
    assert "phone" not in made.values
    assert ([warning.code for warning in made.warnings], made.problems) == (["BAD_PHONE"], ())


def test_another_phone_replaces_a_bad_one() -> None:
    made = translated(replace(AUSTRALIAN, mobile="none", phone="08 4044 0404"))
    assert made.values["phone"] == "0840440404"


def test_the_work_email_replaces_a_bad_one() -> None:
    made = translated(replace(AUSTRALIAN, email="matilda at home"))
    assert made.values["email"] == "matilda@harbour.example.com"
    assert [warning.code for warning in made.warnings] == ["BAD_EMAIL"]


@pytest.mark.parametrize(
    "account",
    [
        BankAccount("M", "12345678", bsb="64-000"),
        BankAccount("M", "12345678901", bsb="064-000"),
        BankAccount("M", "unknown", bsb="064-000"),
        BankAccount("A", "12345678"),
        BankAccount("A", "01-902-006"),
    ],
)
def test_a_bank_account_of_another_shape_is_left_out_with_a_warning(account: BankAccount) -> None:
    made = translated(replace(AUSTRALIAN, bank_accounts=(account,)))
    assert "bankAccountNumber" not in made.values
    assert [warning.code for warning in made.warnings] == ["BAD_BANK_ACCOUNT"]


@pytest.mark.parametrize("state", ["Queensland", "qld", "Qld ", "Q.L.D.", "QUEENSLAND"])
def test_a_state_is_known_in_every_spelling(state: str) -> None:
    made = translated(replace(AUSTRALIAN, address=Address(state=state, country="Australia")))
    assert made.values["address.state"] == made.values["workState"] == "QLD"


def test_an_unknown_state_is_sent_unchanged_and_is_not_the_work_state() -> None:
    made = translated(replace(AUSTRALIAN, address=Address(state="Singapore", country="Singapore")))
    assert made.values["address.state"] == "Singapore"
    assert "workState" not in made.values


def test_a_required_field_that_is_too_long_filters_and_another_is_left_out() -> None:
    made = translated(replace(AUSTRALIAN, first_name="x" * 129, title="y" * 129))
    assert [(problem.reason, problem.field) for problem in made.problems] == [(Reason.TOO_LONG, "First name")]
    assert [warning.code for warning in made.warnings] == ["TOO_LONG"]
    assert "title" not in made.values


def test_blank_text_is_missing() -> None:
    [problem] = translated(replace(AUSTRALIAN, surname=" \t ")).problems
    assert (problem.reason, problem.field) == (Reason.MISSING_FIELD, "Surname")


def test_an_employee_without_details_has_only_problems() -> None:
    made = translated(Employee(first_name=None, surname=None))
    assert {problem.reason for problem in made.problems} == {Reason.MISSING_FIELD}
    assert made.warnings == ()


def test_problems_and_warnings_do_not_repeat_a_value() -> None:
    odd = replace(
        AUSTRALIAN,
        gender="Secret1",
        email="Secret2",
        work_email=None,
        mobile="Secret3",
        phone=None,
        bank_accounts=(BankAccount("Secret4", "Secret5", bsb="Secret6"),),
        au_tax=AustralianTax(tfn="Secret7"),
        kiwisaver=KiwiSaver("Secret8"),
    )
    made = translated(odd)
    assert len(made.warnings) == 5
    messages = [problem.message for problem in made.problems] + [warning.message for warning in made.warnings]
    assert not any("Secret" in message for message in messages)
