"""Xero's rules that a file cannot say: bank accounts as a whole, addresses, and placeholders of tax file numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.employee import BankAccount, Employee
from connectors.rest.translation.draft import Draft
from connectors.values import normalise

MOST_ACCOUNTS = 4
_TFN, _EXEMPTION = "TaxDeclaration.TaxFileNumber", "TaxDeclaration.TFNExemptionType"
_PLACEHOLDERS = {
    "000000000": "NOTQUOTED",
    "111111111": "PENDING",
    "333333333": "UNDER18",
    "444444444": "PENSIONER",
}
_UNUSABLE = "987654321"
_ASK_AGAIN = ("TFN_UNUSABLE", "The tax file number cannot be used. Ask the employee for the correct one.")
_ADDRESS = tuple(
    f"HomeAddress.{name}"
    for name in ("AddressLine1", "AddressLine2", "City", "Region", "PostalCode", "Country")
)
_ENTRIES = ("StatementText", "AccountName", "BSB", "AccountNumber", "Remainder", "Amount")
_BAD_ACCOUNT = (
    "BAD_BANK_ACCOUNT",
    "A bank account lacks a valid BSB or number, so no bank account was sent. Correct it in the HR system.",
)
_NO_REST = (
    "BANK_ACCOUNTS_NOT_SENT",
    "The HR system does not say how pay is divided between the bank accounts: one takes the rest, each other one an "
    "amount. No bank account was sent. Complete them in the HR system.",
)
_ADDRESS_NOT_SENT = (
    "ADDRESS_NOT_SENT",
    "Xero takes only an address with a first line and a state or territory of Australia, so it was not sent. Correct "
    "it in the HR system, or enter it in Xero by hand.",
)


def prepare(draft: Draft, employee: Employee, settings: SideSettings) -> None:
    """Fill the bank accounts, and leave out what Xero would refuse."""
    _tax_file_number(draft)
    _address(draft, employee)
    if 0 < len(employee.bank_accounts) <= MOST_ACCOUNTS:
        _bank_accounts(draft, employee.bank_accounts, str(getattr(settings, "statement_text", "")))


def _tax_file_number(draft: Draft) -> None:
    """Send a number or an exemption: Xero has no placeholders in the number's place."""
    sent = draft.get(_TFN)
    if sent in _PLACEHOLDERS:
        draft.drop(_TFN)
        draft.put(_EXEMPTION, _PLACEHOLDERS[str(sent)])
    elif sent == _UNUSABLE:
        draft.drop(_TFN)
        draft.warn(*_ASK_AGAIN)
    elif sent is not None:
        draft.drop(_EXEMPTION)


def _address(draft: Draft, employee: Employee) -> None:
    """Leave the address out where it has no first line, or a state that Xero does not know."""
    region = draft.get("HomeAddress.Region")
    has_state = region is not None and normalise.is_state(str(region))
    if draft.get("HomeAddress.AddressLine1") is not None and has_state:
        return
    has_any = any(draft.get(name) is not None for name in _ADDRESS[:-1])
    for name in _ADDRESS:
        draft.drop(name)
    if has_any and employee.address is not None:
        draft.warn(*_ADDRESS_NOT_SENT)


def _bank_accounts(draft: Draft, accounts: tuple[BankAccount, ...], statement: str) -> None:
    written = [(normalise.bsb(each.bsb), normalise.account_number(each.number)) for each in accounts]
    if any(bsb is None or number is None for bsb, number in written):
        draft.warn(*_BAD_ACCOUNT)
        return
    amounts = [_amount(each) for each in accounts]
    if len(accounts) == 1:
        amounts = [None]
    elif amounts.count(None) != 1 or any(amount is not None and amount <= 0 for amount in amounts):
        draft.warn(*_NO_REST)
        return
    for index, (account, (bsb, number), amount) in enumerate(zip(accounts, written, amounts, strict=True)):
        name = normalise.text(account.name)
        values: tuple[Any, ...] = (normalise.text(statement), name, bsb, number, amount is None, amount)
        for entry, value in zip(_ENTRIES, values, strict=True):
            draft.put(f"BankAccounts.{index}.{entry}", value)
    for index in range(len(accounts), MOST_ACCOUNTS):
        for entry in _ENTRIES[2:4]:
            draft.clear(f"BankAccounts.{index}.{entry}")


def _amount(account: BankAccount) -> Decimal | None:
    """Return the fixed amount in dollars; None for the account that takes the rest."""
    if account.remainder:
        return None
    return Decimal(account.amount_cents or 0) / 100
