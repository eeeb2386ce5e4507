"""The keys by which an employee is recognised, as keyed fingerprints: no name, date or tax number stays readable."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from connectors.contract.fields import Field, FieldType, Identity, Value
from connectors.values.redaction import is_masked
from core.sync.compare.diff import canonical

# Tax file numbers that stand for an exemption or a pending application and are shared by many people.
NOBODYS_NUMBERS = frozenset({"000000000", "111111111", "333333333", "444444444", "987654321"})


class Keys(NamedTuple):
    """What is known of who somebody is; None where nothing is known. The last three are what they are found by."""

    name: bytes | None = None
    given: bytes | None = None
    birth_date: bytes | None = None
    tax: bytes | None = None
    mail_and_birth: bytes | None = None
    name_and_birth: bytes | None = None
    name_and_postcode: bytes | None = None


# Keys are compared within one process only and never stored.
_SECRET = secrets.token_bytes(32)


class Hash:
    """Takes keyed hashes of one kind of text: the same text of another kind has another hash."""

    def __init__(self, kind: str) -> None:
        """Begin what all of the kind have in common."""
        self._begun = blake2b(f"{kind}\x1f".encode(), digest_size=16, key=_SECRET)

    def __call__(self, *parts: str | None) -> bytes | None:
        """Return the hash of what is known; None when a part of it is not."""
        if None in parts:
            return None
        whole = self._begun.copy()
        whole.update("\x1f".join(parts).encode())  # type: ignore[arg-type]
        return whole.digest()


_name, _given, _birth, _tax, _external = map(Hash, ("name", "given", "birth", "tax", "external"))
_mail_and_birth, _name_and_birth, _name_and_postcode = map(
    Hash, ("mail+birth", "name+birth", "name+postcode")
)


class KeyExtractor:
    """Takes the keys out of a target's values, by what its fields say about identity."""

    def __init__(self, fields: Iterable[Field]) -> None:
        """Remember which field tells what."""
        told = {field.identity: (field.name, field.type) for field in fields if field.identity is not None}
        self._given_names, self._surname = told.get(Identity.GIVEN_NAMES), told.get(Identity.SURNAME)
        self._birth_date, self._mail = told.get(Identity.BIRTH_DATE), told.get(Identity.EMAIL)
        self._postcode, self._tax = told.get(Identity.POSTCODE), told.get(Identity.TAX_NUMBER)

    def keys(self, values: Mapping[str, Value]) -> Keys:
        """Return the keys of one employee."""
        given, name = self._name(values)
        birth, mail = _text(values, self._birth_date), _text(values, self._mail)
        return Keys(
            _name(name),
            _given(given),
            _birth(birth),
            _tax(self.tax_number(values)),
            _mail_and_birth(mail, birth),
            _name_and_birth(name, birth),
            _name_and_postcode(name, _text(values, self._postcode)),
        )

    def who(self, values: Mapping[str, Value]) -> tuple[str | None, str | None, str | None]:
        """Return name, birth date and tax number in the form in which two are compared; None for what is not known."""
        return self._name(values)[1], _text(values, self._birth_date), self.tax_number(values)

    def _name(self, values: Mapping[str, Value]) -> tuple[str | None, str | None]:
        """Return the first given name, and with the surname."""
        given = _one_word(values, self._given_names) or _first_word(_text(values, self._given_names))
        surname = _one_word(values, self._surname) or _letters(_text(values, self._surname))
        return given, f"{given} {surname}" if given and surname else None

    def tax_number(self, values: Mapping[str, Value]) -> str | None:
        """Return the tax number in the form in which two are compared; None where there is none, or one that is nobody's."""
        text = _text(values, self._tax)
        return None if text is None else _tax_number(text)


def _one_word(values: Mapping[str, Value], told: tuple[str, FieldType] | None) -> str | None:
    """Return at once what most names are, one word of plain letters; None for any other."""
    value = None if told is None else values.get(told[0])
    return value.lower() if type(value) is str and value.isascii() and value.isalnum() else None


def _text(values: Mapping[str, Value], told: tuple[str, FieldType] | None) -> str | None:
    """Return what one field says; None when the target has no such field."""
    if told is None:
        return None
    value = values.get(told[0])
    return value.isoformat() if type(value) is date else canonical(value, told[1])


def external_key(external_id: str | None) -> str | None:
    """Return the form in which two external ids are compared."""
    return canonical(external_id)


def external(external_id: str | None) -> bytes | None:
    """Return the key of an external id."""
    return _external(canonical(external_id))


_NO_LETTERS = bytes(number for number in range(128) if not chr(number).isalnum())


def _letters(text: str | None) -> str | None:
    """Drop accents, hyphens and apostrophes, which systems write differently or not at all."""
    if text is None:
        return None
    if text.isascii():
        return text.encode().translate(None, _NO_LETTERS).decode() or None
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if letter.isalnum()) or None


def _first_word(text: str | None) -> str | None:
    """Return the first of several given names: a target may hold middle names in the same field."""
    return None if text is None else _letters(text.split()[0])


def _tax_number(text: str) -> str | None:
    digits = text if text.isascii() and text.isdigit() else _digits(text)
    digits = digits.lstrip("0")
    return digits if len(digits) >= 7 and digits.zfill(9) not in NOBODYS_NUMBERS else None


def _digits(text: str) -> str:
    """Return the digits of a text; none of what is masked."""
    return "".join(letter for letter in text if letter.isdigit()) if not is_masked(text) else ""
