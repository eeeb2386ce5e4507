"""What identifies an employee: details to compare two people by, and match keys to find one by.

Match keys are keyed fingerprints: no name, date or tax number stays readable.
"""

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
from core.sync.match.names import alike_form, only_name, spellings, words_of

# Keys are compared within one process only and never stored.
_SECRET = secrets.token_bytes(32)
_NOT_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())
# Dates that systems store where no birth date is known, and those of year 1 and 9999.
_PLACEHOLDER_DATES = frozenset({"1899-12-30", "1899-12-31", "1900-01-01", "1900-01-02", "1753-01-01"})
_PLACEHOLDER_YEARS = ("0001-", "9999-")
# What stands before the @ where somebody has no e-mail address, without dots, dashes and digits.
_PLACEHOLDER_MAILBOXES = frozenset(
    {
        *(
            "noemail",
            "noemailaddress",
            "nomail",
            "noaddress",
            "noreply",
            "donotreply",
            "none",
            "noone",
            "nobody",
        ),
        *("notprovided", "notavailable", "notapplicable", "na", "nil", "null", "unknown", "invalid", "blank"),
        *("test", "tester", "testing", "example", "email", "dummy", "fake", "placeholder", "xxx"),
    }
)
_GENDERS = {"m": "male", "male": "male", "f": "female", "female": "female"}


class PersonDetails(NamedTuple):
    """Who one employee is, in the forms in which two are compared; empty or None for what is not known.

    Placeholders count as not known.
    """

    given_names: tuple[str, ...] = ()
    surname: str | None = None
    # First given name and surname, of which only case, accents, hyphens and apostrophes may differ.
    full_name: str | None = None
    birth_date: str | None = None
    gender: str | None = None
    tax_number: str | None = None
    email: str | None = None
    postcode: str | None = None


class IdentityDetails(NamedTuple):
    """Name, birth date and tax number as the identity digests of links have them; None for what is not known."""

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


_hash_external_id, _hash_tax_number = KeyHash("external"), KeyHash("tax")
_hash_email, _hash_birth_date, _hash_name = KeyHash("mail"), KeyHash("birth"), KeyHash("name")


class KeyExtractor:
    """Extracts identifying details from a target's values, by what its fields say about identity."""

    def __init__(self, fields: Iterable[Field]) -> None:
        by_identity = {
            field.identity: (field.name, field.type) for field in fields if field.identity is not None
        }
        self._given_names = by_identity.get(Identity.GIVEN_NAMES)
        self._middle_names = by_identity.get(Identity.MIDDLE_NAMES)
        self._surname = by_identity.get(Identity.SURNAME)
        self._birth_date = by_identity.get(Identity.BIRTH_DATE)
        self._gender = by_identity.get(Identity.GENDER)
        self._email = by_identity.get(Identity.EMAIL)
        self._postcode = by_identity.get(Identity.POSTCODE)
        self._tax_number = by_identity.get(Identity.TAX_NUMBER)

    def person(self, values: Mapping[str, Value], middle_names: str | None = None) -> PersonDetails:
        """Return who one employee is; ``middle_names`` are those that the target has no field for."""
        surname, birth_date = _text(values, self._surname), _text(values, self._birth_date)
        middle = _text(values, self._middle_names) or middle_names
        return PersonDetails(
            words_of(_text(values, self._given_names), middle),
            (alike_form(surname) or None) if surname else None,
            self._full_name(values),
            None if birth_date is None or is_placeholder_date(birth_date) else birth_date,
            _GENDERS.get(_text(values, self._gender) or ""),
            self.tax_number(values),
            _identifying_email(_text(values, self._email)),
            _text(values, self._postcode),
        )

    def identity_details(self, values: Mapping[str, Value]) -> IdentityDetails:
        """Return what the identity digest of a link is made of, readable."""
        return IdentityDetails(
            self._full_name(values), _text(values, self._birth_date), self.tax_number(values)
        )

    def _full_name(self, values: Mapping[str, Value]) -> str | None:
        """Return the first given name with the surname."""
        given_name = _plain_word(values, self._given_names) or _first_word(_text(values, self._given_names))
        surname = _plain_word(values, self._surname) or _letters(_text(values, self._surname))
        return f"{given_name} {surname}" if given_name and surname else None

    def tax_number(self, values: Mapping[str, Value]) -> str | None:
        """Return the tax number in the form in which two are compared; None when it identifies nobody."""
        text = _text(values, self._tax_number)
        return None if text is None else _identifying_tax_number(text)


def is_placeholder_date(day: str) -> bool:
    """Return whether a date (yyyy-mm-dd) stands where no birth date is known."""
    return day in _PLACEHOLDER_DATES or day.startswith(_PLACEHOLDER_YEARS)


def _identifying_email(address: str | None) -> str | None:
    """Return an e-mail address; None for one that stands where somebody has none."""
    if address is None:
        return None
    mailbox = address.partition("@")[0].partition("+")[0]
    letters = "".join(character for character in mailbox if character.isalpha())
    return None if letters in _PLACEHOLDER_MAILBOXES or not letters else address


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
    """Return the form in which two external ids are compared. Invisible characters are no part of one."""
    if external_id is None or external_id.isascii():
        return canonical(external_id)
    visible = (character for character in external_id if unicodedata.category(character) != "Cf")
    return canonical("".join(visible))


def external_id_key(external_id: str | None) -> bytes | None:
    """Return the match key of an external id."""
    return _hash_external_id(canonical_external_id(external_id))


def tax_number_key(person: PersonDetails) -> bytes | None:
    """Return the match key of a tax number."""
    return _hash_tax_number(person.tax_number)


def email_key(person: PersonDetails) -> bytes | None:
    """Return the match key of an e-mail address."""
    return _hash_email(person.email)


def birth_date_key(person: PersonDetails) -> bytes | None:
    """Return the key by which the employees with one birth date are counted."""
    return _hash_birth_date(person.birth_date)


def name_keys(person: PersonDetails) -> list[bytes]:
    """Return a match key for each spelling of the first given name, with the surname; one for an only name."""
    only = only_name(person.given_names, person.surname)
    firsts = spellings(person.given_names) if only is None else (only,)
    keys = (_hash_name(first, only or person.surname) for first in firsts)
    return [key for key in keys if key is not None]


def loose_name_keys(person: PersonDetails) -> list[bytes]:
    """Return the match keys of the name in the other order, and of the initial with the surname."""
    if person.surname is None or not person.given_names:
        return []
    swapped = (_hash_name(person.surname, spelling) for spelling in spellings(person.given_names))
    keys = (*swapped, _hash_name(person.given_names[0][0], person.surname))
    return [key for key in keys if key is not None]


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
