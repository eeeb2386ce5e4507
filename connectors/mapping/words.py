"""Steps for words that stand for something: a state, a country, yes or no."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from connectors.mapping.base import (
    WRONG_TYPE,
    Failure,
    Kind,
    StepArguments,
    StepFunction,
    as_text,
    text_step,
)
from connectors.mapping.countries import NAMES, code_of
from connectors.values.normalise import is_state, state, state_name

MOST_WORDS = 50
_NO_STATE = Failure("does not know a state or territory of Australia by this name")
_NO_COUNTRY = Failure("does not know a country by this name")
_NEITHER = Failure("finds a value that stands neither for yes nor for no")


class Place(StepArguments):
    """A state of Australia or a country, by its code or its name."""

    of: Literal["state", "country"] = Field(examples=["state"])
    form: Literal["code", "name"] = Field(alias="as", examples=["code"])

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        is_name = self.form == "name"

        def write_state(written: str) -> str | Failure:
            code = state(written)
            if code is None or not is_state(code):
                return _NO_STATE
            return state_name(code) if is_name else code

        def write_country(written: str) -> str | Failure:
            code = code_of(written)
            if code is None:
                return _NO_COUNTRY
            return NAMES[code] if is_name else code

        return text_step(write_state if self.of == "state" else write_country)


Word = bool | int | float | str
Words = Annotated[tuple[Word, ...], Field(min_length=1, max_length=MOST_WORDS)]


class YesNo(StepArguments):
    """Yes or no, from the words that stand for them."""

    yes: Words = Field(examples=[["Y"]])
    no: Words = Field(examples=[["N"]])
    """Capitals and spaces do not matter."""

    takes: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT, Kind.NUMBER})
    gives: ClassVar[Kind] = Kind.YES_NO

    @model_validator(mode="after")
    def _check(self) -> YesNo:
        if {fold_word(word) for word in self.yes} & {fold_word(word) for word in self.no}:
            raise ValueError("a word cannot stand for yes and for no")
        return self

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        meanings = {fold_word(word): False for word in self.no} | {fold_word(word): True for word in self.yes}

        def yes_no(value: Any, _country: str | None) -> bool | Failure:
            written = as_text(value)
            if written is None:
                return WRONG_TYPE[Kind.TEXT]
            meaning = meanings.get(fold_word(written))
            return _NEITHER if meaning is None else meaning

        return yes_no


def fold_word(word: Word) -> str:
    """Return a word as two are compared: capitals and spaces do not matter."""
    written = str(word) if isinstance(word, bool) else as_text(word)
    return " ".join((written or "").casefold().split())
