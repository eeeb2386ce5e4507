"""Types that all parts of a description share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
# Appended to the system's address; {names} in braces stand for settings, and for the id of an employee.
UrlPath = Annotated[str, StringConstraints(pattern=r"^/[^\s?#]*$")]
# The path of a value in a response: names with dots between them; a number is an index of a list, from 0.
JsonPath = Annotated[str, StringConstraints(pattern=r"^[^\s.][^.]*(\.[^.]+)*$")]
Scalar = bool | int | float | str
# What a number is multiplied by.
Factor = Annotated[float, Field(gt=0)]
Query = dict[str, str | StrictInt]


class DescriptionPart(BaseModel):
    """A part of a description: it accepts no unknown names and cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class UserMessage(DescriptionPart):
    """A message about an employee. With `stops` the employee is not written; without it the message is a warning."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{2,39}$")] = Field(examples=["BAD_EMAIL"])
    message: Text = Field(
        examples=["The e-mail address is not valid and was not sent. Correct it in the HR system."]
    )
    """Sentences: what happened, then what to do. Never with a value in them."""
    stops: Annotated[str, StringConstraints(pattern=r"^(filter|error)$")] | None = None
    """`filter`: somebody has to complete the data in the HR system; `error`: the employee cannot be written as is."""


class ResponseValue(DescriptionPart):
    """A value in a response that says something about the whole response."""

    at: JsonPath = Field(examples=["success"])
    """The path of the value."""
    equals: tuple[Scalar, ...] = Field(alias="is", min_length=1, examples=[[False]])
    """The values that say it; upper and lower case do not matter."""
