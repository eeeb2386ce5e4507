"""A condition as it is written: tests of single values, and the groups around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from connectors.values.normalise import BY_FORMAT

MOST_LEVELS = 3
MOST_TESTS = 40
MOST_WORDS = 500
MOST_DAYS = 3660

Location = tuple[str | int, ...]
Word = bool | int | float | str
Words = Annotated[tuple[Word, ...], Field(min_length=1, max_length=MOST_WORDS)]
Texts = Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST_WORDS)]
Path = Annotated[str, StringConstraints(pattern=r"^[^\s.][^.]*(\.[^.]+)*$", max_length=200)]
Days = Annotated[int, Field(ge=0, le=MOST_DAYS, strict=True)]
Pair = Annotated[tuple[Any, ...], Field(min_length=2, max_length=2)]


class ConditionPart(BaseModel):
    """A part of a condition: it accepts no unknown names and cannot be changed."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_by_name=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,
        defer_build=True,
    )


class DaysAround(ConditionPart):
    """Days around today. What is left out is 0."""

    before: Days = 0
    after: Days = 0


OPERATORS = (
    "is",
    "is_not",
    "starts_with",
    "ends_with",
    "contains",
    "empty",
    "there",
    "at_least",
    "at_most",
    "between",
    "on_or_before",
    "on_or_after",
    "within_days",
    "any_is",
    "all_are",
    "none_is",
)


class ValueTest(ConditionPart):
    """One value of the employee, and what is asked of it."""

    at: Path = Field(examples=["address.country"])
    format: Annotated[str, StringConstraints(pattern="^(" + "|".join(BY_FORMAT) + ")$")] | None = None
    """Reads the value first, so that its spelling does not matter."""
    equals: Words | None = Field(None, alias="is", examples=[["New Zealand"]])
    """The value is one of these; capitals and spaces do not matter."""
    differs: Words | None = Field(None, alias="is_not")
    """The value is none of these, or blank."""
    starts_with: Texts | None = None
    ends_with: Texts | None = None
    contains: Texts | None = None
    empty: bool | None = None
    """Whether the value is blank."""
    there: bool | None = None
    """Whether there is a value."""
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    between: Pair | None = Field(None, examples=[["2026-01-01", "2026-12-31"]])
    """Two numbers or two dates, both included."""
    on_or_before: date | None = None
    on_or_after: date | None = None
    within_days: DaysAround | None = Field(None, examples=[{"before": 14, "after": 30}])
    """The date is at most this many days before and after today."""
    any_is: Words | None = None
    """At least one entry of the list is one of these."""
    all_are: Words | None = None
    """The list has entries, and all of them are among these."""
    none_is: Words | None = None
    """No entry of the list is one of these."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self._given()) != 1:
            names = ", ".join(f"`{name}`" for name in OPERATORS)
            raise ValueError(f"a condition has one of {names}")
        return self

    def _given(self) -> list[str]:
        return [name for name in OPERATORS if getattr(self, _ATTRIBUTES.get(name, name)) is not None]

    @property
    def operator(self) -> str:
        """Return what is asked, as it is written: one of ``OPERATORS``."""
        return self._given()[0]

    @property
    def argument(self) -> Any:
        """Return what the value is compared with."""
        return getattr(self, _ATTRIBUTES.get(self.operator, self.operator))


_ATTRIBUTES = {"is": "equals", "is_not": "differs"}


class BranchTest(ConditionPart):
    """The branch that the employee belongs to."""

    branch: Annotated[str, Field(min_length=1, max_length=200, coerce_numbers_to_str=True)] = Field(
        examples=["12"]
    )
    """The branch's id, or its name."""
    below: bool = False
    """Whether the branches below it count too."""


class AllOf(ConditionPart):
    """All of these conditions are met."""

    conditions: tuple[Condition, ...] = Field(alias="all", min_length=1, max_length=MOST_TESTS)


class AnyOf(ConditionPart):
    """At least one of these conditions is met."""

    conditions: tuple[Condition, ...] = Field(alias="any", min_length=1, max_length=MOST_TESTS)


class Not(ConditionPart):
    """The opposite of a condition."""

    condition: Condition = Field(alias="not")


_TAGS = {"at": "ValueTest", "branch": "BranchTest", "all": "AllOf", "any": "AnyOf", "not": "Not"}


def _form(entry: Any) -> str | None:
    if isinstance(entry, ConditionPart):
        return type(entry).__name__
    return (
        next((tag for key, tag in _TAGS.items() if key in entry), None)
        if isinstance(entry, Mapping)
        else None
    )


Condition = Annotated[
    Annotated[ValueTest, Tag("ValueTest")]
    | Annotated[BranchTest, Tag("BranchTest")]
    | Annotated[AllOf, Tag("AllOf")]
    | Annotated[AnyOf, Tag("AnyOf")]
    | Annotated[Not, Tag("Not")],
    Discriminator(
        _form,
        custom_error_type="condition",
        custom_error_message="a condition has one of `at`, `branch`, `all`, `any` and `not`",
    ),
]
AnyTest = ValueTest | BranchTest
AnyCondition = ValueTest | BranchTest | AllOf | AnyOf | Not
for _group in (AllOf, AnyOf, Not):
    _group.model_rebuild()


def inner_conditions(condition: AnyCondition) -> list[tuple[Location, AnyCondition]]:
    """Return the conditions directly within a group, each with where it is written; none for a test."""
    if isinstance(condition, Not):
        return [(("not",), condition.condition)]
    if isinstance(condition, AllOf | AnyOf):
        name: Literal["all", "any"] = "all" if isinstance(condition, AllOf) else "any"
        return [((name, index), inner) for index, inner in enumerate(condition.conditions)]
    return []


def tests_of(condition: AnyCondition, location: Location = ()) -> Iterator[tuple[Location, AnyTest]]:
    """Yield each test with where it is written, in reading order; the first one is condition number 1."""
    if isinstance(condition, ValueTest | BranchTest):
        yield location, condition
    for inner_location, inner in inner_conditions(condition):
        yield from tests_of(inner, (*location, *inner_location))


def levels(condition: AnyCondition) -> int:
    """Return how deep groups are nested; 0 for a test alone."""
    inner = [levels(each) for _, each in inner_conditions(condition)]
    return 1 + max(inner) if inner else 0


def _check_size(condition: AnyCondition) -> AnyCondition:
    if levels(condition) > MOST_LEVELS:
        raise ValueError(f"groups are nested more than {MOST_LEVELS} levels deep")
    if sum(1 for _ in tests_of(condition)) > MOST_TESTS:
        raise ValueError(f"there are more than {MOST_TESTS} conditions")
    return condition


# A whole condition, within the bounds.
ConditionTree = Annotated[Condition, AfterValidator(_check_size)]


def dump(condition: AnyCondition) -> dict[str, Any]:
    """Return a condition as it is written in a file: plain values, without what is left out."""
    return condition.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
