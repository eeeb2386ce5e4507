"""What a system says about one employee, and the real person it is about."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """The statuses of employees in the HR system."""

    CURRENT = "Current"
    TERMINATED = "Terminated"
    TRANSFERRED = "Transferred"
    MERGED = "Merged"


@dataclass(frozen=True, slots=True)
class Details:
    """One employee as a system has them; dates are ISO texts, None is a blank field."""

    number: str | None = None
    given: str | None = None
    surname: str | None = None
    born: str | None = None
    gender: str | None = None
    email: str | None = None
    mobile: str | None = None
    tax: str | None = None
    bsb: str | None = None
    account: str | None = None
    start: str | None = "2021-03-01"
    end: str | None = None
    street: str | None = None
    postcode: str | None = None
    preferred: str | None = None
    status: str = Status.CURRENT

    @property
    def name(self) -> str:
        """Return the name as it is written, invisible characters spelled out."""
        shown = f"{self.given or ''} {self.surname or ''}".strip()
        return "".join(
            f"<U+{ord(each):04X}>" if unicodedata.category(each) == "Cf" else each for each in shown
        )

    def changed(self, **changes: Any) -> Details:
        """Return them with some values replaced."""
        return replace(self, **changes)

    def __str__(self) -> str:
        """Return the values that are there, for the story of a company."""
        shown = (
            f"{each.name}={str(getattr(self, each.name))!a}"
            for each in fields(self)
            if each.name not in {"given", "surname", "start", "bsb", "street", "postcode"}
            and getattr(self, each.name) not in (None, "")
        )
        return f"{self.name} ({', '.join(shown)})"


# The values that must never reach the record of another person.
OWN_VALUES = ("number", "given", "surname", "born", "gender", "email", "mobile", "tax", "account", "end")
_LAST_DIGITS = {"mobile": 8, "account": 8}


def plain(kind: str, value: str | None) -> str | None:
    """Return a value without formatting; None when nothing is left."""
    if value is None:
        return None
    visible = "".join(each for each in value if unicodedata.category(each) != "Cf")
    if kind in {"mobile", "tax", "account"}:
        digits = "".join(each for each in visible if each.isdigit())
        return digits[-_LAST_DIGITS.get(kind, 0) :] or None
    if kind in {"given", "surname", "number"}:
        letters = "".join(each for each in unicodedata.normalize("NFC", visible) if each.isalnum())
        return letters.casefold() or None
    return visible.strip().casefold() or None


@dataclass(eq=False)
class Person:
    """A real person: the truth about them, and every value that any system ever had of them."""

    key: str
    truth: Details
    _known: dict[str, set[str | None]] = field(default_factory=dict)

    def learn(self, details: Details) -> Details:
        """Note the values that a system has of this person."""
        for kind in OWN_VALUES:
            self._known.setdefault(kind, {None}).add(plain(kind, getattr(details, kind)))
        return details

    def has(self, kind: str, value: str | None) -> bool:
        """Say whether a value that is there is or was this person's."""
        canonical = plain(kind, value)
        return canonical is not None and canonical in self._known.get(kind, ())

    def strange(self, details: Details) -> Iterator[str]:
        """Yield the kinds of values that were never this person's."""
        for kind in OWN_VALUES:
            if plain(kind, getattr(details, kind)) not in self._known.get(kind, {None}):
                yield kind

    def __str__(self) -> str:
        """Return the key and the real name."""
        return f"{self.key} {self.truth.name}"
