"""What all steps share: the kinds of values, what a step returns, its arguments and its limits.

A step is prepared once from its arguments and is then total: it returns a value, None for blank, or a problem, whatever
it is given. It never raises, and never takes long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal
from enum import Enum, StrEnum
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict

from connectors.values.normalise import text

MOST_CHARACTERS = 4000
MOST_STEPS = 12
MOST_ENTRIES = 500
MOST_CANDIDATES = 8
MOST_CASES = 20
MOST_MAP_ROWS = 500
# Prepared, because `tuple | list` would be made again for each value.
LISTS = (tuple, list)
# Numbers with more digits than this before or after the point are none that payroll has.
LARGEST_EXPONENT = 30
# Precise enough that only the step that rounds does so.
PRECISION = Context(prec=100)


class Kind(StrEnum):
    """What a value is; a step takes some kinds and gives one."""

    TEXT = "a text"
    NUMBER = "a number"
    DATE = "a date"
    YES_NO = "yes or no"
    LIST = "a list"


# What can be written where a text is wanted: a number in its shortest form, a date as yyyy-mm-dd.
WRITABLE = frozenset({Kind.TEXT, Kind.NUMBER, Kind.DATE})


class Unknown(Enum):
    """The type of ``UNKNOWN``."""

    UNKNOWN = "unknown"


# In place of a value that the source did not show: it may have one. None stands for a blank value.
UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step has no value, as the end of a sentence that begins with the step. Never with the value in it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A value, and what a person should know about it. Never with the value in it."""

    value: Any
    remark: str


# Takes a value that is not blank, and the country of the employee where it is known.
StepFunction = Callable[[Any, str | None], Any]
WRONG_TYPE = {
    kind: Failure(f"takes {kind}, which this value is not")
    for kind in (Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.LIST)
}
TOO_LONG = Failure(f"gives a text of more than {MOST_CHARACTERS:,} characters")


class StepArguments(BaseModel):
    """The arguments of one step: it accepts no unknown names and cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    takes: ClassVar[frozenset[Kind]] = WRITABLE
    gives: ClassVar[Kind] = Kind.TEXT

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        raise NotImplementedError


def text_step(function: Callable[[str], Any]) -> StepFunction:
    """Return a step that takes a text, from a function of one."""

    def step(value: Any, _country: str | None) -> Any:
        written = value if type(value) is str else as_text(value)
        return WRONG_TYPE[Kind.TEXT] if written is None else function(written)

    return step


def as_text(value: Any) -> str | None:
    """Return a text as it is, a number in its shortest form and a date as yyyy-mm-dd; None of anything else."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    amount = as_number(value)
    return None if amount is None else format(amount, "f")


def as_number(value: Any) -> Decimal | None:
    """Return a number in its shortest form; None of anything else, and of one that is far too large or too small."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, int) and abs(value) >= 10 ** (LARGEST_EXPONENT + 1):
        return None
    return shortest(Decimal(str(value)) if isinstance(value, float) else Decimal(value))


def shortest(amount: Decimal) -> Decimal | None:
    """Return a number without zeros at its end and without an exponent; None when it is too large or too small."""
    if not amount.is_finite():
        return None
    if not amount:
        return Decimal(0)
    digits = amount.as_tuple()
    if abs(amount.adjusted()) > LARGEST_EXPONENT or len(digits.digits) > PRECISION.prec:
        return None
    return Decimal(format(PRECISION.normalize(amount), "f"))


def is_blank(value: Any) -> bool:
    """Say whether there is nothing to see in a value."""
    if value is None:
        return True
    if isinstance(value, str):
        first = value[:1]
        if first.isascii() and first.isalnum():  # by far the most
            return False
        return len(value) <= MOST_CHARACTERS and text(value) is None
    return isinstance(value, LISTS) and not value
