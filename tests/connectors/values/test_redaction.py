"""Other systems' words are shown clean."""

from __future__ import annotations

import pytest

from connectors.values.redaction import LIMIT, joined, sentence


@pytest.mark.parametrize(
    ("words", "clean"),
    [
        ("  Surname is\r\n required ", "Surname is required."),
        ("Already a sentence!", "Already a sentence!"),
        ("<p>Not <b>valid</b> &amp; refused</p>", "Not valid & refused."),
        ("Tax number 123 456 782 is not valid", "Tax number ••• is not valid."),
        ("Account 12-3456-1234567-00 is closed", "Account ••• is closed."),
        ("Number 876 - 543 - 210 is taken", "Number ••• is taken."),
        ("Number 876\u2013543\u2013210 is taken", "Number ••• is taken."),
        ("Number 876\u200b543\u00ad210 is taken", "Number ••• is taken."),
        ("Number <b>876</b>543 210 and 876%20543%20210", "Number ••• and •••."),
        ('TFN876543210X in {"tfn":"876543210"}', 'TFN•••X in {"tfn":"•••"}.'),
        ("Must be less than 1,000,000 at 10:15:30", "Must be less than 1,000,000 at 10:15:30."),
        ("Mail jane.citizen@example.com bounced", "Mail ••• bounced."),
        ("Hours must be between 1 and 168", "Hours must be between 1 and 168."),
        ("\u202eevil\x00", "evil."),
        ("", ""),
    ],
)
def test_words_become_one_clean_sentence(words: str, clean: str) -> None:
    assert sentence(words) == clean


def test_long_words_are_cut() -> None:
    assert len(sentence("word " * 200)) <= LIMIT


def test_what_we_sent_is_not_repeated() -> None:
    assert sentence("Code AB12 of account ab12 is wrong", ["AB12"]) == "Code ••• of account ••• is wrong."


@pytest.mark.parametrize(
    ("words", "clean"),
    [
        ("Account 12,345 is closed", "Account ••• is closed."),
        ("Account 1 2 3 4 5 is closed", "Account ••• is closed."),
        ("Account A1-23/45 is closed", "Account A••• is closed."),
        ("Account 5 of 123 is closed", "Account 5 of 123 is closed."),
    ],
)
def test_what_we_sent_is_found_in_other_spellings(words: str, clean: str) -> None:
    assert sentence(words, ["12345"]) == clean


def test_several_remarks_are_joined_once_each() -> None:
    assert (
        joined(["Surname is required", "Gender is required", "Surname is required"])
        == "Surname is required. Gender is required."
    )
