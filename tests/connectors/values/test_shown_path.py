"""A path is shown without what may be somebody's."""

from __future__ import annotations

import pytest

from connectors.values.shown_path import shown_name, shown_path, words_in

WORDS = words_in(["/api/v2/employees/{id}/bank-accounts", "/api/v2/employees?filter={filter}"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v2/employees/123/bank-accounts", "/api/v2/employees/…/bank-accounts"),
        ("/api/v2/employees/jsmith", "/api/v2/employees/…"),
        ("/api/v2/employees/smith%40example.com", "/api/v2/employees/…"),
        ("/api/v2/employees?name=Smith&page=2", "/api/v2/employees?name=…&page=…"),
        ("/api/v2/employees?Smith", "/api/v2/employees?Smith=…"),
        ("/api/v2/employees?865414000=1", "/api/v2/employees?…=…"),
        ("/other/Smith", "/…/…"),
        ("", ""),
    ],
)
def test_only_words_of_the_systems_paths_are_shown(path: str, expected: str) -> None:
    assert shown_path(path, WORDS) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("firstName", "firstName"),
        ("$top", "$top"),
        ("865414000", "…"),
        ("Jo Smith", "…"),
        ("a1234", "…"),
        (7, "…"),
    ],
)
def test_a_name_that_may_be_a_value_is_hidden(name: object, expected: str) -> None:
    assert shown_name(name) == expected
