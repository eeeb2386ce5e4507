"""What a create has sent is recognised at the target by all of it, and a namesake is not taken for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.contract.fields import Value
from connectors.contract.records import Prepared, TargetRecord
from core.sync.compare.sent_values import Agreement, SentValues
from tests.core.sync.fakes import FIELDS

SENT: dict[str, Value] = {
    "given": "Ana",
    "surname": "de Souza",
    "birth": date(1990, 1, 2),
    "email": None,
    "phone": "0411 222 333",
    "tax": "123456782",
    "hours": 38,
}


def compare(*without: str, **shown: Value) -> Agreement:
    values = SentValues(FIELDS)
    digests = values.digests(Prepared(SENT))
    there = {name: value for name, value in SENT.items() if name not in without} | shown
    return values.compare(digests, TargetRecord("7", "Ana", there))


def test_all_that_was_sent_is_the_employee(home: Path) -> None:
    assert compare() is Agreement.SAME
    assert (
        compare(surname="DE  SOUZA", phone="0411-222-333", email="of.payroll@desk.example.com")
        is Agreement.SAME
    )


@pytest.mark.parametrize(
    ("without", "shown", "agreement"),
    [
        (("tax", "birth"), {}, Agreement.SAME),
        (("tax", "birth", "phone"), {}, Agreement.POSSIBLE),
        ((), {"tax": "•••• 782"}, Agreement.SAME),
        ((), {"phone": None}, Agreement.POSSIBLE),
        ((), {"hours": 20}, Agreement.POSSIBLE),
        ((), {"birth": None}, Agreement.POSSIBLE),
        ((), {"birth": date(1991, 1, 2)}, Agreement.DIFFERENT),
        ((), {"tax": "876543210"}, Agreement.DIFFERENT),
        ((), {"given": "Anna"}, Agreement.DIFFERENT),
        (("surname",), {}, Agreement.DIFFERENT),
    ],
)
def test_one_difference_is_never_the_employee(
    home: Path, without: tuple[str, ...], shown: dict[str, Value], agreement: Agreement
) -> None:
    assert compare(*without, **shown) is agreement


def test_the_hashes_reveal_nothing(home: Path) -> None:
    text = str(SentValues(FIELDS).digests(Prepared(SENT)))
    assert "souza" not in text.casefold() and "1990" not in text and "email" not in text
