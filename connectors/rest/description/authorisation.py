"""How iHUB gets access to a described system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from connectors.rest.description.base import DescriptionPart, JsonPath, Name, Scalar, Text, UrlPath
from connectors.values.web_address import WebAddress


class NoAuthorisation(DescriptionPart):
    """The system needs no credentials."""

    kind: Literal["none"]


class HeaderKey(DescriptionPart):
    """A key that is sent in a header."""

    kind: Literal["header"]
    header: Text = Field(examples=["X-API-Key"])
    prefix: str = ""
    """Text before the key, including the space between them where there is one."""


class Bearer(DescriptionPart):
    """A token that a person copies from the system; it is sent as `Authorization: Bearer`."""

    kind: Literal["bearer"]


class Basic(DescriptionPart):
    """HTTP Basic: a user name and a password, or a key instead of the user name."""

    kind: Literal["basic"]
    key_password: str | None = None
    """When set, a person enters a key, which is sent as the user name with this password (often empty, or x)."""


class OAuth2(DescriptionPart):
    """OAuth 2: a person signs in at the system."""

    kind: Literal["oauth2"]
    url: WebAddress | None = None
    """The address where people sign in, when it differs from the address of the API."""
    token_url: WebAddress | None = Field(None, examples=["https://identity.example.com"])
    """The address where iHUB gets tokens, when it differs from the one where people sign in."""
    authorize_path: UrlPath = Field(examples=["/oauth/authorize"])
    token_path: UrlPath = Field(examples=["/oauth/token"])
    client_of: Name | None = Field(None, examples=["acme"])
    """Another system by whose client iHUB signs in here, because both are one system to the vendor."""
    scopes: tuple[Text, ...] = ()
    client_in_body: bool = False
    """Send iHUB's client secret in the body instead of in an HTTP Basic header."""
    pkce: bool = False
    revoke_path: UrlPath | None = None
    """Where a token is revoked (RFC 7009) when its connection is deleted; by default a person has to do that there."""
    refresh_days: int | None = Field(None, gt=0)
    """Days after which an unused refresh token expires; iHUB then uses it at least once a day."""


class AskedToken(DescriptionPart):
    """A token that iHUB asks the system for with what a person has entered once, and asks for again when it ends."""

    url: WebAddress | None = None
    """The address where the token is asked for, when it differs from the address of the API."""
    token_path: UrlPath = Field(examples=["/oauth/token"])
    fields: dict[str, Scalar] = Field({}, examples=[{"audience": "https://api.example.com"}])
    """Fields of the request; {names} in braces stand for what was entered and for settings."""
    token: JsonPath = Field("access_token", examples=["data.token"])
    """Where the response has the token."""
    expires_in: JsonPath | None = "expires_in"
    """Where it says for how many seconds the token is good."""
    expires_at: JsonPath | None = None
    """Where it says until when the token is good: a time, or seconds since 1970."""
    lasts: int | None = Field(None, gt=0, examples=[3600])
    """For how many seconds a token is good of which the response does not say it."""
    header: Text = "Authorization"
    """The header in which the token is sent."""
    prefix: str = "Bearer "
    """Text before the token, including the space between them."""


class ClientCredentials(AskedToken):
    """OAuth 2 without a person: iHUB gets a token for a client id and a client secret."""

    kind: Literal["client_credentials"]
    scopes: tuple[Text, ...] = ()
    client_in_body: bool = False
    """Send the client secret in the body instead of in an HTTP Basic header."""


class PasswordGrant(AskedToken):
    """OAuth 2 with the user name and the password of a person or a service user."""

    kind: Literal["password"]
    scopes: tuple[Text, ...] = ()
    client: Literal["none", "basic", "body"] = "none"
    """Whether a client id and secret are needed too, and where they go."""


class EnteredValue(DescriptionPart):
    """A value that a person enters to connect the system."""

    title: Text = Field(examples=["Client id"])
    description: str = ""
    secret: bool = True
    """It is typed hidden. `false` for what identifies somebody and is no secret, such as a user name."""


class TokenRequest(AskedToken):
    """A request for a token in a form of the system's own."""

    kind: Literal["token_request"]
    entered: dict[Name, EnteredValue] = Field(min_length=1)
    """What a person enters, by names that `fields` and `basic` use."""
    body: Literal["form", "json"] = "form"
    basic: tuple[Name, Name] | None = None
    """The two entered values that are sent as HTTP Basic, the user name first."""


AuthorisationMethod = Annotated[
    NoAuthorisation | HeaderKey | Bearer | Basic | OAuth2 | ClientCredentials | PasswordGrant | TokenRequest,
    Field(discriminator="kind"),
]

_CLIENT = {
    "client_id": EnteredValue(title="Client id", secret=False),
    "client_secret": EnteredValue(title="Client secret"),
}
_PERSON = {
    "username": EnteredValue(title="User name", secret=False),
    "password": EnteredValue(title="Password"),
}


def entered_values(asked: AskedToken) -> Mapping[str, EnteredValue]:
    """Return what a person enters, by name."""
    match asked:
        case TokenRequest(entered=entered):
            return entered
        case PasswordGrant(client=client):
            return _PERSON if client == "none" else {**_CLIENT, **_PERSON}
        case _:
            return _CLIENT
