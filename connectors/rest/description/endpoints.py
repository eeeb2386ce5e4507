"""Where a system lists, shows, creates and updates employees, and how it pages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from connectors.rest.description.base import (
    DescriptionPart,
    JsonPath,
    Query,
    Scalar,
    Text,
    UrlPath,
    UserMessage,
)


class PageNumbers(DescriptionPart):
    """Pages by number."""

    kind: Literal["page"]
    parameter: Text = Field("page", examples=["page"])
    size_parameter: Text | None = None
    """Under which name the number of employees a page is sent; without it the system decides."""
    first: int = 0
    """The number of the first page: 0 or 1."""
    pages: JsonPath | None = None
    """Where an answer says how many pages there are; without it, paging ends at a page with nobody new on it."""


class Offset(DescriptionPart):
    """Pages by how many employees are skipped."""

    kind: Literal["offset"]
    parameter: Text = Field("offset", examples=["$skip"])
    size_parameter: Text | None = None
    first: int = 0
    """What the first employee counts as: 0 or 1."""


class Cursor(DescriptionPart):
    """Pages by a marker that each answer gives for the next one."""

    kind: Literal["cursor"]
    parameter: Text = Field(examples=["cursor"])
    cursor: JsonPath = Field(examples=["paging.next"])
    """Where an answer holds the marker; nothing there means that this was the last page."""
    more: JsonPath | None = None
    """Where an answer says whether there are more pages."""
    size_parameter: Text | None = None


class NextLink(DescriptionPart):
    """Pages by the address of the next one."""

    kind: Literal["link"]
    next: JsonPath | None = None
    """Where an answer holds the address; without it, it is the Link header's `rel="next"`."""
    size_parameter: Text | None = None


Paging = Annotated[PageNumbers | Offset | Cursor | NextLink, Field(discriminator="kind")]


class ListEndpoint(DescriptionPart):
    """How all employees are read."""

    path: UrlPath = Field(examples=["/employees"])
    query: Query = Field({})
    records: JsonPath | None = None
    """Where an answer holds the array; without it, the answer is the array."""
    record: JsonPath | None = None
    """Where an entry of the array holds the employee; without it, the entry is the employee."""
    paging: Paging | None = None
    """Without it, one answer holds all."""


class GetEndpoint(DescriptionPart):
    """How one employee is read by the system's id, written as {id}."""

    path: UrlPath = Field(examples=["/employees/{id}"])
    query: Query = Field({})
    record: JsonPath | None = None


class ExternalIdEndpoint(DescriptionPart):
    """How one employee is read by the id we stored there, written as {external_id}; 404 when there is none."""

    path: UrlPath = Field(examples=["/employees/external/{external_id}"])
    query: Query = Field({})
    record: JsonPath | None = None


class ResponseWarning(DescriptionPart):
    """A warning that a successful answer leads to."""

    at: JsonPath
    """Where in the answer."""
    equals: tuple[Scalar, ...] = Field(alias="is", min_length=1, examples=[["Incomplete"]])
    """What stands there when the warning is given."""
    remark: UserMessage
    details: JsonPath | None = None
    """Where the answer says more; it is added to the message."""


class Idempotency(DescriptionPart):
    """The system takes a key with a create and does not do it again under the same key."""

    header: Text = Field("Idempotency-Key", examples=["Idempotency-Key"])
    busy: tuple[int, ...] = (409,)
    """Statuses that say that the first request under the key is still being carried out; it is asked again a little later."""


class CreateEndpoint(DescriptionPart):
    """How an employee is created, one a request."""

    path: UrlPath = Field(examples=["/employees"])
    query: Query = Field({})
    method: Literal["POST", "PUT"] = "POST"
    body: Literal["object", "array"] = "object"
    """`array`: the employee is sent as the only entry of an array."""
    id_from_location: bool = False
    """The id of the new employee is the end of the Location header instead of being in the answer."""
    idempotency: Idempotency | None = None
    """Given: a create that was not answered is repeated under the same key."""
    warnings: tuple[ResponseWarning, ...] = ()


class UpdateEndpoint(DescriptionPart):
    """How an employee is updated, by the system's id written as {id}."""

    path: UrlPath = Field(examples=["/employees/{id}"])
    query: Query = Field({})
    method: Literal["PUT", "PATCH", "POST"] = "PUT"
    body: Literal["object", "array"] = "object"
    sends: Literal["ours", "everything"] = Field(examples=["ours"])
    """`ours`: the system keeps what is not sent. `everything`: it may not, so the employee is read and sent back whole."""
    leave_out: tuple[str, ...] = ()
    """With `everything`: what an answer holds and the system does not take back."""
    iso_dates: tuple[str, ...] = ()
    """With `everything`: further names whose dates are sent back as yyyy-mm-dd, however the system showed them."""
    warnings: tuple[ResponseWarning, ...] = ()


class BulkResults(DescriptionPart):
    """What the answer to a request of many says of each employee.

    An answer that does not tell it of each counts as none: each is then looked up.
    """

    records: JsonPath | None = Field(None, examples=["results"])
    """Where the answer holds the array of results; without it, the answer is the array."""
    position: JsonPath | None = None
    """Where a result says which employee it is about, counted from 0; without it, they stand in the order of the request."""
    id: JsonPath | None = None
    """Where a result holds the system's id; by default as an employee does."""
    status: JsonPath | None = Field(None, examples=["status"])
    """Where a result says how it went; without it, the system took each of whom it says nothing wrong."""
    taken: tuple[Scalar, ...] = ()
    """What stands there when the employee was taken; by default a status from 200 to 299."""
    messages: tuple[JsonPath, ...] = ()
    """Where a result says what is wrong; by default as in `errors`."""


class BulkEndpoint(DescriptionPart):
    """How several employees are sent in one request.

    A request that is refused as a whole, without results, has done nothing: each employee is then sent alone.
    """

    path: UrlPath = Field(examples=["/employees/batch"])
    query: Query = Field({})
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    most: int = Field(gt=1, le=1000, examples=[100])
    """How many the system takes in one request."""
    records: JsonPath | None = None
    """Where in what is sent the array of employees stands; without it, the array is all that is sent."""
    numeric_ids: bool = False
    """With updates: the system's id is sent as a number."""
    results: BulkResults = BulkResults()


class Employees(DescriptionPart):
    """The employees of a system."""

    id: JsonPath = Field(examples=["id"])
    """Where an employee holds the system's id."""
    list: ListEndpoint
    get: GetEndpoint | None = None
    create: CreateEndpoint | None = None
    update: UpdateEndpoint | None = None
    create_many: BulkEndpoint | None = None
    update_many: BulkEndpoint | None = None
    """Each employee is sent with the system's id in it."""
    by_external_id: ExternalIdEndpoint | None = None
