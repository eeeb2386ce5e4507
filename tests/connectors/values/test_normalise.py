"""One spelling of each value: formatting is not a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract.fields import Value
from connectors.rest.translation.target_records import merge_values, read_record, request_body
from connectors.values import normalise
from tests.connectors.described import described

IPAYROLL = described("ipayroll")


@pytest.mark.parametrize(
    ("function", "spellings", "one"),
    [
        (
            normalise.day,
            ["1980-02-01", "1-Feb-1980", "01-Feb-1980", "1-February-1980", "1/2/1980"],
            date(1980, 2, 1),
        ),
        (normalise.day, ["soon", "", None, "1980-13-01"], None),
        (normalise.number, ["3", 3, 3.0, "3.00", "3 %", "3%"], Decimal(3)),
        (normalise.number, ["three", "", None, "NaN", "Infinity", True], None),
        (
            normalise.phone,
            ["+61 412 345 678", "0412-345-678", "(04) 1234 5678", "0061412345678", "+61 (0)412 345 678"],
            "0412345678",
        ),
        (normalise.phone, ["+64 21 123 4567", "021 123 4567"], "0211234567"),
        (normalise.phone, ["+44 20 7946 0000"], "+442079460000"),
        (normalise.email, ["Jane@Example.COM", " jane@example.com "], "jane@example.com"),
        (normalise.email, ["jane", "jane@", "@example.com", "a b@example.com", ""], None),
        (normalise.state, ["Western Australia", "WA", "W.A.", "wa"], "WA"),
        (normalise.country, ["NZ", "new zealand", "New  Zealand", "N.Z."], "New Zealand"),
        (normalise.tax_number, ["123 456 782", "123-456-782", "123456782", 123456782], "123456782"),
        (normalise.tax_number, ["49-091-850", "049091850"], "049091850"),
        (normalise.tax_number, ["###-###-123", "12", "", None], None),
        (
            normalise.bank_account,
            ["01-0902-0068389-00", "01 0902 0068389 00", "010902006838900"],
            "01-0902-0068389-000",
        ),
        (normalise.bank_account, ["064-000 12345678", "06400012345678"], "06400012345678"),
        (normalise.boolean, [True, "true", "TRUE"], True),
    ],
)
def test_spellings_of_one_value_are_one(
    function: Callable[[Any], Value], spellings: list[Any], one: Value
) -> None:
    assert [function(spelling) for spelling in spellings] == [one] * len(spellings)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    for field in IPAYROLL.target.fields:
        once = IPAYROLL.read_value(field, text)
        if isinstance(once, str):
            assert IPAYROLL.read_value(field, once) == once


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
    found = read_record(IPAYROLL, raw)
    assert found is not None
    assert merge_values(IPAYROLL, raw, {"surname": "New"})["surname"] == "New"


def test_a_body_nests_the_address_and_writes_dates_and_numbers_plainly() -> None:
    values: dict[str, Value] = {
        "surname": "Citizen",
        "address.suburb": "New Farm",
        "birthDate": date(1980, 2, 1),
        "fullTimeHoursWeek": Decimal("37.5"),
        "kiwiSaverRate": Decimal(3),
    }
    assert request_body(values) == {
        "surname": "Citizen",
        "address": {"suburb": "New Farm"},
        "birthDate": "1980-02-01",
        "fullTimeHoursWeek": 37.5,
        "kiwiSaverRate": 3,
    }
