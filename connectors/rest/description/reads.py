"""The requests of a described system that read: a list page by page, and single employees."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from connectors.rest.description.base import DescriptionPart, JsonPath, Query, Text, UrlPath


class PageNumbers(DescriptionPart):
    """Pages by number."""

    kind: Literal["page"]
    parameter: Text = Field("page", examples=["page"])
    size_parameter: Text | None = None
    """The parameter for the number of employees per page; without it the system decides."""
    first: int = 0
    """The number of the first page: 0 or 1."""
    pages: JsonPath | None = None
    """Where a response gives the number of pages; without it, the list ends at a page without new employees."""


class Offset(DescriptionPart):
    """Pages by the number of employees to skip."""

    kind: Literal["offset"]
    parameter: Text = Field("offset", examples=["$skip"])
    size_parameter: Text | None = None
    first: int = 0
    """The offset of the first employee: 0 or 1."""


class Cursor(DescriptionPart):
    """Pages by a cursor that each response gives for the next one."""

    kind: Literal["cursor"]
    parameter: Text = Field(examples=["cursor"])
    cursor: JsonPath = Field(examples=["paging.next"])
    """Where a response has the cursor; an empty one means that this was the last page."""
    more: JsonPath | None = None
    """Where a response says whether there are more pages."""
    size_parameter: Text | None = None


class NextLink(DescriptionPart):
    """Pages by the address of the next one."""

    kind: Literal["link"]
    next: JsonPath | None = None
    """Where a response has the address; without it, the address is in the Link header with `rel="next"`."""
    size_parameter: Text | None = None


Paging = Annotated[PageNumbers | Offset | Cursor | NextLink, Field(discriminator="kind")]


class ReadEndpoint(DescriptionPart):
    """A request that reads something and changes nothing."""

    path: UrlPath = Field(examples=["/employees"])
    query: Query = Field({})
    """{names} in braces stand for settings; a parameter that would be blank is left out."""
    method: Literal["GET", "POST"] = "GET"
    content: dict[str, Any] | None = Field(None, alias="json", examples=[{"showInactive": True}])
    """With POST: what is sent. {names} in braces stand for settings."""


class ListEndpoint(ReadEndpoint):
    """How all employees are listed. With POST, the parameters of `paging` are places in what is sent."""

    records: JsonPath | None = None
    """Where a response has the array; without it, the response is the array."""
    record: JsonPath | None = None
    """Where an entry of the array has the employee; without it, the entry is the employee."""
    keyed_by: JsonPath | None = Field(None, examples=["id"])
    """There is an object instead of the array: by their id, the employees. Here each of them gets the id."""
    one_alone: bool = False
    """A list of a single employee is that employee, without an array around."""
    paging: Paging | None = None
    """Without it, one response has all employees."""


class GetEndpoint(ReadEndpoint):
    """How one employee is read by the system's id, which is written as {id} in the path, the query or the JSON."""

    path: UrlPath = Field(examples=["/employees/{id}"])
    record: JsonPath | None = None
    id: JsonPath | None = Field(None, examples=["employeeId"])
    """Where the details have the id, when that is another place than in the list."""


class ExternalIdEndpoint(ReadEndpoint):
    """How one employee is read by the id we stored there: {external_id} in the path, the query or the JSON.

    404 when there is none; with the query or the JSON, also an empty array.
    """

    path: UrlPath = Field(examples=["/employees/external/{external_id}"])
    query: Query = Field({}, examples=[{"externalId": "{external_id}"}])
    record: JsonPath | None = None
    """Where the response has the employee, or the array of those that the query finds."""
