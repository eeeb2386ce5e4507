"""A text is put together from several values, and never from half of them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mapping.base import MOST_CHARACTERS, UNKNOWN, Failure
from connectors.mapping.templates import Template
from tests.connectors.mapping.made import SINGLES


def filled(written: str, **values: Any) -> Any:
    template = Template(written)
    return template.fill([values[place.replace(".", "_")] for place in template.places])


@pytest.mark.parametrize(
    ("written", "values", "wanted"),
    [
        ("{a} {b}", {"a": "Ann", "b": "Lee"}, "Ann Lee"),
        ("{a} {b}", {"a": "Ann", "b": None}, None),
        ("{a} {b}", {"a": "Ann", "b": " "}, None),
        ("{a} {b}", {"a": None, "b": UNKNOWN}, UNKNOWN),
        ("{a}[ ({b})]", {"a": "Cook", "b": "2"}, "Cook (2)"),
        ("{a}[ ({b})]", {"a": "Cook", "b": None}, "Cook"),
        ("{a}[ ({b})]", {"a": "Cook", "b": UNKNOWN}, UNKNOWN),
        ("[{a}, ]{b}[ {c}{d}]", {"a": None, "b": "B", "c": "C", "d": None}, "B"),
        ("[{a}][{b}]", {"a": None, "b": None}, ""),
        ("{{{a}}} [[x]] {a}", {"a": "1"}, "{1} [x] 1"),
        ("{ a }-{a}", {"a": Decimal("1.50")}, "1.5-1.5"),
        ("{a.b}", {"a_b": date(2024, 7, 1)}, "2024-07-01"),
        ("{a}", {"a": "{b}[x]"}, "{b}[x]"),
    ],
)
def test_a_template_is_filled(written: str, values: dict[str, Any], wanted: Any) -> None:
    assert filled(written, **values) == wanted


def test_what_is_no_text_and_what_is_too_long_are_problems() -> None:
    assert isinstance(filled("{a}", a=True), Failure)
    assert isinstance(filled("{a}{a}", a="x" * 2001), Failure)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "no value"),
        ("text", "no value"),
        ("{}", "path"),
        ("{A b}", "path"),
        ("{a.__class__}", "path"),
        ("{a!r}", "path"),
        ("{a:>10}", "path"),
        ("{a", "each {"),
        ("a}", "each {"),
        ("{a} [x]", "a part in"),
        ("{a}[{b}", "each ["),
        ("{a}]", "each ["),
        ("{a}[{b}[{c}]]", "each ["),
        ("[{a}][{b}][{c}][{d}]", "more than 3"),
    ],
)
def test_a_template_that_cannot_work_is_refused(written: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Template(written)


@given(st.text("{}[]ab. ", max_size=30), st.data())
def test_a_template_is_refused_or_total(written: str, data: st.DataObject) -> None:
    try:
        template = Template(written)
    except ValueError:
        return
    made = template.fill([data.draw(SINGLES) for _ in template.places])
    assert made is None or made is UNKNOWN or isinstance(made, Failure | str)
    assert not isinstance(made, str) or len(made) <= MOST_CHARACTERS
