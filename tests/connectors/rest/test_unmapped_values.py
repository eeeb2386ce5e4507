"""A value that a map does not have is named to who maps it, unless it is about pay or identifies somebody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.contract.employee import Address, AustralianTax, Employee
from connectors.contract.records import Unmapped
from tests.connectors.rest.test_shaped_fields import prepared

JO = Employee(
    "Jo",
    "Citizen",
    position="VIC  42",
    employment_type="Seasonal",
    email="jo@example.test",
    address=Address(state="Vic", line1="1 Hay Street"),
    au_tax=AustralianTax(tfn="865414088", residency="Unheard"),
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from: employment_type, map: {Casual: C}", "Seasonal"),
        ("from: employment_type, map: {Casual: C}, required: true", "Seasonal"),
        ("from: employment_type, map: {Casual: C}, unmapped: problem", "Seasonal"),
        ("from: [{at: employment_type, map: {Casual: C}}], steps: [tidy]", "Seasonal"),
        ("from: position, map: {NSW: N}, unmapped: problem", "VIC 42"),
        ("from: position, steps: [{part: {by: ' ', take: 1}}], map: {NSW: N}", "VIC"),
        ("from: address.state, map: {NSW: N}", "Vic"),
        ("template: '{position}', map: {NSW: N}", "VIC 42"),
    ],
)
def test_the_value_that_has_to_be_mapped_is_named(field: str, value: str) -> None:
    assert prepared(field, JO).unmapped == (Unmapped("x", "Extra", value),)


@pytest.mark.parametrize(
    "field",
    [
        "from: au_tax.residency, map: {Resident: R}",
        "from: au_tax.residency, map: {Resident: R}, unmapped: problem",
        "from: email, map: {a: b}",
        "from: address.line1, map: {a: b}",
        "from: surname, map: {a: b}",
        "from: position, map: {a: b}, sensitive: true",
        "from: position, map: {a: b}, concern: tax",
        "template: '{position} {email}', map: {a: b}",
        "cases: [{when: {at: status, there: true}, from: position}], else: {from: email}, map: {a: b}",
    ],
)
def test_a_value_that_may_not_be_named_is_only_counted(field: str) -> None:
    assert prepared(field, JO).unmapped == (Unmapped("x", "Extra", None),)


@pytest.mark.parametrize(
    "field",
    [
        "from: employment_type, map: {seasonal: S}",
        "from: employment_type, map: {Casual: C}, unmapped: keep",
        "from: employment_type, map: {Casual: C}, unmapped: default, default: C",
        "from: employment_type",
        "type: date, from: employment_type",
    ],
)
def test_what_is_mapped_or_kept_is_not_listed(field: str) -> None:
    assert prepared(field, JO).unmapped == ()
    assert prepared("from: position, map: {NSW: N}", replace(JO, position=None)).unmapped == ()
