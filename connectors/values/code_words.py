"""Say a code of a source in words: Permanent_FullTime is “Permanent, full-time”. What is sent stays the code."""

from __future__ import annotations

import re

# The values that are codes; a list's without the number of the entry.
CODED = frozenset(
    {
        *("gender", "employment_type", "status", "pay_rate_unit", "payment_method", "termination_reason"),
        *("au_tax.exemption", "au_tax.basis", "au_tax.residency", "kiwisaver.status"),
        *("super_funds.type", "leave_balances.type", "leave_balances.unit"),
    }
)
_CODE = re.compile(r"[A-Za-z]{2,}(?:_[A-Za-z]+)*")
# Where a capital begins another word: before it a small letter, or behind it one.
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Shorter capitals without a small letter are abbreviations.
_LONGEST_ABBREVIATION = 4
_HYPHENS = re.compile(r"\b(full|part) (time)\b|\b(non) (?=\w)")


def code_words(code: str) -> str:
    """Return a code as words; what is no code, because it has blanks, digits or signs in it, as it is."""
    if not _CODE.fullmatch(code) or (code.isupper() and len(code) <= _LONGEST_ABBREVIATION):
        return code
    parts = [[word.lower() for word in _HUMP.split(part)] for part in code.split("_")]
    between = ", " if any(len(words) > 1 for words in parts) else " "
    said = between.join(" ".join(words) for words in parts)
    said = _HYPHENS.sub(lambda found: f"{found[1]}-{found[2]}" if found[1] else f"{found[3]}-", said)
    return said[0].upper() + said[1:]


def with_code(code: str) -> str:
    """Return a code in words with the code itself behind them, for where people enter it."""
    words = code_words(code)
    return code if words.casefold() == code.casefold() else f"{words} ({code})"


def value_words(path: str, value: str) -> str:
    """Return a value of a source's field as people read it; ``path`` may have the numbers of entries in lists."""
    return code_words(value) if is_coded(path) else value


def is_coded(path: str) -> bool:
    """Return whether the values of a source's field are codes."""
    return ".".join(name for name in path.split(".") if not name.isdigit()) in CODED
