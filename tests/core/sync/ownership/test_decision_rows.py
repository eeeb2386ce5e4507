"""The decision table, row by row: what payroll has after a run, and what the run says of it, for each owner."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest

from connectors.contract.employee import Address, BankAccount
from connectors.contract.fields import Owner
from core.models import ProblemKind
from tests.core.sync.conftest import Ended, Hub
from tests.core.sync.fakes import person
from tests.core.sync.ownership.owned import at_target, owned_hub, target_id

# A field of each owner, and the three values that it has in turn.
FIELDS = {"source": "postcode", "target": "gender", "once": "phone", "ask": "bank"}
VALUES = {
    "postcode": {"A": "2000", "B": "3000", "C": "4000", "-": None},
    "gender": {"A": "f", "B": "m", "C": "x", "-": None},
    "phone": {"A": "0400111111", "B": "0400222222", "C": "0400333333", "-": None},
    "bank": {"A": "11111111", "B": "22222222", "C": "33333333", "-": None},
}
PAYROLL, BOTH, FIRST = "CHANGED_IN_PAYROLL", "BOTH_CHANGED", "FIRST_CHANGES"


class Row(NamedTuple):
    """HR and payroll before and at the time of a run; for each owner what payroll has then, and what is said."""

    hr: str
    payroll: str
    source: tuple[str, str | None]
    target: tuple[str, str | None]
    once: tuple[str, str | None]
    ask: tuple[str, str | None]


ROWS = {
    "nothing": Row("AA", "AA", ("A", None), ("A", None), ("A", None), ("A", None)),
    "hr": Row("AB", "AA", ("B", None), ("A", None), ("A", None), ("B", None)),
    "payroll": Row("AA", "AC", ("A", PAYROLL), ("C", None), ("C", None), ("C", PAYROLL)),
    "both-agree": Row("AB", "AB", ("B", None), ("B", None), ("B", None), ("B", None)),
    "both-differ": Row("AB", "AC", ("B", BOTH), ("C", None), ("C", None), ("C", BOTH)),
    "payroll-cleared": Row("AA", "A-", ("A", PAYROLL), ("-", None), ("-", None), ("-", PAYROLL)),
    "first-blank": Row("-B", "--", ("B", None), ("-", None), ("B", None), ("B", None)),
    "first-other": Row("-B", "-C", ("B", None), ("C", None), ("C", None), ("C", FIRST)),
    "hr-blank": Row("A-", "AA", ("A", None), ("A", None), ("A", None), ("A", None)),
    "hr-blank-payroll": Row("A-", "AC", ("C", None), ("C", None), ("C", None), ("C", None)),
}


def put(hub: Hub, source_id: str, letter: str) -> None:
    value = {name: VALUES[name][letter] for name in FIELDS.values()}
    hub.source.edit(
        source_id,
        address=Address(postcode=value["postcode"]),
        gender=value["gender"],
        mobile=value["phone"],
        bank_accounts=(BankAccount("Nina", value["bank"]),) if value["bank"] else (),
    )


def change_payroll(hub: Hub, source_id: str, letter: str) -> None:
    values = {name: VALUES[name][letter] for name in FIELDS.values()}
    hub.target.records[target_id(hub, source_id)].update(values)


def after_one_run() -> tuple[Hub, Ended]:
    """Write an employee for each row, make the changes of all rows, and run once."""
    hub = owned_hub(is_first_run=False, **{name: Owner(owner) for owner, name in FIELDS.items()})
    hub.target.fields = [replace(one, reported_when_blank=False) for one in hub.target.fields]
    for number, (source_id, row) in enumerate(ROWS.items()):
        hub.source.put(source_id, person(number))
        put(hub, source_id, row.hr[0])
    hub.run()
    for source_id, row in ROWS.items():
        change_payroll(hub, source_id, row.payroll[0])
    hub.run()
    for source_id, row in ROWS.items():
        put(hub, source_id, row.hr[1])
        change_payroll(hub, source_id, row.payroll[1])
    return hub, hub.run()


def outcome(hub: Hub, ended: Ended, source_id: str, owner: str) -> tuple[str, str | None]:
    """Return which of the three values payroll has of a field, and what the run says of it."""
    name, row = FIELDS[owner], ended.rows[source_id]
    value = at_target(hub, name, source_id)
    said = {change["field"]: change.get("reason") for change in row.changes or ()}
    waits = [one for one in row.warnings or () if one.get("kind") == ProblemKind.FIELD_CONFLICT]
    said |= {one["field"]: one["code"] for one in waits}
    return next(letter for letter, each in VALUES[name].items() if each == value), said.get(name)


@pytest.mark.usefixtures("sqlite_store")
def test_each_row_of_the_table_for_each_owner() -> None:
    hub, ended = after_one_run()
    found = {
        name: Row(row.hr, row.payroll, *(outcome(hub, ended, name, owner) for owner in FIELDS))
        for name, row in ROWS.items()
    }
    assert found == ROWS
