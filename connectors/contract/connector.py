"""What a connector is: who it is, what it needs to be set up, and how its ends are opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from connectors.contract.protocols import Authoriser, Organisation, Source, Target


class Authorisation(StrEnum):
    """How a person lets iHUB into a system."""

    OAUTH2 = "oauth2"
    API_KEY = "api_key"
    BEARER = "bearer"
    BASIC = "basic"
    # The connector's own form (an SSH key, a bind, an address with a password): it is handed what was
    # entered.
    FORM = "form"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key that a person enters goes: into a header, or into HTTP Basic as the user of a fixed password."""

    header: str = "X-API-Key"
    prefix: str = ""
    password: str | None = None


@dataclass(frozen=True, slots=True)
class OAuthEndpoints:
    """Where a system's OAuth 2 authorization-code flow lives and how it wants the client to speak."""

    authorize_path: str
    token_path: str
    scopes: tuple[str, ...]
    client_in_body: bool = False
    pkce: bool = False
    # Where tokens are given back (RFC 7009), for systems that can.
    revoke_path: str | None = None
    # Days after which a refresh token that nobody used dies.
    refresh_days: int | None = None
    # What people call the scopes; a scope without a name is shown as it is.
    scope_names: Mapping[str, str] = field(default_factory=dict)


class SideSettings(BaseModel):
    """Settings every side has; a connector subclasses it and its JSON schema draws the form."""

    model_config = {"extra": "forbid", "frozen": True}


@dataclass(frozen=True, slots=True)
class Connector:
    """One connector as the registry lists it."""

    kind: str
    name: str
    summary: str
    settings: type[SideSettings]
    authorisation: Authorisation
    key: KeyPlace = KeyPlace()
    oauth: OAuthEndpoints | None = None
    # Given the side's settings, the address its OAuth paths are appended to, without a slash at the end.
    oauth_base: Callable[[Any], str] | None = None
    # Opens the system as a source, given the side's settings and an Authoriser; see ``paced``.
    source: Callable[..., Source] | None = None
    # Opens the system as a target, given the side's settings and an Authoriser; see ``paced``.
    target: Callable[..., Target] | None = None
    # Whether ``source`` and ``target`` also take ``pacer=``, and the settings name ``requests_per_second``.
    paced: bool = False
    # What a person enters where there is no sign-in page; fields of ``SecretStr`` are secrets.
    credentials: type[BaseModel] | None = None
    # Given settings and a sign-in, the organisations it opens, for systems where that can be several.
    organisations: Callable[[Any, Authoriser], Awaitable[Sequence[Organisation]]] | None = None
    # The setting that names one of them.
    organisation_setting: str | None = None
    external_id_chosen_by_us: bool = False
    # Whether each run may list the whole target; otherwise linked employees are compared by their
    # fingerprints.
    listing_is_cheap: bool = True
    # The target also has ``find_external``: it looks an employee up by the id we stored there.
    finds_external_id: bool = False
    # The target also has ``create_once``: a create may be repeated under the same key.
    creates_once: bool = False
    limits: Mapping[str, float] = field(default_factory=dict)
    # Changes whenever the file changes that describes the system; "" for a system whose connector is code.
    edition: str = ""

    def plays(self) -> Collection[str]:
        """Return which of "source" and "target" this connector can be."""
        return [role for role in ("source", "target") if getattr(self, role) is not None]
