"""A payroll takes bank accounts and does not show them: what cannot be seen is never assumed to be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from connectors.contract.employee import BankAccount, Employee
from connectors.contract.errors import TemporaryError, UnansweredError
from connectors.contract.fields import Concern, Field
from connectors.contract.records import Prepared, Reason, TargetRecord
from core.models import Decision
from core.sync.compare import diff
from core.sync.compare.changes import NOT_SHOWN
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FIELDS, FakeTarget, person, raises

SECOND = Field("bank2", "Second bank account", sensitive=True, concern=Concern.BANK)
HIDDEN = ("bank", "bank2")


@dataclass
class Hiding(FakeTarget):
    """A payroll that takes two accounts; the second is removed when the employee has one."""

    fields: Sequence[Field] = (*FIELDS, SECOND)

    def prepare(self, source_id: str, employee: Employee) -> Prepared:
        accounts = employee.bank_accounts
        prepared = super().prepare(source_id, replace(employee, bank_accounts=accounts[:1]))
        return replace(
            prepared, values={**prepared.values, "bank2": accounts[1].number if len(accounts) > 1 else None}
        )

    def _record(self, target_id: str) -> TargetRecord:
        record = super()._record(target_id)
        return replace(
            record, values={name: value for name, value in record.values.items() if name not in HIDDEN}
        )


def accounts(*numbers: str) -> dict[str, Any]:
    return {"bank_accounts": tuple(BankAccount("Anna", number, "064000") for number in numbers)}


@pytest.fixture
def payroll(hub: Hub) -> Hub:
    """Give a connection to it, with three employees who have one account."""
    hub.target = Hiding()
    for number in range(3):
        hub.source.put(f"s{number}", person(number, **accounts("11111111")))
    assert hub.run().counters.created == 3
    return hub


def run_in_full(hub: Hub) -> None:
    hub.set_job(full_read_days=0)
    hub.run()


@pytest.mark.parametrize(
    "error", [UnansweredError("No answer."), TemporaryError("Payroll is down.")], ids=["silence", "503"]
)
def test_a_failed_update_is_repeated_by_the_next_run(payroll: Hub, error: Exception) -> None:
    payroll.source.edit("s1", **accounts("22222222"))
    payroll.target.steps.fault = raises("update", 1, error)  # it was never carried out
    assert payroll.run().rows["s1"].reason == Reason.UNANSWERED
    assert payroll.run().decisions()["s1"] is Decision.UPDATE
    assert payroll.target.records["1001"]["bank"] == "22222222"
    assert payroll.run().counters.unchanged == 3


def test_a_change_reverted_after_an_unanswered_update_is_written(payroll: Hub) -> None:
    def fault(step: str, number: int) -> None:
        raises("update.done", 1, UnansweredError("No answer."))(step, number)  # carried out
        raises("find", 1, TemporaryError("Payroll is down."))(step, number)  # and nobody can look

    payroll.source.edit("s1", **accounts("22222222"))
    payroll.target.steps.fault = fault
    assert payroll.run().rows["s1"].reason == Reason.UNANSWERED
    assert payroll.target.records["1001"]["bank"] == "22222222"
    payroll.target.steps.fault = lambda _step, _number: None
    payroll.source.edit("s1", **accounts("11111111"))
    payroll.run()
    assert payroll.target.records["1001"]["bank"] == "11111111"


def test_a_removed_bank_account_is_removed_at_the_target(payroll: Hub) -> None:
    payroll.source.edit("s1", **accounts("11111111", "22222222"))
    payroll.run()
    assert payroll.target.records["1001"]["bank2"] == "22222222"
    payroll.source.edit("s1", **accounts("11111111"))
    changes = payroll.run().rows["s1"].changes or []
    change = {
        "field": "bank2",
        "label": "Second bank account",
        "before": NOT_SHOWN,
        "after": None,
        "concern": "bank",
    }
    assert change in changes and payroll.target.records["1001"]["bank2"] is None
    run_in_full(payroll)
    assert payroll.run().counters.unchanged == 3


def test_a_removed_sensitive_value_that_is_not_shown_is_unseen() -> None:
    prepared, nothing = Prepared({"bank2": None, "nick": None}), TargetRecord("1", "", {})
    found = diff.compare({"bank2": SECOND}, prepared, nothing)
    assert [one.field.name for one in found.unseen] == ["bank2"] and found.differences == ()
