"""An employee in the fields that all connectors share.

Sources translate their responses into these values, targets translate these values into their own requests. An absent
value is ``None`` (the source does not say) and never an empty string. Dates are calendar dates where the employee
lives, never instants. Money is integer cents, except for a rate of pay. Nothing changes an employee after it was made
(``records.py`` says why the class is not frozen).

One file, because the parts of an employee are read together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache


class Gender(StrEnum):
    """Gender as enableHR records it."""

    MALE = "Male"
    FEMALE = "Female"
    NON_BINARY = "Non_Binary"
    NOT_STATED = "Not_Stated"


class EmploymentStatus(StrEnum):
    """The statuses of an employment as enableHR records them; other sources map theirs to these."""

    CURRENT = "Current"
    TERMINATED = "Terminated"
    COMPLETED = "Completed"
    SUSPENDED = "Suspended"
    LEAVE = "Leave"
    LEAVE_WITHOUT_PAY = "LeaveWithoutPay"
    TRANSFERRED = "Transferred"
    TERMINATING = "Terminating"
    MERGED = "Merged"


@lru_cache(maxsize=1024)
def fold_word(word: str) -> str:
    """Return a word as two are compared: only its letters and digits, in one case."""
    return "".join(character for character in word.casefold() if character.isalnum())


# What other systems call somebody who is employed.
_OTHER_WORDS = {"active": EmploymentStatus.CURRENT}
_STATUSES = {fold_word(status): status for status in EmploymentStatus} | _OTHER_WORDS
ENDED = frozenset({EmploymentStatus.TERMINATED, EmploymentStatus.COMPLETED})
ALL_READ: frozenset[str] = frozenset()
# The attributes that only people with a right to payroll details can read.
PAYROLL = frozenset(
    {"bank_accounts", "au_tax", "nz_tax", "super_funds", "kiwisaver", "pay_rate", "pay_rate_unit"}
)
# What decides whether somebody is paid, how much, and where it goes.
PAY = PAYROLL | {
    *("employment_type", "start_date", "end_date", "hours_per_week", "standard_hours", "payment_method"),
}
# The bank account of a self-managed fund, which few sources have.
FUND_ACCOUNT = "super_funds.account_number"
# The values that identify a person to others or move their money, and what somebody earns; without the number of an
# entry in a list.
SENSITIVE = frozenset(
    {
        "au_tax.tfn",
        "date_of_birth",
        "emergency_contacts.phone",
        "emergency_contacts.mobile",
        "emergency_contacts.email",
        "emergency_contacts.address",
        "nz_tax.ird",
        "bank_accounts.number",
        "bank_accounts.bsb",
        "super_funds.member_number",
        "super_funds.bsb",
        "super_funds.account_number",
        "pay_rate",
    }
)

# A value of a field that a source has beyond the shared ones: one, or a list of values or of entries with several.
SingleValue = str | bool | Decimal | date
CustomValue = SingleValue | tuple[SingleValue | Mapping[str, SingleValue], ...]


def employment_status(word: str | None) -> EmploymentStatus | None:
    """Return the status that a word stands for, whatever its case; None where iHUB does not know it."""
    return None if word is None else _STATUSES.get(fold_word(word))


@dataclass(slots=True)
class Address:
    """A postal or home address; ``state`` and ``postcode`` are free text at the source."""

    line1: str | None = None
    line2: str | None = None
    suburb: str | None = None
    state: str | None = None
    postcode: str | None = None
    country: str | None = None


@dataclass(slots=True)
class BankAccount:
    """One bank account; ``bsb`` is None in New Zealand, where the number holds the bank and branch."""

    name: str | None
    number: str
    bsb: str | None = None
    amount_cents: int | None = None
    remainder: bool = False
    order: int = 0


@dataclass(slots=True)
class SuperFund:
    """One Australian superannuation membership; ``type`` is REGULATED or SMSF. It has a name, a USI or both.

    A self-managed fund has a bank account and an electronic service address in place of a USI.
    """

    type: str
    name: str | None
    abn: str | None
    usi: str | None
    member_number: str | None
    esa: str | None = None
    bsb: str | None = None
    account_number: str | None = None


@dataclass(slots=True)
class KiwiSaver:
    """New Zealand retirement saving; rates are percentages as text, status as enableHR spells it."""

    status: str
    employee_rate: str | None = None
    employer_rate: str | None = None
    esct_rate: str | None = None
    opt_out_date: date | None = None


@dataclass(slots=True)
class AustralianTax:
    """Tax declaration (Australia); ``tfn`` may be masked as ``###-###-123``."""

    tfn: str | None = None
    exemption: str | None = None
    basis: str | None = None
    residency: str | None = None
    threshold_claimed: bool | None = None
    study_loan: bool | None = None


@dataclass(slots=True)
class NewZealandTax:
    """Tax declaration (New Zealand); ``code`` as enableHR spells it (``M_SL``)."""

    ird: str | None = None
    code: str | None = None
    student_loan_rate: str | None = None


@dataclass(slots=True)
class EmergencyContact:
    """Somebody to call in an emergency; they have a name, a phone or a mobile number."""

    name: str | None = None
    relationship: str | None = None
    phone: str | None = None
    mobile: str | None = None
    email: str | None = None
    address: str | None = None


@dataclass(slots=True)
class LeaveBalance:
    """How much leave of one type somebody has left, in the unit of the source, such as Hours or Days."""

    type: str | None = None
    balance: Decimal | None = None
    unit: str | None = None


@dataclass(slots=True)
class Employee:
    """One employee as the source describes them now."""

    first_name: str | None
    surname: str | None
    employee_number: str | None = None
    title: str | None = None
    middle_name: str | None = None
    preferred_name: str | None = None
    date_of_birth: date | None = None
    gender: str | None = None
    email: str | None = None
    work_email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    address: Address | None = None
    position: str | None = None
    branch_id: str | None = None
    branch: str | None = None
    employment_type: str | None = None
    status: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    bank_accounts: tuple[BankAccount, ...] = ()
    au_tax: AustralianTax | None = None
    nz_tax: NewZealandTax | None = None
    super_funds: tuple[SuperFund, ...] = ()
    kiwisaver: KiwiSaver | None = None
    # The rate in dollars for each unit, such as Hourly or Annually, as the source spells it.
    pay_rate: Decimal | None = None
    pay_rate_unit: str | None = None
    hours_per_week: Decimal | None = None
    # The hours of a full-time week.
    standard_hours: Decimal | None = None
    cost_centre: str | None = None
    department: str | None = None
    manager: str | None = None
    payment_method: str | None = None
    termination_reason: str | None = None
    # When the visa or another right to work ends.
    work_rights_end: date | None = None
    emergency_contacts: tuple[EmergencyContact, ...] = ()
    leave_balances: tuple[LeaveBalance, ...] = ()
    # The source's own fields by name: None where one is blank; one that the source did not show is absent.
    custom: Mapping[str, CustomValue | None] = field(default_factory=dict)
    # The ids of the same person's earlier and later record in this source, where a transfer or a merge has joined them.
    earlier_record_id: str | None = None
    later_record_id: str | None = None
    # The attributes that the source did not read: they may have a value there. All others are as the source has them.
    unread: frozenset[str] = field(default=ALL_READ, compare=False)
    # Those of them that the source never has: they have to come from elsewhere.
    not_offered: frozenset[str] = field(default=ALL_READ, compare=False)
    # Some of them because the source refused to show them to the person who connected it.
    refused: bool = field(default=False, compare=False)

    @property
    def display_name(self) -> str:
        """Return the name shown on screens: first name and surname, as far as they are known."""
        return " ".join(part for part in (self.first_name, self.surname) if part)

    @property
    def terminated(self) -> bool:
        """Return whether this employment has ended at the source."""
        return employment_status(self.status) in ENDED

    def apply_end_date(self, today: date) -> None:
        """End the employment of an employee without a status once their end date has come; sources call this once."""
        if self.status is None and self.end_date is not None and self.end_date <= today:
            self.status = EmploymentStatus.TERMINATED

    @property
    def ends_by_date(self) -> bool:
        """Return whether the employment ends on a later day without a change at the source."""
        return self.status is None and self.end_date is not None
