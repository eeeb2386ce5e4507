"""The fields of a target as people see them, with how each is filled, and the lists that a value is chosen from."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.contract.fields import Concern, FieldType


@dataclass(frozen=True, slots=True)
class FieldSummary:
    """One field of a target.

    ``filled`` says in words where its value comes from, such as *Preferred name, else First name*. ``choices`` is the
    name of the list at the target that a value has to be from.
    """

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    sensitive: bool = False
    max_length: int | None = None
    filled: str = ""
    choices: str | None = None
    # What it is about, where limits count its changes.
    concern: Concern | None = None
    # A wrong value pays somebody wrong.
    is_pay: bool = False
