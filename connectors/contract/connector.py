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
    FORM = "form"
    """The connector's own form (an SSH key, a bind, an address with a password): it is handed what was entered."""
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
    revoke_path: str | None = None
    """Where tokens are given back (RFC 7009), for systems that can."""
    refresh_days: int | None = None
    """Days after which a refresh token that nobody used dies."""


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
    oauth_base: Callable[[Any], str] | None = None
    """Given the side's settings, the address its OAuth paths are appended to, without a slash at the end."""
    source: Callable[..., Source] | None = None
    """Opens the system as a source, given the side's settings and an Authoriser; see ``paced``."""
    target: Callable[..., Target] | None = None
    """Opens the system as a target, given the side's settings and an Authoriser; see ``paced``."""
    paced: bool = False
    """Whether ``source`` and ``target`` also take ``pacer=``, and the settings name ``requests_per_second``."""
    credentials: type[BaseModel] | None = None
    """What a person enters where there is no sign-in page; fields of ``SecretStr`` are secrets."""
    organisations: Callable[[Any, Authoriser], Awaitable[Sequence[Organisation]]] | None = None
    """Given settings and a sign-in, the organisations it opens, for systems where that can be several."""
    organisation_setting: str | None = None
    """The setting that names one of them."""
    external_id_chosen_by_us: bool = False
    listing_is_cheap: bool = True
    """Whether each run may list the whole target; otherwise linked employees are compared by their fingerprints."""
    finds_external_id: bool = False
    """The target also has ``find_external``: it looks an employee up by the id we stored there."""
    creates_once: bool = False
    """The target also has ``create_once``: a create may be repeated under the same key."""
    limits: Mapping[str, float] = field(default_factory=dict)
    edition: str = ""
    """Changes whenever the file changes that describes the system; "" for a system whose connector is code."""

    def plays(self) -> Collection[str]:
        """Return which of "source" and "target" this connector can be."""
        return [role for role in ("source", "target") if getattr(self, role) is not None]
