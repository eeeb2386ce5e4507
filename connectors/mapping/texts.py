"""Steps that clean a text: spaces, capitals, accents, parts to replace and characters to keep."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from connectors.mapping.base import (
    MOST_CHARACTERS,
    TOO_LONG,
    Failure,
    StepArguments,
    StepFunction,
    text_step,
)
from connectors.values.invisible import drop_invisible, plain_digits
from connectors.values.normalise import lower, text

MOST_PAIRS = 50
_STRAIGHT = str.maketrans({"‘": "'", "’": "'", "‛": "'", "ʼ": "'", "′": "'", "“": '"', "”": '"', "„": '"'})
# Letters that are no letter with an accent, as in Unicode's own transliteration (CLDR, Latin-ASCII), and signs.
_PLAIN = str.maketrans(
    dict(zip("øØđĐðÐłŁħĦıŧŦſ", "oOdDdDlLhHitTs", strict=True))
    | {
        "ß": "ss",
        "ẞ": "SS",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "þ": "th",
        "Þ": "TH",
        "ŋ": "ng",
        "Ŋ": "NG",
    }
    | dict.fromkeys("ʻʽˈ`", "'")
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {" ": " ", "…": "..."}
)
_NOT_PLAIN = Failure("finds a character that no plain letter stands for")


class Tidy(StepArguments):
    """Single spaces, no invisible characters."""

    quotes: Literal["keep", "straight"] = "keep"
    """`straight`: typographic quotes and apostrophes become the ones of a keyboard."""

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        if self.quotes == "keep":
            return text_step(text)
        return text_step(lambda written: text(written.translate(_STRAIGHT)))


Letters = Literal["upper", "lower", "sentence"]


class Case(StepArguments):
    """Capitals and small letters of a whole text."""

    to: Letters
    """`sentence`: a capital at the beginning, the rest in small letters."""

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        functions: dict[str, Callable[[str], str]] = {
            "upper": str.upper,
            "lower": lower,
            "sentence": _sentence,
        }
        return text_step(functions[self.to])


def _sentence(written: str) -> str:
    small = lower(written)
    for index, letter in enumerate(small):
        if letter.isalpha():
            return small[:index] + capital(letter) + small[index + 1 :]
    return small


def capital(letter: str) -> str:
    """Return the capital of a letter; one whose capital is two letters stays as it is."""
    large = letter.upper()
    return large if len(large) == 1 else letter


class PlainLetters(StepArguments):
    """Letters without accents."""

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        return text_step(_plain_letters)


def _plain_letters(written: str) -> str | Failure:
    if written.isascii():
        return written
    visible = drop_invisible(written).translate(_STRAIGHT).translate(_PLAIN)
    apart = unicodedata.normalize("NFKD", plain_digits(visible))
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return plain if plain.isascii() else _NOT_PLAIN


class Replacement(StepArguments):
    """What is replaced, and with what. Both are taken literally."""

    find: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(examples=["&"])
    replacement: Annotated[str, StringConstraints(max_length=200)] = Field(alias="with", examples=["and"])
    whole: bool = False
    """Only where it is the whole text; spaces around it do not matter."""
    case: bool = False
    """Capitals and small letters have to be the same."""

    def function(self) -> Callable[[str], str]:
        """Return a function that replaces it in a text."""
        find, replacement = self.find, self.replacement
        if self.whole:
            wanted = _fold(find, self.case)
            return lambda written: replacement if _fold(written, self.case) == wanted else written
        if self.case:
            return lambda written: written.replace(find, replacement)
        pattern = re.compile(re.escape(find), re.IGNORECASE)
        return lambda written: pattern.sub(lambda _match: replacement, written)


def _fold(written: str, case: bool) -> str:
    written = " ".join(written.split())
    return written if case else written.casefold()


Replacements = Annotated[tuple[Replacement, ...], Field(min_length=1, max_length=MOST_PAIRS)]


class Replace(StepArguments):
    """Each pair is replaced once over the text, in their order."""

    pairs: Replacements

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        functions = [pair.function() for pair in self.pairs]

        def replace(written: str) -> str | Failure:
            for function in functions:
                written = function(written)
                if len(written) > MOST_CHARACTERS:
                    return TOO_LONG
            return written

        return text_step(replace)


class Keep(StepArguments):
    """The characters that stay; all others are removed."""

    only: Literal["digits", "letters", "letters_digits"] = Field(examples=["digits"])
    also: Annotated[str, StringConstraints(max_length=20)] = ""
    """Further characters that stay."""

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        has_digits, has_letters, also = self.only != "letters", self.only != "digits", frozenset(self.also)

        def is_kept(character: str) -> bool:
            if character in also or (has_digits and character.isascii() and character.isdigit()):
                return True
            return has_letters and (character.isalpha() or unicodedata.category(character)[0] == "M")

        return text_step(lambda written: "".join(filter(is_kept, plain_digits(written))))
