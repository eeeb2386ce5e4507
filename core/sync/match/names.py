"""Compare the names of two people, however two systems write them.

A name is *the same* when only case, accents, hyphens and apostrophes differ. It is *alike* when it could be another
spelling of the same name: Søren Kjær and Soren Kjaer, Müller and Mueller, Đặng and Dang, Ji Hoon and Jihoon.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core import folding

# Two letters that are another spelling of one.
_DIGRAPHS = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"), ("dj", "d"))
_NOT_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())
_BETWEEN_WORDS = re.compile(r"[\s.\-\u2010-\u2015]+")


def alike_form(text: str) -> str:
    """Return letters and digits in the form in which names that are alike are equal."""
    if text.isascii():
        folded = text.lower().encode().translate(None, _NOT_LETTERS).decode()
    else:
        plain = folding.without_accents(text)
        folded = "".join(
            character for character in plain if character.isalnum() or folding.is_sign(character)
        )
    for two, one in _DIGRAPHS:
        folded = folded.replace(two, one)
    return folded


def words_of(*names: str | None) -> tuple[str, ...]:
    """Return the words of given names, also of those joined by hyphens, in the form in which they are compared."""
    parts = (
        part for name in names if name for part in ([name] if name.isalnum() else _BETWEEN_WORDS.split(name))
    )
    words = map(alike_form, parts)
    return tuple(word for word in words if word)


def spellings(given_names: Sequence[str]) -> tuple[str, ...]:
    """Return what may be the first given name: the first word, the first two joined, and all joined."""
    joined = ("".join(given_names[:count]) for count in (1, 2, len(given_names)))
    return tuple(dict.fromkeys(spelling for spelling in joined if spelling))


def only_name(given_names: Sequence[str], surname: str | None) -> str | None:
    """Return the name of somebody who has only one, which may be in either field or in both."""
    given_name = "".join(given_names)
    if surname is None:
        return given_name or None
    return surname if given_name in ("", surname) else None


def have_other_first_names(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Return whether the first given names are known and are neither alike nor an initial of each other."""
    if not ours or not theirs or not set(spellings(ours)).isdisjoint(spellings(theirs)):
        return False
    return not is_initial(ours[0], theirs[0])


def have_other_second_names(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Return whether both have further given names, none of which is the same, and none an initial."""
    our_further, their_further = ours[1:], theirs[1:]
    if not our_further or not their_further or not set(our_further).isdisjoint(their_further):
        return False
    if not set(spellings(ours)).isdisjoint(spellings(theirs)[1:]):
        return False  # one system writes the two names as one
    return not any(len(name) == 1 for name in (*our_further, *their_further))


def is_initial(ours: str, theirs: str) -> bool:
    """Return whether one of two given names is the initial of the other."""
    return (len(ours) == 1 or len(theirs) == 1) and ours[0] == theirs[0]
