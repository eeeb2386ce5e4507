"""iPayroll's rules that a file cannot say: the country of tax numbers, KiwiSaver, and bank accounts of two countries.

A number that is masked, is a placeholder or fails its check digit is never sent; payroll keeps its own.
Since 2026-06-26 iPayroll no longer accepts the KiwiSaver status "Not a Member" for new or changed employees; the HR
system has "Not Eligible" instead (release note of enableHR). iPayroll's API has no status, only whether an employee is
a member.
"""

from __future__ import annotations

from stdnum.nz import ird as new_zealand

from connectors.contract.connector import SideSettings
from connectors.contract.employee import AustralianTax, BankAccount, Employee, KiwiSaver, NewZealandTax
from connectors.rest.translation.draft import Draft
from connectors.values import normalise
from connectors.values.normalise import AUSTRALIA, NEW_ZEALAND, number, tax_number, text
from connectors.values.redaction import is_masked

_NOT_QUOTED = (
    "TFN_NOT_QUOTED",
    "No tax file number has been quoted. Check the tax settings of this employee in iPayroll.",
)
_APPLIED_FOR = (
    "TFN_APPLIED_FOR",
    "The employee has applied for a tax file number. Enter it within 28 days, or the highest tax rate applies.",
)
_UNDER_18 = (
    "TFN_UNDER_18",
    "The employee is under 18 and needs no tax file number. Check the tax settings of this employee in iPayroll.",
)
_PENSIONER = (
    "TFN_PENSIONER",
    "The employee has a pensioner's exemption instead of a tax file number. Check the tax settings in iPayroll.",
)
_UNUSABLE = ("TFN_UNUSABLE", "The tax file number cannot be used. Ask the employee for the correct one.")
_PLACEHOLDERS = {
    "000000000": _NOT_QUOTED,
    "111111111": _APPLIED_FOR,
    "333333333": _UNDER_18,
    "444444444": _PENSIONER,
    "987654321": _UNUSABLE,
}
_EXEMPTIONS = {
    "UNQUOTED": _NOT_QUOTED,
    "PENDING": _APPLIED_FOR,
    "UNDER18": _UNDER_18,
    "PENSIONER": _PENSIONER,
}
_RATES = (
    ("kiwiSaverRate", "employee_rate", "KiwiSaver rate"),
    ("employerSubsidy", "employer_rate", "KiwiSaver employer rate"),
    ("esctRate", "esct_rate", "ESCT rate"),
)


def prepare(draft: Draft, employee: Employee, _settings: SideSettings) -> None:
    """Fill the fields that depend on the employee's country."""
    country = tax_country(employee)
    home_state = normalise.state(employee.address.state) if employee.address else None
    if country == AUSTRALIA and normalise.is_state(home_state):
        draft.put("workState", home_state)
    if len(employee.bank_accounts) == 1:
        _bank(draft, employee.bank_accounts[0])
    if country == AUSTRALIA and employee.au_tax is not None:
        _tfn(draft, employee.au_tax)
    if country == NEW_ZEALAND and employee.nz_tax is not None:
        _ird(draft, employee.nz_tax)
    if employee.kiwisaver is not None:
        _kiwisaver(draft, employee.kiwisaver)


def tax_country(employee: Employee) -> str | None:
    """Return the country where an employee pays tax: from the one tax declaration, or else from other details."""
    declarations = {AUSTRALIA: employee.au_tax, NEW_ZEALAND: employee.nz_tax}
    declared = [country for country, tax in declarations.items() if tax is not None]
    if len(declared) == 1:
        return declared[0]
    lives_in = normalise.country(employee.address.country) if employee.address else None
    if lives_in in declarations:
        return lives_in
    if employee.kiwisaver is not None:
        return NEW_ZEALAND
    is_australian = employee.super_funds or any(account.bsb for account in employee.bank_accounts)
    return AUSTRALIA if is_australian else None


def _bank(draft: Draft, account: BankAccount) -> None:
    if account.bsb is None:
        sent = normalise.new_zealand_account(account.number)
    else:
        bsb, digits = normalise.bsb(account.bsb), normalise.account_number(account.number)
        sent = bsb + digits if bsb and digits else None
    draft.put("bankAccountNumber", sent)
    if sent is None:
        draft.warn(
            "BAD_BANK_ACCOUNT",
            "The bank account is not valid and was not sent. Correct it in the HR system.",
        )


def _tfn(draft: Draft, tax: AustralianTax) -> None:
    digits = tax_number(tax.tfn)
    if tax.tfn and is_masked(tax.tfn):
        draft.warn(
            "MASKED_TFN",
            "The tax file number is hidden in the HR system and was not sent. Enter it in iPayroll by hand.",
            at_target=True,
        )
    elif digits in _PLACEHOLDERS:
        draft.warn(*_PLACEHOLDERS[digits], at_target=True)
    elif digits is not None and normalise.is_tfn(digits):
        draft.put("taxNumber", digits)
    elif tax.tfn:
        draft.warn(
            "BAD_TAX_NUMBER",
            "The tax file number is not valid and was not sent. Correct it in the HR system.",
        )
    elif tax.exemption in _EXEMPTIONS:
        draft.warn(*_EXEMPTIONS[tax.exemption], at_target=True)
    else:
        draft.warn(
            "MISSING_TFN",
            "There is no tax file number in the HR system. Without it the highest tax rate applies.",
        )


def _ird(draft: Draft, tax: NewZealandTax) -> None:
    digits = tax_number(tax.ird)
    if tax.ird and is_masked(tax.ird):
        draft.warn(
            "MASKED_IRD",
            "The IRD number is hidden in the HR system and was not sent. Enter it in iPayroll by hand.",
            at_target=True,
        )
    elif digits is not None and new_zealand.is_valid(digits):
        draft.put("taxNumber", digits)
    elif tax.ird:
        draft.warn(
            "BAD_TAX_NUMBER",
            "The IRD number is not valid and was not sent. Correct it in the HR system.",
        )
    else:
        draft.warn(
            "MISSING_IRD",
            "There is no IRD number in the HR system. Without it the no-notification tax rate applies.",
        )
    draft.put("taxCode", text((tax.code or "").replace("_", " ")))
    _rate(draft, "specialStudentLoan", tax.student_loan_rate, "student loan rate")


def _kiwisaver(draft: Draft, saver: KiwiSaver) -> None:
    match saver.status.upper().replace(" ", "_"):
        case "ACTIVE":
            draft.put("existingKiwiSaverMember", True)
            for name, attribute, label in _RATES:
                _rate(draft, name, getattr(saver, attribute), label)
        case "OPT_OUT":
            draft.put("kiwiSaverOptOutDate", saver.opt_out_date)
        case "SAVINGS_SUSPENSION":
            draft.put("existingKiwiSaverMember", True)
            draft.warn(
                "KIWISAVER_SUSPENDED",
                "KiwiSaver savings are suspended. Enter the suspension in iPayroll by hand.",
                at_target=True,
            )
        case "NOT_ELIGIBLE":
            draft.put("existingKiwiSaverMember", False)
        case "NOT_A_MEMBER":
            draft.warn(
                "KIWISAVER_NOT_A_MEMBER",
                "iPayroll no longer accepts the KiwiSaver status Not a Member, so no KiwiSaver details were sent. "
                "Change it to Not Eligible in the HR system if that is correct.",
            )
        case _:
            draft.warn(
                "KIWISAVER_UNKNOWN",
                "iHUB does not know this KiwiSaver status. Check KiwiSaver in iPayroll.",
                at_target=True,
            )


def _rate(draft: Draft, name: str, written: str | None, label: str) -> None:
    value = None if written is None else number(written)
    if written is not None and value is None:
        draft.warn("BAD_RATE", f"The {label} is not a number and was not sent. Correct it in the HR system.")
    draft.put(name, value)
