"""Employees to be created under one number are found, and no others, whatever their numbers hash to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sync.match import duplicate_numbers
from core.sync.match.duplicate_numbers import DuplicateNumbers

some = st.none() | st.sampled_from(["1", "2", "3", "865414088", "Zoë"])


def shared(given_numbers: list[tuple[str | None, str | None]]) -> list[int]:
    numbers = DuplicateNumbers()
    for position, (external, tax) in enumerate(given_numbers):
        numbers.add(position, external, tax)
    return numbers.positions()


@given(st.lists(st.tuples(some, some), max_size=12))
def test_exactly_those_who_share_a_number_are_found(
    given_numbers: list[tuple[str | None, str | None]],
) -> None:
    externals, taxes = [external for external, _ in given_numbers], [tax for _, tax in given_numbers]
    expected = [
        position
        for position, (external, tax) in enumerate(given_numbers)
        if (external is not None and externals.count(external) > 1)
        or (tax is not None and taxes.count(tax) > 1)
    ]
    assert shared(given_numbers) == expected


def test_the_same_hash_is_not_the_same_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicate_numbers, "_hash", lambda number: None if number is None else 1)
    assert shared([("1", "9"), ("2", "8"), ("3", "7"), ("2", None)]) == [1, 3]


def test_duplicates_are_found_among_very_many() -> None:
    many: list[tuple[str | None, str | None]] = [
        (str(number), str(10_000 + number)) for number in range(2_500)
    ]
    assert shared([*many, ("1200", None), (None, "12499")]) == [1200, 2499, 2500, 2501]
