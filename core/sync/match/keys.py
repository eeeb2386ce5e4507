"""Match keys: keyed fingerprints of what identifies an employee. No name, date or tax number stays readable."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from connectors.contract.fields import Field, FieldType, Identity, Value
from connectors.values.normalise import SPECIAL_TFNS
from connectors.values.redaction import is_masked
from core.sync.compare.canonical import canonical

# Keys are compared within one process only and never stored.
_SECRET = secrets.token_bytes(32)
_NOT_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())


class MatchKeys(NamedTuple):
    """What identifies an employee; None for what is not known. The target index finds employees by the last four."""

    name: bytes | None = None
    given_name: bytes | None = None
    birth_date: bytes | None = None
    tax_number: bytes | None = None
    email_and_birth_date: bytes | None = None
    name_and_birth_date: bytes | None = None
    name_and_postcode: bytes | None = None


class IdentityDetails(NamedTuple):
    """Name, birth date and tax number in the form in which two are compared; None for what is not known."""

    name: str | None
    birth_date: str | None
    tax_number: str | None


class KeyHash:
    """Takes keyed hashes of one kind of text: the same text of another kind has another hash."""

    def __init__(self, kind: str) -> None:
        self._prefix = blake2b(f"{kind}\x1f".encode(), digest_size=16, key=_SECRET)

    def __call__(self, *parts: str | None) -> bytes | None:
        """Return the hash of all parts together; None when one of them is not known."""
        if None in parts:
            return None
        digest = self._prefix.copy()
        digest.update("\x1f".join(parts).encode())  # type: ignore[arg-type]
        return digest.digest()


_hash_name, _hash_given_name, _hash_birth_date = KeyHash("name"), KeyHash("given"), KeyHash("birth")
_hash_tax_number, _hash_external_id = KeyHash("tax"), KeyHash("external")
_hash_email_and_birth_date = KeyHash("mail+birth")
_hash_name_and_birth_date, _hash_name_and_postcode = KeyHash("name+birth"), KeyHash("name+postcode")


class KeyExtractor:
    """Extracts match keys from a target's values, by what its fields say about identity."""

    def __init__(self, fields: Iterable[Field]) -> None:
        by_identity = {
            field.identity: (field.name, field.type) for field in fields if field.identity is not None
        }
        self._given_names = by_identity.get(Identity.GIVEN_NAMES)
        self._surname = by_identity.get(Identity.SURNAME)
        self._birth_date = by_identity.get(Identity.BIRTH_DATE)
        self._email = by_identity.get(Identity.EMAIL)
        self._postcode = by_identity.get(Identity.POSTCODE)
        self._tax_number = by_identity.get(Identity.TAX_NUMBER)

    def extract(self, values: Mapping[str, Value]) -> MatchKeys:
        """Return the match keys of one employee."""
        given_name, name = self._names(values)
        birth_date, email = _text(values, self._birth_date), _text(values, self._email)
        return MatchKeys(
            _hash_name(name),
            _hash_given_name(given_name),
            _hash_birth_date(birth_date),
            _hash_tax_number(self.tax_number(values)),
            _hash_email_and_birth_date(email, birth_date),
            _hash_name_and_birth_date(name, birth_date),
            _hash_name_and_postcode(name, _text(values, self._postcode)),
        )

    def identity_details(self, values: Mapping[str, Value]) -> IdentityDetails:
        """Return who one employee is, readable."""
        _, name = self._names(values)
        return IdentityDetails(name, _text(values, self._birth_date), self.tax_number(values))

    def _names(self, values: Mapping[str, Value]) -> tuple[str | None, str | None]:
        """Return the first given name, and the first given name with the surname."""
        given_name = _plain_word(values, self._given_names) or _first_word(_text(values, self._given_names))
        surname = _plain_word(values, self._surname) or _letters(_text(values, self._surname))
        return given_name, f"{given_name} {surname}" if given_name and surname else None

    def tax_number(self, values: Mapping[str, Value]) -> str | None:
        """Return the tax number in the form in which two are compared; None when it identifies nobody."""
        text = _text(values, self._tax_number)
        return None if text is None else _identifying_tax_number(text)


def _plain_word(values: Mapping[str, Value], field: tuple[str, FieldType] | None) -> str | None:
    """Return quickly what most names are, one word of plain letters; None for any other."""
    value = None if field is None else values.get(field[0])
    return value.lower() if type(value) is str and value.isascii() and value.isalnum() else None


def _text(values: Mapping[str, Value], field: tuple[str, FieldType] | None) -> str | None:
    """Return the canonical form of one field; None when the target has no such field."""
    if field is None:
        return None
    name, kind = field
    value = values.get(name)
    return value.isoformat() if type(value) is date else canonical(value, kind)


def canonical_external_id(external_id: str | None) -> str | None:
    """Return the form in which two external ids are compared."""
    return canonical(external_id)


def external_id_key(external_id: str | None) -> bytes | None:
    """Return the match key of an external id."""
    return _hash_external_id(canonical(external_id))


def _letters(text: str | None) -> str | None:
    """Drop accents, hyphens and apostrophes, which systems write differently or not at all."""
    if text is None:
        return None
    if text.isascii():
        return text.encode().translate(None, _NOT_LETTERS).decode() or None
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if character.isalnum()) or None


def _first_word(text: str | None) -> str | None:
    """Return the first of several given names: a target may hold middle names in the same field."""
    return None if text is None else _letters(text.split()[0])


def _identifying_tax_number(text: str) -> str | None:
    """Return the digits without leading zeros; None for a masked number and for special ones that many people share."""
    digits = text if text.isascii() and text.isdigit() else _digits(text)
    digits = digits.lstrip("0")
    return digits if len(digits) >= 7 and digits.zfill(9) not in SPECIAL_TFNS else None


def _digits(text: str) -> str:
    return "" if is_masked(text) else "".join(character for character in text if character.isdigit())
