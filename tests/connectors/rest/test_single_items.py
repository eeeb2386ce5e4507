"""A super fund or bank account that is no list in a response: the file names each of its values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.contract.employee import BankAccount, SuperFund
from connectors.rest.translation.compile import compile_system
from connectors.rest.translation.from_source import UnreadableError
from tests.connectors.rest.test_checks import SOURCE, accepted, changed
from tests.connectors.rest.test_loader import refused
from tests.connectors.rest.test_values import STAFF, loaded

LIST = "    bank_accounts: {each: accounts, values: {number: number}}\n"
SINGLE = STAFF.replace(
    LIST,
    """\
    super_funds.0.usi: superannuation.usi
    super_funds.0.member_number: superannuation.member
    super_funds.0.type: {at: superannuation.kind, map: {own: SMSF}}
    bank_accounts.0.number: bank.number
    bank_accounts.0.remainder: {at: bank.rest, map: {"Y": "true", "N": "false"}}
    bank_accounts.1.number: bank.second
    bank_accounts.1.amount_cents: bank.cents
""",
)


def read(
    text: str = SINGLE, **shown: object
) -> tuple[tuple[BankAccount, ...], tuple[SuperFund, ...], frozenset[str]]:
    system = loaded(text)
    read_employee = compile_system(system, system.form.model_validate({})).read_employee
    assert read_employee is not None
    employee = read_employee({"id": 1, "family": "Quill"} | shown)
    return employee.bank_accounts, employee.super_funds, employee.unread


def test_single_values_make_one_item() -> None:
    banks, funds, unread = read(
        superannuation={"usi": "HSF0001AU", "member": 7, "kind": "Own"},
        bank={"number": 12345678, "rest": "y", "second": None, "cents": 50},
    )
    assert banks == (BankAccount(None, "12345678", remainder=True),)
    assert funds == (SuperFund("SMSF", None, None, "HSF0001AU", "7"),)
    assert not {"bank_accounts", "super_funds"} & unread


def test_further_items_follow_in_their_order() -> None:
    banks, _, _ = read(bank={"second": "87654321", "cents": 5000, "number": "12345678"})
    assert banks == (BankAccount(None, "12345678"), BankAccount(None, "87654321", amount_cents=5000))


@pytest.mark.parametrize("shown", [{}, {"superannuation": None}, {"superannuation": {"member": "7"}}])
def test_without_what_identifies_it_there_is_no_item(shown: dict[str, Any]) -> None:
    banks, funds, unread = read(**shown)
    assert not banks and not funds and {"bank_accounts", "super_funds"} <= unread


def test_a_single_value_can_be_required() -> None:
    text = SINGLE.replace("  employee:", "  required: [bank_accounts.0.number]\n  employee:")
    assert read(text, bank={"number": "12345678"})[0]
    with pytest.raises(UnreadableError, match="the number"):
        read(text, bank={})


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            "super_funds.0.abn: abn",
            "line 19: `super_funds.0` counts as absent without `super_funds.0.name` or ",
        ),
        (
            "super_funds: {each: f, values: {abn: abn}}",
            "line 19: An item of `super_funds` counts as absent without",
        ),
        (
            "kiwisaver.employee_rate: rate",
            "line 19: `kiwisaver` counts as absent without `kiwisaver.status`.",
        ),
        ("source_id: id", "line 19: The id is read from `id` under `employees`."),
        ("super_funds.x.usi: usi", "line 19: An employee has no `super_funds.x.usi`."),
        ("super_funds.².usi: usi", "line 19: An employee has no `super_funds.².usi`."),
        ("super_funds: fund", "line 19: `super_funds` needs `each:` and `values:`, or single values"),
        (
            "super_funds: {each: f, values: {name: n}}\n    super_funds.0.name: n",
            "line 20: `super_funds` is given as a list already.",
        ),
    ],
)
def test_what_would_never_be_read_is_refused(tmp_path: Path, entries: str, message: str) -> None:
    [found] = refused(tmp_path, changed({"target:\n": SOURCE.format(entries)}))
    assert found.startswith(message)


def test_an_item_with_what_identifies_it_is_accepted(tmp_path: Path) -> None:
    accepted(tmp_path, {"target:\n": SOURCE.format("super_funds.0.usi: superannuation.usi")})
