"""One spelling of each value: formatting is not a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import canonical
from connectors.contract.fields import Value
from connectors.rest.records import body, merged, record
from tests.connectors.described import described

IPAYROLL = described("ipayroll")


@pytest.mark.parametrize(
    ("function", "spellings", "one"),
    [
        (
            canonical.day,
            ["1980-02-01", "1-Feb-1980", "01-Feb-1980", "1-February-1980", "1/2/1980"],
            date(1980, 2, 1),
        ),
        (canonical.day, ["soon", "", None, "1980-13-01"], None),
        (canonical.number, ["3", 3, 3.0, "3.00", "3 %", "3%"], Decimal(3)),
        (canonical.number, ["three", "", None, "NaN", "Infinity", True], None),
        (
            canonical.phone,
            ["+61 412 345 678", "0412-345-678", "(04) 1234 5678", "0061412345678", "+61 (0)412 345 678"],
            "0412345678",
        ),
        (canonical.phone, ["+64 21 123 4567", "021 123 4567"], "0211234567"),
        (canonical.phone, ["+44 20 7946 0000"], "+442079460000"),
        (canonical.email, ["Jane@Example.COM", " jane@example.com "], "jane@example.com"),
        (canonical.email, ["jane", "jane@", "@example.com", "a b@example.com", ""], None),
        (canonical.state, ["Western Australia", "WA", "W.A.", "wa"], "WA"),
        (canonical.country, ["NZ", "new zealand", "New  Zealand", "N.Z."], "New Zealand"),
        (canonical.tax_number, ["123 456 782", "123-456-782", "123456782", 123456782], "123456782"),
        (canonical.tax_number, ["49-091-850", "049091850"], "049091850"),
        (canonical.tax_number, ["###-###-123", "12", "", None], None),
        (
            canonical.bank_account,
            ["01-0902-0068389-00", "01 0902 0068389 00", "010902006838900"],
            "01-0902-0068389-000",
        ),
        (canonical.bank_account, ["064-000 12345678", "06400012345678"], "06400012345678"),
        (canonical.boolean, [True, "true", "TRUE"], True),
    ],
)
def test_spellings_of_one_value_are_one(
    function: Callable[[Any], Value], spellings: list[Any], one: Value
) -> None:
    assert [function(spelling) for spelling in spellings] == [one] * len(spellings)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    for field in IPAYROLL.target.fields:
        once = IPAYROLL.value(field, text)
        if isinstance(once, str):
            assert IPAYROLL.value(field, once) == once


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3),
    )
)
def test_any_shape_of_answer_can_be_read(value: Any) -> None:
    raw = {field.name: value for field in IPAYROLL.target.fields if "." not in field.name} | {
        "employeeId": "1",
        "address": value,
    }
    found = record(IPAYROLL, raw)
    assert found is not None
    assert merged(IPAYROLL, raw, {"surname": "New"})["surname"] == "New"


def test_a_body_nests_the_address_and_writes_dates_and_numbers_plainly() -> None:
    values: dict[str, Value] = {
        "surname": "Citizen",
        "address.suburb": "New Farm",
        "birthDate": date(1980, 2, 1),
        "fullTimeHoursWeek": Decimal("37.5"),
        "kiwiSaverRate": Decimal(3),
    }
    assert body(values) == {
        "surname": "Citizen",
        "address": {"suburb": "New Farm"},
        "birthDate": "1980-02-01",
        "fullTimeHoursWeek": 37.5,
        "kiwiSaverRate": 3,
    }
