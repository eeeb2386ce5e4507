"""The owners of fields in a file: what they are by default, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract.fields import Owner
from connectors.rest import loader
from tests.connectors.rest.test_loader import GOOD, refused

CATALOGUE = Path(loader.__file__).parents[1] / "catalogue"
FIELD = "    - {name: x, label: X, from: title, "
REFUSED = [
    ("owner: ask, shown: false}", "The target never shows `x`, so nobody can be asked about it."),
    ("owner: target, required: true}", "A new employee must have `x`, so it cannot be left to the target."),
    ("owner: source, only_on_create: true}", "`x` is sent for new employees only."),
    ("also_when_blank: true}", "`also_when_blank` needs `owner: once`."),
    ("only_on_create: true, also_when_blank: true}", "Write `owner: once` in place of `only_on_create`."),
    ("owner: payroll}", "`owner` cannot be used"),
]


def with_field(rest: str) -> str:
    head, fields, tail = GOOD.partition("  fields:\n")
    return f"{head}{fields}{FIELD}{rest}\n{tail}"


@pytest.mark.parametrize(("rest", "sentence"), REFUSED)
def test_an_owner_that_cannot_work_is_refused(tmp_path: Path, rest: str, sentence: str) -> None:
    assert sentence in " ".join(refused(tmp_path, with_field(rest)))


@pytest.mark.parametrize(
    ("rest", "owner"),
    [
        ("}", Owner.SOURCE),
        ("concern: bank}", Owner.ASK),
        ("concern: bank, shown: false}", Owner.SOURCE),
        ("concern: tax}", Owner.SOURCE),
        ("only_on_create: true, concern: bank}", Owner.ONCE),
        ("owner: target}", Owner.TARGET),
        ("owner: once, also_when_blank: true}", Owner.ONCE),
    ],
)
def test_what_a_file_does_not_say_is_the_default(tmp_path: Path, rest: str, owner: Owner) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(with_field(rest))
    system = loader.load_system(file)
    assert next(field.owner for field in system.fields if field.name == "x") is owner


def test_parts_of_one_value_have_one_owner(tmp_path: Path) -> None:
    both = "title, owner: once}\n    - {name: y, label: Y, from: position"
    text = with_field("owner: source}").replace("from: title, owner: source", f"from: {both}")
    text = text.replace("  fields:\n", "  one_value:\n    - fields: [x, y]\n  fields:\n")
    assert "`x` is left to the target, and what belongs to it is not." in " ".join(refused(tmp_path, text))


def test_the_bank_accounts_of_both_payrolls_are_asked_about_whole() -> None:
    by_name = {
        kind: {field.name: field for field in loader.load_system(CATALOGUE / f"{kind}.yaml").fields}
        for kind in ("ipayroll", "keypay")
    }
    assert by_name["ipayroll"]["bankAccountNumber"].owner is Owner.ASK
    account = {name: field for name, field in by_name["keypay"].items() if name.startswith("bankAccount1_")}
    assert len({field.group for field in account.values()}) == 1 and None not in {
        field.group for field in account.values()
    }
    assert {name: field.owner for name, field in account.items()} == {
        "bankAccount1_BSB": Owner.ASK,
        "bankAccount1_AccountNumber": Owner.ASK,
        "bankAccount1_AccountName": Owner.ASK,
        "bankAccount1_AllocatedPercentage": Owner.ONCE,
    }
