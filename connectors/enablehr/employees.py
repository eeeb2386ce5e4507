"""Translate enableHR's employees into the fields that all connectors share.

Values of enumerations are kept as they are: enableHR adds new ones (KiwiSaver "Not Eligible", 2026-06-26).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from connectors.contract.employee import Address, BankAccount, CustomValue, Employee, SuperFund
from connectors.contract.locality import Locality
from connectors.enablehr.fields import NOT_THERE
from connectors.enablehr.json_values import (
    MalformedError,
    json_object,
    json_objects,
    read_boolean,
    read_date,
    read_integer,
    read_text,
)
from connectors.enablehr.payroll import au_tax, kiwisaver, nz_tax, super_fund
from connectors.values.normalise import postcode, text

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Payroll:
    """The three payroll responses of one employee; None where they were not read, perhaps because that is refused."""

    bank: Json | None = None
    tax: Json | None = None
    retirement: Json | None = None
    refused: bool = False

    def unread(self) -> frozenset[str]:
        """Return the attributes of the employee that nothing is known about."""
        return _unread(self.bank is None, self.tax is None, self.retirement is None)


@cache
def _unread(bank: bool, tax: bool, retirement: bool) -> frozenset[str]:
    return NOT_THERE.union(
        {"bank_accounts"} if bank else (),
        {"au_tax", "nz_tax"} if tax else (),
        {"super_funds", "kiwisaver"} if retirement else (),
    )


def listed_name(node: Json) -> str:
    """Return the name of a listed employee, even where part of it is missing."""
    parts = (node.get("firstName"), node.get("surname"))
    return " ".join(name for part in parts if isinstance(part, str) and (name := text(part)))


def translate_employee(detail: Json, payroll: Payroll, locality: Locality) -> Employee:
    """Return the employee. Raises MalformedError with the name of the field that cannot be read."""
    home, work = _contacts(detail)
    branch = json_object(detail.get("ownerBranch"), "ownerBranch")
    zone, tax, retirement = locality.time_zone, payroll.tax or {}, payroll.retirement or {}
    employee = Employee(
        first_name=read_text(detail, "firstName"),
        surname=read_text(detail, "surname"),
        employee_number=read_text(detail, "employeeNumber"),
        title=read_text(detail, "title"),
        middle_name=read_text(detail, "middleName"),
        preferred_name=read_text(detail, "preferredName"),
        date_of_birth=read_date(detail, "dateOfBirth", zone),
        gender=read_text(detail, "gender"),
        email=read_text(home, "email"),
        work_email=read_text(work, "email"),
        phone=read_text(home, "phone"),
        mobile=read_text(home, "mobile"),
        address=_address(detail),
        position=read_text(detail, "positionTitle"),
        branch_id=read_text(branch, "id"),
        branch=read_text(branch, "name"),
        employment_type=read_text(detail, "employmentType"),
        status=read_text(detail, "employmentStatus"),
        start_date=read_date(detail, "commencementDate", zone),
        end_date=read_date(detail, "endDate", zone),
        bank_accounts=_bank_accounts(payroll.bank or {}),
        au_tax=au_tax(json_object(tax.get("au"), "tax-details.au")),
        nz_tax=nz_tax(json_object(tax.get("nz"), "tax-details.nz")),
        super_funds=_super_funds(retirement),
        kiwisaver=kiwisaver(json_object(retirement.get("nz"), "retirement-savings.nz"), zone),
        custom=_custom(detail, tax),
        earlier_record_id=read_text(detail, "oldEmployeeId"),
        later_record_id=read_text(detail, "newEmployeeId"),
        unread=payroll.unread(),
        not_offered=NOT_THERE,
        refused=payroll.refused,
    )
    employee.apply_end_date(locality.today)
    return employee


def _super_funds(retirement: Json) -> tuple[SuperFund, ...]:
    return tuple(super_fund(fund) for fund in json_objects(retirement.get("au"), "retirement-savings.au"))


def _custom(detail: Json, tax: Json) -> dict[str, CustomValue | None]:
    """Return what enableHR has beyond the shared fields (``fields.py`` lists it)."""
    custom: dict[str, CustomValue | None] = {}
    if "nickname" in detail:
        custom["nickname"] = read_text(detail, "nickname")
    if "linkedBranches" in detail:
        branches = json_objects(detail["linkedBranches"], "linkedBranches")
        custom["linked_branches"] = tuple(name for each in branches if (name := read_text(each, "name")))
    australian = json_object(tax.get("au"), "tax-details.au")
    if "eligibleToReceiveLeaveLoading" in australian:
        custom["leave_loading"] = read_boolean(australian, "eligibleToReceiveLeaveLoading")
    return custom


def _contacts(detail: Json) -> tuple[Json, Json]:
    """Return the contacts at home and at work."""
    contacts = json_object(detail.get("contacts"), "contacts")
    return (
        json_object(contacts.get("home"), "contacts.home"),
        json_object(contacts.get("work"), "contacts.work"),
    )


def _address(detail: Json) -> Address | None:
    for key in ("personalAddress", "postalAddress"):
        address = json_object(detail.get(key), key)
        lines = {
            name: read_text(address, name)
            for name in ("line1", "line2", "suburb", "state", "postcode", "country")
        }
        lines["postcode"] = postcode(lines["postcode"])
        if any(lines.values()):
            return Address(**lines)
    return None


def _bank_accounts(bank: Json) -> tuple[BankAccount, ...]:
    entries = json_objects(bank.get("au"), "bank-accounts.au") + json_objects(
        bank.get("nz"), "bank-accounts.nz"
    )
    return tuple(sorted((_bank_account(entry) for entry in entries), key=lambda account: account.order))


def _bank_account(entry: Json) -> BankAccount:
    number = read_text(entry, "number")
    if number is None:
        raise MalformedError("number of a bank account")
    return BankAccount(
        name=read_text(entry, "name"),
        number=number,
        bsb=read_text(entry, "bsb"),
        amount_cents=read_integer(entry, "amountInCents"),
        remainder=read_boolean(entry, "remainder") or False,
        order=read_integer(entry, "accountOrder") or 0,
    )
