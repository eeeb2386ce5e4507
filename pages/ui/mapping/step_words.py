"""The steps that can be done to a value, and their arguments, in the words of the editor.

One file, because it is one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Choices = Mapping[Any, str]
# What stands for: nothing entered.
NOT_CHOSEN = ""


class Entry(Enum):
    """How an argument is entered."""

    CHOICE = "one of some"
    NUMBER = "a whole number"
    TEXT = "a text"
    FLAG = "yes or no"
    WORDS = "several texts"
    PAIRS = "what is replaced, and with what"
    CONDITIONS = "the name of a value, and the value"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its name in a file, its label, and how it is entered."""

    name: str
    label: str
    entry: Entry
    choices: Choices = field(default_factory=dict)
    help: str = ""
    # What is entered at the beginning; a file may leave this out.
    default: Any = None


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step. ``is_plain``: a file writes its only argument without the name of the argument."""

    label: str
    arguments: tuple[Argument, ...] = ()
    is_plain: bool = False


def _choice(name: str, label: str, choices: Choices, default: Any = None, help_text: str = "") -> Argument:
    return Argument(name, label, Entry.CHOICE, choices, help_text, default)


def _number(name: str, label: str, help_text: str = "", default: int | None = None) -> Argument:
    return Argument(name, label, Entry.NUMBER, help=help_text, default=default)


def _text(name: str, label: str, help_text: str = "") -> Argument:
    return Argument(name, label, Entry.TEXT, help=help_text)


def _flag(name: str, label: str) -> Argument:
    return Argument(name, label, Entry.FLAG, default=False)


def _words(name: str, label: str, help_text: str = "") -> Argument:
    return Argument(name, label, Entry.WORDS, help=help_text, default=[])


_DAY = {
    "%d/%m/%Y": "03/04/2024 (day first)",
    "%d-%m-%Y": "03-04-2024 (day first)",
    "%d.%m.%Y": "03.04.2024 (day first)",
    "%m/%d/%Y": "04/03/2024 (month first)",
    "%Y-%m-%d": "2024-04-03",
    "%Y/%m/%d": "2024/04/03",
    "%Y%m%d": "20240403",
    "%d%m%Y": "03042024",
    "%Y": "2024 (the year alone)",
}
_OF_ENTRY = _text(
    "of", "Value of an entry", "Where an entry has several values: the name of the one to take."
)

STEPS: Mapping[str, StepWords] = {
    "tidy": StepWords(
        "Tidy spaces",
        (_choice("quotes", "Quotes", {"keep": "as they are", "straight": "straight (' and \")"}, "keep"),),
    ),
    "case": StepWords(
        "Capitals and small letters",
        (
            _choice(
                "to",
                "Letters",
                {"upper": "ALL CAPITALS", "lower": "all small", "sentence": "As in a sentence"},
                "upper",
            ),
        ),
        is_plain=True,
    ),
    "name_case": StepWords(
        "Name as people write it",
        (
            _choice(
                "of",
                "Name of",
                {"given": "a person: given names", "surname": "a person: surname", "place": "a place"},
                "given",
                "Only a name that is all capitals or all small letters is changed.",
            ),
            _choice(
                "particles", "Words such as van and de", {"lower": "small", "capital": "capital"}, "lower"
            ),
            _words("exceptions", "Written as they are here", "For example MacLean."),
        ),
    ),
    "plain_letters": StepWords("Letters without accents"),
    "replace": StepWords("Replace", (Argument("pairs", "Replacements", Entry.PAIRS),), is_plain=True),
    "keep": StepWords(
        "Keep only some characters",
        (
            _choice(
                "only",
                "Keep",
                {"digits": "digits", "letters": "letters", "letters_digits": "letters and digits"},
                "digits",
            ),
            _text("also", "And also", "Further characters to keep, such as -"),
        ),
    ),
    "part": StepWords(
        "A part of it",
        (
            _text("by", "Divided by", "The one to five characters between the parts, such as -"),
            _choice(
                "take",
                "Take",
                {number: f"part {number}" for number in range(1, 10)}
                | {"last": "the last part", "rest": "all after the first part"},
                1,
            ),
        ),
    ),
    "cut": StepWords(
        "First or last characters",
        (
            _number("first", "The first … characters"),
            _number("last", "Or the last … characters"),
            _number("from", "Or from the character number …"),
            _number("count", "… this many characters", "Only with a character to begin from."),
        ),
    ),
    "zeros": StepWords(
        "Leading zeros",
        (
            _number("to", "Fill up with zeros to … digits"),
            Argument("strip", "Or remove leading zeros", Entry.FLAG),
        ),
    ),
    "lines": StepWords(
        "Break into lines",
        (
            _number("width", "Characters in a line", default=30),
            _number("take", "Send line", default=1),
            _number("of", "Of how many lines", "What is left after them is reported."),
        ),
    ),
    "name_part": StepWords(
        "Part of a full name",
        (
            _choice("part", "Take", {"given": "the given names", "family": "the family name"}, "given"),
            _choice(
                "order",
                "Without a comma, first comes",
                {"given_first": "the given name", "family_first": "the family name"},
                "given_first",
            ),
        ),
    ),
    "item": StepWords(
        "One entry of a list",
        (
            Argument("where", "Only entries in which", Entry.CONDITIONS, default={}),
            _choice(
                "take",
                "Take",
                {"first": "the first", "last": "the last", "only": "the only one (several are a problem)"},
                "first",
            ),
            _OF_ENTRY,
        ),
    ),
    "join": StepWords(
        "List as one text",
        (
            _text("with", "Between the entries", "Such as a semicolon."),
            _number("most", "Entries at most"),
            _flag("sort", "In alphabetical order"),
            _OF_ENTRY,
        ),
    ),
    "date": StepWords(
        "Read as a date",
        (
            _words(
                "reads",
                "How the date is written",
                "Such as %d.%m.%Y: the day, the month and the year with a point between them. "
                "Empty: 1/7/2024 is read with the day first.",
            ),
            _choice(
                "instant",
                "Of a moment with a time, take the day",
                {"account": "in the account's time zone", "as_written": "as it is written"},
                "account",
            ),
        ),
    ),
    "shift": StepWords(
        "Add time to a date",
        (
            _number("days", "Days (with a minus: earlier)", default=0),
            _number("months", "Months", default=0),
            _number("years", "Years", default=0),
        ),
    ),
    "write_date": StepWords("Date as text", (_choice("as", "As", _DAY, "%d/%m/%Y"),)),
    "number": StepWords(
        "Read and round a number",
        (
            _choice("decimal", "Decimal sign", {".": "point", ",": "comma"}, "."),
            _choice(
                "thousands",
                "Between thousands",
                {NOT_CHOSEN: "as usual", ",": "comma", ".": "point", " ": "space", "'": "apostrophe"},
                NOT_CHOSEN,
            ),
            _number("places", "Round to … decimal places"),
            _choice(
                "rounding",
                "Rounding of a half",
                {"half_up": "up", "half_even": "to the even digit", "down": "always down"},
                "half_up",
            ),
        ),
    ),
    "times": StepWords(
        "Multiply or divide",
        (
            _text("by", "Multiply by", "A number such as 100. Add Read and round a number after it."),
            _text("over", "Or divide by", "A number such as 52."),
        ),
    ),
    "phone": StepWords(
        "Phone number",
        (
            _choice(
                "as",
                "As",
                {
                    "e164": "+61412345678",
                    "national": "0412 345 678 (as in its country)",
                    "digits": "0412345678",
                },
                "e164",
            ),
            _text("region", "Country of a number without a code", "AU or NZ; empty: that of the address."),
            _choice(
                "check",
                "Accept",
                {"possible": "possible numbers", "valid": "numbers in use only"},
                "possible",
            ),
        ),
    ),
    "place": StepWords(
        "State or country",
        (
            _choice("of", "It is", {"state": "a state of Australia", "country": "a country"}, "state"),
            _choice("as", "Send", {"code": "its code (NSW, AU)", "name": "its name"}, "code"),
        ),
    ),
    "yes_no": StepWords("Yes or no", (_words("yes", "Means yes"), _words("no", "Means no"))),
}
