"""Transfers and merges of people in enableHR, named as its actions are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.enablehr.employees import Employees
from sandbox.people.invented import BRANCHES, Person

COPY = "Transfer_Employee_Copy"
MOVE = "Transfer_Employee_Move_Everything"
NO_TRACE = "Transfer_Employee_Move_Everything_No_Trace"
TRANSFERS = (COPY, MOVE, NO_TRACE)
# What a move takes with it, and a copy leaves with the old record too.
_PAYROLL = ("bankAccounts", "tax", "retirement")
_OWN = ("id", "oldEmployeeId", "newEmployeeId", "dateCreatedUTC", "dateUpdatedUTC")
_REGION = {branch["id"]: branch["region"] for branch in BRANCHES}


class MoveError(Exception):
    """A transfer or a merge that cannot be made; the message says why."""


def transfer(
    people: Employees, old: Person, branch: str, kind: str = COPY, changes: Mapping[str, Any] | None = None
) -> Person:
    """Give a person a new record in a branch, and return it.

    The old record becomes *Transferred* and each names the other; with ``NO_TRACE`` the old one is gone. ``changes``
    are fields of the new record; None leaves a field out.
    """
    if kind not in TRANSFERS:
        raise MoveError(f"type must be one of {', '.join(TRANSFERS)}.")
    if branch not in _REGION:
        raise MoveError("branchId is not a branch of this account.")
    fields = {name: value for name, value in old.items() if name not in _OWN}
    place = {"branchId": branch, "employmentStatus": "Current", "endDate": None, "oldEmployeeId": old["id"]}
    new = people.add(fields | place)
    if changes:
        new = people.edit(new["id"], dict(changes))
    if kind == NO_TRACE:
        people.remove(old["id"])
        return people.edit(new["id"], {"oldEmployeeId": None})
    taken = dict.fromkeys(_PAYROLL) if kind == MOVE else {}
    people.edit(old["id"], taken | {"employmentStatus": "Transferred", "newEmployeeId": new["id"]})
    return new


def merge(people: Employees, duplicate: Person, into: str) -> Person:
    """Merge a duplicate into another record, and return that one; the duplicate becomes *Merged*."""
    surviving = people.get(into)
    if surviving is None or surviving is duplicate:
        raise MoveError("into must be the ID of another person.")
    people.edit(duplicate["id"], {"employmentStatus": "Merged", "newEmployeeId": into})
    return surviving
