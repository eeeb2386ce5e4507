"""Mask values that identify a person, and clean what another system says before it is shown."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote

LIMIT = 300
# More than this is never looked at: what a system says can have any length, and what is shown has at most LIMIT.
READ_LIMIT = 4000
# Where words were cut, this much of their end is dropped: half of a secret or an address would not be recognised there.
_CUT_MARGIN = 400
# Stands wherever iHUB hides something: on pages, in exports, in the audit trail and in logs.
MASK = "•••"
MASK_SHOWS = 3
# The end of a shorter value would give half of it away, so nothing of it is shown.
MASK_SHOWS_FROM = 7
# How systems hide part of a value: with stars or dots, even a single one, and with runs of # or x. A single # may be
# a flat number.
_MASKED = re.compile(r"[*•●]|#{2,}|(?<![^\W\d_])[xX]{2,}(?![^\W\d_])")
_TAGS = re.compile(r"<[^>]{0,200}>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
# Half a character of an escaped pair is left as it is.
_JSON_ESCAPE = re.compile(r"\\u((?!d[89a-f])[0-9a-f]{4})", re.IGNORECASE)
# A gateway may escape what a system has escaped already.
ESCAPED_TIMES = 3
_INVISIBLE = re.compile(r"[\u00ad\u2060-\u2064]+")
_EMAIL = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,253}\.[^\s@<>\"'.,;]{1,63}")
_DIGITS = re.compile(r"\d(?:[ ./_\u2010-\u2015\u2212-]{0,3}\d){5,}")
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[.]?"
_DATES = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?[ -]{{0,2}}{_MONTH}|{_MONTH}[ ]{{0,2}}\d{{1,2}}(?:st|nd|rd|th)?)"
    r"(?:,?[ -]{1,2}(?:\d{4}|\d{2}))?\b",
    re.IGNORECASE,
)
# What no word of a language is as long as.
_SECRETS = re.compile(r"[A-Za-z0-9_+/=.~-]{24,}")
# Shorter ones hold digits and letters, and what stands next to something hidden is the rest of it.
_CODES = re.compile(r"\b(?=[\w-]*\d[\w-]*\d)(?=[\w-]*[^\W\d_])[\w-]{12,}\b")
_HIDDEN_IN_PART = re.compile(rf"[\w+/=~-]*{MASK}[\w+/=~-]*")
_SENTENCE_ENDS = (".", "!", "?", "…")


def mask(value: str) -> str:
    """Return a mask with the last three characters of a value, and without them where the value is short."""
    value = "".join(value.split())
    return f"{MASK} {value[-MASK_SHOWS:]}" if len(value) >= MASK_SHOWS_FROM else MASK


def is_masked(value: object) -> bool:
    """Return whether a system hides part of a value, as in ###-###-123."""
    return _MASKED.search(str(value)) is not None


def redact(words: str, secrets: Iterable[str] = ()) -> str:
    """Return another system's words as one clean sentence; secrets, e-mail addresses and long numbers are masked.

    The sentence has no markup and at most 300 characters. A secret is found whatever stands between its letters and
    digits: 876543210 also as 876 543 210 or 876-543-210.
    """
    forms = {form for value in secrets for form in (value, _plain_text(value)) if len(form) > 2}
    hidden = sorted(forms, key=len, reverse=True)
    text = _plain_text(words[:READ_LIMIT])
    if len(words) > READ_LIMIT:
        text = text[: -max(_CUT_MARGIN, 4 * max(map(len, hidden), default=0))] + "…"
    for secret in hidden:
        text = _spellings(secret).sub(MASK, text)
    text = _DIGITS.sub(MASK, _EMAIL.sub(MASK, text)).strip(" ;,")
    if len(text) >= LIMIT:
        text = text[: LIMIT - 1].rstrip() + "…"
    return text if not text or text.endswith(_SENTENCE_ENDS) else text + "."


def _plain_text(words: str) -> str:
    """Return words without escapes, markup, control characters and repeated spaces."""
    text = _INVISIBLE.sub("", words)
    for _ in range(ESCAPED_TIMES):
        text = unquote(html.unescape(_JSON_ESCAPE.sub(_unescape_json, _CONTROL.sub(" ", text))))
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(_CONTROL.sub(" ", _TAGS.sub(" ", text)).split())


def _unescape_json(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16))


def mask_numbers(text: str) -> str:
    """Return what a person has entered, with e-mail addresses and long numbers masked and nothing else changed."""
    return _DIGITS.sub(MASK, _EMAIL.sub(MASK, text))


def mask_private(text: str) -> str:
    """Return a sentence for somebody outside the company: numbers, e-mail addresses, dates and secrets are masked."""
    text = _CODES.sub(MASK, _SECRETS.sub(MASK, _DATES.sub(MASK, mask_numbers(text))))
    return _HIDDEN_IN_PART.sub(MASK, text)


def redact_all(remarks: Iterable[object], secrets: Iterable[str] = ()) -> str:
    """Return several remarks as one redacted text of at most 300 characters, each remark once."""
    hidden = tuple(secrets)
    sentences = dict.fromkeys(redact(str(remark), hidden) for remark in remarks if remark)
    return redact(" ".join(sentence for sentence in sentences if sentence), hidden)


def _spellings(secret: str) -> re.Pattern[str]:
    """Match a secret as it is and, where it holds digits, with up to three other characters between any two."""
    letters = [letter for letter in secret if letter.isalnum()]
    exact = re.escape(" ".join(secret.split()))
    if not letters or not any(letter.isdigit() for letter in letters):
        return re.compile(exact, re.IGNORECASE)
    return re.compile(exact + "|" + r"[\W_]{0,3}".join(map(re.escape, letters)), re.IGNORECASE)
