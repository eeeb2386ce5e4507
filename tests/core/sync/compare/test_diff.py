"""Formatting is never a change; everything else is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract.fields import Field, FieldType, Value
from connectors.contract.records import Prepared, TargetRecord
from connectors.values.redaction import mask
from core.sync.compare.canonical import canonical
from core.sync.compare.changes import field_changes
from core.sync.compare.diff import Difference, compare

FIELD = {kind: Field("x", "X", kind) for kind in FieldType}
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)
plain: st.SearchStrategy[Value] = st.one_of(
    texts,
    st.booleans(),
    st.integers(),
    st.dates(),
    st.none(),
    st.decimals(allow_nan=False, allow_infinity=False),
)


def differs(before: Value, after: Value, kind: FieldType = FieldType.TEXT) -> bool:
    comparison = compare({"x": FIELD[kind]}, Prepared({"x": after}), TargetRecord("1", "", {"x": before}))
    assert not comparison.unseen
    return bool(comparison.differences)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("SMITH", " Smith ", FieldType.TEXT),
        ("12  High\tStreet", "12 high street", FieldType.TEXT),
        ("Zoe\u0308", "Zo\u00eb", FieldType.TEXT),
        (None, "", FieldType.TEXT),
        ("", None, FieldType.PHONE),
        ("1980-02-01", date(1980, 2, 1), FieldType.DATE),
        ("Anna@Example.test", "anna@example.test ", FieldType.EMAIL),
        ("+61 412 345 678", "0412 345 678", FieldType.PHONE),
        ("0061412345678", "(0412) 345-678", FieldType.PHONE),
        ("+64 21 123 456", "021 123456", FieldType.PHONE),
        ("+61 (0)412 345 678", "0412345678", FieldType.PHONE),
        ("+61 1300 123 456", "1300 123 456", FieldType.PHONE),
        ("0061 412 345 678", "+61412345678", FieldType.PHONE),
        ("61412345678", "+61412345678", FieldType.PHONE),
        ("61412345678", "0412345678", FieldType.PHONE),
        ("64 21 123 4567", "021 123 4567", FieldType.PHONE),
        ("40.00", Decimal("40"), FieldType.NUMBER),
        (40, "40.0", FieldType.NUMBER),
        ("true", True, FieldType.BOOLEAN),
    ],
)
def test_formatting_is_not_a_change(before: Value, after: Value, kind: FieldType) -> None:
    assert not differs(before, after, kind)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("Smith", "Smyth", FieldType.TEXT),
        (None, "Smith", FieldType.TEXT),
        ("Zoë", "Zoe", FieldType.TEXT),
        ("0412 345 678", "0412 345 679", FieldType.PHONE),
        ("+65 412 345 678", "0412 345 678", FieldType.PHONE),
        ("0412 345 678", "+61 412 345 678", FieldType.PHONE),
        ("65412345678", "0412345678", FieldType.PHONE),
        ("61412345678", "412345678", FieldType.PHONE),
        ("gross@example.test", "groß@example.test", FieldType.EMAIL),
        (date(1980, 2, 1), date(1980, 1, 2), FieldType.DATE),
        ("40", Decimal("40.5"), FieldType.NUMBER),
        (False, True, FieldType.BOOLEAN),
        ("01", "1", FieldType.TEXT),
    ],
)
def test_anything_else_is_a_change(before: Value, after: Value, kind: FieldType) -> None:
    assert differs(before, after, kind)


@given(plain, st.sampled_from(FieldType))
def test_every_value_equals_itself(value: Value, kind: FieldType) -> None:
    assert not differs(value, value, kind)


@given(texts, st.sampled_from(FieldType))
def test_the_canonical_form_of_a_canonical_form_is_itself(text: str, kind: FieldType) -> None:
    form = canonical(text, kind)
    assert canonical(form, kind) == form


@given(texts, st.sampled_from(FieldType))
def test_spaces_and_blanks_around_a_text_never_matter(text: str, kind: FieldType) -> None:
    assert canonical(f"  {text}\n", kind) == canonical(text, kind)


def test_fields_sent_only_on_create_are_not_compared() -> None:
    prepared = Prepared({"hours": 38, "name": "Anna"}, create_only=frozenset({"hours"}))
    comparison = compare({}, prepared, TargetRecord("1", "", {"hours": 20, "name": "anna"}))
    assert comparison.differences == ()


@pytest.mark.parametrize("there", [{}, {"tax": "***-***-123"}, {"tax": "#####123"}])
def test_a_field_that_the_target_hides_is_unseen_and_no_change_by_itself(there: dict[str, Value]) -> None:
    comparison = compare({}, Prepared({"tax": "865414123"}), TargetRecord("1", "", there))
    assert comparison.differences == () and len(comparison.unseen) == 1


@given(texts)
def test_a_masked_text_shows_three_characters_at_most(text: str) -> None:
    shown = mask(text)
    assert shown.startswith("•••") and len(shown) <= len("••• 123")
    if len("".join(text.split())) < 7:
        assert shown == "•••"


def test_only_sensitive_fields_are_masked() -> None:
    changes = field_changes(
        [
            Difference(Field("tax", "Tax number", sensitive=True), "865414088", None),
            Difference(Field("birth", "Born", FieldType.DATE), None, date(1990, 1, 2)),
            Difference(Field("full", "Full time", FieldType.BOOLEAN), False, True),
        ]
    )
    assert [(change["before"], change["after"]) for change in changes] == [
        ("••• 088", None),
        (None, "1990-01-02"),
        ("No", "Yes"),
    ]
