"""Keep a system's responses as a fixture for tests, with every value of a person replaced by an invented one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.contract.exchanges import Exchange
from connectors.rest.description.document import Description
from connectors.rest.description.roles import SourceItems, SourceValue
from connectors.values.dates import day

_DIGIT, _CAPITAL, _SMALL = re.compile(r"[1-9]"), re.compile(r"[^\W\d_a-z]"), re.compile(r"[^\W\d_A-Z]")


class Invention:
    """Replaces values: the same one always by the same, so that ids still belong together."""

    def __init__(self, description: Description) -> None:
        """Take the file, which says which words are no values of a person: those of its value maps."""
        self._words = {word.casefold() for word in _mapped_words(description)}
        self._numbers: dict[str, int] = {}

    def replace(self, shown: Any) -> Any:
        """Return JSON with invented values of the same form."""
        if isinstance(shown, dict):
            return {name: self.replace(value) for name, value in shown.items()}
        if isinstance(shown, list):
            return [self.replace(value) for value in shown]
        if isinstance(shown, str):
            return self._text(shown)
        if isinstance(shown, bool) or shown is None:
            return shown
        number = self._number(str(shown))
        return number if isinstance(shown, int) else float(number)

    def _text(self, shown: str) -> str:
        if not shown.strip() or shown.strip().casefold() in self._words:
            return shown
        number = self._number(shown)
        if "@" in shown:
            return f"person{number}@example.com"
        if day(shown) is not None:
            return _invented_date(shown, number)
        if shown.isdecimal():
            return str(number).rjust(len(shown), "1")
        letters = _SMALL.sub("x", _CAPITAL.sub("X", shown))
        return f"{_DIGIT.sub('1', letters)}{number}"

    def _number(self, shown: str) -> int:
        return self._numbers.setdefault(shown, len(self._numbers) + 1)


def _invented_date(shown: str, number: int) -> str:
    """Return another date in the same form."""
    if ticks := re.match(r"(\\?/Date\()-?\d+(.*)$", shown):
        return f"{ticks[1]}{(7300 + number) * 86_400_000}{ticks[2]}"
    iso = re.match(r"(\d{4})-(\d\d)-(\d\d)(.*)$", shown, re.DOTALL)
    if iso is not None:
        return f"199{number % 10}-0{1 + number % 9}-1{number % 9}{_DIGIT.sub('1', iso[4])}"
    if re.fullmatch(r"\d{1,2}([/.-])\d{1,2}\1\d{4}", shown):
        mark = next(letter for letter in shown if not letter.isdigit())
        return mark.join((f"1{number % 9}", f"0{1 + number % 9}", f"199{number % 10}"))
    return f"199{number % 10}-01-01"


def _mapped_words(description: Description) -> set[str]:
    words: set[str] = {"null", "none", "true", "false", "active", "inactive"}
    source, target = description.source, description.target
    for entry in source.employee.values() if source else ():
        for value in entry.values.values() if isinstance(entry, SourceItems) else (entry,):
            if isinstance(value, SourceValue):
                words |= set(value.map or {})
    for field in target.fields if target else ():
        for table in (field.map, field.reads):
            words |= {str(word) for pair in (table or {}).items() for word in pair}
    return words


def fixture(description: Description, exchanges: list[Exchange]) -> list[Mapping[str, Any]]:
    """Return requests and responses, with invented values and without anything that authorises them."""
    invention = Invention(description)
    return [
        {
            "method": exchange.method,
            "path": exchange.path,
            "status": exchange.status,
            "json": invention.replace(exchange.answer),
        }
        for exchange in exchanges
    ]
