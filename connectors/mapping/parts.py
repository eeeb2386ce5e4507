"""Steps that take a part of a text or fill it up: parts, first and last characters, leading zeros, lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, StringConstraints, model_validator

from connectors.mapping.base import (
    MOST_CHARACTERS,
    Failure,
    Noted,
    StepArguments,
    StepFunction,
    text_step,
)
from connectors.values.invisible import plain_digits

_NO_DIGITS = Failure("takes digits only")
_LONG_WORD = Failure("meets a word that is longer than a line")
_MORE_LINES = "has more lines than are sent, and the rest was left out"
Position = Annotated[StrictInt, Field(ge=1, le=MOST_CHARACTERS)]


class Part(StepArguments):
    """One part of a text that is divided by a separator."""

    by: Annotated[str, StringConstraints(min_length=1, max_length=5)] = Field(examples=["-"])
    """The separator, one to five characters."""
    take: Annotated[StrictInt, Field(ge=1, le=9)] | Literal["last", "rest"] = Field(examples=[1])
    """Which part, counted from 1; `rest` is everything after the first separator. Without such a part it is blank."""

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        by = None if self.by.isspace() else self.by
        take = self.take
        if take == "rest":
            return text_step(lambda written: _at(written.strip().split(by, 1), 1))
        if take == "last":
            return text_step(lambda written: _at(written.strip().split(by), -1))
        return text_step(lambda written: _at(written.strip().split(by), take - 1))


def _at(parts: list[str], index: int) -> str | None:
    return parts[index].strip() if index < len(parts) else None


class Cut(StepArguments):
    """Some characters of a text: the first ones, the last ones, or some from a position."""

    first: Position | None = None
    last: Position | None = None
    start: Position | None = Field(None, alias="from")
    count: Position | None = None

    @model_validator(mode="after")
    def _check(self) -> Cut:
        given = {name for name in ("first", "last", "start", "count") if getattr(self, name) is not None}
        if given not in ({"first"}, {"last"}, {"start", "count"}):
            raise ValueError("write `first`, or `last`, or `from` with `count`")
        return self

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        if self.last is not None:
            window = slice(-self.last, None)
        else:
            begin = (self.start or 1) - 1
            window = slice(begin, begin + (self.first or self.count or 0))
        return text_step(lambda written: unicodedata.normalize("NFC", written).strip()[window].strip())


class Zeros(StepArguments):
    """Zeros before a number that is written as text."""

    to: Annotated[StrictInt, Field(ge=1, le=20)] | None = None
    """How many digits it has at least; zeros are put before it."""
    strip: Literal[True] | None = None
    """Zeros before it are removed."""

    @model_validator(mode="after")
    def _check(self) -> Zeros:
        if (self.to is None) is (self.strip is None):
            raise ValueError("write `to` with a number of digits, or `strip: true`")
        return self

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        width = self.to
        change: Callable[[str], str] = (
            (lambda digits: digits.lstrip("0") or "0")
            if width is None
            else (lambda digits: digits.zfill(width))
        )

        def zeros(written: str) -> str | Failure:
            digits = plain_digits(written).strip()
            return change(digits) if digits.isascii() and digits.isdigit() else _NO_DIGITS

        return text_step(zeros)


class Lines(StepArguments):
    """One of the lines into which a text is broken between its words."""

    width: Annotated[StrictInt, Field(ge=1, le=500)] = Field(examples=[30])
    """The most characters of a line."""
    take: Annotated[StrictInt, Field(ge=1, le=9)] = Field(examples=[1])
    """Which line, counted from 1."""
    of: Annotated[StrictInt, Field(ge=1, le=9)] | None = None
    """How many lines are sent in all, in this field and in others; by default as many as `take` says. What is left
    after them is reported."""

    @model_validator(mode="after")
    def _check(self) -> Lines:
        if self.of is not None and self.of < self.take:
            raise ValueError("`of` is the number of all lines, and cannot be smaller than `take`")
        return self

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        width, index, most = self.width, self.take - 1, self.of or self.take
        reports = self.take == most

        def take_line(written: str) -> Any:
            lines = _break(written, width)
            if lines is None:
                return _LONG_WORD
            line = lines[index] if index < len(lines) else None
            return Noted(line, _MORE_LINES) if reports and len(lines) > most else line

        return text_step(take_line)


def _break(written: str, width: int) -> list[str] | None:
    """Return the lines of a text; None when a word is longer than a line."""
    lines: list[str] = []
    for word in written.split():
        if len(word) > width:
            return None
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
