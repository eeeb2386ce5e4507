"""The fields of a target and what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

# A normalised value of a field in a target's record; ``Field.type`` says of which type.
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
    """What a field says about who the employee is; matching uses only these fields."""

    GIVEN_NAMES = "given names"
    MIDDLE_NAMES = "middle names"
    SURNAME = "surname"
    BIRTH_DATE = "birth date"
    GENDER = "gender"
    EMAIL = "e-mail"
    POSTCODE = "postcode"
    TAX_NUMBER = "tax number"


class Concern(StrEnum):
    """Details that the limits count separately, because a wrong change of them costs people money."""

    BANK = "bank"
    TAX = "tax"
    SUPER = "super"


class Owner(StrEnum):
    """Whose value of a field counts once an employee is at both ends."""

    # The HR system's. A value changed at the target is overwritten, and the report says so.
    SOURCE = "source"
    # The target's. Nothing is sent.
    TARGET = "target"
    # The HR system's fills it once; afterwards the target's counts.
    ONCE = "once"
    # The HR system's, but a value changed at the target waits for a person.
    ASK = "ask"


# Whose owners leave a field to the target once it has a value there.
LEFT_TO_TARGET = frozenset({Owner.TARGET, Owner.ONCE})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a target's record.

    ``name`` is the key in ``TargetRecord.values`` and ``Prepared.values`` (dotted for nested fields). ``sensitive``
    values are masked wherever they are shown, ``required`` ones must be present on create, and the limits count
    changes of fields with a ``concern``.
    """

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    sensitive: bool = False
    max_length: int | None = None
    identity: Identity | None = None
    concern: Concern | None = None
    # A part of a name: another case is no other person, but a new spelling in the HR system is sent.
    is_name: bool = False
    # Reported when the HR system no longer has a value and the target keeps its own.
    reported_when_blank: bool = False
    # Made from the source's value by steps or a template: of a sensitive one not even the end is shown.
    is_derived: bool = False
    # Capitals and small letters count in a comparison.
    exact: bool = False
    # No two employees may have the same value.
    unique: bool = False
    owner: Owner = Owner.SOURCE
    # With the owner ``once``: it is also filled when the target has lost its value.
    also_when_blank: bool = False
    # Fields of one group are the parts of one value: all of them wait for a person, or none.
    group: str | None = None
    # A wrong value pays somebody wrong: it has a concern, or comes from one of ``employee.PAY``.
    is_pay: bool = False
