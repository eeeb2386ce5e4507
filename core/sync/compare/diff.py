"""Compare what should be at the target with what is there, so that formatting is never a change.

Blank text and absent are the same. Case, accents' encoding, runs of spaces, and the separators and country prefix
of phone numbers are formatting. A field the target's record does not have at all, or shows masked, is *unseen*:
whether it differs can only be told from the fingerprint of what was last written. So is a sensitive one that is to be taken away:
a target that hides it may hold one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from connectors.contract.fields import Field, FieldType, Value
from connectors.contract.records import Prepared, TargetRecord
from connectors.values.redaction import is_masked

Canonical = str | None
_TEXT = FieldType.TEXT


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that has to change."""

    field: Field
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, and what could not be seen at the target."""

    differences: tuple[Difference, ...]
    unseen: tuple[Difference, ...]


def canonical(value: Value, kind: FieldType = FieldType.TEXT) -> Canonical:
    """Return a value in the one form in which equal things are equal; None when it is blank."""
    if type(value) is str and value.isascii():  # by far the most, and nothing to normalise
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


def _words(text: str) -> str:
    return " ".join(text.split())


def _number(text: str) -> str:
    text = _words(text)
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return text
    return format(number.normalize(), "f") if number else "0"


_NO_DIGITS = bytes(number for number in range(128) if not chr(number).isdigit())


def _phone(text: str) -> str:
    digits = text.replace(" ", "")
    if not (digits.isascii() and digits.isdigit()):
        digits = _digits(text)
    if digits[:2] == "00" or text.lstrip()[:1] == "+":
        digits = digits.removeprefix("00")
        if digits[:2] in ("61", "64"):  # Australia and New Zealand
            digits = "0" + digits[2:].removeprefix("0")
    return digits or _words(text)


def _digits(text: str) -> str:
    if text.isascii():
        return text.encode().translate(None, _NO_DIGITS).decode()
    return "".join(letter for letter in text if letter.isdigit())


def _boolean(text: str) -> str:
    text = _words(text)
    return {"true": "yes", "1": "yes", "false": "no", "0": "no"}.get(text, text)


# What makes one of texts whose letters are one case already; a blank text stays blank.
_FORMS: Mapping[FieldType, Callable[[str], str]] = {
    FieldType.TEXT: _words,
    FieldType.DATE: _words,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.EMAIL: lambda text: "".join(text.split()),
    FieldType.PHONE: _phone,
}


def compare(fields: Mapping[str, Field], prepared: Prepared, current: TargetRecord) -> Comparison:
    """Compare every field the source speaks for, apart from those that are only sent on create."""
    differences: list[Difference] = []
    unseen: list[Difference] = []
    for name, after in compared(prepared):
        before = current.values.get(name)
        if after == before and type(after) is type(before) and (after is not None or name in current.values):
            continue
        field = fields.get(name) or Field(name, name)
        wanted = canonical(after, field.type)
        there = name in current.values
        if wanted == canonical(before, field.type) and (wanted is not None or there or not field.sensitive):
            continue
        hidden = not there or (wanted is not None and is_masked(before))
        (unseen if hidden else differences).append(Difference(field, before, after))
    return Comparison(tuple(differences), tuple(unseen))


def compared(prepared: Prepared) -> Collection[tuple[str, Value]]:
    """Return the fields that count: those that are sent only on create are left alone afterwards."""
    if not prepared.create_only:
        return prepared.values.items()
    return [(name, value) for name, value in prepared.values.items() if name not in prepared.create_only]
