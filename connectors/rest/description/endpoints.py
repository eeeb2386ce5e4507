"""The requests of a described system that write: create and update employees, one at a time or in bulk."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from connectors.rest.description.base import (
    DescriptionPart,
    JsonPath,
    Query,
    Scalar,
    Text,
    UrlPath,
    UserMessage,
)
from connectors.rest.description.reads import ExternalIdEndpoint, GetEndpoint, ListEndpoint


class ResponseWarning(DescriptionPart):
    """A warning that a successful response leads to."""

    at: JsonPath
    """The path of a value in the response."""
    equals: tuple[Scalar, ...] = Field(alias="is", min_length=1, examples=[["Incomplete"]])
    """The values for which the warning is given."""
    remark: UserMessage
    details: JsonPath | None = None
    """Where the response has the details; they are added to the message."""


class Idempotency(DescriptionPart):
    """The system accepts a key with a create and does not repeat the create under the same key."""

    header: Text = Field("Idempotency-Key", examples=["Idempotency-Key"])
    busy: tuple[int, ...] = (409,)
    """Statuses which say that the first request under the key is still in progress; iHUB asks again a little later."""


class FollowedStatus(DescriptionPart):
    """How a request is followed to its end that the system accepts for later (202)."""

    at: JsonPath | None = Field(None, examples=["actionStatusURL"])
    """Where the response has the address at which the status is read; without it, in the Location header."""
    path: UrlPath | None = Field(None, examples=["/jobs/{status_id}"])
    """Where the status is read, where that address is at another host; {status_id} stands for its last part."""
    status: JsonPath = Field("status", examples=["status"])
    """Where that address shows the status."""
    done: tuple[Scalar, ...] = Field(min_length=1, examples=[["Completed"]])
    """The statuses that say that it was done."""
    failed: tuple[Scalar, ...] = Field(min_length=1, examples=[["Failed"]])
    """The statuses that say that it was not; every other one says that it is still under way."""
    id: JsonPath | None = Field(None, examples=["result.employeeId"])
    """Where the last status has the id of a new employee."""
    seconds: int = Field(120, ge=1, le=3600)
    """How long iHUB asks. After that the employee is *Pending*, and the next run asks at the same address."""


class CreateEndpoint(DescriptionPart):
    """How an employee is created, one per request."""

    path: UrlPath = Field(examples=["/employees"])
    query: Query = Field({})
    method: Literal["POST", "PUT"] = "POST"
    body: Literal["object", "array", "form"] = "object"
    """`array`: the employee is sent as the only entry of an array. `form`: as the fields of a web form, those inside
    others as `outer[inner]`."""
    inside: JsonPath | None = Field(None, examples=["data"])
    """Where in the request the employee is, such as `data`; without it, the request is the employee."""
    record: JsonPath | None = None
    """Where the response has the employee; without it, the response is the employee. A response without an id of the
    employee counts as none: the employee is then looked up."""
    id: JsonPath | None = Field(None, examples=["data.employeeId"])
    """Where in `record` the response has the id, when that is another place than in the list."""
    id_from_location: bool = False
    """The id of the new employee is at the end of the Location header instead of in the response."""
    idempotency: Idempotency | None = None
    """When set, a create without a response is repeated under the same key."""
    follow: FollowedStatus | None = None
    """When set, a create that the system accepts for later is followed to its end."""
    warnings: tuple[ResponseWarning, ...] = ()


class UpdateEndpoint(DescriptionPart):
    """How an employee is updated, by the system's id, which is written as {id}."""

    path: UrlPath = Field(examples=["/employees/{id}"])
    query: Query = Field({})
    method: Literal["PUT", "PATCH", "POST"] = "PUT"
    body: Literal["object", "array", "form"] = "object"
    """As in `create`."""
    inside: JsonPath | None = Field(None, examples=["data"])
    """Where in the request the employee is, such as `data`; without it, the request is the employee."""
    record: JsonPath | None = None
    """Where the response has the employee. With it, a response that has something else confirms nothing, and the
    employee is looked up."""
    id: JsonPath | None = None
    """Where in `record` the response has the id, when that is another place than in the list."""
    sends: Literal["ours", "everything"] = Field(examples=["ours"])
    """`ours`: the system keeps what is not sent. `everything`: it may not; the employee is read and sent back whole."""
    leave_out: tuple[str, ...] = ()
    """With `everything`: names in a response that the system does not accept in an update."""
    clears_by_omission: bool = False
    """With `everything`: what is left out is blank afterwards, and a field is cleared so."""
    iso_dates: tuple[str, ...] = ()
    """With `everything`: further names whose dates are sent back as fields of the type `date` are."""
    follow: FollowedStatus | None = None
    """As in `create`."""
    warnings: tuple[ResponseWarning, ...] = ()


class FieldAction(DescriptionPart):
    """A field that is not sent with the others, but by a request of its own, such as the end of an employment."""

    field: JsonPath = Field(examples=["left_on"])
    """The field: it is in no create and no update, and this request is sent when the target shows another value."""
    equals: tuple[Scalar, ...] | None = Field(None, alias="is", min_length=1, examples=[["INACTIVE"]])
    """Only for these values of it; without them, for every value."""
    path: UrlPath = Field(examples=["/employees/{id}/terminate"])
    query: Query = Field({})
    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    content: dict[str, Any] = Field({}, alias="json", examples=[{"date": "{value}"}])
    """What is sent; {value} stands for the value of the field, {id} for the employee."""
    also: tuple[Annotated[str, StringConstraints(pattern=r"^\w{1,40}$")], ...] = Field(
        (), examples=[["reason"]]
    )
    """Further fields that only this request has; each name in braces stands for the value of that field."""
    on_create: bool = False
    """A new employee is created with the field. An update then sends back what the system shows of it."""
    only_employed: bool = False
    """It is not sent for an employee whose employment has ended in the HR system."""
    continues_at: JsonPath | None = Field(None, examples=["newEmployeeId"])
    """Where an employee's details have the id of the record that continues them, after a transfer for example. iHUB
    follows to that one, and does not send the request again."""
    follow: FollowedStatus | None = None
    """As in `create`. The address of the status is kept until the request has ended, also when iHUB stops."""


class PartEndpoint(DescriptionPart):
    """A part of an employee that the system takes in a request of its own, after the employee: its bank account, say.

    The employee's own requests leave its fields out. Each part has an outcome of its own in reports.
    """

    label: Text = Field(examples=["Bank account"])
    """What people call it."""
    fields: tuple[JsonPath, ...] = Field(min_length=1, examples=[["bank.bsb", "bank.number"]])
    """The fields of the target that are sent in it."""
    path: UrlPath = Field(examples=["/employees/{id}/bank-account"])
    query: Query = Field({})
    method: Literal["PUT", "PATCH", "POST"] = "PUT"
    """The request may be repeated, so it has to do no harm twice, also with `POST`."""
    strip: JsonPath | None = Field(None, examples=["bank"])
    """The beginning of the fields' paths that the request leaves out."""
    body: Literal["object", "array"] = "object"
    inside: JsonPath | None = Field(None, examples=["data"])
    """Where in the request the fields are; without it, the request is the fields."""


class BulkResults(DescriptionPart):
    """The outcome of each employee in the response to a bulk request.

    A response that does not give each outcome counts as no response: each employee is then looked up.
    """

    records: JsonPath | None = Field(None, examples=["results"])
    """Where the response has the array of results; without it, the response is the array."""
    position: JsonPath | None = None
    """Where a result has its employee's position, counted from 0; without it, results are in the request's order."""
    id: JsonPath | None = None
    """Where a result has the system's id; by default where an employee has it."""
    status: JsonPath | None = Field(None, examples=["status"])
    """Where a result has its status; without it, a result without an error message is a success."""
    taken: tuple[Scalar, ...] = ()
    """The statuses of success; by default 200 to 299."""
    messages: tuple[JsonPath, ...] = ()
    """Where a result has its error messages; by default as in `errors`."""


class BulkEndpoint(DescriptionPart):
    """How several employees are sent in one request.

    A request that is refused as a whole, without results, has done nothing: each employee is then sent alone.
    """

    path: UrlPath = Field(examples=["/employees/batch"])
    query: Query = Field({})
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    most: int = Field(gt=1, le=1000, examples=[100])
    """How many employees the system accepts in one request."""
    records: JsonPath | None = None
    """Where in the request the array of employees is; without it, the request is the array."""
    numeric_ids: bool = False
    """With updates: the system's id is sent as a number."""
    results: BulkResults = BulkResults()


class Employees(DescriptionPart):
    """The employees of a system."""

    id: JsonPath = Field(examples=["id"])
    """Where an employee has the system's id."""
    list: ListEndpoint
    get: GetEndpoint | None = None
    create: CreateEndpoint | None = None
    update: UpdateEndpoint | None = None
    actions: tuple[FieldAction, ...] = ()
    """Fields that are sent by a request of their own, after the update."""
    create_many: BulkEndpoint | None = None
    update_many: BulkEndpoint | None = None
    """Each employee is sent with the system's id in it."""
    by_external_id: ExternalIdEndpoint | None = None
    parts: tuple[PartEndpoint, ...] = ()
    """Parts that are written after the employee, in this order."""
