"""Xero's validation rules for an employee; each error is a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from stdnum.au import tfn

Document = dict[str, Any]
DATES = ("DateOfBirth", "StartDate", "TerminationDate")
_REQUIRED = {"FirstName": "First Name", "LastName": "Last Name", "DateOfBirth": "Date of Birth"}
_DATE = re.compile(r"/Date\(-?\d+([+-]\d{4})?\)/")
_REASONS = set("VIDRFCT")
_REGIONS = {"ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"}


def validation_errors(sent: Document, employee: Document) -> Iterator[str]:
    """Yield the validation errors of an employee; ``sent`` has to name the person even where nothing of it changes."""
    for field, name in _REQUIRED.items():
        if not sent.get(field):
            yield f"{name} is required"
    for field in DATES:
        if employee.get(field) and not _DATE.fullmatch(str(employee[field])):
            yield f"{field} is not a valid date"
    if employee.get("TerminationDate") and employee.get("TerminationReason") not in _REASONS:
        yield "Termination Reason is required when there is a Termination Date"
    yield from _address_errors(sent.get("HomeAddress") or {})
    yield from _account_errors(employee.get("BankAccounts") or [])
    number = str((employee.get("TaxDeclaration") or {}).get("TaxFileNumber") or "")
    if number and not tfn.is_valid(number):
        yield "Tax File Number is not valid"


def _address_errors(address: Document) -> Iterator[str]:
    if address and not address.get("AddressLine1"):
        yield "Address Line 1 is required"
    if address.get("Region") and address["Region"] not in _REGIONS:
        yield "Region is not a state of Australia"


def _account_errors(accounts: list[Document]) -> Iterator[str]:
    for account in accounts:
        if not re.fullmatch(r"\d{6}", str(account.get("BSB"))) or not account.get("AccountNumber"):
            yield "A bank account needs a BSB of six digits and an account number"
        if not account.get("StatementText"):
            yield "A bank account needs a statement text"
    if accounts and sum(bool(account.get("Remainder")) for account in accounts) != 1:
        yield "One bank account has to take the remainder"
