"""Steps for names of people and places: capitals as people write them, and the parts of a full name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from connectors.mapping.base import Noted, StepArguments, StepFunction, text_step
from connectors.mapping.texts import capital
from connectors.values.normalise import lower

MOST_EXCEPTIONS = 500
# Words inside a surname that begin with a small letter unless they come first.
PARTICLES = frozenset(
    "al bin bint binti da das de del della den der des di do dos du el ibn la le ten ter van vom von zu zum zur".split()  # noqa: SIM905
)
_PLACE_WORDS = frozenset(["of", "the", "and", "on", "in", "at", "by", "upon", "under"])
_STATES = frozenset(["ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"])
_NUMERALS = frozenset({"II", "III", "IV"})
_VOWELS = frozenset("AEIOUY")
_APOSTROPHES = "'’ʼʻ`"
_WORDS = re.compile(r"([\s\-‐‑]+)")
_SEVERAL_WORDS = "has three words or more, and where the family name begins is not certain"


def _check_word(word: str) -> str:
    if not word or len(word) > 60 or len(_WORDS.split(word)) > 1:
        raise ValueError("each exception is one word, without spaces and hyphens")
    return word


NameWord = Annotated[str, AfterValidator(_check_word)]


class NameCase(StepArguments):
    """The capitals of a name that is written in capitals or in small letters only; any other is left as it is."""

    of: Literal["given", "surname", "place"] = Field(examples=["surname"])
    particles: Literal["lower", "capital"] = "lower"
    """How words such as van and de inside a name begin."""
    exceptions: Annotated[tuple[NameWord, ...], Field(max_length=MOST_EXCEPTIONS)] = ()
    """Words as they are to be written, such as MacLean."""

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        writer = _NameWriter(self)
        return text_step(writer.write)


class _NameWriter:
    """Writes names of one kind with capitals and small letters."""

    def __init__(self, arguments: NameCase) -> None:
        small = _PLACE_WORDS if arguments.of == "place" else PARTICLES
        self._kind = arguments.of
        self._small = small if arguments.particles == "lower" else frozenset[str]()
        self._exceptions: Mapping[str, str] = {word.casefold(): word for word in arguments.exceptions}

    def write(self, name: str) -> str:
        """Return a name as people write it."""
        if not (name.isupper() or name.islower()):
            return name
        is_upper, is_first, written = name.isupper(), True, []
        for word in _WORDS.split(name):
            if not word or word.isspace() or not any(letter.isalpha() for letter in word):
                written.append(word)
                continue
            written.append(self._word(word, is_first, is_upper))
            is_first = False
        return "".join(written)

    def _word(self, word: str, is_first: bool, is_upper: bool) -> str:
        if (exception := self._exceptions.get(word.casefold())) is not None:
            return exception
        small, large = lower(word), word.upper()
        if small in self._small and not is_first:
            return small
        if self._stays_in_capitals(large, is_first, is_upper):
            return large
        parts = re.split(f"([{_APOSTROPHES}])", small)
        for index in range(0, len(parts), 2):
            before = parts[index - 2] if index else ""
            if index == 0 or (index == 2 and len(before) == 1):  # O'Neil, and not John's
                parts[index] = _capitalise(parts[index])
        return "".join(parts)

    def _stays_in_capitals(self, word: str, is_first: bool, is_upper: bool) -> bool:
        if self._kind == "place":
            return word in _STATES and not is_first
        if word in _NUMERALS and not is_first:
            return True
        is_initials = len(word) == 2 and word.isalpha() and not _VOWELS & set(word)
        return self._kind == "given" and is_upper and is_initials


def _capitalise(part: str) -> str:
    """Return a part of a word in small letters with its capitals: McDonald."""
    for index, letter in enumerate(part):
        if letter.isalpha():
            rest = part[index + 1 :]
            if part[index:].startswith("mc") and len(part) > index + 2 and part[index + 2].isalpha():
                rest = "c" + capital(part[index + 2]) + part[index + 3 :]
            return part[:index] + capital(letter) + rest
    return part


class NamePart(StepArguments):
    """The given names or the family name out of a full name."""

    part: Literal["given", "family"] = Field(examples=["family"])
    order: Literal["given_first", "family_first"] = "given_first"
    """What comes first in a name without a comma; before a comma is the family name."""

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        index, is_given_first = int(self.part == "family"), self.order == "given_first"

        def take(name: str) -> Any:
            family, comma, given = name.partition(",")
            if comma:
                return (given, family)[index].strip()
            words = name.split()
            split = _given_first if is_given_first else _family_first
            parts, is_certain = split(words)
            found = " ".join(parts[index])
            return found if is_certain else Noted(found, _SEVERAL_WORDS)

        return text_step(take)


def _given_first(words: list[str]) -> tuple[tuple[list[str], list[str]], bool]:
    """Return given names and family name, and whether that is certain. One word is the family name."""
    first = next((index for index, word in enumerate(words) if index and lower(word) in PARTICLES), None)
    if first is not None and first < len(words) - 1:
        return (words[:first], words[first:]), True
    return (words[:-1], words[-1:]), len(words) < 3


def _family_first(words: list[str]) -> tuple[tuple[list[str], list[str]], bool]:
    length = 1
    while length < len(words) and lower(words[length - 1]) in PARTICLES:
        length += 1
    return (words[length:], words[:length]), length > 1 or len(words) < 3
