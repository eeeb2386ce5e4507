"""Make another system's words fit to be shown: one clean line without markup or numbers that identify a person."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

LIMIT = 300
_TAGS = re.compile(r"<[^>]{0,200}>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"'.,;]+")
_DIGITS = re.compile(r"\d(?:[ ./-]?\d){5,}")
_END = (".", "!", "?", "…")


def sentence(words: str, secrets: Iterable[str] = ()) -> str:
    """Return the words as a sentence of at most 300 characters; secrets, e-mails and long digit runs are masked."""
    text = _TAGS.sub(" ", html.unescape(_CONTROL.sub(" ", words)))
    for secret in sorted((value for value in secrets if len(value) > 2), key=len, reverse=True):
        text = re.sub(re.escape(secret), "•••", text, flags=re.IGNORECASE)
    text = _DIGITS.sub("•••", _EMAIL.sub("•••", text))
    text = " ".join(text.split()).strip(" ;,")
    if len(text) >= LIMIT:
        text = text[: LIMIT - 1].rstrip() + "…"
    return text if not text or text.endswith(_END) else text + "."


def joined(parts: Iterable[object], secrets: Iterable[str] = ()) -> str:
    """Return several remarks as one text of at most 300 characters, each remark once."""
    hidden = tuple(secrets)
    remarks = dict.fromkeys(sentence(str(part), hidden) for part in parts if part)
    return sentence(" ".join(remark for remark in remarks if remark), hidden)
