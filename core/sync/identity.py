"""The keys by which an employee is recognised, as keyed fingerprints: no name, date or tax number stays readable."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from connectors.contract import Field, Identity, Value
from core.sync.comparing import MASKS, canonical

NOBODYS_NUMBERS = frozenset({"000000000", "111111111", "333333333", "444444444", "987654321"})
"""Tax file numbers that stand for an exemption or a pending application and are shared by many people."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What is known of who somebody is; None where nothing is known. The last four are what they are found by."""

    name: bytes | None = None
    given: bytes | None = None
    birth_date: bytes | None = None
    tax: bytes | None = None
    mail: bytes | None = None
    mail_and_birth: bytes | None = None
    name_and_birth: bytes | None = None
    name_and_postcode: bytes | None = None


class Recogniser:
    """Takes the keys out of a target's values, by what its fields say about identity."""

    def __init__(self, fields: Iterable[Field]) -> None:
        """Remember which field tells what."""
        self._fields = {field.identity: field for field in fields if field.identity is not None}

    def keys(self, values: Mapping[str, Value]) -> Keys:
        """Return the keys of one employee."""
        given = _first_word(self._text(values, Identity.GIVEN_NAMES))
        surname = _letters(self._text(values, Identity.SURNAME))
        name = f"{given} {surname}" if given and surname else None
        birth = self._text(values, Identity.BIRTH_DATE)
        mail = self._text(values, Identity.EMAIL)
        return Keys(
            name=hashed("name", name),
            given=hashed("given", given),
            birth_date=hashed("birth", birth),
            tax=hashed("tax", _tax_number(self._text(values, Identity.TAX_NUMBER))),
            mail=hashed("mail", mail),
            mail_and_birth=hashed("mail+birth", mail, birth),
            name_and_birth=hashed("name+birth", name, birth),
            name_and_postcode=hashed("name+postcode", name, self._text(values, Identity.POSTCODE)),
        )

    def tax(self, values: Mapping[str, Value]) -> bytes | None:
        """Return the key of the tax number alone."""
        return hashed("tax", _tax_number(self._text(values, Identity.TAX_NUMBER)))

    def _text(self, values: Mapping[str, Value], identity: Identity) -> str | None:
        field = self._fields.get(identity)
        return None if field is None else canonical(values.get(field.name), field.type)


def external_key(external_id: str | None) -> str | None:
    """Return the form in which two external ids are compared."""
    return canonical(external_id)


_SECRET = secrets.token_bytes(32)
"""Keys are compared within one process only and never stored."""


def hashed(kind: str, *parts: str | None) -> bytes | None:
    """Return the keyed hash of what is known; None when a part of it is not."""
    if None in parts:
        return None
    text = "\x1f".join((kind, *parts))  # type: ignore[arg-type]
    return blake2b(text.encode(), digest_size=16, key=_SECRET).digest()


def _letters(text: str | None) -> str | None:
    """Drop accents, hyphens and apostrophes, which systems write differently or not at all."""
    if text is None:
        return None
    if text.isascii() and text.isalnum():
        return text
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if letter.isalnum()) or None


def _first_word(text: str | None) -> str | None:
    """Return the first of several given names: a target may hold middle names in the same field."""
    return None if text is None else _letters(text.split()[0])


def _tax_number(text: str | None) -> str | None:
    if text is None or not MASKS.isdisjoint(text):
        return None
    digits = text if text.isascii() and text.isdigit() else "".join(letter for letter in text if letter.isdigit())
    digits = digits.lstrip("0")
    return digits if len(digits) >= 7 and digits.zfill(9) not in NOBODYS_NUMBERS else None
