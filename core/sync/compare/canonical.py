"""The canonical form of a value: two spellings of the same thing have the same one, so formatting is never a change.

Blank text and no value are the same. Case, the encoding of accents, runs of spaces and the separators of phone numbers
are formatting; so is the country prefix of a phone number that is otherwise in national form (``is_same``). How values
are spelled when they are sent is decided in connectors/values/normalise.py.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from connectors.contract.fields import FieldType, Value
from connectors.values.normalise import is_writable

_TEXT = FieldType.TEXT
# The prefixes that a number in national form may stand for: Australia, New Zealand.
_NATIONAL_PREFIXES = ("+61", "+64")
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
    composed = unicodedata.normalize("NFC", value)
    # In an e-mail address, the letters that folding replaces (ß by ss) make another mailbox.
    return _FORMS[kind](_lower(composed) if kind is FieldType.EMAIL else composed.casefold()) or None


def spell(name: Value) -> str:
    """Return how a name is spelled: its case counts, spaces and the encoding of accents do not."""
    text = str(name)
    return " ".join((text if text.isascii() else unicodedata.normalize("NFC", text)).split())


def is_same(ours: str | None, theirs: str | None, kind: FieldType) -> bool:
    """Return whether two canonical forms are the same value: what is to be sent, and what the target shows.

    We send a number of the employee's own country in national form, which a target may show with the country's prefix,
    with or without its plus sign.
    A number that we send with a prefix is one of another country, and never the same without it.
    """
    if ours == theirs:
        return True
    if kind is not FieldType.PHONE or ours is None or theirs is None:
        return False
    if ours[0] == "+":
        return ours[1:] == theirs
    if ours[0] == "0" and f"+{theirs}" in {prefix + ours[1:] for prefix in _NATIONAL_PREFIXES}:
        return True
    return theirs[:3] in _NATIONAL_PREFIXES and ours.removeprefix("0") == theirs[3:].removeprefix("0")


def national_form(number: Value) -> str | None:
    """Return a phone number with the prefix of its country as it is written within the country; None for others."""
    form = canonical(number, FieldType.PHONE)
    return f"0{form[3:]}" if form is not None and form[:3] in _NATIONAL_PREFIXES else None


def _single_spaced(text: str) -> str:
    return " ".join(text.split())


def _number(text: str) -> str:
    text = _single_spaced(text)
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return text
    if not is_writable(number):
        return text
    return format(number.normalize(), "f") if number else "0"


def _boolean(text: str) -> str:
    text = _single_spaced(text)
    return {"true": "yes", "1": "yes", "false": "no", "0": "no"}.get(text, text)


def _email(text: str) -> str:
    return "".join(text.split())


def _lower(text: str) -> str:
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def _phone(text: str) -> str:
    digits = text.replace(" ", "")
    if digits.isascii() and digits.isdigit() and digits[:2] != "00":
        return digits
    digits = _digits(text)
    if digits and (digits[:2] == "00" or text.lstrip()[:1] == "+"):
        digits = digits.removeprefix("00")
        if digits[:3] in ("610", "640"):  # with the zero that is only dialled within the country
            digits = digits[:2] + digits[3:]
        return f"+{digits}"
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
