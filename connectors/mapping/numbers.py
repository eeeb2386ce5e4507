"""Steps for numbers: read and round, multiply and divide."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StrictInt, model_validator

from connectors.mapping.base import (
    PRECISION,
    WRONG_TYPE,
    Failure,
    Kind,
    StepArguments,
    StepFunction,
    as_number,
    shortest,
)
from connectors.values.invisible import drop_invisible, plain_digits

# No number is written with more characters.
_LONGEST = 60
_NO_NUMBER = Failure("cannot read a number")
_FAR = Failure("gives a number that is far too large or too small")
_ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
_DECIMAL = re.compile(r"-?\d{1,20}(\.\d{1,20})?", re.ASCII)


def _check_decimal(written: str) -> str:
    if not _DECIMAL.fullmatch(written):
        raise ValueError('write a number in quotes, such as "52" or "0.01"')
    return written


DecimalText = Annotated[str, AfterValidator(_check_decimal)]


class Number(StepArguments):
    """A number, read from a text and rounded."""

    decimal: Literal[".", ","] = "."
    """The sign before the fraction."""
    thousands: Literal[",", ".", " ", "'", ""] | None = None
    """The sign between groups of three digits; by default a comma, or a point where `decimal` is a comma."""
    places: Annotated[StrictInt, Field(ge=0, le=10)] | None = None
    """Digits after the point; without it, nothing is rounded."""
    rounding: Literal["half_up", "half_even", "down"] = "half_up"

    takes: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT, Kind.NUMBER})
    gives: ClassVar[Kind] = Kind.NUMBER

    @model_validator(mode="after")
    def _check(self) -> Number:
        if self.thousands == self.decimal:
            raise ValueError("`decimal` and `thousands` are two different signs")
        return self

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        pattern, separator = self._pattern()
        decimal, places, rounding = self.decimal, self.places, _ROUNDING[self.rounding]

        def read(value: Any) -> Decimal | Failure:
            if not isinstance(value, str):
                amount = as_number(value)
                return WRONG_TYPE[Kind.NUMBER] if amount is None else amount
            written = plain_digits(drop_invisible(value[: _LONGEST + 1])).strip()
            if len(written) > _LONGEST or not pattern.fullmatch(written):
                return _NO_NUMBER
            plain = separator.sub("", written).replace(decimal, ".").replace("−", "-")
            return _FAR if (short := shortest(Decimal(plain))) is None else short

        def number(value: Any, _country: str | None) -> Decimal | Failure:
            amount = read(value)
            return (
                amount if isinstance(amount, Failure) or places is None else _round(amount, places, rounding)
            )

        return number

    def _pattern(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """Return what a number looks like, and what stands between its groups of digits."""
        thousands = self.thousands if self.thousands is not None else ("," if self.decimal == "." else ".")
        group = {" ": r"[ \u00a0\u202f]", "'": "['’]"}.get(thousands, re.escape(thousands))
        whole = r"\d+" if not thousands else rf"(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)"
        fraction = rf"(?:{re.escape(self.decimal)}\d+)?"
        return re.compile(rf"[-−+]?{whole}{fraction}", re.ASCII), re.compile(group or r"(?!)")


def _round(amount: Decimal, places: int, rounding: str) -> Decimal | Failure:
    rounded = amount.quantize(Decimal(1).scaleb(-places), rounding=rounding, context=PRECISION)
    return _FAR if (short := shortest(rounded)) is None else short


class Times(StepArguments):
    """A number, multiplied or divided. A `number` with `places` has to follow."""

    by: DecimalText | None = None
    """What it is multiplied by, as a text such as "100"."""
    over: DecimalText | None = None
    """What it is divided by, as a text such as "52"."""

    takes: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMBER})
    gives: ClassVar[Kind] = Kind.NUMBER

    @model_validator(mode="after")
    def _check(self) -> Times:
        if (self.by is None) is (self.over is None):
            raise ValueError('write `by` or `over`, with a number in quotes such as "52"')
        if not Decimal(self.by or self.over or "0"):
            raise ValueError("the number cannot be 0")
        return self

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        factor = Decimal(self.by or self.over or "1")
        calculate = PRECISION.multiply if self.by is not None else PRECISION.divide

        def times(value: Any, _country: str | None) -> Decimal | Failure:
            amount = as_number(value)
            if amount is None:
                return WRONG_TYPE[Kind.NUMBER]
            return _FAR if (result := shortest(calculate(amount, factor))) is None else result

        return times
