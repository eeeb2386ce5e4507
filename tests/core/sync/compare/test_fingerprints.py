"""A fingerprint ignores formatting and nothing else, and is the same in every version: stored links hold it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract.fields import Field, FieldType, Value
from connectors.contract.records import Prepared
from core.security.vault import Vault, vault
from core.sync.compare import fingerprints
from core.sync.compare.canonical import SEPARATOR, canonical
from core.sync.compare.fingerprints import Fingerprinter
from core.sync.compare.last_write import CONTENT_BYTES
from tests.core.sync.compare.test_diff import plain, texts

# What looks like a phone or a number, with what makes folding hard.
odd = st.from_regex(r"[ +(),.0-9a-z\t\x00\xe9\u0301-]{0,12}", fullmatch=True)
FIELDS_OF_ALL_TYPES = {
    f"{kind}{number}": Field(f"{kind}{number}", "", kind) for kind in FieldType for number in range(2)
}
any_record = st.dictionaries(st.sampled_from([*FIELDS_OF_ALL_TYPES, "other"]), plain | texts | odd)


PINNED: list[tuple[dict[str, Value], str]] = [
    (
        {
            "name": "Anna  LEE ",
            "text": None,
            "phone": "+61 (0)412 345 678",
            "email": " Anna@Example.test",
            "date": date(1990, 1, 2),
            "number": Decimal("40.50"),
            "boolean": True,
        },
        "a8e6d114b2e1f8df6b7243a0b8acba690239b3d5",
    ),
    (
        {
            "phone": "07 3123 1234",
            "name": "Zoe\u0308 Stra\xdfe",
            "date": "1990-01-02",
            "email": "zoe\u0308 @example.test",
        },
        "b393c0618f2c626ce51b4f758b89c7910239b3d5",
    ),
    ({"a": "x\0y", "b": None}, "e603ebfccd9008ff5f9eba8da397b3b20239b3d5"),
    ({"only": "one"}, "7345558c10460e859a93e8e9250901e30239b3d5"),
    ({}, "803ac92fc85fe60ba836034b51293af90239b3d5"),
]


@pytest.mark.parametrize(("values", "expected"), PINNED)
def test_a_fingerprint_never_changes(
    values: dict[str, Value], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed = Vault(["S4zQ0rLc2m1m0P6l1cYb0l3n2o5p8q1s4t7v0w3x6z8="], "a key of the tests")
    monkeypatch.setattr(fingerprints, "vault", lambda: fixed)
    fields = {str(kind): Field(str(kind), "", kind) for kind in FieldType}
    assert Fingerprinter(fields).fingerprint(Prepared(values)).hex() == expected


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(any_record)
def test_a_fingerprint_is_taken_of_the_canonical_form_of_each_field(
    home: object, values: dict[str, Value]
) -> None:
    raw = [_text_of(FIELDS_OF_ALL_TYPES.get(name), values[name]) for name in sorted(values)]
    if not raw or any(SEPARATOR in text for text in raw):
        folded = orjson.dumps([canonical(text) for text in raw])
    else:
        folded = SEPARATOR.join(canonical(text) or "" for text in raw).encode()
    expected = vault().fingerprint(orjson.dumps(sorted(values)) + folded)
    assert Fingerprinter(FIELDS_OF_ALL_TYPES).fingerprint(Prepared(values))[:CONTENT_BYTES] == expected


def _text_of(field: Field | None, value: Any) -> str:
    if isinstance(value, str) and (field is None or field.type in {FieldType.TEXT, FieldType.DATE}):
        return value
    form = canonical(value, FieldType.TEXT if field is None else field.type) or ""
    is_address = field is not None and field.type is FieldType.EMAIL
    return form.encode().hex() if is_address and not form.isascii() else form


def test_a_fingerprint_ignores_formatting_and_nothing_else(home: object) -> None:
    fields = {"phone": Field("phone", "Phone", FieldType.PHONE)}
    fingerprint = Fingerprinter(fields).fingerprint
    base = fingerprint(Prepared({"phone": "0412 345 678", "name": "Anna"}))
    assert fingerprint(Prepared({"name": "ANNA", "phone": "(0412) 345-678"})) == base
    assert (
        fingerprint(Prepared({"name": "Anna", "phone": "+61412345678"})) != base
    )  # of somebody who lives elsewhere
    assert fingerprint(Prepared({"name": "Anna", "phone": "0412 345 679"})) != base


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(any_record, any_record)
def test_two_records_have_one_fingerprint_exactly_when_every_field_is_canonically_the_same(
    home: object, one: dict[str, Value], other: dict[str, Value]
) -> None:
    def forms(values: dict[str, Value]) -> dict[str, str | None]:
        kinds = {
            name: FIELDS_OF_ALL_TYPES[name].type if name in FIELDS_OF_ALL_TYPES else FieldType.TEXT
            for name in values
        }
        return {name: canonical(value, kinds[name]) for name, value in values.items()}

    fingerprint = Fingerprinter(FIELDS_OF_ALL_TYPES).fingerprint
    for left, right in (
        (one, other),
        (one, one | other),
        (one, {name: one[name] for name in reversed(one)}),
        (one, respell(one)),
    ):
        assert (fingerprint(Prepared(left)) == fingerprint(Prepared(right))) is (forms(left) == forms(right))


def respell(values: dict[str, Value]) -> dict[str, Value]:
    return {
        name: f"  {value.swapcase()}\n" if isinstance(value, str) else value for name, value in values.items()
    }


def test_a_text_that_contains_the_separator_is_not_two(home: object) -> None:
    fingerprint = Fingerprinter({}).fingerprint
    assert fingerprint(Prepared({"a": "x\0y", "b": "z"})) != fingerprint(Prepared({"a": "x", "b": "y\0z"}))


def test_the_spelling_of_a_name_counts_and_its_spaces_do_not(home: object) -> None:
    fingerprint = Fingerprinter({"name": Field("name", "Name", is_name=True)}).fingerprint
    base = fingerprint(Prepared({"name": "RHONA McKEEL"}))
    assert fingerprint(Prepared({"name": " RHONA  McKEEL"})) == base
    assert fingerprint(Prepared({"name": "Rhona McKeel"})) != base
    assert fingerprint(Prepared({"name": "Rhona McKeel"}))[:CONTENT_BYTES] == base[:CONTENT_BYTES]
