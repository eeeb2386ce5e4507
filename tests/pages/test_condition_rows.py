"""A row of a condition shows the input that its operator and its field need, and offers nothing that is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from connectors.contract.branches import Branch, BranchTree
from connectors.contract.fields import FieldType
from connectors.contract.source_fields import SourceField
from connectors.mapping.base import Kind
from connectors.mapping.conditions.faults import find_faults
from connectors.mapping.conditions.operators import FITTING
from connectors.rest.employee_places import EmployeePlaces
from core.scope_editor import rows
from core.scope_editor.rows import BRANCH, Row
from pages.ui.scope import row_form
from pages.ui.scope.row_form import Choices

FIELDS = {
    Kind.TEXT: SourceField("custom.note", "Note"),
    Kind.NUMBER: SourceField("custom.grade", "Grade", FieldType.NUMBER),
    Kind.DATE: SourceField("custom.review", "Review", FieldType.DATE),
    Kind.YES_NO: SourceField("custom.casual", "Casual", FieldType.BOOLEAN),
    Kind.LIST: SourceField("custom.tags", "Tags", is_list=True),
}
ITEMS = SourceField("custom.cars", "Cars", is_list=True, entries=(SourceField("plate", "Plate"),))
PLACES = EmployeePlaces([*FIELDS.values(), ITEMS])
TREE = BranchTree([Branch("W", "West", "West"), Branch("P", "Perth", "West > Perth", "W")])
ONE_NUMBER, TWO_NUMBERS = ["number_input"], ["number_input", "number_input"]
ONE_DATE, TWO_DATES, WORDS, YES_NO = (
    ["date_input"],
    ["date_input", "date_input"],
    ["multiselect"],
    ["selectbox"],
)
INPUTS = {
    Kind.TEXT: dict.fromkeys(("is", "is_not", "starts_with", "ends_with", "contains"), WORDS),
    Kind.NUMBER: {
        "is": WORDS,
        "is_not": WORDS,
        "at_least": ONE_NUMBER,
        "at_most": ONE_NUMBER,
        "between": TWO_NUMBERS,
    },
    Kind.DATE: {
        "on_or_before": ONE_DATE,
        "on_or_after": ONE_DATE,
        "between": TWO_DATES,
        "within_days": TWO_NUMBERS,
    },
    Kind.YES_NO: {"is": YES_NO, "is_not": YES_NO},
    Kind.LIST: dict.fromkeys(("any_is", "all_are", "none_is"), WORDS),
}
VALUES = {
    "within_days": {"before": 1, "after": 2},
    "at_least": 1,
    "at_most": 2.5,
    "there": True,
    "empty": True,
}
DAY, LATER = "2026-01-31", "2026-12-31"


def value_of(operator: str, kind: Kind) -> object:
    if operator == "between":
        return [DAY, LATER] if kind is Kind.DATE else [1, 2.5]
    if operator.startswith("on_or_"):
        return DAY
    return VALUES.get(operator, [True] if kind is Kind.YES_NO else ["7"])


def every_row(choices: Choices) -> list[Row]:
    """Return a row with a value for everything that is offered."""
    found = []
    for field in choices.fields:
        for operator in choices.operators(field):
            kind = rows.kind_of(field, choices.places)
            value = ["P"] if field == BRANCH else value_of(operator, kind)
            found.append(Row(field, operator, value, below=field == BRANCH and choices.offers_below))
    return found


@pytest.mark.parametrize("for_scope", [True, False], ids=["scope", "mapping"])
def test_nothing_is_offered_that_the_check_refuses(for_scope: bool) -> None:
    choices = Choices(rows.fields(PLACES), {}, has_tree=True, places=PLACES, for_scope=for_scope)
    offered = every_row(choices)
    assert {row.field for row in offered} >= {field.path for field in FIELDS.values()} | {ITEMS.path, BRANCH}
    assert {row.operator for row in offered} == set(rows.WORDS) - (set() if for_scope else rows.SCOPE_ONLY)
    for row in offered:
        condition = rows.to_condition([[row]])
        assert condition is not None
        assert not list(
            find_faults(condition, PLACES, for_scope=for_scope, branches=TREE if for_scope else None)
        ), row


def draw() -> None:
    """Show the rows of a test, as a script of Streamlit's does, and keep what is entered."""
    shown, places = st.session_state["shown"], st.session_state["places"]
    offered = Choices({row.field: row.field for row in shown}, {}, has_tree=False, places=places)
    st.session_state["entered"] = [
        row_form.render(f"{row.field} {row.operator}", row, offered)[0] for row in shown
    ]


def show(*shown: Row, places: EmployeePlaces = PLACES) -> AppTest:
    script = f"from {__name__} import draw\n\ndraw()\n"
    test = AppTest.from_string(script, default_timeout=30)
    test.session_state["shown"], test.session_state["places"] = list(shown), places
    return test.run()


def inputs(test: AppTest, row: Row) -> list[str]:
    """Return the widgets of a row that ask for its value, in the order in which they stand."""
    names = ("date_input", "number_input", "selectbox", "multiselect")
    end = f"{row.field} {row.operator} {row.field} {row.operator}"
    keys = [(name, str(widget.key)) for name in names for widget in test.get(name)]
    return [name for name, key in keys if end in key]


@pytest.mark.parametrize("kind", list(FIELDS))
def test_every_operator_asks_for_what_it_compares_with(kind: Kind) -> None:
    assert {*INPUTS[kind], "there", "empty"} == set(FITTING[kind])
    shown = [Row(FIELDS[kind].path, operator, value_of(operator, kind)) for operator in FITTING[kind]]
    test = show(*shown)
    assert not test.exception
    assert {row.operator: inputs(test, row) for row in shown} == {"there": [], "empty": []} | INPUTS[kind]
    assert test.session_state["entered"] == shown, "what is written comes back as it was"


def test_two_numbers_are_entered_and_half_a_range_is_not_complete() -> None:
    row = Row(FIELDS[Kind.NUMBER].path, "between")
    test = show(row)
    first, last = test.number_input
    assert (first.label, last.label) == ("From", "To")
    first.set_value(2).run()
    (half,) = test.session_state["entered"]
    assert half.value == [2, None]
    with pytest.raises(ValueError, match="a condition has one of"):
        rows.to_condition([[half]])
    test.number_input[1].set_value(7.5).run()
    assert test.session_state["entered"] == [replace(row, value=[2, 7.5])]


def test_a_row_with_something_that_is_not_offered_stays_as_it_is() -> None:
    unknown = Row("custom.grade", "between", [1, 3])
    test = show(unknown, places=EmployeePlaces([SourceField("custom.grade", "Grade")]))
    assert test.session_state["entered"] == [unknown] and len(test.number_input) == 2
