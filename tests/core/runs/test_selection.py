"""Which employees can be chosen for a run."""

from __future__ import annotations

import pytest

from core.errors import InvalidError
from core.runs import selection


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ([], "Choose at least one employee."),
        ([" "], "Enter the employee's source ID."),
        (["s1", "a\0b"], "A source ID has at most 200 characters"),
        (["x" * 201], "A source ID has at most 200 characters"),
        ([f"s{number}" for number in range(501)], "These are 501 employees, and at most 500 can be synced"),
    ],
)
def test_a_selection_that_cannot_be_is_a_sentence(chosen: list[str], said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        selection.parse(chosen)


def test_what_is_chosen_twice_is_one_and_odd_ids_are_kept() -> None:
    assert selection.parse([" s2", "s1", "s2", "Ünï/..?#"]) == ("s2", "s1", "Ünï/..?#")
    assert selection.digest(["s2", "s1"]) == selection.digest(["s1", "s2"]) != selection.digest(["s1"])
