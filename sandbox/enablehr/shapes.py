"""The JSON of an employee in enableHR: summary, detail, bank, tax, retirement savings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.people.invented import BRANCHES, Person
from sandbox.world import ACCOUNT_ID, ENABLEHR_SCOPES, ORGANISATION, SECOND, SECOND_ID

Node = dict[str, Any]

_SUMMARY = (
    "id",
    "employeeNumber",
    "firstName",
    "surname",
    "dateOfBirth",
    "gender",
    "employmentType",
    "employmentStatus",
)
_DETAIL = (
    *_SUMMARY,
    *("title", "middleName", "preferredName", "nickname", "personalAddress", "postalAddress"),
    *("contacts", "positionTitle", "commencementDate", "endDate", "newEmployeeId", "oldEmployeeId"),
)
_DATES = ("dateCreatedUTC", "dateUpdatedUTC")
_BRANCH = {branch["id"]: {name: branch[name] for name in ("id", "name", "path")} for branch in BRANCHES}
_FOUNDED = "2021-03-01 00:00:00"


def summary(person: Person) -> Node:
    """Return an employee as listed."""
    return _select_fields(person, _SUMMARY + _DATES) | {"ownerBranch": _BRANCH[person["branchId"]]}


def detail(person: Person) -> Node:
    """Return an employee in full, without payroll details."""
    return _select_fields(person, _DETAIL + _DATES) | {
        "ownerBranch": _BRANCH[person["branchId"]],
        "linkedBranches": [],
    }


def bank_accounts(person: Person) -> Node:
    """Return the bank accounts under the person's country."""
    accounts = [account | _select_fields(person, _DATES) for account in person.get("bankAccounts") or []]
    return {"au": [], "nz": []} | {person["region"].lower(): accounts}


def tax_details(person: Person) -> Node:
    """Return the tax declaration under the person's country."""
    tax = person.get("tax")
    return {"au": {}, "nz": {}} | {
        person["region"].lower(): tax | _select_fields(person, _DATES) if tax else {}
    }


def retirement_savings(person: Person) -> Node:
    """Return the superannuation funds, or KiwiSaver in New Zealand."""
    savings, dates = person.get("retirement"), _select_fields(person, _DATES)
    if person["region"] == "AU":
        return {"au": [fund | dates for fund in savings or []], "nz": {}}
    return {"au": [], "nz": savings | dates if savings else {}}


def branch(entry: Node) -> Node:
    """Return a branch."""
    dates = {"dateCreatedUTC": _FOUNDED, "dateUpdatedUTC": _FOUNDED}
    legal = next(one for one in BRANCHES if one["region"] == entry["region"])
    parent = {} if legal is entry else {"parent": _BRANCH[legal["id"]]}
    return {**_BRANCH[entry["id"]], "type": entry["type"], "children": [], **parent, **dates}


def account(account_id: str = ACCOUNT_ID) -> Node:
    """Return an account."""
    legal = SECOND if account_id == SECOND_ID else ORGANISATION
    return {
        "id": account_id,
        "tradingName": legal.removesuffix(" Pty Ltd"),
        "legalName": legal,
        "region": "AU",
    }


def user(accounts: Sequence[str] = (ACCOUNT_ID,)) -> Node:
    """Return the user who consented, and the accounts they may use."""
    return {
        "username": "hr.admin@example.com",
        "firstName": "Helen",
        "lastName": "Harbour",
        "email": "hr.admin@example.com",
        "roles": ["Account Admin"],
        "permissions": [scope for scope in ENABLEHR_SCOPES if scope != "offline_access"],
        "hubs": [],
        "partners": [],
        "accounts": [
            {name: value for name, value in account(one).items() if name != "region"} for one in accounts
        ],
        "dateCreatedUTC": _FOUNDED,
        "dateUpdatedUTC": _FOUNDED,
    }


def _select_fields(person: Person, fields: tuple[str, ...]) -> Node:
    return {field: person[field] for field in fields if field in person}


STATUSES = (
    *("Current", "Terminated", "Completed", "Suspended", "Leave"),
    *("LeaveWithoutPay", "Transferred", "Terminating", "Merged"),
)
TYPES = (
    *("Unspecified", "Permanent_FullTime", "Permanent_PartTime", "Temporary", "Casual", "Contract"),
    *("FixedTerm_FullTime", "FixedTerm_PartTime", "LabourHire", "SuperIncomeStream"),
)
GENDERS = ("Male", "Female", "Non_Binary", "Not_Stated")


def _reference(names: tuple[str, ...]) -> list[Node]:
    return [
        {"id": str(number), "name": name, "description": name.replace("_", " ")}
        for number, name in enumerate(names, start=1)
    ]


REFERENCE_DATA = {"employment-types": _reference(TYPES), "employment-statuses": _reference(STATUSES)}
