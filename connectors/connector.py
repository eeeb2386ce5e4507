"""What a connector is: who it is, what it needs to be set up, and how its ends are opened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from connectors.contract import Source, Target


class Authorisation(StrEnum):
    """How a person lets iHUB into a system."""

    OAUTH2 = "oauth2"
    API_KEY = "api_key"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class OAuthEndpoints:
    """Where a system's OAuth 2 authorization-code flow lives and how it wants the client to speak."""

    authorize_path: str
    token_path: str
    scopes: tuple[str, ...]
    client_in_body: bool = False
    pkce: bool = False


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
    oauth: OAuthEndpoints | None = None
    oauth_base: Callable[[Any], str] | None = None
    """Given the side's settings, the address its OAuth paths are appended to, without a slash at the end."""
    source: Callable[..., Source] | None = None
    """Opens the system as a source, given the side's settings and an Authoriser; see ``paced``."""
    target: Callable[..., Target] | None = None
    """Opens the system as a target, given the side's settings and an Authoriser; see ``paced``."""
    paced: bool = False
    """Whether ``source`` and ``target`` also take ``pacer=``, and the settings name ``requests_per_second``."""
    external_id_chosen_by_us: bool = False
    listing_is_cheap: bool = True
    """Whether each run may list the whole target; otherwise linked employees are compared by their fingerprints."""
    limits: Mapping[str, float] = field(default_factory=dict)

    def plays(self) -> Collection[str]:
        """Return which of "source" and "target" this connector can be."""
        return [role for role in ("source", "target") if getattr(self, role) is not None]
