"""Make another system's words fit to be shown: one clean line without markup or numbers that identify a person."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import unquote

LIMIT = 300
# Stands wherever iHUB hides something: on pages, in exports, in the audit trail and in logs.
MASK = "•••"
MASK_SHOWS = 3
# The end of a shorter value would give half of it away, so nothing of it is shown.
MASK_SHOWS_FROM = 7
# How systems hide part of a value: stars and dots, also a single one, and runs of # or x. A single # may be a flat number.
_MASKED = re.compile(r"[*•●]|#{2,}|(?<![^\W\d_])[xX]{2,}(?![^\W\d_])")
_TAGS = re.compile(r"<[^>]{0,200}>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_HIDDEN = re.compile(r"[\u00ad\u2060-\u2064]+")
_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"'.,;]+")
_DIGITS = re.compile(r"\d(?:[ ./_\u2010-\u2015\u2212-]{0,3}\d){5,}")
_END = (".", "!", "?", "…")


def mask(value: str) -> str:
    """Return a mask with the last three characters of a value, and without them where the value is short."""
    value = "".join(value.split())
    return f"{MASK} {value[-MASK_SHOWS:]}" if len(value) >= MASK_SHOWS_FROM else MASK


def is_masked(value: object) -> bool:
    """Return whether a system hides part of a value, as in ###-###-123."""
    return _MASKED.search(str(value)) is not None


def sentence(words: str, secrets: Iterable[str] = ()) -> str:
    """Return the words as a sentence of at most 300 characters; secrets, e-mails and long digit runs are masked.

    A secret is found whatever stands between its letters and digits: 876543210 also as 876 543 210 or 876-543-210.
    """
    text = _TAGS.sub(" ", unquote(html.unescape(_CONTROL.sub(" ", _HIDDEN.sub("", words)))))
    text = " ".join(text.split())
    for secret in sorted({value for value in secrets if len(value) > 2}, key=len, reverse=True):
        text = _spelt(secret).sub(MASK, text)
    text = _DIGITS.sub(MASK, _EMAIL.sub(MASK, text)).strip(" ;,")
    if len(text) >= LIMIT:
        text = text[: LIMIT - 1].rstrip() + "…"
    return text if not text or text.endswith(_END) else text + "."


def _spelt(secret: str) -> re.Pattern[str]:
    """Return the spellings of a secret: as it is, and where it holds digits with up to three other characters between."""
    letters = [one for one in secret if one.isalnum()]
    exact = re.escape(" ".join(secret.split()))
    if not letters or not any(one.isdigit() for one in letters):
        return re.compile(exact, re.IGNORECASE)
    return re.compile(exact + "|" + r"[\W_]{0,3}".join(map(re.escape, letters)), re.IGNORECASE)


def joined(parts: Iterable[object], secrets: Iterable[str] = ()) -> str:
    """Return several remarks as one text of at most 300 characters, each remark once."""
    hidden = tuple(secrets)
    remarks = dict.fromkeys(sentence(str(part), hidden) for part in parts if part)
    return sentence(" ".join(remark for remark in remarks if remark), hidden)
