"""A path is shown without what may be somebody's."""

from __future__ import annotations

import pytest

from connectors.values.shown_path import ShownPaths, shown_name, shown_path, words_in

WORDS = words_in(["/api/v2/employees/{id}/bank-accounts", "/api/v2/employees?filter={filter}"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v2/employees/123/bank-accounts", "/api/v2/employees/…/bank-accounts"),
        ("/api/v2/employees/jsmith", "/api/v2/employees/…"),
        ("/api/v2/employees/smith%40example.com", "/api/v2/employees/…"),
        ("/api/v2/employees?name=Smith&page=2", "/api/v2/employees?name=…&page=…"),
        ("/api/v2/employees?Tāmati", "/api/v2/employees?…=…"),
        ("/api/v2/employees?Smith", "/api/v2/employees?…=…"),
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


def test_the_words_of_a_system_are_found_once_and_only_when_a_path_is_shown() -> None:
    asked: list[None] = []

    def find_words() -> frozenset[str]:
        asked.append(None)
        return WORDS

    shown = ShownPaths(find_words)
    assert asked == []
    paths = ["/api/v2/employees", "/api/v2/employees/smith", "/api/v2/employees/smith", "/api/v2/employees"]
    assert [shown.show(path) for path in paths] == [shown_path(path, WORDS) for path in paths]
    assert asked == [None]
