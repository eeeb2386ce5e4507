"""The form that shows and changes one person of enableHR."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from sandbox.enablehr.moves import TRANSFERS
from sandbox.enablehr.shapes import GENDERS, STATUSES, TYPES
from sandbox.pages.layout import escaped
from sandbox.people.invented import BRANCHES, Person

_ACCOUNTS = 4


class FormError(Exception):
    """A value in the form that is not valid; the message says which."""


class Entry(NamedTuple):
    """One field of the form; ``path`` is where it lives in the person."""

    label: str
    path: str
    choices: tuple[tuple[str, str], ...] = ()
    kind: str = "text"


def _plain(values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return (("", "(none)"), *((value, value.replace("_", " ")) for value in values))


_PERSONAL = (
    Entry("Title", "title"),
    Entry("First name", "firstName"),
    Entry("Middle name", "middleName"),
    Entry("Surname", "surname"),
    Entry("Preferred name", "preferredName"),
    Entry("Date of birth", "dateOfBirth", kind="date"),
    Entry("Gender", "gender", _plain(GENDERS)),
    Entry("E-mail", "contacts.home.email"),
    Entry("Mobile", "contacts.home.mobile"),
    Entry("Phone", "contacts.home.phone"),
    Entry("Work e-mail", "contacts.work.email"),
)
_ADDRESS = (
    Entry("Address line 1", "personalAddress.line1"),
    Entry("Address line 2", "personalAddress.line2"),
    Entry("Suburb", "personalAddress.suburb"),
    Entry("State", "personalAddress.state"),
    Entry("Postcode", "personalAddress.postcode"),
    Entry("Country", "personalAddress.country"),
)
_EMPLOYMENT = (
    Entry("Employee number", "employeeNumber"),
    Entry("Status", "employmentStatus", _plain(STATUSES)),
    Entry("Employment type", "employmentType", _plain(TYPES)),
    Entry("Position", "positionTitle"),
    Entry("Branch", "branchId", tuple((branch["id"], branch["path"]) for branch in BRANCHES)),
    Entry("Start date", "commencementDate", kind="date"),
    Entry("End date", "endDate", kind="date"),
)
_TAX = {
    "AU": (Entry("Tax file number", "tax.tfn"),),
    "NZ": (Entry("IRD number", "tax.irdNumber"), Entry("Tax code", "tax.taxCode")),
}


def form(person: Person) -> str:
    """Return the form with the person's values in it."""
    groups = (
        ("Person", _PERSONAL),
        ("Address", _ADDRESS),
        ("Employment", _EMPLOYMENT),
        ("Tax", _TAX[person["region"]]),
    )
    sets = "".join(
        f"<fieldset><legend>{name}</legend>{_inputs(person, entries)}</fieldset>" for name, entries in groups
    )
    return f'<form method="post" class="card">{sets}{_accounts(person)}<button>Save</button></form>'


def move_forms(person: Person) -> str:
    """Return the forms that transfer a person and merge them into another."""
    others = [branch for branch in BRANCHES if branch["id"] != person["branchId"]]
    branches = "".join(
        f'<option value="{branch["id"]}">{escaped(branch["path"])}</option>' for branch in others
    )
    kinds = "".join(f'<option value="{kind}">{kind.replace("_", " ")}</option>' for kind in TRANSFERS)
    start = f'<form method="post" action="/people/{person["id"]}/move" class="card">'
    return (
        f'<h2>Transfer or merge</h2>{start}<label>To branch<select name="branch">{branches}</select></label>'
        f'<label>How<select name="type">{kinds}</select></label><button>Transfer</button></form>'
        f'{start}<label>Merge into the person with the ID<input name="into"></label><button>Merge</button></form>'
    )


def _inputs(person: Person, entries: tuple[Entry, ...]) -> str:
    return "".join(
        f"<label>{entry.label}{_input(entry, _value(person, entry.path))}</label>" for entry in entries
    )


def _input(entry: Entry, value: str) -> str:
    if not entry.choices:
        return f'<input name="{entry.path}" type="{entry.kind}" value="{escaped(value)}">'
    options = "".join(
        f'<option value="{escaped(key)}"{" selected" if key == value else ""}>{escaped(name)}</option>'
        for key, name in entry.choices
    )
    return f'<select name="{entry.path}">{options}</select>'


def _value(person: Person, path: str) -> str:
    value: Any = person
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)


def _accounts(person: Person) -> str:
    stored = person.get("bankAccounts") or []
    rows = "".join(
        _account(number, stored[number] if number < len(stored) else {}, person["region"])
        for number in range(_ACCOUNTS)
    )
    note = "An account without an amount takes the remainder. Clear the number to remove an account."
    return f'<h2>Bank accounts</h2><p class="soft">{note}</p>{rows}'


def _account(number: int, account: Mapping[str, Any], region: str) -> str:
    cents = account.get("amountInCents")
    columns = [("Account name", "name", account.get("name"))]
    columns += [("BSB", "bsb", account.get("bsb"))] if region == "AU" else []
    columns += [
        ("Account number", "number", account.get("number")),
        ("Amount", "amount", f"{cents / 100:.2f}" if cents else ""),
    ]
    cells = "".join(
        f'<label>{label} {number + 1}<input name="bank.{number}.{field}" value="{escaped(value)}"></label>'
        for label, field, value in columns
    )
    return f"<fieldset>{cells}</fieldset>"


def changes(person: Person, given: Mapping[str, str]) -> dict[str, Any]:
    """Return what the form changes about the person: only what differs."""
    found: dict[str, Any] = {}
    for entry in (*_PERSONAL, *_ADDRESS, *_EMPLOYMENT, *_TAX[person["region"]]):
        if entry.path in given and given[entry.path] != _value(person, entry.path):
            _lay(found, entry.path, given[entry.path] or None)
    accounts = _given_accounts(person, given)
    if accounts != (person.get("bankAccounts") or []):
        found["bankAccounts"] = accounts
    return found


def _lay(found: dict[str, Any], path: str, value: str | None) -> None:
    *parents, last = path.split(".")
    for part in parents:
        found = found.setdefault(part, {})
    found[last] = value


def _given_accounts(person: Person, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the accounts of the form; those it does not mention stay."""
    stored = person.get("bankAccounts") or []
    if not any(name.startswith("bank.") for name in given):
        return stored
    accounts: list[dict[str, Any]] = []
    for number in range(_ACCOUNTS):
        fields = {
            field: given.get(f"bank.{number}.{field}", "") for field in ("name", "bsb", "number", "amount")
        }
        if fields["number"]:
            old = stored[number] if number < len(stored) else {"id": f"{person['id']}{number + 1}"}
            accounts.append(_account_of(old, fields, person["region"], len(accounts)))
    return accounts


def _account_of(old: dict[str, Any], fields: dict[str, str], region: str, order: int) -> dict[str, Any]:
    account = {key: value for key, value in old.items() if key != "amountInCents"}
    account |= {
        "number": fields["number"],
        "name": fields["name"] or "Account",
        "remainder": not fields["amount"],
    }
    if fields["amount"]:
        account["amountInCents"] = _cents(fields["amount"])
    return account | ({"bsb": fields["bsb"] or "000-000", "accountOrder": order} if region == "AU" else {})


def _cents(amount: str) -> int:
    try:
        cents = Decimal(amount.replace(",", "").lstrip("$")) * 100
    except InvalidOperation as error:
        raise FormError("An amount must be a sum of money, such as 100.00.") from error
    if not cents.is_finite() or not 0 < cents <= 100_000_000:
        raise FormError("An amount must be more than 0 and at most 1,000,000.00.")
    return int(cents)
