"""Find people by name however it is typed: accents, case, apostrophes, hyphens, blanks and word order do not count.

``searchable`` is the form of a name that a search looks in, and can be stored; ``Search`` is what somebody typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

# Longer than any name or id.
MAX_LENGTH = 400
# The joined forms of names with more words are left out: nobody types them so.
MAX_JOINED = 8
# Letters that Unicode does not take apart, and what other alphabets write for them.
_LETTERS = str.maketrans(
    {
        **{"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ß": "ss"},
        **{"ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k", "ə": "e", "ʻ": "", "ʼ": ""},
    }
)
# Letters that people without them on the keyboard write as two.
_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
# Accents, and the signs for vowels that Hebrew and Arabic may leave out. In other scripts, such a sign is a letter.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_APOSTROPHES = re.compile("['\u2018\u2019\u201b\u02b9-\u02bd\u2032\uff07`\u00b4]")
_NOT_IN_NAMES = re.compile(r"[%_*?#\\<>=@|]")


def without_accents(text: str) -> str:
    """Return text in small letters, without accents, in the letters that most alphabets have."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", decomposed))


@lru_cache(maxsize=20_000)
def searchable(name: str) -> str:
    """Return the words of a name as a search looks in them: "joan ng|joanng" for "Joan Ng".

    After each bar are words that may be written as one; a search finds these by their beginning only.
    """
    words: dict[str, None] = {}
    joined: dict[str, None] = {}
    for spelling in _spellings(name):
        found = _words(spelling)
        words |= dict.fromkeys(found)
        if 1 < len(found) <= MAX_JOINED:
            joined |= dict.fromkeys("".join(found[start:]) for start in range(len(found) - 1))
    return "|".join((" ".join(words), *joined))


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody typed: a name or part of one in any order of its words, a whole id, or both.

    ``parts`` are the typed words, each with its spellings. A spelling is found where each of its words is part of the
    name.
    """

    text: str
    parts: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]

    @classmethod
    def of(cls, text: str) -> Search:
        """Return the search for a text; one longer than ``MAX_LENGTH`` finds nobody."""
        plain = " ".join(text.replace("\0", " ").split())
        if len(plain) > MAX_LENGTH:
            return cls(plain, ((plain, ()),))
        return cls(plain, tuple((part.casefold(), _part_spellings(part)) for part in plain.split()))

    def __bool__(self) -> bool:
        """Say whether anything was typed."""
        return bool(self.text)

    @property
    def is_too_long(self) -> bool:
        """Say whether more was typed than any name or id has."""
        return len(self.text) > MAX_LENGTH

    def finds(self, folded: str, ids: Iterable[str | None]) -> bool:
        """Say whether it finds somebody with these ids, whose ``searchable`` name is ``folded``."""
        known = {each.casefold() for each in ids if each}
        if self.text.casefold() in known:
            return True
        return all(
            part in known or any(all(_has(folded, word) for word in words) for words in spellings)
            for part, spellings in self.parts
        )


def _has(folded: str, word: str) -> bool:
    return word in folded and (f"|{word}" in folded or word in folded.partition("|")[0])


def _part_spellings(part: str) -> tuple[tuple[str, ...], ...]:
    """Return the spellings of a typed word, as the words each has; none where it is not how a name is written."""
    if _NOT_IN_NAMES.search(part):
        return ()
    return tuple(dict.fromkeys(words for spelling in _spellings(part) if (words := tuple(_words(spelling)))))


def _spellings(text: str) -> list[str]:
    """Return text without accents, and with two letters in place of those that are often written so."""
    plain = without_accents(text)
    if text.isascii():
        return [plain]
    small = unicodedata.normalize("NFC", text.casefold())
    other = without_accents(small.translate(_TWO_LETTERS))
    return [plain] if other == plain else [plain, other]


def _words(text: str) -> list[str]:
    """Return the words of text without accents: what is between characters that are no letters, digits or signs."""
    if text.replace(" ", "a").isalnum():
        return text.split()
    joined = _APOSTROPHES.sub("", text)
    if joined.replace(" ", "a").isalnum():
        return joined.split()
    return "".join(each if each.isalnum() or is_sign(each) else " " for each in joined).split()


def is_sign(character: str) -> bool:
    """Say whether a character stands for a vowel or an accent that is a letter of its script."""
    return not character.isascii() and unicodedata.category(character).startswith("M")
