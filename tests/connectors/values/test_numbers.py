"""Numbers that no employee has: they are read as no number, quickly, and stop nobody."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

import pytest

from connectors.contract.fields import FieldType
from connectors.http.json_body import dump_json, load_json
from connectors.rest.translation.target_records import request_body
from connectors.values import normalise
from core.sync.compare.canonical import canonical

WRITTEN = [
    "1e999999999",
    "-1e999999999",
    "1e5000000",
    "1e-999999999",
    "0e999999999",
    "0e-999999999",
    "1e400",
    "9" * 5_000,
    "9" * 100_000,
    "0." + "9" * 100_000,
]
READERS: dict[str, Callable[[object], object]] = {
    **{str(kind): reader for kind, reader in normalise.BY_TYPE.items()},
    **normalise.BY_FORMAT,
    "without_point": normalise.without_point,
    "canonical number": lambda value: canonical(normalise.number(value), FieldType.NUMBER),
    "canonical text": lambda value: canonical(str(value), FieldType.NUMBER),
}


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_number_of_any_length_is_read_at_once(name: str) -> None:
    for written in WRITTEN:
        (as_number,) = load_json(f"[{written}]".encode())
        for value in (as_number, written):
            began = time.process_time()
            found = READERS[name](value)
            assert len(str(found)) <= len(written) + 20, written[:20]
            assert time.process_time() - began < 2, written[:20]


@pytest.mark.parametrize("text", ["NaN", "sNaN", "-Infinity"])
def test_what_is_no_number_has_a_canonical_form(text: str) -> None:
    assert canonical(text, FieldType.NUMBER) == text.lower()
    assert normalise.number(text) is None


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_a_whole_number_of_more_than_64_bits_is_sent_with_all_its_digits(number: int) -> None:
    body = dump_json(request_body({"accrual": Decimal(number)}))
    assert load_json(body)["accrual"] == number
