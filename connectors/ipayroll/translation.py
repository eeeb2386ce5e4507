"""Translate an employee for iPayroll: what is sent, what is left out with a warning, what stops the record."""

from __future__ import annotations

from decimal import Decimal

from connectors.contract import Prepared, Reason, Verdict
from connectors.employee import BankAccount, Employee
from connectors.ipayroll import canonical
from connectors.ipayroll.canonical import AUSTRALIA, NEW_ZEALAND
from connectors.ipayroll.draft import Draft
from connectors.ipayroll.kiwisavers import kiwisaver
from connectors.ipayroll.settings import IPayrollSettings
from connectors.ipayroll.taxes import place_of, taxes

SEVERAL_ACCOUNTS = "More than one bank account exists for the employee. Cannot proceed with exporting this employee"
FINISH_DATE = "Finish Date needs to be updated in iPayroll for this employee"
_GENDERS = {"male": "Male", "female": "Female"}


def prepared(settings: IPayrollSettings, source_id: str, employee: Employee) -> Prepared:
    """Return the employee as iPayroll wants it; pure."""
    draft = Draft()
    _identity(draft, settings, source_id, employee)
    _contact(draft, employee)
    _address(draft, employee)
    _employment(draft, settings, employee)
    _bank(draft, employee.bank_accounts)
    taxes(draft, employee)
    kiwisaver(draft, employee)
    return draft.finished()


def _identity(draft: Draft, settings: IPayrollSettings, source_id: str, employee: Employee) -> None:
    chosen = source_id if settings.employee_id_from == "source_id" else employee.employee_number
    draft.put("employeeId", canonical.text(chosen))
    draft.put("firstNames", canonical.text(employee.first_name))
    draft.put("surname", canonical.text(employee.surname))
    draft.put("preferredName", canonical.text(employee.preferred_name))
    draft.put("title", canonical.text(employee.title))
    draft.put("birthDate", employee.date_of_birth)
    _gender(draft, canonical.text(employee.gender))


def _gender(draft: Draft, gender: str | None) -> None:
    known = _GENDERS.get((gender or "").casefold())
    draft.put("gender", known)
    if gender and not known:
        draft.stop(
            "gender",
            Reason.NO_VALUE_MAP,
            "iPayroll takes only Male or Female as gender and this employee has neither in the HR system. Ask the employee "
            "which one payroll should hold and enter it there, or add the employee in iPayroll by hand.",
        )


def _contact(draft: Draft, employee: Employee) -> None:
    emails = [entry for entry in (employee.email, employee.work_email) if entry]
    draft.put("email", next((found for found in map(canonical.email, emails) if found), None))
    if emails and canonical.email(emails[0]) is None:
        draft.warn("BAD_EMAIL", "The e-mail address is not a valid one and was not sent. Correct it in the HR system.")
    phones = [entry for entry in (employee.mobile, employee.phone) if entry]
    draft.put("phone", next((found for found in map(canonical.phone, phones) if found), None))
    if phones and canonical.phone(phones[0]) is None:
        draft.warn("BAD_PHONE", "The phone number is not a valid one and was not sent. Correct it in the HR system.")


def _address(draft: Draft, employee: Employee) -> None:
    if (address := employee.address) is None:
        return
    draft.put("address.addressLine1", canonical.text(address.line1))
    draft.put("address.addressLine2", canonical.text(address.line2))
    draft.put("address.suburb", canonical.text(address.suburb))
    draft.put("address.postCode", canonical.text(address.postcode))
    draft.put("address.country", canonical.country(address.country))
    # New Zealand has no states: what HR systems hold there is the city.
    in_new_zealand = canonical.country(address.country) == NEW_ZEALAND
    draft.put("address.city" if in_new_zealand else "address.state", canonical.state(address.state))


def _employment(draft: Draft, settings: IPayrollSettings, employee: Employee) -> None:
    draft.put("startDate", employee.start_date)
    draft.put("payFrequency", settings.pay_frequency)
    draft.put("fullTimeHoursWeek", canonical.number(Decimal(str(settings.full_time_hours))))
    draft.put("paymentMethod", canonical.text(settings.payment_method))
    home = canonical.state(employee.address.state) if employee.address else None
    if place_of(employee) == AUSTRALIA and canonical.is_state(home):
        draft.put("workState", home)
    if employee.terminated:
        draft.warn("FINISH_DATE", FINISH_DATE)


def _bank(draft: Draft, accounts: tuple[BankAccount, ...]) -> None:
    if len(accounts) > 1:
        draft.stop("bankAccountNumber", Reason.TOO_MANY_BANK_ACCOUNTS, SEVERAL_ACCOUNTS, Verdict.ERROR)
    elif accounts:
        number = _account(accounts[0])
        draft.put("bankAccountNumber", number)
        if number is None:
            draft.warn("BAD_BANK_ACCOUNT", "The bank account is not a valid one and was not sent. Correct it in the HR system.")


def _account(account: BankAccount) -> str | None:
    if account.bsb is None:
        return canonical.new_zealand_account(account.number)
    bsb, number = canonical.digits(account.bsb), canonical.digits(account.number)
    return bsb + number if bsb and number and len(bsb) == 6 and len(number) <= 10 else None
