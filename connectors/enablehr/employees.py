"""Translate enableHR's employees into the words all connectors share.

Values of enumerations are taken as they come: enableHR adds new ones (KiwiSaver "Not Eligible", 2026-06-26).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.contract.employee import Address, BankAccount, Employee
from connectors.enablehr.parts import MalformedError, day, flag, listed, mapping, text, whole
from connectors.enablehr.payroll import au_tax, kiwisaver, nz_tax, super_fund

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Payroll:
    """The three payroll answers of one employee; empty where they were not read."""

    bank: Json = field(default_factory=dict)
    tax: Json = field(default_factory=dict)
    retirement: Json = field(default_factory=dict)


def name_of(node: Json) -> str:
    """Return the name shown for a listed employee, also where half of it is missing."""
    parts = (node.get("firstName"), node.get("surname"))
    return " ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())


def employee(detail: Json, payroll: Payroll) -> Employee:
    """Return the employee. Raises MalformedError naming the field that cannot be read."""
    contacts = mapping(detail.get("contacts"), "contacts")
    home, work = (
        mapping(contacts.get("home"), "contacts.home"),
        mapping(contacts.get("work"), "contacts.work"),
    )
    branch = mapping(detail.get("ownerBranch"), "ownerBranch")
    retirement = payroll.retirement
    return Employee(
        first_name=text(detail, "firstName"),
        surname=text(detail, "surname"),
        employee_number=text(detail, "employeeNumber"),
        title=text(detail, "title"),
        middle_name=text(detail, "middleName"),
        preferred_name=text(detail, "preferredName"),
        date_of_birth=day(detail, "dateOfBirth"),
        gender=text(detail, "gender"),
        email=text(home, "email"),
        work_email=text(work, "email"),
        phone=text(home, "phone"),
        mobile=text(home, "mobile"),
        address=_address(detail),
        position=text(detail, "positionTitle"),
        branch_id=text(branch, "id"),
        branch=text(branch, "name"),
        employment_type=text(detail, "employmentType"),
        status=text(detail, "employmentStatus"),
        start_date=day(detail, "commencementDate"),
        end_date=day(detail, "endDate"),
        bank_accounts=_accounts(payroll.bank),
        au_tax=au_tax(mapping(payroll.tax.get("au"), "tax-details.au")),
        nz_tax=nz_tax(mapping(payroll.tax.get("nz"), "tax-details.nz")),
        super_funds=tuple(super_fund(fund) for fund in listed(retirement.get("au"), "retirement-savings.au")),
        kiwisaver=kiwisaver(mapping(retirement.get("nz"), "retirement-savings.nz")),
    )


def _address(detail: Json) -> Address | None:
    for key in ("personalAddress", "postalAddress"):
        found = mapping(detail.get(key), key)
        lines = {
            name: text(found, name) for name in ("line1", "line2", "suburb", "state", "postcode", "country")
        }
        if any(lines.values()):
            return Address(**lines)
    return None


def _accounts(bank: Json) -> tuple[BankAccount, ...]:
    found = listed(bank.get("au"), "bank-accounts.au") + listed(bank.get("nz"), "bank-accounts.nz")
    return tuple(sorted((_account(entry) for entry in found), key=lambda account: account.order))


def _account(entry: Json) -> BankAccount:
    number = text(entry, "number")
    if number is None:
        raise MalformedError("number of a bank account")
    return BankAccount(
        name=text(entry, "name"),
        number=number,
        bsb=text(entry, "bsb"),
        amount_cents=whole(entry, "amountInCents"),
        remainder=flag(entry, "remainder") or False,
        order=whole(entry, "accountOrder") or 0,
    )
