"""The fields of a target, and what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

# One field of a target's record in canonical form: see ``Field.type``.
Value = str | bool | int | Decimal | date | None


class FieldType(StrEnum):
    """How two values of a field are compared."""

    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    BOOLEAN = "boolean"
    EMAIL = "email"
    PHONE = "phone"


class Identity(StrEnum):
    """What a field tells about who somebody is; the engine matches employees by these fields only."""

    GIVEN_NAMES = "given names"
    SURNAME = "surname"
    BIRTH_DATE = "birth date"
    EMAIL = "e-mail"
    POSTCODE = "postcode"
    TAX_NUMBER = "tax number"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a target's record.

    ``name`` is the key in ``TargetRecord.values`` and ``Prepared.values`` (dotted for nested ones),
    ``sensitive`` fields are masked wherever they are shown; ``required`` ones must be present on create;
    changes of fields with a ``concern`` are limited by the guard rails.
    """

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    sensitive: bool = False
    max_length: int | None = None
    identity: Identity | None = None
    concern: Concern | None = None


class Concern(StrEnum):
    """A matter that deserves a second look before it is changed for many people."""

    BANK = "bank"
    TAX = "tax"
    SUPER = "super"
