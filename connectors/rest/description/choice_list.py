"""Lists that a described system has beside its employees: choices for the fields of a target, branches of a source."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.rest.description.base import DescriptionPart, JsonPath, Text
from connectors.rest.description.reads import ListEndpoint


class SourceBranches(DescriptionPart):
    """The list of a source's branches, which says which of them lie below others."""

    list: ListEndpoint
    """How the list is read; it is paged as employees are."""
    id: JsonPath = Field("id", examples=["id"])
    """Where a branch has its id, which employees have as `branch_id`."""
    name: JsonPath = Field("name", examples=["name"])
    """Where it has its name, which employees have as `branch`."""
    parent: JsonPath | None = Field(None, examples=["parent.id"])
    """Where it has the id of the branch above it; without it, and without
    `children`, no branch lies below another."""
    children: JsonPath | None = Field(None, examples=["children"])
    """Where it has the array of the branches below it, each in the same form, when the list is a tree."""


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
