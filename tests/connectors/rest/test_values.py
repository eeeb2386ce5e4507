"""What is sent of an employee's values, to the systems of the catalogue and to one that a file alone describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from connectors.contract.employee import Address, BankAccount, Employee
from connectors.contract.fields import Value
from connectors.contract.locality import Locality
from connectors.contract.records import Prepared, Reason, Verdict
from connectors.rest import loader
from connectors.rest.description.system import System
from connectors.rest.translation.from_source import EmployeeReader, UnreadableError
from connectors.rest.translation.target_records import RecordReader
from connectors.rest.translation.to_target import EmployeePreparer
from tests.connectors.described import described, settings_of
from tests.connectors.people import AUSTRALIAN, NEW_ZEALANDER

OFFICE = """\
kind: office
name: Office
summary: A payroll that a file alone describes.
url: https://office.example.com
requests_per_second: 1000
authorisation: {kind: none}
check: {path: /me, id: number}
employees:
  id: key
  list: {path: /staff}
  get: {path: "/staff/{id}"}
  create: {path: /staff}
  update: {path: "/staff/{id}", sends: ours}
target:
  ended: {field: left}
  one_value:
    - fields: [home.street, home.more, home.town, home.region, home.code, home.land]
      otherwise: {code: ADDRESS_NOT_SENT, message: A part of the address cannot be sent.}
  fields:
    - {name: family, label: Surname, from: surname, required: true, identity: surname}
    - {name: born, label: Date of birth, type: date, from: date_of_birth, identity: birth date}
    - {name: began, label: Start date, type: date, from: start_date, required: true}
    - {name: left, label: End date, type: date, from: end_date}
    - {name: mail, label: E-mail, type: email, from: email}
    - {name: cell, label: Mobile, type: phone, from: mobile}
    - {name: line, label: Phone, type: phone, from: phone, blank: clear}
    - {name: account, label: Bank account, format: bank account, from: bank_accounts.0.number, sensitive: true,
       bad: {code: BAD_BANK_ACCOUNT, message: The bank account is not valid and was not sent.}}
    - {name: home.street, label: Street, from: address.line1, max_length: 30}
    - {name: home.more, label: Second line, from: address.line2, max_length: 30}
    - {name: home.town, label: Town, from: address.suburb}
    - {name: home.region, label: State, format: state, from: address.state}
    - {name: home.code, label: Postcode, format: postcode, from: address.postcode}
    - {name: home.land, label: Country, format: country, from: address.country}
"""


class Names(NamedTuple):
    """The names of the fields of one system."""

    birth: str
    start: str
    mail: str
    phone: str
    line1: str
    line2: str
    state: str
    country: str
    account: str


NAMES = {
    "ipayroll": Names(
        *("birthDate", "startDate", "email", "phone", "address.addressLine1", "address.addressLine2"),
        *("address.state", "address.country", "bankAccountNumber"),
    ),
    "keypay": Names(
        *("dateOfBirth", "startDate", "emailAddress", "mobilePhone", "residentialStreetAddress"),
        *("residentialAddressLine2", "residentialState", "residentialCountry", "bankAccount1_AccountNumber"),
    ),
    "office": Names(
        *("born", "began", "mail", "cell", "home.street", "home.more", "home.region", "home.land", "account"),
    ),
}
KINDS = pytest.mark.parametrize("kind", NAMES)
TODAY = date(2026, 11, 30)
BRISBANE, AUCKLAND = (
    Locality(ZoneInfo("Australia/Brisbane"), TODAY, "AU"),
    Locality(ZoneInfo("Pacific/Auckland"), TODAY, "NZ"),
)


@cache
def loaded(text: str) -> System:
    with TemporaryDirectory() as folder:
        kind = text.partition("\n")[0].removeprefix("kind: ")
        file = Path(folder) / f"{kind}.yaml"
        file.write_text(text)
        return loader.load_system(file)


def system_of(kind: str, locality: Locality = BRISBANE) -> System:
    return replace(loaded(OFFICE) if kind == "office" else described(kind), locality=locality)


def prepared(kind: str, employee: Employee, locality: Locality = BRISBANE) -> Prepared:
    given = {"business_id": "1"} if kind == "keypay" else {}
    system = system_of(kind, locality)
    settings = system.form.model_validate({}) if kind == "office" else settings_of(kind, **given)
    return EmployeePreparer(system, settings).prepare("7", employee)


def values(kind: str, employee: Employee, locality: Locality = BRISBANE) -> Mapping[str, Value]:
    return prepared(kind, employee, locality).values


def codes(made: Prepared) -> set[str]:
    return {warning.code for warning in made.warnings}


@KINDS
def test_an_address_is_sent_with_all_its_parts(kind: str) -> None:
    names = NAMES[kind]
    one_line = replace(AUSTRALIAN, address=Address("1 High Street", None, "Ryde", "NSW", "2112", "Australia"))
    assert values(kind, one_line)[names.line2] is None
    abroad = replace(
        AUSTRALIAN, address=Address("5 Cuba Street", None, "Te Aro", None, "6011", "New Zealand")
    )
    assert values(kind, abroad)[names.state] is None
    assert values(kind, abroad)[names.country] == "New Zealand"


@KINDS
@pytest.mark.parametrize("address", [None, Address(), Address(country="Australia")])
def test_without_an_address_in_the_hr_system_nothing_of_it_is_sent(
    kind: str, address: Address | None
) -> None:
    names = NAMES[kind]
    sent = values(kind, replace(AUSTRALIAN, address=address))
    assert not {names.line1, names.line2, names.state, names.country} & sent.keys()


@KINDS
def test_an_address_with_a_part_that_cannot_be_sent_is_not_mixed_with_the_old_one(kind: str) -> None:
    names = NAMES[kind]
    made = prepared(kind, replace(AUSTRALIAN, address=Address("1 High Street" + " x" * 99, suburb="Ryde")))
    assert not {names.line1, names.line2, names.state, names.country} & made.values.keys()
    assert codes(made) == {"TOO_LONG", "ADDRESS_NOT_SENT"}


@KINDS
@pytest.mark.parametrize(
    "birth", [date(1, 1, 1), date(1900, 1, 1), date(2016, 12, 1), date(2087, 1, 1), date(9999, 12, 31)]
)
def test_an_implausible_birth_date_is_left_out_with_a_warning(kind: str, birth: date) -> None:
    made = prepared(kind, replace(AUSTRALIAN, date_of_birth=birth))
    assert NAMES[kind].birth not in made.values and not made.problems
    assert codes(made) == {"IMPLAUSIBLE_DATE"}


@KINDS
@pytest.mark.parametrize("start", [date(1, 1, 1), date(1949, 12, 31), date(2031, 12, 1), date(9999, 12, 31)])
def test_an_employee_with_an_implausible_start_date_is_filtered(kind: str, start: date) -> None:
    [problem] = prepared(kind, replace(AUSTRALIAN, start_date=start)).problems
    assert (problem.reason, problem.verdict) == (Reason.IMPLAUSIBLE_DATE, Verdict.FILTER)
    assert "too early or too late to be right" in problem.message


@pytest.mark.parametrize("kind", ["keypay", "office"])
def test_an_implausible_end_date_is_not_sent(kind: str) -> None:
    made = prepared(kind, replace(AUSTRALIAN, status="Terminated", end_date=date(9999, 12, 31)))
    assert not made.ends_employment and "IMPLAUSIBLE_DATE" in codes(made)


@KINDS
@pytest.mark.parametrize(
    ("employee", "written", "sent"),
    [
        (AUSTRALIAN, "+61 412 345 678", "0412345678"),
        (AUSTRALIAN, "+64 21 123 456", "+6421123456"),
        (AUSTRALIAN, "0064 21 123 456", "+6421123456"),
        (AUSTRALIAN, "\u202a0412 345 678\u202c", "0412345678"),
        (AUSTRALIAN, "٠٤١٢ ٣٤٥ ٦٧٨", "0412345678"),
        (AUSTRALIAN, "+1 415 555 2671", "+14155552671"),
        (NEW_ZEALANDER, "+64 21 123 456", "021123456"),
        (NEW_ZEALANDER, "+61 412 345 678", "+61412345678"),
    ],
)
def test_a_phone_number_of_another_country_keeps_its_code(
    kind: str, employee: Employee, written: str, sent: str
) -> None:
    assert values(kind, replace(employee, mobile=written))[NAMES[kind].phone] == sent


@KINDS
def test_without_a_country_in_the_address_the_accounts_region_counts(kind: str) -> None:
    employee = replace(AUSTRALIAN, address=None, mobile="+61 412 345 678")
    assert values(kind, employee, BRISBANE)[NAMES[kind].phone] == "0412345678"
    assert values(kind, employee, AUCKLAND)[NAMES[kind].phone] == "+61412345678"


@pytest.mark.parametrize("kind", ["ipayroll", "office"])
@pytest.mark.parametrize("number", ["01-0902-0068388-00", "01 0902 0068388 00", "010902006838800"])
def test_a_new_zealand_account_that_fails_its_check_is_not_sent(kind: str, number: str) -> None:
    made = prepared(kind, replace(NEW_ZEALANDER, bank_accounts=(BankAccount("A", number),)), AUCKLAND)
    assert NAMES[kind].account not in made.values and "BAD_BANK_ACCOUNT" in codes(made)


@KINDS
def test_what_was_read_and_is_blank_is_known(kind: str) -> None:
    names = NAMES[kind]
    gone = replace(AUSTRALIAN, email=None, work_email=None, mobile=None, phone=None, bank_accounts=())
    fields = {names.mail, names.phone, names.account}
    assert prepared(kind, gone).blank >= fields
    unknown = replace(gone, unread=frozenset({"bank_accounts", "work_email", "email", "mobile", "phone"}))
    assert not prepared(kind, unknown).blank & fields
    assert AUSTRALIAN.mobile and not prepared(kind, AUSTRALIAN).blank & fields


def test_nobody_is_asked_to_enter_what_ihub_may_not_read() -> None:
    employee = replace(AUSTRALIAN, employment_type="Casual", au_tax=None, unread=frozenset({"au_tax"}))
    [missing] = prepared("keypay", employee).problems
    [refused] = prepared("keypay", replace(employee, refused=True)).problems
    assert missing.message == (
        "Tax file number is missing and Employment Hero Payroll needs it. Enter it in the HR system and run the job "
        "again."
    )
    assert refused.message == (
        "Tax file number was not read and Employment Hero Payroll needs it. Give the person who connected the HR "
        "system the right to read it, or enter it there and run the job again."
    )


@pytest.mark.parametrize("kind", ["ipayroll", "keypay"])
def test_a_source_without_a_second_address_knows_that_there_is_none(kind: str) -> None:
    gone = replace(AUSTRALIAN, email=None, work_email=None, unread=frozenset({"work_email"}))
    assert NAMES[kind].mail in prepared(kind, gone).blank


@KINDS
@pytest.mark.parametrize(("name", "code"), [("email", "BAD_EMAIL"), ("mobile", "BAD_PHONE")])
def test_a_contact_that_cannot_be_sent_is_reported(kind: str, name: str, code: str) -> None:
    odd: dict[str, Any] = {name: "ask Ana"}
    assert codes(prepared(kind, replace(AUSTRALIAN, **odd))) == {code}


def test_a_field_is_cleared_only_when_it_was_read() -> None:
    gone = replace(AUSTRALIAN, phone=None)
    assert values("office", gone)["line"] is None
    assert "line" not in values("office", replace(gone, unread=frozenset({"phone"})))


@pytest.mark.parametrize("shown", ["31.31.1990", "soon", "1012345678", 1012345678, {"day": 1}, ["1990"]])
def test_a_date_that_cannot_be_read_is_unseen_and_not_blank(shown: object) -> None:
    record = RecordReader(system_of("office")).read(
        {"key": 1, "family": "X", "born": shown, "cell": "none", "mail": ""}
    )
    assert record is not None
    assert "born" not in record.values and "cell" not in record.values
    assert record.values["mail"] is None


def test_a_file_can_say_how_a_system_writes_dates() -> None:
    american = loaded(OFFICE.replace("employees:\n", 'dates: ["%m/%d/%Y"]\nemployees:\n', 1))
    for system, shown in ((american, "05/13/1990"), (system_of("office"), "/Date(642556800000)/")):
        record = RecordReader(system).read({"key": 1, "born": shown})
        assert record is not None and record.values["born"] == date(1990, 5, 13)


STAFF = """\
kind: staff
name: Staff
summary: A small HR system.
url: https://staff.example.com
requests_per_second: 1000
authorisation: {kind: none}
check: {path: /me, id: number}
employees:
  id: id
  list: {path: /people}
source:
  employee:
    surname: family
    date_of_birth: born
    end_date: until
    status: {at: state, map: {Inactive: Terminated}}
    email: mail
    address.postcode: code
    bank_accounts: {each: accounts, values: {number: number}}
    au_tax.tfn: tfn
"""


def read(locality: Locality = BRISBANE, **shown: object) -> Employee:
    reader = EmployeeReader(replace(loaded(STAFF), locality=locality))
    return reader.read({"id": 1, "family": "Quill"} | shown)


def test_a_moment_is_the_date_it_was_where_the_account_is() -> None:
    assert read(born="1990-05-11T14:00:00Z").date_of_birth == date(1990, 5, 12)
    assert read(AUCKLAND, born="1990-05-11T12:00:00Z").date_of_birth == date(1990, 5, 12)
    assert read(born="1990-05-12T00:00:00Z").date_of_birth == date(1990, 5, 12)
    assert read(born="1990-05-12T00:00:00+12:00").date_of_birth == date(1990, 5, 12)
    with pytest.raises(UnreadableError):
        read(born=1012345678)


def test_statuses_are_mapped_whatever_their_case() -> None:
    assert [read(state=state).terminated for state in ("INACTIVE", "terminated", "Completed")] == [True] * 3
    assert [read(state=state).terminated for state in ("ACTIVE", "Current", "Gardening")] == [False] * 3


def test_an_end_date_without_a_status_ends_the_employment_on_its_day() -> None:
    assert read(until="2026-11-30").terminated and read(until="2026-01-31").terminated
    assert not read(until="2026-12-01").terminated and read(until="2026-12-01").ends_by_date
    assert not read(until="2026-01-31", state="Active").terminated


def test_what_a_system_does_not_show_is_unread() -> None:
    read_all = read(mail=None, accounts=[], tfn="123456782")
    assert not {"email", "bank_accounts", "au_tax"} & read_all.unread and "mobile" in read_all.unread
    assert {"bank_accounts", "au_tax"} <= read(mail=None, accounts=None).unread
    assert "bank_accounts" in read(accounts=[{"bsb": "064-000"}]).unread


def test_a_postcode_that_is_a_number_is_read_as_text() -> None:
    address = read(code=4000.0).address
    assert address is not None and address.postcode == "4000"
