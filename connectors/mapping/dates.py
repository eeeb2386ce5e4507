"""Steps for dates: read, shift, write."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, date, timedelta, tzinfo
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StrictInt, model_validator

from connectors.mapping.base import (
    WRONG_TYPE,
    Failure,
    Kind,
    StepArguments,
    StepFunction,
    text_step,
)
from connectors.values.dates import day, iso_day, parse
from connectors.values.invisible import drop_invisible, plain_digits

MOST_FORMATS = 8
FIRST_YEAR, LAST_YEAR = 1900, 2199
# No date is written with more characters.
_LONGEST = 60
_NO_DATE = Failure("cannot read a date")
_FAR = Failure("gives a date outside 1900 to 2199")
_TOKENS = re.compile(r"%[dmYbB]|[ ./,\-]|[^%a-zA-Z0-9]")


def _check_format(written: str) -> str:
    if "%y" in written:
        raise ValueError("a year with two digits can be one of two centuries; only `%Y` is read")
    tokens = _TOKENS.findall(written)
    used = [token for token in tokens if token.startswith("%")]
    months = [token for token in used if token in {"%m", "%b", "%B"}]
    if "".join(tokens) != written or len(months) != 1 or used.count("%d") != 1 or used.count("%Y") != 1:
        raise ValueError(
            "a date format has `%d`, `%m` (or `%b`, `%B` for the name of the month) and `%Y`, each once, "
            "and signs between them, such as `%d.%m.%Y`"
        )
    return written


DateFormat = Annotated[str, Field(max_length=40), AfterValidator(_check_format)]


class ReadDate(StepArguments):
    """A date, read from a text."""

    reads: Annotated[tuple[DateFormat, ...], Field(max_length=MOST_FORMATS)] = Field(
        (), examples=[["%d.%m.%Y"]]
    )
    """How the date is written, besides yyyy-mm-dd; without it, 1/7/2024 and the like are read with the day first."""
    instant: Literal["as_written", "account"] = "account"
    """Of a moment in UTC, the day that is written, or the day that it is where the account is."""

    takes: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    gives: ClassVar[Kind] = Kind.DATE

    def compile(self, time_zone: tzinfo = UTC) -> StepFunction:
        """Return the step as a function, for an account in a time zone."""
        zone = time_zone if self.instant == "account" else UTC
        forms = self.reads

        def read(written: str) -> date | Failure:
            plain = " ".join(plain_digits(drop_invisible(written[: _LONGEST + 1])).split())
            if len(plain) > _LONGEST:
                return _NO_DATE
            found = (parse(plain, forms) or iso_day(plain, zone)) if forms else day(plain, zone)
            return _NO_DATE if found is None else _in_range(found)

        return text_step(read)


def _in_range(found: date) -> date | Failure:
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else _FAR


class Shift(StepArguments):
    """A date some days, months or years later, or earlier with a minus."""

    days: Annotated[StrictInt, Field(ge=-36_600, le=36_600)] = 0
    months: Annotated[StrictInt, Field(ge=-1_200, le=1_200)] = 0
    years: Annotated[StrictInt, Field(ge=-100, le=100)] = 0

    takes: ClassVar[frozenset[Kind]] = frozenset({Kind.DATE})
    gives: ClassVar[Kind] = Kind.DATE

    @model_validator(mode="after")
    def _check(self) -> Shift:
        if not (self.days or self.months or self.years):
            raise ValueError("write `days`, `months` or `years`")
        return self

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        months, days = self.years * 12 + self.months, timedelta(days=self.days)

        def shift(value: Any, _country: str | None) -> date | Failure:
            if not isinstance(value, date):
                return WRONG_TYPE[Kind.DATE]
            moved = _months_later(date(value.year, value.month, value.day), months)
            if moved is None or not FIRST_YEAR - 300 <= moved.year <= LAST_YEAR + 300:
                return _FAR
            return _in_range(moved + days)

        return shift


def _months_later(day: date, months: int) -> date | None:
    """Return the same day of a month, or its last day; None when there is no such year."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


_FIRST_DAY = date(1970, 1, 1)
DATE_WRITERS: Mapping[str, Callable[[date], str]] = {
    "%d/%m/%Y": lambda day: f"{day.day:02}/{day.month:02}/{day.year:04}",
    "%d-%m-%Y": lambda day: f"{day.day:02}-{day.month:02}-{day.year:04}",
    "%d.%m.%Y": lambda day: f"{day.day:02}.{day.month:02}.{day.year:04}",
    "%m/%d/%Y": lambda day: f"{day.month:02}/{day.day:02}/{day.year:04}",
    "%Y-%m-%d": date.isoformat,
    "%Y/%m/%d": lambda day: f"{day.year:04}/{day.month:02}/{day.day:02}",
    "%Y%m%d": lambda day: f"{day.year:04}{day.month:02}{day.day:02}",
    "%d%m%Y": lambda day: f"{day.day:02}{day.month:02}{day.year:04}",
    "%Y": lambda day: f"{day.year:04}",
    "/Date()/": lambda day: f"/Date({(day - _FIRST_DAY).days * 86_400_000}+0000)/",
}


class WriteDate(StepArguments):
    """A date as a text, for a field that is a text at the target."""

    form: Literal[
        "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d%m%Y", "%Y"
    ] = Field(alias="as")

    takes: ClassVar[frozenset[Kind]] = frozenset({Kind.DATE})

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        write = DATE_WRITERS[self.form]
        return lambda value, _country: write(value) if isinstance(value, date) else WRONG_TYPE[Kind.DATE]
