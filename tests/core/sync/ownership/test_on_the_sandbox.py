"""What a clerk changes in iPayroll is found, whatever it is, and formatting never is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.models import ConflictState, Decision, ProblemKind, Record
from core.review import field_conflicts, field_decisions
from core.security.actor import OPERATOR
from harness.sandbox import Sandbox
from tests.core.problems.test_on_the_sandbox import Result, payroll, sync, written

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("payroll", ["ipayroll"], indirect=True)]
__all__ = ["payroll", "sync"]

# What a clerk enters, by field, and whether it waits for a person.
EDITS: dict[str, Any] = {
    "preferredName": "Bee",
    "phone": "021 555 0199",
    "email": "clerk@example.test",
    "surname": "Clerk",
    "startDate": "2020-03-02",
    "taxNumber": "136410132",
    "bankAccountNumber": "38-9000-0000001-00",
}
ASKED = {"bankAccountNumber"}


def found(row: Record) -> dict[str, str]:
    """Return the fields of which a row says that payroll has changed them, with how."""
    said = {change["field"]: "written" for change in row.changes or () if change.get("reason")}
    waits = [one["field"] for one in row.warnings or () if one.get("kind") == ProblemKind.FIELD_CONFLICT]
    return said | dict.fromkeys(waits, "waits")


def edit_each(sandbox: Sandbox, rows: dict[str, Record]) -> dict[str, str]:
    """Change each field of another employee; return the fields by source id."""
    stored = {employee["employeeId"]: employee for employee in sandbox.control.payroll()}
    free = iter(written(rows))
    edited: dict[str, str] = {}
    for field, value in EDITS.items():
        source_id = next(one for one in free if stored[rows[one].target_id].get(field))
        sandbox.control.edit_payroll(rows[source_id].target_id or "", **{field: value})
        edited[source_id] = field
    return edited


def test_every_edit_by_hand_is_found_and_decided(sync: Callable[..., Result], sandbox: Sandbox) -> None:
    _, rows = sync()
    sync()
    edited = edit_each(sandbox, rows)
    _, after = sync()
    said = {source_id: found(after[source_id]) for source_id in edited}
    assert said == {
        source_id: {field: "waits" if field in ASKED else "written"} for source_id, field in edited.items()
    }
    others = [row for source_id, row in after.items() if source_id not in edited and found(row)]
    assert others == []
    (waiting,) = (source_id for source_id, field in edited.items() if field in ASKED)
    assert after[waiting].decision is Decision.HELD
    (view,) = field_conflicts.conflicts_page(OPERATOR, [ConflictState.WAITING]).rows
    assert (view.source_id, [value.payroll for value in view.values]) == (waiting, ["••• 000"])
    field_decisions.decide(OPERATOR, view.id, ConflictState.USE_HR, view.version)
    _, last = sync()
    assert found(last[waiting]) == {"bankAccountNumber": "written"}
    assert sync()[0].written == 0


def test_formatting_by_hand_is_no_change(sync: Callable[..., Result], sandbox: Sandbox) -> None:
    _, rows = sync()
    sync()
    stored = {employee["employeeId"]: employee for employee in sandbox.control.payroll()}
    for source_id in written(rows)[:40]:
        employee = stored[rows[source_id].target_id]
        spelled = {
            name: str(employee[name]).upper() for name in ("email", "preferredName") if employee.get(name)
        }
        if account := employee.get("bankAccountNumber"):
            spelled["bankAccountNumber"] = str(account).replace("-", " ")
        sandbox.control.edit_payroll(employee["employeeId"], **spelled)
    run, after = sync()
    assert [row.source_id for row in after.values() if found(row)] == []
    assert run.written == 0
