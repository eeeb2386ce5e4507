"""The codes of sources are read as words; what is no code is left as it is."""

from __future__ import annotations

import pytest

from connectors.contract.employee import EmploymentStatus, Gender
from connectors.values.code_words import code_words, value_words, with_code


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("Permanent_FullTime", "Permanent, full-time"),
        ("FixedTerm_PartTime", "Fixed term, part-time"),
        ("LabourHire", "Labour hire"),
        ("SuperIncomeStream", "Super income stream"),
        ("LeaveWithoutPay", "Leave without pay"),
        ("Non_Binary", "Non-binary"),
        ("Not_Stated", "Not stated"),
        ("NOT_A_MEMBER", "Not a member"),
        ("AUSTRALIAN_RESIDENT", "Australian resident"),
        ("PartTimeCasual", "Part-time casual"),
        ("Casual", "Casual"),
        ("SMSF", "SMSF"),
        ("Permanent full time", "Permanent full time"),
        ("M 2", "M 2"),
        ("", ""),
    ],
)
def test_a_code_is_said_in_words(code: str, words: str) -> None:
    assert code_words(code) == words


def test_no_code_that_ihub_knows_is_shown_raw() -> None:
    for code in (*EmploymentStatus, *Gender):
        assert "_" not in code_words(code)
        assert not any(letter.isupper() for letter in code_words(code)[1:]), code


def test_only_values_that_are_codes_are_changed() -> None:
    assert value_words("surname", "McDonald") == "McDonald"
    assert value_words("custom.user", "Jane_Smith") == "Jane_Smith"
    assert value_words("super_funds.0.type", "REGULATED_FUND") == "Regulated fund"


def test_the_code_stands_beside_its_words_where_it_is_entered() -> None:
    assert with_code("Permanent_FullTime") == "Permanent, full-time (Permanent_FullTime)"
    assert with_code("Casual") == "Casual"
