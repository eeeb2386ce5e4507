"""Bring each value into one spelling, however a system writes it, so that formatting is never a change.

One file, because the tables at its end name every reader, and the readers use each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import mul
from typing import Any
from urllib.parse import unquote

from stdnum.exceptions import InvalidComponent, ValidationError
from stdnum.nz import bankaccount

from connectors.contract.fields import FieldType, Value
from connectors.values.dates import day
from connectors.values.invisible import drop_invisible, plain_digits

# No value of an employee has more digits; a number like 1e999999999 would fill the memory when it is written out.
MOST_DIGITS = 100
_NOT_LETTERS = re.compile(r"[^a-z ]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Letters, digits and the signs that RFC 5322 allows without quotes, in any script (RFC 6531).
_LABEL = r"[^\s@<>()\[\]\\,;:\"./?#!$%&'*+=^`{|}~]+"
_EMAIL = re.compile(rf"(?!\.)[^\s@<>()\[\]\\,;:\"]+@{_LABEL}(?:\.{_LABEL})+")
# What nearly all e-mail addresses are: nothing in them has a meaning besides the address.
_PLAIN_EMAIL = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_IN_BRACKETS = re.compile(r"([^<>]*)<([^<>]*)>[\s,;.]*")
_MAILTO = re.compile(r"mailto:([^?]*)(?:\?.*)?", re.IGNORECASE)
_AROUND_EMAIL = " \t,;'\"<>\u2018\u2019\u201c\u201d"
_DASHES = "\\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_PHONE_SEPARATORS = re.compile(rf"[\s().·/{_DASHES}]")
_PHONE = re.compile(r"\+?\d{6,15}", re.ASCII)
# A number that a spreadsheet has taken for an amount.
_DECIMALS = re.compile(r"(\d{6,})\.0", re.ASCII)
# Two numbers in one field.
_TWO_PHONES = re.compile(r"(?:\d[\s().·\-]*){6,}/\s*\+?(?:[\s().·\-]*\d){6,}", re.ASCII)
# No phone number is written with more characters; the patterns above take long for what is far longer.
_LONGEST_PHONE = 200
# A number with + and its code, and nothing in it but digits and spaces.
_ABROAD = re.compile(r"\+[\d ]+", re.ASCII)
_NATIONAL = re.compile(r"0[1-9]\d{6,8}", re.ASCII)
_FROM_ABROAD = re.compile(r"^(?:\+|\uff0b|0011(?=[1-9]\d{8})|00(?=[1-9]))")
_TRUNK_ZERO = re.compile(r"^(\s*(?:\+|\uff0b|00)[\d\s]*)\(0\)")
_TEL = re.compile(r"^\s*tel:", re.IGNORECASE)
_NUMBER_SEPARATORS = re.compile(rf"[\s{_DASHES}]")
_NZ_SEPARATORS = re.compile(rf"[\s./_{_DASHES}]+")
_NZ_ACCOUNT = re.compile(r"\d{2}-\d{3,4}-\d{6,7}-\d{2,3}")
_STATES = {
    "ACT": ("australian capital territory",),
    "NSW": ("new south wales",),
    "NT": ("northern territory",),
    "QLD": ("queensland",),
    "SA": ("south australia",),
    "TAS": ("tasmania",),
    "VIC": ("victoria",),
    "WA": ("western australia", "west australia"),
}
# What each digit of a tax file number counts in its check.
_TFN_WEIGHTS = (1, 4, 3, 7, 5, 8, 6, 9, 10)
AUSTRALIA, NEW_ZEALAND = "Australia", "New Zealand"
# The codes with which numbers of a country begin when they are dialled from another one.
CALLING_CODES = {AUSTRALIA: "61", NEW_ZEALAND: "64"}
# By calling code: how numbers are written at home, and with the code but without its plus. In Australia, 13, 1300 and
# 1800 numbers have no zero in front.
_NATIONAL_NUMBERS = {
    "61": re.compile(r"(?:0|61)([2-9]\d{8})|(?:61)?(1[38]\d{4}(?:\d{4})?)", re.ASCII),
    "64": re.compile(r"(?:0|64)([2-9]\d{7,9})", re.ASCII),
}
_COUNTRIES = {
    "au": AUSTRALIA,
    "aus": AUSTRALIA,
    "nz": NEW_ZEALAND,
    "nzl": NEW_ZEALAND,
    "aotearoa": NEW_ZEALAND,
}


def is_writable(decimal: Decimal) -> bool:
    """Say whether a number can be written out in digits."""
    exponent = decimal.as_tuple().exponent
    if not isinstance(exponent, int):  # NaN and Infinity
        return False
    return not decimal or (decimal.adjusted() < MOST_DIGITS and exponent > -MOST_DIGITS)


def without_point(value: Any) -> Any:
    """Return a whole number as an integer, so that 4000.0 is written 4000, and anything else as it is."""
    if isinstance(value, float | Decimal):
        exact = Decimal(value)
        if is_writable(exact) and exact == int(exact):
            return int(exact)
    return value


def text(value: Any) -> str | None:
    """Return a text with single spaces, composed Unicode and no invisible characters; None where nothing is left."""
    if type(value) is str and value.isascii() and value.isprintable():  # by far the most
        return (" ".join(value.split()) if "  " in value else value.strip()) or None
    if value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, float | Decimal):  # 4000.0 as some systems write a whole number
        value = without_point(value)
    written = value if type(value) is str else str(value)
    if not written.isascii():
        written = unicodedata.normalize("NFC", drop_invisible(written))
    return " ".join(_CONTROL.sub(" ", written).split()) or None


def email(value: Any) -> str | None:
    """Return an e-mail address in lower case, without a name, brackets or commas around it; None where it is none.

    No letter is replaced by another: ``groß@`` and ``gross@`` are two mailboxes. Of two addresses, neither is chosen.
    """
    if type(value) is str and _PLAIN_EMAIL.fullmatch(value):
        return value.lower()
    written = text(value) or ""
    if inner := _IN_BRACKETS.fullmatch(written):
        named, address = _email_alone(inner[1]), _email_alone(inner[2])
        return address if named in {None, address} else None
    return _email_alone(written)


def _email_alone(written: str) -> str | None:
    """Return an e-mail address that has at most punctuation around it."""
    if mailto := _MAILTO.fullmatch(written.strip()):
        written = unquote(mailto[1])  # RFC 6068
    address = written.lstrip(_AROUND_EMAIL).rstrip(f"{_AROUND_EMAIL}.")
    return lower(address) if _EMAIL.fullmatch(address) else None


def lower(written: str) -> str:
    """Return a text in lower case, letter by letter: a letter without a lower case of its own stays as it is."""
    if written.isascii():
        return written.lower()
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in written)


def phone(value: Any, own_codes: Collection[str] = ()) -> str | None:
    """Return the digits of a phone number, those of another country with + and its code; None where it is none.

    A number whose calling code is one of ``own_codes`` is returned in national form, as people write it at home.
    """
    if type(value) is str and _NATIONAL.fullmatch(plain := value.replace(" ", "")):  # by far the most
        return plain
    written = text(value) or ""
    if len(written) > _LONGEST_PHONE:
        return None
    if spreadsheet := _DECIMALS.fullmatch(written):
        written = spreadsheet[1]
    plain = _PHONE_SEPARATORS.sub("", written)
    if _NATIONAL.fullmatch(plain):
        return plain
    if not _ABROAD.fullmatch(written):
        if _TWO_PHONES.search(written):
            return None
        plain = _PHONE_SEPARATORS.sub("", _without_trunk_zero(plain_digits(written)))
        plain = _FROM_ABROAD.sub("+", plain)
    for code in CALLING_CODES.values():
        if plain.startswith(f"+{code}"):
            national = plain[len(code) + 1 :].removeprefix("0")
            # 1300 and 1800 numbers have no zero in front.
            is_service = code == "61" and national.startswith("1")
            plain = ("" if is_service else "0") + national if code in own_codes else f"+{code}{national}"
    return plain if _PHONE.fullmatch(plain) else None


def e164(value: Any, country: str | None = None) -> str | None:
    """Return a phone number with + and its country's code (E.164); None where it is none, or its country is unknown.

    A number without a code is one of ``country``, which has its full name.
    """
    plain = phone(value)
    if plain is None or plain[0] == "+":
        return plain
    code = CALLING_CODES.get(country or "")
    national = _NATIONAL_NUMBERS.get(code or "")
    if code is None or national is None:
        return None
    match = national.fullmatch(plain)
    return f"+{code}{match[match.lastindex or 0]}" if match else None


def _without_trunk_zero(written: str) -> str:
    """Drop the zero that is only dialled within a country, as in +44 (0)20."""
    return _TRUNK_ZERO.sub(r"\1", _TEL.sub("", written))


def number(value: Any) -> Decimal | None:
    """Return a number in its shortest form, so that 3, 3.0 and "3 %" are equal."""
    if isinstance(value, bool):
        return None
    try:
        decimal = Decimal((text(value) or "").rstrip("%").strip())
    except InvalidOperation:
        return None
    return Decimal(format(decimal.normalize(), "f")) if is_writable(decimal) else None


def boolean(value: Any) -> bool | None:
    """Return true or false from a boolean or its name; None where it is neither."""
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).casefold())


def state(value: Any) -> str | None:
    """Return the abbreviation of an Australian state, anything else as it is."""
    return _state(text(value))


@lru_cache(maxsize=1024)
def _state(folded: str | None) -> str | None:
    plain = _NOT_LETTERS.sub("", (folded or "").casefold()).strip()
    for abbreviation, names in _STATES.items():
        if plain.replace(" ", "") == abbreviation.casefold() or plain in names:
            return abbreviation
    return folded


def is_state(value: str | None) -> bool:
    """Return whether a normalised state is an Australian one."""
    return value in _STATES


def state_name(abbreviation: str) -> str:
    """Return the name of an Australian state, from its abbreviation."""
    return _STATES[abbreviation][0].title()


def country(value: Any) -> str | None:
    """Return the full name of Australia and New Zealand, anything else as it is."""
    return _country(text(value))


@lru_cache(maxsize=1024)
def _country(folded: str | None) -> str | None:
    plain = _NOT_LETTERS.sub("", (folded or "").casefold()).strip()
    full = {name.casefold(): name for name in (AUSTRALIA, NEW_ZEALAND)}
    return full.get(plain) or _COUNTRIES.get(plain) or folded


def postcode(value: Any) -> str | None:
    """Return a postcode as text, also where a system has it as a number (4000.0)."""
    written = text(value)
    if written is None or (written.isascii() and written.isdigit()):
        return written
    return re.sub(r"(\d)\.0+$", r"\1", plain_digits(written))


def digits(value: Any) -> str | None:
    """Return the digits of a number written with spaces and dashes; None where it contains anything else."""
    written = text(value) or ""
    if written.isascii() and written.isdigit():
        return written
    plain = _NUMBER_SEPARATORS.sub("", plain_digits(written))
    return plain if plain.isascii() and plain.isdigit() else None


def tax_number(value: Any) -> str | None:
    """Return a TFN or IRD number as nine digits; older numbers have eight and get a zero in front."""
    plain = digits((text(value) or "").replace(".", ""))
    return plain.zfill(9) if plain and len(plain) in {8, 9} else None


def new_zealand_account(value: Any) -> str | None:
    """Return a New Zealand bank account as 12-3456-1234567-000; None where it has another form or fails its check."""
    written = _NZ_SEPARATORS.sub("-", plain_digits(text(value) or ""))
    if not _NZ_ACCOUNT.fullmatch(written):
        written = written.replace("-", "")
        if not (written.isascii() and written.isdigit() and len(written) in {15, 16}):
            return None
    return str(bankaccount.format(written)) if _passes_check(written) else None


def _passes_check(account: str) -> bool:
    """Return whether an account of a known bank passes its check; banks open branches that no list has yet."""
    try:
        bankaccount.validate(account)
    except InvalidComponent:
        return "bank" in bankaccount.info(account)
    except ValidationError:
        return False
    return True


def bank_account(value: Any) -> str | None:
    """Return a bank account of either country: BSB and number as digits, or a New Zealand account with dashes.

    A number in the groups of a New Zealand account has to pass its check. One without groups may be of either country:
    it counts as one of New Zealand only when bank, branch and check fit.
    """
    if _NZ_ACCOUNT.fullmatch(_NZ_SEPARATORS.sub("-", plain_digits(text(value) or ""))):
        return new_zealand_account(value)
    plain = digits(value)
    if plain and len(plain) in {15, 16} and bankaccount.is_valid(plain):
        return new_zealand_account(plain)
    return plain


def bsb(value: Any) -> str | None:
    """Return the six digits of an Australian bank and branch; None where there are not six."""
    plain = digits(value)
    return plain if plain and len(plain) == 6 else None


def account_number(value: Any) -> str | None:
    """Return the digits of an Australian account number; None where there are more than ten."""
    plain = digits(value)
    return plain if plain and len(plain) <= 10 else None


# Not quoted, applied for, under 18, pensioner, and a number that cannot be used: they belong to no person.
SPECIAL_TFNS = frozenset({"000000000", "111111111", "333333333", "444444444", "987654321"})


def is_tfn(plain: str) -> bool:
    """Return whether nine digits pass the check of a tax file number; older numbers are checked without their zero."""
    forms = (plain, plain[1:]) if plain[0] == "0" else (plain,)
    return any(sum(map(mul, _TFN_WEIGHTS, map(int, form))) % 11 == 0 for form in forms)


def tfn(value: Any) -> str | None:
    """Return a tax file number or one of the special numbers used in its place; None where it is neither."""
    plain = tax_number(value)
    return plain if plain and (plain in SPECIAL_TFNS or is_tfn(plain)) else None


def money(value: Any) -> Decimal | None:
    """Return in dollars an amount that is given in cents."""
    cents = number(value)
    return None if cents is None else number(cents / 100)


Reader = Callable[[Any], Value]
BY_TYPE: dict[FieldType, Reader] = {
    FieldType.TEXT: text,
    FieldType.DATE: day,
    FieldType.NUMBER: number,
    FieldType.BOOLEAN: boolean,
    FieldType.EMAIL: email,
    FieldType.PHONE: phone,
}
# What a text can be besides its type; the files of the catalogue use these names.
BY_FORMAT: dict[str, Reader] = {
    "state": state,
    "country": country,
    "postcode": postcode,
    "tax number": tax_number,
    "tfn": tfn,
    "bank account": bank_account,
    "bsb": bsb,
    "account number": account_number,
    "cents": money,
    "e164": e164,
}
