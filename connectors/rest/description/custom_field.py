"""A field that a source has beyond those that all connectors share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from connectors.contract.fields import FieldType
from connectors.rest.description.base import DescriptionPart, Factor, JsonPath, Name, Scalar, Text


class CustomEntryValue(DescriptionPart):
    """One of the values that each entry of a list has."""

    at: JsonPath = Field(examples=["amount"])
    label: Text | None = None
    """By default the name, such as *Rate type* for `rate_type`."""
    type: FieldType = FieldType.TEXT
    sensitive: bool = False
    map: dict[str, Scalar] | None = None
    times: Factor | None = None
    """With `type: number`: what a number is multiplied by, such as 0.01 for an amount in cents."""


def _shape(entry: Any) -> str:
    return "CustomEntryValue" if isinstance(entry, dict | CustomEntryValue) else "a text"


EntryValue = Annotated[
    Annotated[JsonPath, Tag("a text")] | Annotated[CustomEntryValue, Tag("CustomEntryValue")],
    Discriminator(_shape),
]


class CustomField(DescriptionPart):
    """A value of the system's employee under a name of its own."""

    label: Text = Field(examples=["Uniform size"])
    at: JsonPath = Field(examples=["extras.uniform"])
    type: FieldType = FieldType.TEXT
    sensitive: bool = False
    """It identifies a person or moves money: only sensitive fields of a target take it, and it is masked there."""
    is_list: bool = Field(False, alias="list")
    """There is an array at this place."""
    values: dict[Name, EntryValue] | None = Field(None, min_length=1)
    """The values of each entry of the array, where it has several; without them, the entries are values."""
    where: dict[str, str] | None = Field(None, min_length=1, examples=[{"key": "uniform"}])
    """For an array of names and values: what the entry that is meant has."""
    value: JsonPath | None = None
    """Where that entry has the value."""
    map: dict[str, Scalar] | None = None
    times: Factor | None = None
    """With `type: number`: what a number is multiplied by, such as 0.01 for an amount in cents."""
    blank_when_absent: bool = False
    """When a response leaves it out, it is blank; otherwise its value is then unknown, and a target keeps its own."""
