"""A list that a target has for the values of its fields."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.rest.description.base import DescriptionPart, JsonPath, Text
from connectors.rest.description.endpoints import ListEndpoint


class ChoiceList(DescriptionPart):
    """A list of the target's own, such as its pay schedules, from which a value of a field is chosen."""

    label: Text = Field(examples=["Pay schedules"])
    list: ListEndpoint
    """How the list is read; it is paged as employees are."""
    id: JsonPath = Field("id", examples=["id"])
    """Where an entry has its id."""
    name: JsonPath = Field("name", examples=["name"])
    """Where an entry has what people call it."""
    by: Literal["id", "name"] = "id"
    """`name`: fields take the name of an entry instead of its id."""
