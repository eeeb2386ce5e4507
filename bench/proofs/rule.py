"""What speaks for and against two entries being one person, as the rule of matching says it.

Written from the rule and not from the engine, so that a mistake there is not repeated here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bench.proofs.details import Details, plain

SPECIAL_TAX = frozenset({"000000000", "111111111", "333333333", "444444444", "987654321"})
PLACEHOLDER_DATES = frozenset({"1900-01-01", "0001-01-01"})
PLACEHOLDER_NAMES = frozenset({"noemail", "noreply", "test", "none", "donotreply", "unknown"})
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)
GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa"})
CROWD, SHARED_ADDRESS = 5, 3


class Key(StrEnum):
    """What makes somebody a candidate."""

    TAX = "tax number"
    NUMBER = "number"
    NAME_BIRTH = "name and birth date"
    EMAIL_BIRTH = "e-mail and birth date"


class Contradiction(StrEnum):
    """A strong value that is known on both sides and differs."""

    TAX = "tax number"
    BIRTH = "birth date"
    SECOND_NAME = "second given name"
    GENDER = "gender and first name"
    NUMBER = "number"


def spellings(text: str | None) -> frozenset[str]:
    """Return the ways in which plain letters can spell a name; none for a name of nothing."""
    if text is None:
        return frozenset()
    folded = unicodedata.normalize("NFC", text.casefold())
    return frozenset(
        spelled
        for each in (folded.translate(GERMAN), folded)
        if (spelled := _letters(each.translate(LETTERS)))
    )


def _letters(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", text) if each.isalnum())


def _words(text: str | None) -> list[str]:
    return [word for word in re.split(r"[\s\-]+", text or "") if spellings(word)]


def tax(details: Details) -> str | None:
    """Return the tax number; None when it identifies nobody."""
    digits = plain("tax", details.tax)
    return digits if digits and "#" not in str(details.tax) and digits not in SPECIAL_TAX else None


@dataclass(frozen=True)
class Placeholders:
    """The dates and addresses that identify nobody in one payroll."""

    dates: frozenset[str]
    addresses: frozenset[str]

    @classmethod
    def of(cls, target: Iterable[Details]) -> Placeholders:
        """Find the dates and addresses that many share."""
        everybody = list(target)
        dates = Counter(details.born for details in everybody if details.born)
        addresses = Counter(plain("email", details.email) for details in everybody if details.email)
        most = max(CROWD, len(everybody) / 100)
        return cls(
            frozenset(day for day, number in dates.items() if number >= most),
            frozenset(str(each) for each, number in addresses.items() if number >= SHARED_ADDRESS),
        )

    def born(self, details: Details) -> str | None:
        """Return the birth date; None when it identifies nobody."""
        day = details.born
        if day is None or day in PLACEHOLDER_DATES or day.startswith("9999") or day in self.dates:
            return None
        return day

    def email(self, details: Details) -> str | None:
        """Return the e-mail address; None when it identifies nobody."""
        address = plain("email", details.email)
        if address is None or address in self.addresses:
            return None
        name = "".join(each for each in address.partition("@")[0] if each.isalnum())
        return None if name in PLACEHOLDER_NAMES else address


def same_first_name(one: Details, other: Details) -> bool:
    """Say whether the first given names are one, however they are spelled or joined."""
    ones, others = _words(one.given), _words(other.given)
    if not ones or not others:
        return False
    return bool(
        spellings(ones[0]) & spellings(others[0]) or spellings("".join(ones)) & spellings("".join(others))
    )


def same_name(one: Details, other: Details) -> bool:
    """Say whether first given name and surname are the same."""
    return same_first_name(one, other) and bool(spellings(one.surname) & spellings(other.surname))


def same_full_name(one: Details, other: Details) -> bool:
    """Say whether all given names and the surname are the same."""
    return same_name(one, other) and bool(spellings(one.given) & spellings(other.given))


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def keys(one: Details, other: Details, known: Placeholders) -> set[Key]:
    """Return what makes two entries candidates for each other."""
    found = set()
    born, number = known.born(one), plain("number", one.number)
    if tax(one) is not None and tax(one) == tax(other):
        found.add(Key.TAX)
    if number is not None and number == plain("number", other.number):
        found.add(Key.NUMBER)
    if born is not None and born == known.born(other):
        if same_name(one, other):
            found.add(Key.NAME_BIRTH)
        if known.email(one) is not None and known.email(one) == known.email(other):
            found.add(Key.EMAIL_BIRTH)
    return found


def contradictions(one: Details, other: Details, known: Placeholders) -> set[Contradiction]:
    """Return the strong values that contradict each other."""
    found = set()
    if _differ(tax(one), tax(other)):
        found.add(Contradiction.TAX)
    if _differ(known.born(one), known.born(other)):
        found.add(Contradiction.BIRTH)
    if _second_names_differ(one, other):
        found.add(Contradiction.SECOND_NAME)
    if _differ(one.gender, other.gender) and not same_first_name(one, other):
        found.add(Contradiction.GENDER)
    if _differ(plain("number", one.number), plain("number", other.number)):
        found.add(Contradiction.NUMBER)
    return found


def _second_names_differ(one: Details, other: Details) -> bool:
    ones, others = _words(one.given)[1:2], _words(other.given)[1:2]
    if not ones or not others or min(len(ones[0].strip(".")), len(others[0].strip("."))) == 1:
        return False
    return not spellings(ones[0]) & spellings(others[0])


def alike(one: Details, other: Details) -> bool:
    """Say whether anything at all could make somebody think that two entries are one person."""
    known = Placeholders(frozenset(), frozenset())
    if keys(one, other, known) or (one.born is not None and one.born == other.born):
        return True
    if spellings(one.surname) & spellings(other.surname):
        return same_first_name(one, other) or one.postcode == other.postcode
    return plain("email", one.email) is not None and plain("email", one.email) == plain("email", other.email)
