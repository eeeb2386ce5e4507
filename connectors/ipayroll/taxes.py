"""Tax numbers and codes: the IRD number in New Zealand, the TFN in Australia.

A number that is hidden, stands for something else or fails its check digit is never sent; payroll keeps what it has.
"""

from __future__ import annotations

from stdnum.au import tfn as australian
from stdnum.nz import ird as new_zealand

from connectors.employee import AustralianTax, Employee, NewZealandTax
from connectors.ipayroll.canonical import AUSTRALIA, NEW_ZEALAND, country, masked, number, tax_number, text
from connectors.ipayroll.draft import Draft

_NOT_QUOTED = ("TFN_NOT_QUOTED", "No tax file number has been quoted. Check the tax settings of this employee in iPayroll.")
_APPLIED_FOR = (
    "TFN_APPLIED_FOR",
    "A tax file number has been applied for. It has to be entered within 28 days, or the highest rate of tax applies.",
)
_UNDER_18 = ("TFN_UNDER_18", "No tax file number is needed under 18. Check the tax settings of this employee in iPayroll.")
_PENSIONER = ("TFN_PENSIONER", "A pensioner's exemption stands for the tax file number. Check the tax settings in iPayroll.")
_UNUSABLE = ("TFN_UNUSABLE", "The tax file number given cannot be used. Ask the employee for the right one.")

SPECIAL_TFNS = {
    "000000000": _NOT_QUOTED,
    "111111111": _APPLIED_FOR,
    "333333333": _UNDER_18,
    "444444444": _PENSIONER,
    "987654321": _UNUSABLE,
}
EXEMPTIONS = {"UNQUOTED": _NOT_QUOTED, "PENDING": _APPLIED_FOR, "UNDER18": _UNDER_18, "PENSIONER": _PENSIONER}


def place_of(employee: Employee) -> str | None:
    """Return the country whose tax an employee pays: by the declaration there is, or else by what else is known."""
    declared = {AUSTRALIA: employee.au_tax, NEW_ZEALAND: employee.nz_tax}
    only = [place for place, tax in declared.items() if tax is not None]
    if len(only) == 1:
        return only[0]
    lives_in = country(employee.address.country) if employee.address else None
    if lives_in in declared:
        return lives_in
    if employee.kiwisaver is not None:
        return NEW_ZEALAND
    return AUSTRALIA if employee.super_funds or any(account.bsb for account in employee.bank_accounts) else None


def taxes(draft: Draft, employee: Employee) -> None:
    """Put the tax number and code of the employee's country."""
    place = place_of(employee)
    if place == AUSTRALIA and employee.au_tax is not None:
        _tfn(draft, employee.au_tax)
    if place == NEW_ZEALAND and employee.nz_tax is not None:
        _ird(draft, employee.nz_tax)


def _tfn(draft: Draft, tax: AustralianTax) -> None:
    digits = tax_number(tax.tfn)
    if tax.tfn and masked(tax.tfn):
        draft.warn("MASKED_TFN", "The tax file number is hidden in the HR system and was not sent. Enter it in iPayroll by hand.")
    elif digits in SPECIAL_TFNS:
        draft.warn(*SPECIAL_TFNS[digits])
    elif digits is not None and _is_tfn(digits):
        draft.put("taxNumber", digits)
    elif tax.tfn:
        draft.warn("BAD_TAX_NUMBER", "The tax file number is not a valid one and was not sent. Correct it in the HR system.")
    elif tax.exemption in EXEMPTIONS:
        draft.warn(*EXEMPTIONS[tax.exemption])
    else:
        draft.warn("MISSING_TFN", "There is no tax file number in the HR system. Without it the highest rate of tax applies.")


def _is_tfn(digits: str) -> bool:
    return any(australian.is_valid(form) for form in {digits, digits.removeprefix("0")})


def _ird(draft: Draft, tax: NewZealandTax) -> None:
    digits = tax_number(tax.ird)
    if tax.ird and masked(tax.ird):
        draft.warn("MASKED_IRD", "The IRD number is hidden in the HR system and was not sent. Enter it in iPayroll by hand.")
    elif digits is not None and new_zealand.is_valid(digits):
        draft.put("taxNumber", digits)
    elif tax.ird:
        draft.warn("BAD_TAX_NUMBER", "The IRD number is not a valid one and was not sent. Correct it in the HR system.")
    else:
        draft.warn("MISSING_IRD", "There is no IRD number in the HR system. Without it the no-notification rate of tax applies.")
    draft.put("taxCode", text((tax.code or "").replace("_", " ")))
    _student_loan(draft, tax.student_loan_rate)


def _student_loan(draft: Draft, rate: str | None) -> None:
    value = number(rate) if rate is not None else None
    if rate is not None and value is None:
        draft.warn("BAD_RATE", "The student loan rate is not a number and was not sent. Correct it in the HR system.")
    draft.put("specialStudentLoan", value)
