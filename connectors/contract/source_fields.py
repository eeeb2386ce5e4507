"""The catalogue of what a source has of its employees, as people choose from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from connectors.contract.employee import SENSITIVE
from connectors.contract.fields import FieldType

CUSTOM = "custom"
_CUSTOM_EXAMPLES = {
    FieldType.TEXT: "text",
    FieldType.DATE: "2024-07-01",
    FieldType.NUMBER: "0.00",
    FieldType.BOOLEAN: "yes or no",
    FieldType.EMAIL: "name@example.com",
    FieldType.PHONE: "04xx xxx xxx",
}


@dataclass(frozen=True, slots=True)
class SourceField:
    """One value of an employee, or a list of them.

    ``path`` is what a file or a mapping writes under ``from``. ``example`` shows the form of a value and is never one
    of a person. ``entries`` has the values of a list's entries, with the paths that they have inside an entry; a list
    without entries has plain values.
    """

    path: str
    label: str
    type: FieldType = FieldType.TEXT
    sensitive: bool = False
    is_list: bool = False
    example: str = ""
    entries: tuple[SourceField, ...] = ()


def _text(path: str, label: str, example: str = "text") -> SourceField:
    return SourceField(path, label, sensitive=path in SENSITIVE, example=example)


def _typed(kind: FieldType, example: str) -> Callable[[str, str], SourceField]:
    return lambda path, label: SourceField(path, label, kind, path in SENSITIVE, example=example)


_date = _typed(FieldType.DATE, "2024-07-01")
_number = _typed(FieldType.NUMBER, "0.00")
_whole = _typed(FieldType.NUMBER, "0")
_yes_no = _typed(FieldType.BOOLEAN, "yes or no")
_email = _typed(FieldType.EMAIL, "name@example.com")
_phone = _typed(FieldType.PHONE, "04xx xxx xxx")


def _list(path: str, label: str, *entries: SourceField) -> SourceField:
    """Return a list; its entries are given with their whole paths."""
    inner = tuple(replace(entry, path=entry.path.removeprefix(f"{path}.")) for entry in entries)
    return SourceField(path, label, is_list=True, entries=inner, sensitive=any(e.sensitive for e in inner))


STANDARD: tuple[SourceField, ...] = (
    _text("source_id", "Id in the HR system", "12345"),
    _text("first_name", "First name"),
    _text("surname", "Surname"),
    _text("employee_number", "Employee number", "0042"),
    _text("title", "Title", "Ms"),
    _text("middle_name", "Middle name"),
    _text("preferred_name", "Preferred name"),
    _date("date_of_birth", "Date of birth"),
    _text("gender", "Gender", "Female"),
    _email("email", "E-mail"),
    _email("work_email", "Work e-mail"),
    _phone("phone", "Phone"),
    _phone("mobile", "Mobile"),
    _text("address.line1", "Address line 1", "1 High Street"),
    _text("address.line2", "Address line 2", "Unit 4"),
    _text("address.suburb", "Suburb"),
    _text("address.state", "State", "NSW"),
    _text("address.postcode", "Postcode", "2000"),
    _text("address.country", "Country", "Australia"),
    _text("position", "Position"),
    _text("branch_id", "Branch id", "12"),
    _text("branch", "Branch"),
    _text("employment_type", "Employment type", "Casual"),
    _text("status", "Status", "Current"),
    _date("start_date", "Start date"),
    _date("end_date", "End date"),
    _text("earlier_record_id", "Id of the earlier record", "12345"),
    _text("later_record_id", "Id of the later record", "12345"),
    _list(
        "bank_accounts",
        "Bank accounts",
        _text("bank_accounts.name", "Account name"),
        _text("bank_accounts.number", "Account number", "xxxx xxxx"),
        _text("bank_accounts.bsb", "BSB", "xxx-xxx"),
        _whole("bank_accounts.amount_cents", "Amount in cents"),
        _yes_no("bank_accounts.remainder", "Gets the remainder"),
        _whole("bank_accounts.order", "Order"),
    ),
    _text("au_tax.tfn", "Tax file number", "xxx xxx xxx"),
    _text("au_tax.exemption", "Tax file number exemption", "PENDING"),
    _text("au_tax.basis", "Employment basis for tax", "FULL_TIME"),
    _text("au_tax.residency", "Residency for tax", "AUSTRALIAN_RESIDENT"),
    _yes_no("au_tax.threshold_claimed", "Tax-free threshold claimed"),
    _yes_no("au_tax.study_loan", "Study loan"),
    _text("nz_tax.ird", "IRD number", "xx-xxx-xxx"),
    _text("nz_tax.code", "Tax code", "M_SL"),
    _text("nz_tax.student_loan_rate", "Student loan rate", "12"),
    _list(
        "super_funds",
        "Super funds",
        _text("super_funds.type", "Type", "REGULATED"),
        _text("super_funds.name", "Fund name"),
        _text("super_funds.abn", "Fund ABN", "xx xxx xxx xxx"),
        _text("super_funds.usi", "USI", "XXX0000AU"),
        _text("super_funds.member_number", "Member number", "xxxxxxxx"),
        _text("super_funds.esa", "Electronic service address"),
        _text("super_funds.bsb", "BSB of a self-managed fund", "xxx-xxx"),
        _text("super_funds.account_number", "Account number of a self-managed fund", "xxxxxxxx"),
    ),
    _text("kiwisaver.status", "KiwiSaver status", "ACTIVE"),
    _text("kiwisaver.employee_rate", "KiwiSaver rate", "3"),
    _text("kiwisaver.employer_rate", "KiwiSaver employer rate", "3"),
    _text("kiwisaver.esct_rate", "ESCT rate", "17.5"),
    _date("kiwisaver.opt_out_date", "KiwiSaver opt-out date"),
    _number("pay_rate", "Pay rate"),
    _text("pay_rate_unit", "Unit of the pay rate", "Hourly"),
    _number("hours_per_week", "Hours a week"),
    _number("standard_hours", "Hours of a full-time week"),
    _text("cost_centre", "Cost centre", "100"),
    _text("department", "Department"),
    _text("manager", "Manager"),
    _text("payment_method", "Payment method", "Bank"),
    _text("termination_reason", "Termination reason", "Resignation"),
    _date("work_rights_end", "Visa or right to work ends"),
    _list(
        "emergency_contacts",
        "Emergency contacts",
        _text("emergency_contacts.name", "Name"),
        _text("emergency_contacts.relationship", "Relationship", "Partner"),
        _phone("emergency_contacts.phone", "Phone"),
        _phone("emergency_contacts.mobile", "Mobile"),
        _email("emergency_contacts.email", "E-mail"),
        _text("emergency_contacts.address", "Address"),
    ),
    _list(
        "leave_balances",
        "Leave balances",
        _text("leave_balances.type", "Type", "Annual leave"),
        _number("leave_balances.balance", "Balance"),
        _text("leave_balances.unit", "Unit", "Hours"),
    ),
)


def standard_fields(read: Collection[str]) -> tuple[SourceField, ...]:
    """Return the shared fields that a source reads; ``read`` has their paths without the numbers of entries."""
    found = []
    for field in STANDARD:
        if not field.is_list:
            if field.path in read or field.path == "source_id":
                found.append(field)
            continue
        entries = tuple(entry for entry in field.entries if f"{field.path}.{entry.path}" in read)
        if entries:
            found.append(replace(field, entries=entries, sensitive=any(each.sensitive for each in entries)))
    return tuple(found)


def custom_field(
    name: str,
    label: str,
    kind: FieldType = FieldType.TEXT,
    *,
    sensitive: bool = False,
    is_list: bool = False,
    entries: tuple[SourceField, ...] = (),
) -> SourceField:
    """Return a field that a source has beyond the shared ones."""
    example = "" if entries else _CUSTOM_EXAMPLES[kind]
    return SourceField(f"{CUSTOM}.{name}", label, kind, sensitive, is_list, example, entries)


def first_entries(fields: Sequence[SourceField]) -> Iterator[SourceField]:
    """Yield each field, and after a list also the values of its first entry, which have places of their own."""
    for field in fields:
        yield field
        if not field.is_list:
            continue
        for entry in field.entries or (replace(field, path="", is_list=False),):
            path = f"{field.path}.0.{entry.path}".rstrip(".")
            yield replace(entry, path=path, label=label_of(path, [field]))


def label_of(path: str, fields: Sequence[SourceField] = STANDARD) -> str:
    """Return the label of a place; the path itself where no field has it."""
    names = [name for name in path.split(".") if not name.isdigit()]
    plain, numbers = ".".join(names), [int(name) + 1 for name in path.split(".") if name.isdigit()]
    for field in fields:
        if field.path == plain:
            return f"{field.label}, entry {numbers[0]}" if numbers else field.label
        if field.is_list and plain.startswith(f"{field.path}."):
            entry = next((each for each in field.entries if f"{field.path}.{each.path}" == plain), None)
            if entry is not None:
                position = f", entry {numbers[0]}" if numbers else ""
                return f"{field.label}{position}: {entry.label}"
    return path
