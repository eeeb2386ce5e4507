"""The canonical form of a value: two spellings of the same thing have the same one, so formatting is never a change.

Blank text and no value are the same. Case, the encoding of accents, runs of spaces, and the separators and country
prefix of phone numbers are formatting. How values are spelled when they are sent is decided in
connectors/values/normalise.py.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from connectors.contract.fields import FieldType, Value

# Stands between joined values; unlike other control characters, Python does not count it as a space.
SEPARATOR = "\0"

_TEXT = FieldType.TEXT
_AUSTRALIA, _NEW_ZEALAND = "61", "64"
_NOT_DIGITS = bytes(code for code in range(128) if not chr(code).isdigit())


def canonical(value: Value, kind: FieldType = FieldType.TEXT) -> str | None:
    """Return the canonical form of a value; None when it is blank."""
    if type(value) is str and value.isascii():  # by far the most, with no accents to normalise
        return (" ".join(value.lower().split()) if kind is _TEXT else _FORMS[kind](value.lower())) or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return _number(str(value))
    return _FORMS[kind](unicodedata.normalize("NFC", value).casefold()) or None


def join_canonical(values: Sequence[Any]) -> str:
    """Return the canonical forms of many values as one text, in one pass; all of them are taken as text fields."""
    try:
        text = SEPARATOR.join(values)
    except TypeError:  # a number or a date in a text field
        values = [value if type(value) is str else canonical(value) or "" for value in values]
        text = SEPARATOR.join(values)
    if text.count(SEPARATOR) >= len(values):  # one of them contains the separator itself
        return orjson.dumps([canonical(value) for value in values]).decode()
    text = text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()
    return " ".join(text.split()).replace(f" {SEPARATOR}", SEPARATOR).replace(f"{SEPARATOR} ", SEPARATOR)


def _single_spaced(text: str) -> str:
    return " ".join(text.split())


def _number(text: str) -> str:
    text = _single_spaced(text)
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return text
    return format(number.normalize(), "f") if number else "0"


def _boolean(text: str) -> str:
    text = _single_spaced(text)
    return {"true": "yes", "1": "yes", "false": "no", "0": "no"}.get(text, text)


def _email(text: str) -> str:
    return "".join(text.split())


def _phone(text: str) -> str:
    digits = text.replace(" ", "")
    if not (digits.isascii() and digits.isdigit()):
        digits = _digits(text)
    if digits[:2] == "00" or text.lstrip()[:1] == "+":
        digits = digits.removeprefix("00")
        if digits[:2] in (_AUSTRALIA, _NEW_ZEALAND):
            digits = "0" + digits[2:].removeprefix("0")
    return digits or _single_spaced(text)


def _digits(text: str) -> str:
    if text.isascii():
        return text.encode().translate(None, _NOT_DIGITS).decode()
    return "".join(character for character in text if character.isdigit())


# The canonical form of a text, by the type of its field, once its case is folded. Blank text stays blank.
_FORMS: Mapping[FieldType, Callable[[str], str]] = {
    FieldType.TEXT: _single_spaced,
    FieldType.DATE: _single_spaced,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
}
