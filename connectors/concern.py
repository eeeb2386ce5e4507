"""What a field is about, where a wrong value would misdirect money or tax: the guard rails count changes of these."""

from __future__ import annotations

from enum import StrEnum


class Concern(StrEnum):
    """A matter that deserves a second look before it is changed for many people."""

    BANK = "bank"
    TAX = "tax"
    SUPER = "super"
