"""The description of a system: the whole of a file in the catalogue."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from connectors.rest.description.base import DescriptionPart, JsonPath, Name, Query, Scalar, Text, UrlPath
from connectors.rest.description.endpoints import Employees
from connectors.rest.description.roles import SourceRole, TargetRole
from connectors.values.web_address import WebAddress


class NoAuthorisation(DescriptionPart):
    """The system is open."""

    kind: Literal["none"]


class HeaderKey(DescriptionPart):
    """A key that is sent in a header."""

    kind: Literal["header"]
    header: Text = Field(examples=["X-API-Key"])
    prefix: str = ""
    """What stands before the key, with the space where there is one."""


class Bearer(DescriptionPart):
    """A token that a person copies from the system; it is sent as `Authorization: Bearer`."""

    kind: Literal["bearer"]


class Basic(DescriptionPart):
    """HTTP Basic: a user name and a password, or a key in the place of the user name."""

    kind: Literal["basic"]
    key_password: str | None = None
    """Given: a person enters a key, which is the user name, and this is the password to it (often empty, or x)."""


class OAuth2(DescriptionPart):
    """OAuth 2: a person signs in at the system."""

    kind: Literal["oauth2"]
    url: WebAddress | None = None
    """Where people sign in, when that is another address than the interface's."""
    authorize_path: UrlPath = Field(examples=["/oauth/authorize"])
    token_path: UrlPath = Field(examples=["/oauth/token"])
    scopes: tuple[Text, ...] = ()
    client_in_body: bool = False
    """iHUB's own secret goes into the body instead of an HTTP Basic header."""
    pkce: bool = False
    revoke_path: UrlPath | None = None
    """Where a sign-in is given back (RFC 7009) when its connection is deleted; by default a person does that there."""
    refresh_days: int | None = Field(None, gt=0)
    """Days after which a sign-in that nobody used dies; iHUB then uses it at least once a day."""


AuthorisationMethod = Annotated[
    NoAuthorisation | HeaderKey | Bearer | Basic | OAuth2, Field(discriminator="kind")
]


class Setting(DescriptionPart):
    """Something an administrator enters for this side of a connection."""

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
    """Nothing works without it; the default is then blank."""
    least: float | None = None
    most: float | None = None
    max_length: int | None = Field(None, gt=0)


class PageSize(DescriptionPart):
    """How many employees are listed in one request."""

    default: int = Field(100, ge=1)
    most: int = Field(500, ge=1)


class CheckEndpoint(DescriptionPart):
    """One cheap request that shows whether the credentials work and whose data they open."""

    path: UrlPath = Field(examples=["/company"])
    query: Query = Field({})
    records: JsonPath | None = None
    """Where the answer holds an array, of which the first entry counts, or the one of `where`."""
    where: dict[str, str] = Field({})
    """What the entry must have; {names} in braces stand for settings."""
    id: JsonPath = Field(examples=["id"])
    name: JsonPath | None = None
    """By default the system's name and the id."""


class ErrorResponses(DescriptionPart):
    """Where the system says why it refused something, and what its statuses mean."""

    messages: tuple[JsonPath, ...] = ("message",)
    """Places of a text or an array of texts; the first that holds something counts."""
    each: JsonPath | None = None
    """With arrays of objects: where each one holds its text."""
    names_fields: bool = False
    """Each line is `Field: reason`; the names are shown as this file's labels."""
    not_allowed: tuple[int, ...] = (403,)
    """The person who connected lacks a right."""
    locked: tuple[int, ...] = (423,)
    """The employee is locked there."""


class Description(DescriptionPart):
    """A system with a plain REST interface: JSON in and out, an employee or several a request."""

    kind: Name = Field(examples=["acme"])
    """The file's name without .yaml. It is stored with every connection and never changes."""
    name: Text = Field(examples=["Acme Payroll"])
    summary: Annotated[str, Field(pattern=r"\.$")] = Field(examples=["Payroll in New Zealand."])
    """A sentence for the person who chooses."""
    facts: str = ""
    """Where what stands here was found."""
    url: WebAddress = Field(examples=["https://api.example.com"])
    url_description: Annotated[str, Field(pattern=r"\.$")] | None = None
    requests_per_second: float = Field(gt=0, le=1000, examples=[5])
    """How many requests a second the system allows."""
    page_size: PageSize = PageSize()
    authorisation: AuthorisationMethod
    settings: dict[Name, Setting] = Field({})
    check: CheckEndpoint
    errors: ErrorResponses = ErrorResponses()
    dates: tuple[Text, ...] = ()
    """Further spellings of dates in answers, such as "%m/%d/%Y"; 2024-07-01, 1-Jul-2024 and 1/7/2024 are always known."""
    employees: Employees
    source: SourceRole | None = None
    target: TargetRole | None = None
    hook: Name | None = None
    """A Python module beside the file for what cannot be said here: `prepare(draft, employee, settings)`."""
