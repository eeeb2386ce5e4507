"""What a connector says about its system: what it is, how it is signed in to, and how its two roles are opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from connectors.contract.choices import ChoiceListSummary
from connectors.contract.protocols import Authoriser, Organisation, Source, Target
from connectors.contract.source_fields import SourceField
from connectors.contract.target_fields import FieldSummary


class Authorisation(StrEnum):
    """How a person gives iHUB access to a system."""

    OAUTH2 = "oauth2"
    API_KEY = "api_key"
    BEARER = "bearer"
    BASIC = "basic"
    # The connector's own form (an SSH key, a bind, an address with a password): the connector gets what was entered.
    FORM = "form"
    # What was entered is exchanged for a token, again whenever that ends.
    TOKEN = "token"  # noqa: S105 - a method, not a token
    NONE = "none"


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where an entered API key goes: into a header, or into HTTP Basic as the user name with a fixed password."""

    header: str = "X-API-Key"
    prefix: str = ""
    password: str | None = None


@dataclass(frozen=True, slots=True)
class OAuthEndpoints:
    """The endpoints of a system's OAuth 2 authorization-code flow, and how the client has to use them."""

    authorize_path: str
    token_path: str
    scopes: tuple[str, ...]
    client_in_body: bool = False
    pkce: bool = False
    # Where tokens are revoked (RFC 7009), for systems that can.
    revoke_path: str | None = None
    # Days after which an unused refresh token expires.
    refresh_days: int | None = None
    # Given the side's settings, the address that the paths are appended to, without a slash at the end.
    base_url: Callable[[Any], str] = field(compare=False, kw_only=True)
    # The same for the paths of tokens, where they are at another address.
    token_base_url: Callable[[Any], str] | None = field(default=None, compare=False, kw_only=True)
    # The kind by which iHUB's client is stored; by default the connector's own.
    client_of: str | None = field(default=None, kw_only=True)
    # What people call the scopes; a scope without a name is shown as it is.
    scope_names: Mapping[str, str] = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """How a token is asked for with what a person has entered, and how it is sent afterwards."""

    # Given the side's settings, returns where the token is asked for.
    url: Callable[[Any], str] = field(compare=False)
    # Given the side's settings and what was entered, returns the fields of the request.
    fields: Callable[[Any, Mapping[str, Any]], Mapping[str, Any]] = field(compare=False)
    # Given the JSON of a response, returns it with the names of OAuth: access_token, expires_in.
    read: Callable[[Any], Mapping[str, Any]] = field(compare=False)
    as_json: bool = False
    # The names of the two entered values that are sent as HTTP Basic.
    basic: tuple[str, str] | None = None
    header: str = "Authorization"
    prefix: str = "Bearer "


@dataclass(frozen=True, slots=True)
class SignIn:
    """How iHUB gets access to a system, and what a person enters for it."""

    method: Authorisation
    oauth: OAuthEndpoints | None = None
    key: KeyPlace = KeyPlace()
    token: TokenRequest | None = None
    # What a person enters where there is no sign-in page; fields of ``SecretStr`` are secrets.
    credentials: type[BaseModel] | None = None


@dataclass(frozen=True, slots=True)
class OrganisationChoice:
    """For systems where one sign-in can open several organisations: which there are, and which one a side uses."""

    # The setting that names the organisation.
    setting: str
    # Given settings and a sign-in, returns the organisations it opens.
    find: Callable[[Any, Authoriser], Awaitable[Sequence[Organisation]]]


def _none_misfit(_fields: Sequence[SourceField], _changes: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    return ()


class SideSettings(BaseModel):
    """Settings that every side has; a connector subclasses it and its JSON schema draws the form."""

    model_config = {"extra": "forbid", "frozen": True}


@dataclass(frozen=True, slots=True)
class Connector:
    """One connector as the registry lists it."""

    kind: str
    name: str
    summary: str
    settings: type[SideSettings]
    sign_in: SignIn
    # Opens the system as a source, given the side's settings and an Authoriser; see ``paced``.
    source: Callable[..., Source] | None = None
    # Opens the system as a target, given the side's settings and an Authoriser; see ``paced``.
    target: Callable[..., Target] | None = None
    organisations: OrganisationChoice | None = None
    # Whether ``source`` and ``target`` also take ``pacer=``, and the settings have ``requests_per_second``
    # and ``concurrency``.
    paced: bool = False
    # How many employees the system takes in one request that creates or updates.
    writes_per_request: int = 1
    # Whether ``source`` and ``target`` also take ``locality=``: the account's time zone, day and region.
    localised: bool = False
    # Whether ``source`` and ``target`` also take ``folder=``: the folder of this server that the account may use, or
    # None where the operator has given it none.
    uses_folder: bool = False
    # Whether we choose the target's own id of a new employee, so that ``Target.find`` takes it too.
    external_id_chosen_by_us: bool = False
    # Whether each run may list the whole target; otherwise linked employees are compared by their fingerprints.
    listing_is_cheap: bool = True
    # What the system has of its employees as a source, and which fields it has as a target.
    source_fields: Sequence[SourceField] = ()
    target_fields: Sequence[FieldSummary] = ()
    # The lists of the target from which values are chosen; then ``target`` opens one that ``ListsChoices``.
    choice_lists: Sequence[ChoiceListSummary] = ()
    # Returns sentences about what the target's fields cannot take of a source with these fields, with what the
    # connection changes in them.
    misfits: Callable[[Sequence[SourceField], Sequence[Mapping[str, Any]]], Sequence[str]] = field(
        default=_none_misfit, compare=False
    )
    # Changes with the file that describes the system; "" for a system whose connector is code.
    code_version: str = ""
    # What a file says of a system (connectors.rest.description.system.System), and what one connection may change;
    # None for a system whose connector is code.
    system: Any = field(default=None, compare=False, repr=False)

    @property
    def client_kind(self) -> str:
        """Return the kind by which iHUB's OAuth client at this system is stored."""
        oauth = self.sign_in.oauth
        return self.kind if oauth is None or oauth.client_of is None else oauth.client_of

    def roles(self) -> Collection[str]:
        """Return which of "source" and "target" this system can be."""
        return [role for role in ("source", "target") if getattr(self, role) is not None]

    def with_oauth(self, endpoints: OAuthEndpoints) -> Connector:
        """Return the same connector with other OAuth endpoints."""
        return replace(self, sign_in=replace(self.sign_in, oauth=endpoints))
