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
# Those that stand inside a word.
_INLINE_TAGS = re.compile(
    r"</?(?:a|b|code|em|font|i|mark|s|small|span|strong|sub|sup|u|wbr)(?:[ /][^>]{0,200})?>", re.IGNORECASE
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Half a character of an escaped pair is left as it is.
_JSON_ESCAPE = re.compile(r"\\{1,8}(?:u((?!d[89a-f])[0-9a-f]{4})|x([0-9a-f]{2}))", re.IGNORECASE)
# Those of line ends, tabs, quotes and slashes.
_ESCAPED_BLANK, _ESCAPED_SIGN = re.compile(r"\\{1,8}[nrt]"), re.compile(r"\\{1,8}([\"'/])")
# A gateway may escape what a system has escaped already.
ESCAPED_TIMES = 3
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
_EMAIL = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,253}\.[^\s@<>\"'.,;]{1,63}")
_DIGITS = re.compile(r"\d(?:(?:[ ./_+'\\\u00b7\u2010-\u2015\u2212-]|\\[bf]){0,3}\d){5,}")
# "2 may be given" has no month in it.
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|(?-i:May|MAY)|may(?=[ ,./-]{1,3}'?\d\d)|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)[.]?"
)
_DAY, _YEAR, _BETWEEN = r"\d{1,2}(?:st|nd|rd|th)?", r"'?(?:\d{4}|\d{2})", "[ ,./-]{0,3}"
_DATES = re.compile(
    rf"\b(?:{_DAY}{_BETWEEN}(?:of )?{_MONTH}(?:{_BETWEEN}{_YEAR})?"
    rf"|(?:\d{{4}}{_BETWEEN})?{_MONTH}{_BETWEEN}{_DAY}(?:{_BETWEEN}{_YEAR})?"
    rf"|{_MONTH}{_BETWEEN}\d{{4}}|\d{{1,2}}([/.-])\d{{1,2}}\1\d{{2}})\b",
    re.IGNORECASE,
)
# What no word of a language is as long as. The name of a field may be: its words are joined by capitals, dots and _.
_LONG = re.compile(r"[A-Za-z0-9_+/=.~-]{24,}")
_FIELD_NAME = re.compile(
    r"(?:[A-Z]?[a-z]{2,12}|[A-Z]{2,4})"
    r"(?:[._]?(?:[A-Z][a-z]{2,12}|Id|No|Of|By|To|In|Is|On|(?<![A-Z])[A-Z]{2,4}(?![a-z]))|[._][a-z]{2,12})+"
)
# A shorter one holds digits and letters, and what stands next to something hidden is the rest of it.
_WORD, _SHORTEST_CODE, _LEAST_DIGITS = re.compile(r"[\w+/=~•-]+"), 12, 2
_CODE = re.compile(r"[\w-]+")
_SENTENCE_ENDS = (".", "!", "?", "…")


def mask(value: str) -> str:
    """Return a mask with the last three characters of a value, and without them where the value is short."""
    value = "".join(value.split())
    return f"{MASK} {value[-MASK_SHOWS:]}" if len(value) >= MASK_SHOWS_FROM else MASK


def is_masked(value: object) -> bool:
    """Return whether a system hides part of a value, as in ###-###-123."""
    return _MASKED.search(str(value)) is not None


def redact(words: str, secrets: Iterable[str] = ()) -> str:
    """Return another system's words as one clean sentence; secrets and what ``mask_private`` hides are masked.

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
    text = mask_private(text).strip(" ;,")
    if len(text) >= LIMIT:
        text = text[: LIMIT - 1].rstrip() + "…"
    return text if not text or text.endswith(_SENTENCE_ENDS) else text + "."


def _plain_text(words: str) -> str:
    """Return words without escapes, markup, control characters and repeated spaces."""
    text = _INVISIBLE.sub("", words)
    for _ in range(ESCAPED_TIMES):
        text = _ESCAPED_BLANK.sub(" ", _JSON_ESCAPE.sub(_unescape_json, _CONTROL.sub(" ", text)))
        text = unquote(html.unescape(_ESCAPED_SIGN.sub(r"\1", text)))
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(_CONTROL.sub(" ", _TAGS.sub(" ", _INLINE_TAGS.sub("", text))).split())


def _unescape_json(escape: re.Match[str]) -> str:
    return chr(int(escape[1] or escape[2], 16))


def mask_numbers(text: str) -> str:
    """Return what a person has entered, with e-mail addresses and long numbers masked and nothing else changed."""
    return _DIGITS.sub(MASK, _EMAIL.sub(MASK, text))


def mask_private(text: str) -> str:
    """Return a sentence without what identifies a person: numbers, e-mail addresses, dates and secrets are masked."""
    text = _CODE.sub(_hide_code, _LONG.sub(_hide_unless_a_field_name, _DATES.sub(MASK, mask_numbers(text))))
    return _WORD.sub(_hide_whole, text)


def _hide_unless_a_field_name(found: re.Match[str]) -> str:
    return found[0] if _FIELD_NAME.fullmatch(found[0].rstrip(".")) else MASK


def _hide_code(found: re.Match[str]) -> str:
    word = found[0]
    digits = sum(map(str.isdigit, word))
    is_code = len(word) >= _SHORTEST_CODE and digits >= _LEAST_DIGITS and any(map(str.isalpha, word))
    return MASK if is_code else word


def _hide_whole(found: re.Match[str]) -> str:
    """Hide a word of which a part is hidden, but for the name that it is given with ``=``."""
    word = found[0]
    if MASK not in word:
        return word
    name, equals, value = word.partition("=")
    return f"{name}={MASK}" if equals and name.isalpha() and MASK in value else MASK


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
