"""One spelling of each value: formatting is not a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.au import tfn as tax_file_number

from connectors.contract.fields import FieldType, Value
from connectors.rest.translation.target_records import RecordReader, compile_value, merge_values, request_body
from connectors.values import normalise
from connectors.values.dates import day, plausible_dates
from tests.connectors.described import described

IPAYROLL = described("ipayroll")
in_brisbane = partial(day, zone=ZoneInfo("Australia/Brisbane"))
at_home_in_australia = partial(normalise.phone, own_codes=("61",))


@pytest.mark.parametrize(
    ("function", "spellings", "one"),
    [
        (
            day,
            [
                "1980-02-01",
                "1-Feb-1980",
                "01-Feb-1980",
                "1-February-1980",
                "1/2/1980",
                "1.2.1980",
                "19800201",
            ],
            date(1980, 2, 1),
        ),
        (
            day,
            [
                "1980-02-01T00:00:00Z",
                "1980-02-01T14:00:00",
                "1980-02-01T23:30:00+10:00",
                "1980-02-01T00:30:00-0500",
                "01/02/1980 00:00:00",
                "/Date(318211200000)/",
                "/Date(318211200000+1300)/",
                "/Date(318168000000+1200)/",
            ],
            date(1980, 2, 1),
        ),
        (
            in_brisbane,
            ["1980-01-31T14:00:00Z", "1980-01-31 14:00:00.000+00:00", "/Date(318175200000)/"],
            date(1980, 2, 1),
        ),
        (day, ["soon", "", None, "1980-13-01", "1980-02-01x", "13.13.1990", True, [], "/Date(x)/"], None),
        (
            day,
            ["1012345678", 1012345678, "318211200000", 318211200000, 318211200000.0, "1012345678000"],
            None,
        ),
        (normalise.number, ["3", 3, 3.0, "3.00", "3 %", "3%"], Decimal(3)),
        (normalise.number, ["three", "", None, "NaN", "Infinity", True], None),
        (
            normalise.phone,
            [
                "+61 412 345 678",
                "0061412345678",
                "+61 (0)412 345 678",
                "\u202a+61 412 345 678\u202c",
                "+٦١٤١٢٣٤٥٦٧٨",
            ],
            "+61412345678",
        ),
        (
            at_home_in_australia,
            ["+61 412 345 678", "0412-345-678", "(04) 1234 5678", "0061412345678", "+61 (0)412 345 678"],
            "0412345678",
        ),
        (
            at_home_in_australia,
            ["0412\u00a0345\u200b678", "٠٤١٢٣٤٥٦٧٨", "tel:0412\u2011345\u2011678"],
            "0412345678",
        ),
        (at_home_in_australia, ["+61 1300 123 456", "1300 123 456"], "1300123456"),
        (at_home_in_australia, ["+64 21 123 4567", "0064211234567", "0011 64 21 123 4567"], "+64211234567"),
        (at_home_in_australia, ["+1 (415) 555-2671"], "+14155552671"),
        (normalise.phone, ["+44 20 7946 0000", "+44 (0)20 7946 0000"], "+442079460000"),
        (at_home_in_australia, ["0412345678.0", "0412345678"], "0412345678"),
        (normalise.phone, ["131234/131235", "123 4567 / 123 4568", "03 999 999/03 999 998"], None),
        (normalise.phone, ["soon", "12345", "0412345678 or 0298765432", ""], None),
        (
            normalise.email,
            [
                "Jane@Example.COM",
                " jane@example.com ",
                "jane@example.com\u200b",
                "jane@example.com,",
                "<jane@example.com>",
                "Jane Citizen <jane@example.com>;",
                '"Citizen, Jane" <Jane@example.com>',
                "mailto:jane@example.com?subject=Pay",
            ],
            "jane@example.com",
        ),
        (normalise.email, ["jens.groß@example.com", "Jens.Groß@Example.com"], "jens.groß@example.com"),
        (normalise.email, ["İpek@example.com"], "İpek@example.com"),
        (normalise.email, ["ana@bücher.example", "ANA@BÜCHER.example"], "ana@bücher.example"),
        (normalise.email, ["jane", "jane@", "@example.com", "a b@example.com", ""], None),
        (
            normalise.email,
            ["mailto:jane%2Bpay@example.com", "Jane <jane+pay@example.com>"],
            "jane+pay@example.com",
        ),
        (normalise.email, ["jane@example.com <Jane@example.com>"], "jane@example.com"),
        (normalise.email, [".jane@example.com", "jo@example.com <jane@example.com>"], None),
        (normalise.email, ["jane@example.com|jo", "jane@ex%61mple.com"], None),
        (normalise.email, ["jane@example.com; jo@example.com", "jane@example", "jane(at)example.com"], None),
        (normalise.postcode, [4000, 4000.0, "4000.0", " 4000"], "4000"),
        (normalise.postcode, ["0800"], "0800"),
        (
            normalise.text,
            ["Jane", "Jane\u200b", "\u200eJa\u00adne", "\ufeffJane\u2060", "Ja\u200dne"],
            "Jane",
        ),
        (normalise.text, ["\u200b", "\u200e\u00ad ", "\u3164", ""], None),
        (normalise.text, ["می\u200cخواهم", "\u200bمی\u200cخواهم\u200c"], "می\u200cخواهم"),
        (normalise.text, ["श\u094d\u200dर"], "श\u094d\u200dर"),
        (normalise.text, ["ക\u0d4d\u200d"], "ക\u0d4d\u200d"),
        (normalise.text, ["👩\u200d👧"], "👩\u200d👧"),
        (normalise.text, ["葛\U000e0100"], "葛\U000e0100"),
        (normalise.state, ["Western Australia", "WA", "W.A.", "wa"], "WA"),
        (normalise.country, ["NZ", "new zealand", "New  Zealand", "N.Z."], "New Zealand"),
        (normalise.tax_number, ["123 456 782", "123-456-782", "123456782", 123456782], "123456782"),
        (normalise.tax_number, ["49-091-850", "049091850"], "049091850"),
        (normalise.tax_number, ["###-###-123", "12", "", None], None),
        (
            normalise.bank_account,
            ["01-0902-0068389-00", "01 0902 0068389 00", "010902006838900", "01.0902.0068389.00"],
            "01-0902-0068389-000",
        ),
        (
            normalise.new_zealand_account,
            [
                "01-0902-0068388-00",
                "01 0902 0068388 00",
                "010902006838800",
                "01/0902/0068388/000",
                "99-0902-0068389-00",
            ],
            None,
        ),
        (normalise.bank_account, ["01-0902-0068388-00", "01 0902 0068388 00"], None),
        (normalise.bank_account, ["064-000 123456957", "064000123456957"], "064000123456957"),
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
        read = compile_value(IPAYROLL, field)
        once = read(text)
        if isinstance(once, str):
            assert read(once) == once
        is_blank = normalise.text(text) is None
        assert once is None or not is_blank
        assert once is not None or is_blank or field.type is FieldType.DATE  # 0001-01-01 is no date


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
    found = RecordReader(IPAYROLL).read(raw)
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


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_a_body_keeps_values_that_are_nested_at_different_depths(order: tuple[int, ...]) -> None:
    written: list[tuple[str, Value]] = [
        ("home.place.suburb", "New Farm"),
        ("home.since", date(2020, 2, 1)),
        ("home.place.state", "QLD"),
    ]
    values: dict[str, Value] = dict(written[index] for index in order)
    assert request_body(values) == {
        "home": {"place": {"suburb": "New Farm", "state": "QLD"}, "since": "2020-02-01"}
    }


TODAY = date(2026, 2, 28)


@pytest.mark.parametrize(
    ("value", "birth", "other"),
    [
        (date(1, 1, 1), False, False),
        (date(1900, 1, 1), False, False),
        (date(1900, 1, 2), True, False),
        (date(1949, 12, 31), True, False),
        (date(1950, 1, 1), True, True),
        (date(2016, 2, 28), True, True),
        (date(2016, 2, 29), False, True),
        (date(2031, 2, 28), False, True),
        (date(2031, 3, 1), False, False),
        (date(2087, 1, 1), False, False),
        (date(9999, 12, 31), False, False),
    ],
)
def test_a_date_far_from_a_working_life_is_not_plausible(value: date, birth: bool, other: bool) -> None:
    ranges = [plausible_dates(TODAY, birth=is_birth) for is_birth in (True, False)]
    assert [earliest <= value <= latest for earliest, latest in ranges] == [birth, other]


@given(
    st.text(st.characters(categories=("L", "M", "N")), min_size=1),
    st.sampled_from("\u200b\u200e\u00ad\u2060\ufeff"),
)
def test_an_invisible_character_anywhere_changes_nothing(name: str, invisible: str) -> None:
    plain = normalise.text(name)
    for place in range(len(name) + 1):
        assert normalise.text(name[:place] + invisible + name[place:]) == plain


@given(st.text(st.characters(codec="utf-8")))
def test_the_spelling_of_a_spelling_is_itself(written: str) -> None:
    for function in (normalise.text, normalise.email, normalise.postcode, at_home_in_australia):
        once = function(written)
        assert once is None or function(once) == once


@given(st.integers(0, 10**9 - 1), st.booleans())
def test_the_check_of_a_tax_file_number_is_that_of_the_tax_office(number: int, is_old: bool) -> None:
    plain = f"{number // 10 if is_old else number:09d}"
    known = any(tax_file_number.is_valid(form) for form in {plain, plain.removeprefix("0")})
    assert normalise.is_tfn(plain) is known
