"""iPayroll's validation rules for an employee; each error is a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from stdnum.au import tfn
from stdnum.nz import bankaccount, ird

from sandbox.ipayroll.employees import DATES
from sandbox.people.numbers import SPECIAL_TFNS

Document = dict[str, Any]

_REQUIRED = {
    "employeeId": "Employee id",
    "firstNames": "First names",
    "surname": "Surname",
    "fullTimeHoursWeek": "Full time hours per week",
    "gender": "Gender",
    "payFrequency": "Pay frequency",
    "startDate": "Start date",
}
_DATE_NAMES = dict(
    zip(DATES, ("Birth date", "Start date", "Finish date", "KiwiSaver opt out date"), strict=True)
)
_TEXTS = (
    "surname",
    "firstNames",
    "preferredName",
    "title",
    "email",
    "phone",
    "taxNumber",
    "taxCode",
    "bankAccountNumber",
)
_FREQUENCIES = ("Weekly", "Fortnightly", "4-Weekly", "Monthly", "Bi-Monthly")
_AUSTRALIA, _NEW_ZEALAND = {"AUSTRALIA", "AU", "AUS"}, {"NEW ZEALAND", "NZ", "NZL"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_LONGEST = 64


def validation_errors(employee: Document) -> Iterator[str]:
    """Yield the validation errors of an employee."""
    for field, name in _REQUIRED.items():
        if employee.get(field) in (None, ""):
            yield f"{name} is required"
    yield from _format_errors(employee)
    yield from _date_errors(employee)
    yield from _contact_errors(employee)
    yield from _payment_errors(employee)


def _format_errors(employee: Document) -> Iterator[str]:
    for field in _TEXTS:
        value = employee.get(field)
        if value is not None and (not isinstance(value, str) or len(value) > _LONGEST):
            yield f"{field} must be text of at most {_LONGEST} characters"
    if employee.get("gender") not in (None, "", "Male", "Female"):
        yield "Gender must be Male or Female"
    if employee.get("payFrequency") not in (None, "", *_FREQUENCIES):
        yield f"Pay frequency must be one of {', '.join(_FREQUENCIES)}"
    hours = employee.get("fullTimeHoursWeek")
    if hours not in (None, "") and not (isinstance(hours, int | float) and 0 < hours <= 168):
        yield "Full time hours per week must be between 1 and 168"


def _date_errors(employee: Document) -> Iterator[str]:
    for field, name in _DATE_NAMES.items():
        if employee.get(field) and not _is_date(employee[field]):
            yield f"{name} must be a date as yyyy-MM-dd"
    start, finish = str(employee.get("startDate") or ""), str(employee.get("finishDate") or "9999")
    if _is_date(start) and finish < start:
        yield "Finish date cannot be before the start date"


def _is_date(value: Any) -> bool:
    try:
        return re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is not None and bool(date.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def _contact_errors(employee: Document) -> Iterator[str]:
    email = employee.get("email")
    if email and not _EMAIL.fullmatch(str(email)):
        yield "Email address is not valid"
    if _country(employee) not in ({""} | _AUSTRALIA | _NEW_ZEALAND):
        yield "Overseas employees are not allowed for this organisation"


def _country(employee: Document) -> str:
    return str((employee.get("address") or {}).get("country") or "").strip().upper()


def _payment_errors(employee: Document) -> Iterator[str]:
    account = str(employee.get("bankAccountNumber") or "")
    if account and not _is_account(account, _country(employee)):
        yield "Bank account number is not valid"
    number = re.sub(r"[\s-]", "", str(employee.get("taxNumber") or ""))
    if number and not _is_tax_number(number, _country(employee)):
        yield "Tax number is not valid"


def _is_account(account: str, country: str) -> bool:
    """Check the digits of a New Zealand account; an Australian one is a BSB and 5 to 9 digits."""
    digits = re.sub(r"[\s-]", "", account)
    australian = digits.isdigit() and 11 <= len(digits) <= 15
    if country in _AUSTRALIA:
        return australian
    return bool(bankaccount.is_valid(digits)) or (country not in _NEW_ZEALAND and australian)


def _is_tax_number(number: str, country: str) -> bool:
    australian = number in SPECIAL_TFNS or tfn.is_valid(number)
    if country in _AUSTRALIA:
        return australian
    return bool(ird.is_valid(number)) or (country not in _NEW_ZEALAND and australian)
