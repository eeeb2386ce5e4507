"""Two systems that exist only in this process: one by OAuth tokens, one by an API key."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from connectors import registry
from connectors.contract.connector import Authorisation, Connector, OAuthEndpoints, SideSettings, SignIn
from connectors.contract.errors import AuthError, TemporaryError
from connectors.contract.protocols import Authoriser, Organisation
from connectors.contract.records import TargetRecord
from connectors.http.sign_in import oauth
from connectors.http.sign_in.tokens import Tokens
from core.clock import now
from core.connections import connections
from core.models import Position, Role
from core.security.actor import ActingRole, Actor
from core.sides.credentials import from_tokens
from harness import world


class StandInSettings(SideSettings):
    """Settings of both stand-ins."""

    url: str = "https://example.test"
    page_size: int = 100


@dataclass
class Systems:
    """What the stand-ins accept, and how often they were asked."""

    organisations: dict[str, Organisation] = field(default_factory=dict)
    refresh_tokens: dict[str, str] = field(default_factory=dict)
    refreshes: list[str] = field(default_factory=list)
    trouble: Exception | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def consent(self, organisation: str = "77", seconds: int = 3600) -> dict[str, Any]:
        """Return the credentials a person's consent would give."""
        return from_tokens(self.issue(Organisation(organisation, f"Company {organisation}"), seconds))

    def issue(self, organisation: Organisation, seconds: int = 3600) -> Tokens:
        """Make a pair of tokens; the refresh token is good once."""
        number = len(self.organisations) + 1
        access, refresh = f"access-{number}", f"refresh-{number}"
        self.organisations[access] = organisation
        self.refresh_tokens[refresh] = access
        return Tokens(access, refresh, now() + timedelta(seconds=seconds), "people")

    def refresh(self, _connector: object, _settings: object, _client: object, refresh_token: str) -> Tokens:
        """Answer a refresh as a system with rotation does."""
        with self.lock:
            self.refreshes.append(refresh_token)
            if self.trouble is not None:
                raise self.trouble
            access = self.refresh_tokens.pop(refresh_token, None)
            if access is None:
                raise AuthError("The system did not accept the sign-in. Open Connections and reconnect it.")
            return self.issue(self.organisations.pop(access))


class StandIn:
    """A source and target that can say whose data it is, and no more of employees than that they are there."""

    fields = ()

    def __init__(self, systems: Systems, authoriser: Authoriser) -> None:
        """Use these systems, with the requests authorised by this authoriser."""
        self._systems, self._authoriser = systems, authoriser

    async def check(self) -> Organisation:
        """Look the headers up; renew once, as a connector does."""
        if self._systems.trouble is not None:
            raise self._systems.trouble
        for again in (False, True):
            if again:
                await self._authoriser.renew()
            headers = await self._authoriser.headers()
            given = headers.get("Authorization", "").removeprefix("Bearer ") or headers.get("X-API-Key", "")
            if given in self._systems.organisations:
                return self._systems.organisations[given]
        raise AuthError("The system refused the sign-in.")

    async def find(self, target_id: str) -> TargetRecord:
        """Return somebody with this id."""
        return TargetRecord(target_id, "Somebody", {})

    async def list(self) -> AsyncIterator[Sequence[TargetRecord]]:
        """List nobody."""
        yield []

    async def __aenter__(self) -> StandIn:
        """Hold nothing open."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close nothing."""


def install(patch: pytest.MonkeyPatch) -> Systems:
    """Make the stand-ins the only connectors there are."""
    systems = Systems()

    def make(_settings: object, authoriser: Authoriser) -> Any:
        return StandIn(systems, authoriser)

    def connector(kind: str, name: str, sign_in: SignIn, **roles: Any) -> Connector:
        return Connector(kind, name, name, StandInSettings, sign_in, **roles)

    endpoints = OAuthEndpoints("/authorize", "/token", ("people",), base_url=lambda settings: settings.url)
    by_oauth = SignIn(Authorisation.OAUTH2, endpoints)
    found = {
        "hr": connector("hr", "People First", by_oauth, source=make),
        "pay": connector("pay", "Pay Well", by_oauth, target=make),
        "keyed": connector("keyed", "Pay by Key", SignIn(Authorisation.API_KEY), target=make),
    }
    patch.setattr(registry, "_by_kind", lambda: found)
    patch.setattr(oauth, "refresh", systems.refresh)
    for kind in found:
        patch.setenv(f"IHUB_CLIENT_{kind.upper()}_ID", "ihub")
        patch.setenv(f"IHUB_CLIENT_{kind.upper()}_SECRET", "canary-client-secret")
        patch.setenv(f"IHUB_CLIENT_{kind.upper()}_ADDRESSES", "https://hr.test")
    return systems


@dataclass(frozen=True)
class People:
    """An account's admin, its analyst, somebody of Support in it, and an outsider."""

    admin: Actor
    analyst: Actor
    support: Actor
    outsider: Actor


def people() -> People:
    """Add an account with people, and another with an admin of its own."""
    account, other = world.account("Harbour Foods"), world.account("Other")
    admin = world.person(account, Role.ACCOUNT_ADMIN, username="ada")
    analyst = world.person(account, Role.ANALYST, username="ann")
    support = world.person(None, None, username="sue", support=True)
    outsider = world.person(other, Role.ACCOUNT_ADMIN, username="olaf")
    return People(
        Actor("Ada", ActingRole.ACCOUNT_ADMIN, admin, account),
        Actor("Ann", ActingRole.ANALYST, analyst, account),
        Actor("Sue", ActingRole.SUPPORT, support, account),
        Actor("Olaf", ActingRole.ACCOUNT_ADMIN, outsider, other),
    )


def temporary() -> TemporaryError:
    """Return the error of a system that is down."""
    return TemporaryError("The system does not respond. Try again later.")


def connected(team: People, stand_ins: Systems, name: str = "Staff to payroll") -> connections.ConnectionView:
    """Add a connection of the team and connect both of its sides."""
    connection = connections.create(team.admin, name, "hr", "pay", {"url": "https://hr.test"})
    connections.connect_side(team.admin, connection, Position.SOURCE, stand_ins.consent("7"))
    connections.connect_side(team.admin, connection, Position.TARGET, stand_ins.consent("8"))
    return connections.get(team.admin, connection)
