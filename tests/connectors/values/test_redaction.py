"""Values are masked, and other systems' words are shown clean."""

from __future__ import annotations

from collections.abc import Callable

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
        ('TFN876543210X in {"tfn":"876543210"}', '••• in {"tfn":"•••"}.'),
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
        ("Account A1-23/45 is closed", "Account ••• is closed."),
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


# Nothing of these may be left, however it is written.
PRIVATE = {
    "a tax number": "876543210",
    "a bank account": "12-3456-1234567-00",
    "a token": "abc123DEF456ghi789xyz",
    "an e-mail address": "tamati.wiremu@example.co.nz",
    "a date of birth": "3 May 1990",
}
WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "with HTML": lambda value: "".join(f"<b>{letter}</b>" for letter in value),
    "in entities": lambda value: "".join(f"&#x{ord(letter):x};" for letter in value),
    "in JSON": lambda value: "".join(f"\\u{ord(letter):04x}" for letter in value),
    "in JSON twice": lambda value: "".join(f"\\\\u{ord(letter):04x}" for letter in value),
    "in hexadecimal": lambda value: "".join(f"\\x{ord(letter):02x}" for letter in value),
    "in percent signs": lambda value: "".join(f"%{ord(letter):02X}" for letter in value),
    "in percent signs twice": lambda value: "".join(f"%25{ord(letter):02X}" for letter in value),
    "with invisible characters": "\u200b".join,
    "with letters before and after": lambda value: f"xQ{value}zW",
    "behind a name": lambda value: f"tfn={value}",
    "in quotes": lambda value: f'{{\\"value\\":\\"{value}\\"}}',
    "in the path of an address": lambda value: f"/people/{value}/edit",
}
SPLIT = (" ", "-", " - ", "\u2013", "/", ".", "+", "%20", "&nbsp;", "<br/>", "\\n", "\\/", "\u00b7", "_", "'")


def leftovers(value: str, said: str) -> list[str]:
    """Return the pieces of three characters of a private value that a sentence still holds."""
    plain = "".join(filter(str.isalnum, value))
    pieces = {plain[start : start + 3] for start in range(len(plain) - 2)}
    return sorted(piece for piece in pieces if piece in "".join(filter(str.isalnum, said)))


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (kind, written)
        for kind in PRIVATE
        for written in WRITTEN
        if (kind, written) != ("a date of birth", "with letters before and after")
    ],
)
def test_nothing_private_is_left_in_what_a_system_says(kind: str, written: str) -> None:
    said = redact(f"Value {WRITTEN[written](PRIVATE[kind])} was refused")
    assert leftovers(PRIVATE[kind], said) == []
    assert said.startswith("Value ")


@pytest.mark.parametrize("between", SPLIT)
def test_a_number_is_found_however_it_is_split(between: str) -> None:
    for value in ("876543210", "12345612345670"):
        pieces = (value[:3], value[3:6], value[6:])
        assert redact(f"Tax number {between.join(pieces)} is taken") == f"Tax number {MASK} is taken."


@pytest.mark.parametrize(
    "words",
    [
        "taxCodeDeclaration_IrdNumber: must be given.",
        "TaxDeclaration.TaxFileNumber is missing.",
        "Only 2 may be given.",
        "Decimals 2 of 12 are allowed.",
        "Pay run 12 of period 3 is closed.",
        "You may use EmployeeGroupMembershipCode in version 1.0.",
    ],
)
def test_names_of_fields_and_ordinary_words_are_left(words: str) -> None:
    assert redact(words) == words


def test_what_is_in_doubt_is_hidden() -> None:
    said = redact("qWeRtYuIoPaSdFgHjKlZxCvB and abcdefghijklmnopqrstuvwxyz and born 3/5/90")
    assert said == f"{MASK} and {MASK} and born {MASK}."
