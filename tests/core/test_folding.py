"""People are found by name however it is typed, and nobody else is."""

from __future__ import annotations

import unicodedata

import pytest

from core.folding import MAX_LENGTH, Search, searchable

NAMES = (
    "Tāmati Ngata",
    "Seán O’Brien",
    "Mary-Jane Watson",
    "Jürgen Müller",
    "Søren Kjær",
    "Maria de la Cruz",
    "Đặng Văn An",
    "Joan Ng",
    "김 지훈",
)


def found(text: str, *ids: str) -> list[str]:
    search = Search.of(text)
    return [name for name in NAMES if search.finds(searchable(name), ids if name == "Joan Ng" else ())]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("tamati", "Tāmati Ngata"),
        ("TĀMATI", "Tāmati Ngata"),
        (unicodedata.normalize("NFD", "Tāmati"), "Tāmati Ngata"),
        ("Ngata Tāmati", "Tāmati Ngata"),
        ("Ngata,  Tamati", "Tāmati Ngata"),
        ("  tāmati   ngata ", "Tāmati Ngata"),
        ("O'Brien", "Seán O’Brien"),
        ("O‘Brien", "Seán O’Brien"),
        ("OBRIEN sean", "Seán O’Brien"),
        ("o brien", "Seán O’Brien"),
        ("brien", "Seán O’Brien"),
        ("Mary Jane", "Mary-Jane Watson"),
        ("maryjane", "Mary-Jane Watson"),
        ("watson mary‐jane", "Mary-Jane Watson"),
        ("Muller", "Jürgen Müller"),
        ("Mueller", "Jürgen Müller"),
        ("müller jurgen", "Jürgen Müller"),
        ("Soren Kjaer", "Søren Kjær"),
        ("soeren", "Søren Kjær"),
        ("delacruz", "Maria de la Cruz"),
        ("cruz maria", "Maria de la Cruz"),
        ("dang van", "Đặng Văn An"),
        ("지훈 김", "김 지훈"),
    ],
)
def test_a_name_is_found_however_it_is_typed(typed: str, name: str) -> None:
    assert found(typed) == [name]


def test_a_name_with_an_umlaut_is_found_by_both_of_its_spellings_in_ascii() -> None:
    assert Search.of("Müller").finds(searchable("Mueller"), ())
    assert Search.of("Müller").finds(searchable("MULLER"), ())
    assert not Search.of("Muller").finds(searchable("Mule"), ())


def test_letters_across_two_words_are_not_found() -> None:
    assert found("ann") == []
    assert found("joanng") == ["Joan Ng"]


@pytest.mark.parametrize("typed", ["%", "_", "%%", "-", "'", "T%ti", "x" * 10_000, "tamati nobody", "\0"])
def test_what_is_no_name_finds_nobody(typed: str) -> None:
    assert found(typed) in ([], list(NAMES) if not Search.of(typed) else [])


def test_an_empty_search_finds_everybody() -> None:
    assert not Search.of(" \0 ")
    assert found("  ") == list(NAMES)


def test_an_id_is_found_whole_alone_or_with_a_name() -> None:
    assert found("E_10%", "E_10%") == ["Joan Ng"]
    assert found("e_10% joan", "E_10%") == ["Joan Ng"]
    assert found("E_10% maria", "E_10%") == []
    assert found("E_1", "E_10%") == []
    assert found("two words", "Two Words") == ["Joan Ng"]


def test_a_search_longer_than_any_name_says_so() -> None:
    assert Search.of("x" * (MAX_LENGTH + 1)).is_too_long
    assert not Search.of("x" * MAX_LENGTH).is_too_long
