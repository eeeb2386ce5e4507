"""The description of a system: a whole file of the catalogue."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from connectors.http.limits.settings import ClosedHoursText
from connectors.rest.description.authorisation import AuthorisationMethod
from connectors.rest.description.base import (
    DescriptionPart,
    JsonPath,
    Name,
    ResponseValue,
    Scalar,
    Text,
    UrlPath,
)
from connectors.rest.description.endpoints import Employees
from connectors.rest.description.reads import ReadEndpoint
from connectors.rest.description.roles import SourceRole, TargetRole
from connectors.values.employee_page import EmployeePage
from connectors.values.web_address import WebAddress


class Setting(DescriptionPart):
    """A setting that an administrator enters for this side of a connection."""

    title: Text = Field(examples=["Company id"])
    description: Annotated[str, Field(pattern=r"\.$")] = Field(
        examples=["The number of the company at the system."]
    )
    """A sentence."""
    type: Literal["text", "number", "yes or no"] = "text"
    default: Scalar = ""
    choices: tuple[str, ...] = ()
    """The only values that can be chosen."""
    required: bool = False
    """The connection does not work without it; leave the default blank."""
    least: float | None = None
    most: float | None = None
    max_length: int | None = Field(None, gt=0)


class PageSize(DescriptionPart):
    """How many employees are listed per request."""

    default: int = Field(100, ge=1)
    most: int = Field(500, ge=1)


class ResponseLimits(DescriptionPart):
    """How large a response may be. iHUB does not read a larger one, and says so."""

    megabytes: float = Field(64, gt=0, le=1000)
    """After unpacking, all responses that are read at the same time together."""
    values: int = Field(2_000_000, ge=1)
    depth: int = Field(64, ge=1, le=200)
    """How many objects and lists may be inside each other."""


class RequestLimits(DescriptionPart):
    """Limits of requests besides those of a second and at the same time.

    One of a day needs no word: iHUB waits when the system refuses more until the next day.
    """

    per_minute: Annotated[float, Field(gt=0)] | None = Field(None, examples=[60])
    minute_header: Text | None = Field(None, examples=["X-MinLimit-Remaining"])
    """A header of responses that says how many more requests are taken in this minute."""


class CheckEndpoint(ReadEndpoint):
    """A cheap request that shows whether the credentials work and which organisation they open."""

    path: UrlPath = Field(examples=["/company"])
    records: JsonPath | None = None
    """The path of an array in the response; its first entry counts, or the one that `where` selects."""
    where: dict[str, str] = Field({})
    """The values that the entry must have; {names} in braces stand for settings."""
    id: JsonPath = Field(examples=["id"])
    name: JsonPath | None = None
    """By default the system's name and the id."""


class ErrorResponses(DescriptionPart):
    """How the system says that it refused, where it gives the reason, and what its statuses mean."""

    success: ResponseValue | None = None
    """Where a response with a status of success says that it did what was asked. Any other value there is a refusal;
    without a value, a create or an update counts as not answered."""
    refused: ResponseValue | None = None
    """Where a response with a status of success says that it refused."""
    messages: tuple[JsonPath, ...] = ("message",)
    """Paths of a text or an array of texts; the first one that is not empty counts. Without them, and where they have
    nothing, iHUB looks in the usual places (RFC 9457, messages by field, and the like)."""
    each: JsonPath | None = None
    """For arrays of objects: the path of the text in each object."""
    header: Text | None = Field(None, examples=["X-Acme-Error"])
    """A header of a response with the words of a refusal."""
    names_fields: bool = False
    """Each line is `Field: reason`; field names are shown as the labels of this file."""
    not_allowed: tuple[int, ...] = (403,)
    """Statuses which say that the person who connected lacks a permission."""
    locked: tuple[int, ...] = (423,)
    """Statuses which say that the employee is locked there."""


class Description(DescriptionPart):
    """A system with a plain REST API: JSON in and out, one employee or several per request."""

    kind: Name = Field(examples=["acme"])
    """The file's name without .yaml. It is stored with every connection and never changes."""
    name: Text = Field(examples=["Acme Payroll"])
    summary: Annotated[str, Field(pattern=r"\.$")] = Field(examples=["Payroll in New Zealand."])
    """A sentence for the person who chooses a system."""
    facts: str = ""
    """The sources of the facts in this file."""
    url: WebAddress = Field(examples=["https://api.example.com"])
    url_description: Annotated[str, Field(pattern=r"\.$")] | None = None
    requests_per_second: Annotated[float, Field(gt=0)] | Literal["unlimited"] = Field(
        "unlimited", examples=[5]
    )
    """How many requests per second the system allows; without it, or with `unlimited`, as many as it takes."""
    concurrency: int = Field(64, ge=1, le=1000)
    """The most requests that the system gets at the same time. iHUB begins with 8 and finds out how many it takes."""
    limits: RequestLimits = RequestLimits()
    closed_hours: ClosedHoursText = Field("", examples=["22:00-06:00"])
    """When the system takes no work, in the time zone of the account: a scheduled run that is due then starts at their
    end. Such as 22:00-06:00, or mon-fri 01:00-03:30, sun 00:00-24:00."""
    employee_page: EmployeePage = Field("", examples=["https://app.example.com/people/{id}"])
    """The address at which people open an employee in the system, with {id} and names of settings in braces; a default
    that an administrator can change."""
    headers: dict[str, str] = Field({}, examples=[{"Acme-Tenant": "{tenant}"}])
    """Headers of every request; {names} in braces stand for settings. A header that would be blank is not sent."""
    response_limits: ResponseLimits = ResponseLimits()
    page_size: PageSize = PageSize()
    authorisation: AuthorisationMethod
    settings: dict[Name, Setting] = Field({})
    check: CheckEndpoint
    errors: ErrorResponses = ErrorResponses()
    dates: tuple[Text, ...] = ()
    """Further date formats in responses, such as "%m/%d/%Y"; 2024-07-01, 1-Jul-2024 and 1/7/2024 are always known."""
    blank_dates: tuple[Text, ...] = Field((), examples=[["0000-00-00"]])
    """What the system shows where there is no date."""
    time_zone: Text | None = Field(None, examples=["UTC"])
    """The zone whose day a time in UTC means, also one such as `/Date(1719792000000)/`; by default the account's."""
    employees: Employees
    source: SourceRole | None = None
    target: TargetRole | None = None
    hook: Name | None = None
    """A Python module beside the file for what a file cannot say: `prepare(draft, employee, settings)`."""

    @property
    def request_rate(self) -> float | Literal["unlimited"]:
        """Return how many requests a second fit into all limits."""
        rates = [self.requests_per_second] if self.requests_per_second != "unlimited" else []
        rates += [self.limits.per_minute / 60] if self.limits.per_minute else []
        return min(rates, default="unlimited")
