"""Bring each value into one spelling, however a system writes it, so that formatting is never a change."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from stdnum.au import tfn as tax_file_number
from stdnum.nz import bankaccount

from connectors.contract.fields import FieldType, Value

# Above it, a number is left as it is written.
_LONGEST_INTEGER = Decimal(10**100)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")
_NZ_ACCOUNT = re.compile(r"\d{2}[\s-]+\d{3,4}[\s-]+\d{6,7}[\s-]+\d{2,3}")
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
AUSTRALIA, NEW_ZEALAND = "Australia", "New Zealand"
_COUNTRIES = {
    "au": AUSTRALIA,
    "aus": AUSTRALIA,
    "nz": NEW_ZEALAND,
    "nzl": NEW_ZEALAND,
    "aotearoa": NEW_ZEALAND,
}


def without_point(value: Any) -> Any:
    """Return a whole number as an integer, so that 4000.0 is written 4000, and anything else as it is."""
    if isinstance(value, float | Decimal):
        exact = Decimal(value)
        if exact.is_finite() and abs(exact) < _LONGEST_INTEGER and exact == int(exact):
            return int(exact)
    return value


def text(value: Any) -> str | None:
    """Return a text with single spaces and composed Unicode; None where nothing is left."""
    if value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, float | Decimal):
        value = without_point(value)
    return " ".join(_CONTROL.sub(" ", unicodedata.normalize("NFC", str(value))).split()) or None


def email(value: Any) -> str | None:
    """Return an e-mail address in lower case; None where it cannot be one."""
    address = (text(value) or "").casefold()
    return address if _EMAIL.fullmatch(address) else None


def phone(value: Any) -> str | None:
    """Return the digits of a phone number, in national form for Australia and New Zealand; None where it is none."""
    digits = re.sub(r"[\s().\-/]", "", text(value) or "")
    digits = re.sub(r"^(?:\+|00)(?:61|64)0?", "0", digits)
    return digits if re.fullmatch(r"\+?\d{6,15}", digits) else None


def number(value: Any) -> Decimal | None:
    """Return a number in its shortest form, so that 3, 3.0 and "3 %" are equal."""
    if isinstance(value, bool):
        return None
    try:
        decimal = Decimal(str(value).strip().rstrip("%").strip())
    except InvalidOperation:
        return None
    return Decimal(format(decimal.normalize(), "f")) if decimal.is_finite() else None


def day(value: Any) -> date | None:
    """Return a date written as 1980-02-01 (with or without a time), 1-Feb-1980 or 1/2/1980 (the day comes first)."""
    if isinstance(value, date):
        return value
    written = text(value) or ""
    for form in ("%d-%b-%Y", "%d-%B-%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(written, form).date()  # noqa: DTZ007 - a calendar date has no zone
        except ValueError:
            continue
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        return None


def boolean(value: Any) -> bool | None:
    """Return true or false from a boolean or its name; None where it is neither."""
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).casefold())


def state(value: Any) -> str | None:
    """Return the abbreviation of an Australian state, anything else as it is."""
    folded = text(value)
    plain = re.sub(r"[^a-z ]", "", (folded or "").casefold()).strip()
    for abbreviation, names in _STATES.items():
        if plain.replace(" ", "") == abbreviation.casefold() or plain in names:
            return abbreviation
    return folded


def is_state(value: str | None) -> bool:
    """Return whether a normalised state is an Australian one."""
    return value in _STATES


def country(value: Any) -> str | None:
    """Return the full name of Australia and New Zealand, anything else as it is."""
    folded = text(value)
    plain = re.sub(r"[^a-z ]", "", (folded or "").casefold()).strip()
    full = {name.casefold(): name for name in (AUSTRALIA, NEW_ZEALAND)}
    return full.get(plain) or _COUNTRIES.get(plain) or folded


def digits(value: Any) -> str | None:
    """Return the digits of a number written with spaces and dashes; None where it contains anything else."""
    plain = re.sub(r"[\s-]", "", text(value) or "")
    return plain if plain.isascii() and plain.isdigit() else None


def tax_number(value: Any) -> str | None:
    """Return a TFN or IRD number as nine digits; older numbers have eight and get a zero in front."""
    plain = digits(str(value).replace(".", "")) if value is not None else None
    return plain.zfill(9) if plain and len(plain) in {8, 9} else None


def new_zealand_account(value: Any) -> str | None:
    """Return a New Zealand bank account as 12-3456-1234567-000; None where it has another form."""
    written = text(value) or ""
    if _NZ_ACCOUNT.fullmatch(written):
        return str(bankaccount.format(re.sub(r"[\s-]+", "-", written)))
    return str(bankaccount.format(written)) if written.isdigit() and bankaccount.is_valid(written) else None


def bank_account(value: Any) -> str | None:
    """Return a bank account of either country: BSB and number as digits, or a New Zealand account with dashes."""
    return new_zealand_account(value) or digits(value)


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
    return any(tax_file_number.is_valid(form) for form in {plain, plain.removeprefix("0")})


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
    "tax number": tax_number,
    "tfn": tfn,
    "bank account": bank_account,
    "bsb": bsb,
    "account number": account_number,
    "cents": money,
}
