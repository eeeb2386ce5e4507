"""iHUB's own registrations at other systems: client ids and secrets, from the environment or sealed in the store.

A registration belongs to the addresses that its connector ships and to those the operator names with it. A client is
handed out only for settings that lead to these, so that no other server is ever asked under iHUB's name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract.connector import Authorisation, Connector, SideSettings
from connectors.contract.errors import ConfigError
from connectors.http import oauth
from connectors.registry import connector_of, connectors
from connectors.values.web_address import is_loopback, is_safe, origin
from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import ForbiddenError, InvalidError, NotFoundError
from core.models import OAuthClient, User
from core.security.actor import ActingRole, Actor
from core.security.vault import vault
from core.settings import settings

DEMO_CLIENT = oauth.Client("ihub", "ihub-demo-secret")
LONGEST = 2000
MOST_ADDRESSES = 50


@dataclass(frozen=True, slots=True)
class OAuthClientView:
    """How iHUB is registered at a system; the secret itself is never shown again.

    ``place`` is "environment", "store", "demo", or None while there is no registration. ``addresses`` are those the
    operator allows beside the system's own.
    """

    kind: str
    system: str
    client_id: str | None
    place: str | None
    has_secret: bool = False
    set_by: str | None = None
    set_at: datetime | None = None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Registration:
    """A client and where it may be used: at these origins, or anywhere on this machine (None)."""

    client: oauth.Client
    origins: frozenset[str] | None

    def covers(self, address: str) -> bool:
        """Say whether the client may be used at an address."""
        found = origin(address)
        return found is not None and (is_loopback(found) if self.origins is None else found in self.origins)


def client_for(connector: Connector, side_settings: SideSettings) -> oauth.Client:
    """Return iHUB's registration at a system for use with these settings and no others.

    Raises ConfigError when the operator has not entered it, or has not allowed an address the settings lead to.
    """
    registration = _find(connector)
    for address in oauth.addresses(connector, side_settings):
        if not registration.covers(address):
            raise ConfigError(
                f"iHUB's registration with {connector.name} does not cover {origin(address) or address}. "
                "Ask enableHR Support to allow this address, or correct the sign-in address."
            )
    return registration.client


def _find(connector: Connector) -> _Registration:
    kind = connector.kind
    if (client := _environment(kind)) is not None:
        return _Registration(client, _own(connector) | set(_given(kind)))
    with reading() as session:
        row = session.get(OAuthClient, kind)
    if row is not None:
        client = oauth.Client(row.client_id, str(vault().open(row.secret)) if row.secret else "")
        return _Registration(client, _own(connector) | set(row.addresses))
    if settings().demo:
        return _Registration(DEMO_CLIENT, None)
    name = _variable(kind)
    raise ConfigError(
        f"iHUB is not registered with {kind}. Ask the operator to enter the registration on the Support page or with "
        f"`python -m core client set {kind}`, or to set {name}_ID and {name}_SECRET."
    )


def _own(connector: Connector) -> frozenset[str]:
    """Return the origins that need no naming: those of the connector's default settings, and enableHR's of iHUB's own."""
    shipped = connector.settings.model_construct()  # fields that nobody has entered have no value
    try:
        found = oauth.addresses(connector, shipped)
    except (AttributeError, ConfigError):
        found = []
    if connector.kind == "enablehr":
        found = [*found, settings().enablehr_login_url]
    return frozenset(each for address in found if (each := origin(address)) is not None)


def _environment(kind: str) -> oauth.Client | None:
    name = _variable(kind)
    client_id = os.environ.get(f"{name}_ID")
    return oauth.Client(client_id, os.environ.get(f"{name}_SECRET") or "") if client_id else None


def _given(kind: str) -> tuple[str, ...]:
    """Return the addresses that the environment names. Raises ConfigError when one cannot be used."""
    name = f"{_variable(kind)}_ADDRESSES"
    try:
        return _origins(os.environ.get(name, "").split(","))
    except InvalidError as error:
        raise ConfigError(f"The setting {name} cannot be used. {error}") from error


def _origins(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return the origins of addresses as they are kept, each once; blank ones are left out. Raises InvalidError."""
    found: dict[str, None] = {}
    for address in filter(None, map(str.strip, addresses)):
        each = origin(address)
        if each is None or not is_safe(each):
            raise InvalidError(
                f"{address[:300]} is no address to sign in at. Enter one that begins with https://."
            )
        found[each] = None
    if len(found) > MOST_ADDRESSES or any(len(each) > 300 for each in found):
        raise InvalidError(f"Enter at most {MOST_ADDRESSES} addresses of at most 300 characters.")
    return tuple(found)


def _variable(kind: str) -> str:
    return "IHUB_CLIENT_" + re.sub(r"\W", "_", kind).upper()


def list_all(actor: Actor) -> list[OAuthClientView]:
    """Return every system people sign in to, and how iHUB is registered there."""
    _require_operator(actor)
    with reading() as session:
        rows = {row.kind: row for row in session.scalars(select(OAuthClient))}
        names = {
            user.id: user.name
            for user in session.scalars(select(User).where(User.id.in_(r.set_by for r in rows.values())))
        }
    systems = [one for one in connectors() if one.sign_in.method is Authorisation.OAUTH2]
    return [_view(one.kind, one.name, rows.get(one.kind), names) for one in systems]


def _view(kind: str, system: str, row: OAuthClient | None, names: dict[int, str]) -> OAuthClientView:
    if (client := _environment(kind)) is not None:
        named = tuple(
            filter(None, map(str.strip, os.environ.get(f"{_variable(kind)}_ADDRESSES", "").split(",")))
        )
        return OAuthClientView(kind, system, client.id, "environment", bool(client.secret), addresses=named)
    if row is not None:
        who = names.get(row.set_by or 0)
        return OAuthClientView(
            kind,
            system,
            row.client_id,
            "store",
            row.secret is not None,
            who,
            row.set_at,
            tuple(row.addresses),
        )
    if settings().demo:
        return OAuthClientView(kind, system, DEMO_CLIENT.id, "demo", True)
    return OAuthClientView(kind, system, None, None)


def enter(
    actor: Actor, kind: str, client_id: str, secret: str, addresses: Sequence[str] | None = None
) -> None:
    """Keep a registration, in place of an earlier one; the secret is sealed.

    ``addresses`` are further ones that it may be used at; None leaves them as they are.
    """
    _require_operator(actor)
    client_id, secret = client_id.strip(), secret.strip()
    try:
        known = connector_of(kind)
    except ConfigError as error:
        raise InvalidError(str(error)) from error
    if known.sign_in.method is not Authorisation.OAUTH2:
        raise InvalidError(f"{known.name} is not connected by signing in there, so it needs no registration.")
    if not client_id or len(client_id) > 300 or len(secret) > LONGEST:
        raise InvalidError(
            "Enter the client id the system gave to iHUB (at most 300 characters) and its secret."
        )
    origins = None if addresses is None else _origins(addresses)
    with transaction() as session:
        row = session.get(OAuthClient, kind) or OAuthClient(kind=kind, addresses=[])
        row.client_id, row.secret = client_id, vault().seal(secret) if secret else None
        row.set_by, row.set_at = actor.user_id, now()
        session.add(row)
        trail.record(session, actor, "client.set", f"client:{kind}")
        if origins is not None:
            _allow(session, actor, row, origins)


def allow(actor: Actor, kind: str, addresses: Sequence[str]) -> None:
    """Name the addresses that a registration of the store may be used at beside the system's own, in place of earlier ones."""
    _require_operator(actor)
    origins = _origins(addresses)
    with transaction() as session:
        row = session.get(OAuthClient, kind)
        if row is None:
            raise NotFoundError(
                f"The store holds no registration for {kind}. Enter it with its client id and secret."
            )
        _allow(session, actor, row, origins)


def _allow(session: Session, actor: Actor, row: OAuthClient, origins: tuple[str, ...]) -> None:
    if (before := tuple(row.addresses)) == origins:
        return
    row.addresses = list(origins)
    change = {
        "label": "Further addresses",
        "before": ", ".join(before) or "none",
        "after": ", ".join(origins) or "none",
    }
    trail.record(session, actor, "client.addresses", f"client:{row.kind}", changes=[change])


def remove(actor: Actor, kind: str) -> None:
    """Forget a registration of the store; sides that are connected cannot be refreshed without one."""
    _require_operator(actor)
    with transaction() as session:
        row = session.get(OAuthClient, kind)
        if row is None:
            raise NotFoundError(f"The store holds no registration for {kind}.")
        session.delete(row)
        trail.record(session, actor, "client.remove", f"client:{kind}")


def _require_operator(actor: Actor) -> None:
    if actor.hat not in (ActingRole.SUPPORT, ActingRole.OPERATOR):
        raise ForbiddenError(
            "Only enableHR Support may see and change iHUB's registrations at other systems."
        )
