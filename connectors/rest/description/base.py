"""What the parts of a description have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/[^\s?#]*$")]
"""Appended to the address; {names} in braces stand for settings, and for the id of an employee where there is one."""
JsonPath = Annotated[str, StringConstraints(pattern=r"^[^\s.][^.]*(\.[^.]+)*$")]
"""Where something stands in an answer: names with dots between them; a number counts in a list, from 0."""
Scalar = bool | int | float | str
Query = dict[str, str | StrictInt]


class DescriptionPart(BaseModel):
    """A part of a description: nothing unknown in it, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class UserMessage(DescriptionPart):
    """What a person is told. With `stops` the employee is not written; without it this is a warning."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{2,39}$")] = Field(examples=["BAD_EMAIL"])
    message: Text = Field(
        examples=["The e-mail address is not a valid one and was not sent. Correct it in the HR system."]
    )
    """Sentences: what happened, then what to do. Never with a value in them."""
    stops: Annotated[str, StringConstraints(pattern=r"^(filter|error)$")] | None = None
    """`filter`: somebody has to complete the data in the HR system; `error`: it cannot be written as it is."""
