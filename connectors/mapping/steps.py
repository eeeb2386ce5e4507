"""The closed list of steps, as they are written in a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from connectors.mapping.base import (
    MOST_STEPS,
    StepArguments,
)
from connectors.mapping.dates import ReadDate, Shift, WriteDate
from connectors.mapping.lists import Item, Join
from connectors.mapping.names import NameCase, NamePart
from connectors.mapping.numbers import Number, Times
from connectors.mapping.parts import Cut, Lines, Part, Zeros
from connectors.mapping.phones import Phone
from connectors.mapping.texts import Case, Keep, Letters, PlainLetters, Replace, Replacements, Tidy
from connectors.mapping.words import Place, YesNo


class Step(BaseModel):
    """One step: its name, and its arguments."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    tidy: Tidy | None = None
    case: Letters | None = None
    name_case: NameCase | None = None
    plain_letters: PlainLetters | None = None
    replace: Replacements | None = None
    keep: Keep | None = None
    part: Part | None = None
    cut: Cut | None = None
    zeros: Zeros | None = None
    lines: Lines | None = None
    name_part: NamePart | None = None
    item: Item | None = None
    join: Join | None = None
    date: ReadDate | None = None
    shift: Shift | None = None
    write_date: WriteDate | None = None
    number: Number | None = None
    times: Times | None = None
    phone: Phone | None = None
    place: Place | None = None
    yes_no: YesNo | None = None

    @model_validator(mode="after")
    def _check(self) -> Step:
        if len(self._given) != 1:
            raise ValueError("a step has one name, after a dash of its own")
        return self

    @property
    def _given(self) -> list[str]:
        return [name for name in type(self).model_fields if getattr(self, name) is not None]

    @property
    def name(self) -> str:
        """Return the step's name."""
        return self._given[0]

    @property
    def arguments(self) -> StepArguments:
        """Return the step's arguments."""
        given = getattr(self, self.name)
        if self.name == "case":
            return Case(to=given)
        if self.name == "replace":
            return Replace(pairs=given)
        return given if isinstance(given, StepArguments) else StepArguments()


def _shape(entry: Any) -> str:
    return "Step" if isinstance(entry, dict | Step) else "a text"


def _check_name(entry: Any) -> Any:
    if entry not in ("tidy", "plain_letters"):
        raise ValueError(
            "only `tidy` and `plain_letters` can be written by their name alone; any other step has its arguments "
            'after a colon, such as `{part: {by: "-", take: 1}}`'
        )
    return entry


# The steps that need no arguments may be written by their name alone.
AnyStep = Annotated[
    Annotated[Literal["tidy", "plain_letters"], BeforeValidator(_check_name), Tag("a text")]
    | Annotated[Step, Tag("Step")],
    Discriminator(_shape),
]
Steps = Annotated[tuple[AnyStep, ...], Field(min_length=1, max_length=MOST_STEPS)]


def named(steps: Iterable[AnyStep]) -> list[tuple[str, StepArguments]]:
    """Return the name and the arguments of each step."""
    whole = [Step.model_validate({step: {}}) if isinstance(step, str) else step for step in steps]
    return [(step.name, step.arguments) for step in whole]
