"""Values are masked, and other systems' words are shown clean."""

from __future__ import annotations

import pytest

from connectors.values.redaction import LIMIT, MASK, is_masked, mask, mask_private, redact, redact_all


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
    assert redact(words) == clean


def test_long_words_are_cut() -> None:
    assert len(redact("word " * 200)) <= LIMIT


def test_values_that_were_sent_are_masked() -> None:
    assert redact("Code AB12 of account ab12 is wrong", ["AB12"]) == "Code ••• of account ••• is wrong."


@pytest.mark.parametrize(
    ("words", "clean"),
    [
        ("Account 12,345 is closed", "Account ••• is closed."),
        ("Account 1 2 3 4 5 is closed", "Account ••• is closed."),
        ("Account A1-23/45 is closed", "Account A••• is closed."),
        ("Account 5 of 123 is closed", "Account 5 of 123 is closed."),
    ],
)
def test_values_that_were_sent_are_found_in_other_spellings(words: str, clean: str) -> None:
    assert redact(words, ["12345"]) == clean


SECRET = "tok-SECRET-abc123"


@pytest.mark.parametrize(
    "escaped",
    [
        "".join(f"%25{ord(letter):02x}" for letter in SECRET),
        "".join(f"&amp;#{ord(letter)};" for letter in SECRET),
        "".join(f"%26%23{ord(letter)}%3B" for letter in SECRET),
        "".join(f"\\u{ord(letter):04X}" for letter in SECRET),
        "".join(f"\\\\u{ord(letter):04x}" for letter in SECRET),
        "".join(chr(ord(letter) + 0xFEE0) if letter.isalnum() else letter for letter in SECRET),
    ],
)
def test_a_secret_is_found_however_it_is_escaped(escaped: str) -> None:
    assert redact(f"Bad token {escaped} given", [SECRET]).count(MASK) == 1
    assert "abc" not in redact(f"Bad token {escaped} given", [SECRET])


@pytest.mark.parametrize(
    "secret",
    ["a%41bc", "x<b>yz", "q&amp;r", "e\u0301te\u0301", "\uff41\uff42\uff43", "pass\\u0041", "\ufb01ne"],
)
def test_a_secret_that_looks_escaped_is_found(secret: str) -> None:
    assert redact(f"Bad password {secret} given", [secret]) == f"Bad password {MASK} given."


def test_half_an_escaped_pair_is_shown_as_it_is() -> None:
    assert redact("no \\ud83d here") == "no \\ud83d here."


def test_several_remarks_are_joined_once_each() -> None:
    assert (
        redact_all(["Surname is required", "Gender is required", "Surname is required"])
        == "Surname is required. Gender is required."
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("865414088", "••• 088"),
        ("12-3456-1234567-00", "••• -00"),
        ("1234567", "••• 567"),
        ("123456", "•••"),
        ("", "•••"),
    ],
)
def test_a_mask_shows_three_characters_at_most(value: str, shown: str) -> None:
    assert mask(value) == shown


@pytest.mark.parametrize(
    "value",
    [
        "###-###-123",
        "••• 088",
        "●●●●● 123",
        "***5678",
        "j*@example.com",
        "XX-XXXX-XXX1234-00",
        "xxx 123",
        "TFN xxxxxx123",
    ],
)
def test_a_hidden_value_is_recognised_however_it_is_hidden(value: str) -> None:
    assert is_masked(value)


@pytest.mark.parametrize(
    "value", ["", "123 456 782", "#3/12 Smith St", "Foxx", "Xavier", "MAXX 12", 12, None]
)
def test_an_ordinary_value_is_not_taken_for_a_mask(value: object) -> None:
    assert not is_masked(value)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("token abcDEF123456secretXYZ is wrong", "token ••• is wrong"),
        (f"token abcDEF{MASK}secretXYZ is wrong", "token ••• is wrong"),
        ("key Zx9kQ2pLm4Tn is wrong", "key ••• is wrong"),
        ("passport PA1234567, born 3 May 1990", "passport •••, born •••"),
        (
            "HF0030 has 2 bank-accounts in Organisation 4711",
            "HF0030 has 2 bank-accounts in Organisation 4711",
        ),
        ("Superannuation-fund is missing in run #12345", "Superannuation-fund is missing in run #12345"),
    ],
)
def test_what_may_be_a_secret_is_not_shown_to_somebody_outside(words: str, shown: str) -> None:
    assert mask_private(words) == shown
