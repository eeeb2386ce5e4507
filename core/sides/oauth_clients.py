"""List and change iHUB's OAuth clients: the ids and secrets with which it is registered at other systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract.connector import Authorisation
from connectors.contract.errors import ConfigError
from connectors.registry import connector_of, connectors
from core.audit import trail
from core.audit.user_labels import user_label
from core.clock import now
from core.db import reading, transaction
from core.errors import ForbiddenError, InvalidError, NotFoundError
from core.models import OAuthClient, User
from core.security.actor import Actor, Permission
from core.security.vault import vault
from core.settings import settings
from core.sides.client_lookup import DEMO_CLIENT, environment_addresses, environment_client, origins_of

MAX_CLIENT_ID = 300
MAX_SECRET = 2000


@dataclass(frozen=True, slots=True)
class OAuthClientView:
    """iHUB's client at one system; the secret itself is never shown again.

    ``place`` is "environment", "store", "demo", or None while there is no client. ``addresses`` are those the operator
    allows in addition to the system's own.
    """

    kind: str
    system: str
    client_id: str | None
    place: str | None
    has_secret: bool = False
    set_by: str | None = None
    set_at: datetime | None = None
    addresses: tuple[str, ...] = ()


def list_clients(actor: Actor) -> list[OAuthClientView]:
    """Return every system that people connect by signing in, with iHUB's client there."""
    _require_support(actor)
    with reading() as session:
        rows = {row.kind: row for row in session.scalars(select(OAuthClient))}
        people = select(User.id, user_label(None).label("label"))
        people = people.where(User.id.in_(row.set_by for row in rows.values()))
        names = {row.id: row.label for row in session.execute(people)}
    systems = [
        system
        for system in connectors()
        if system.sign_in.method is Authorisation.OAUTH2 and system.client_kind == system.kind
    ]
    return [_view(system.kind, system.name, rows.get(system.kind), names) for system in systems]


def _view(kind: str, system: str, row: OAuthClient | None, names: dict[int, str]) -> OAuthClientView:
    if (client := environment_client(kind)) is not None:
        addresses = tuple(environment_addresses(kind))
        return OAuthClientView(
            kind, system, client.id, "environment", bool(client.secret), addresses=addresses
        )
    if row is not None:
        return OAuthClientView(
            kind,
            system,
            row.client_id,
            "store",
            row.secret is not None,
            names.get(row.set_by or 0),
            row.set_at,
            tuple(row.addresses),
        )
    if settings().demo:
        return OAuthClientView(kind, system, DEMO_CLIENT.id, "demo", True)
    return OAuthClientView(kind, system, None, None)


def save_client(
    actor: Actor, kind: str, client_id: str, secret: str, addresses: Sequence[str] | None = None
) -> None:
    """Save a client in place of an earlier one, with its secret encrypted.

    ``addresses`` are allowed in addition to the system's own; None leaves the present ones as they are.
    """
    _require_support(actor)
    client_id, secret = client_id.strip(), secret.strip()
    try:
        connector = connector_of(kind)
    except ConfigError as error:
        raise InvalidError(str(error)) from error
    if connector.client_kind != kind:
        raise InvalidError(f"{connector.name} uses the client of {connector.client_kind}. Enter it there.")
    if connector.sign_in.method is not Authorisation.OAUTH2:
        raise InvalidError(
            f"{connector.name} is not connected by signing in there, so it needs no registration."
        )
    if not client_id or len(client_id) > MAX_CLIENT_ID or len(secret) > MAX_SECRET:
        raise InvalidError(
            f"Enter the client id that the system gave to iHUB (at most {MAX_CLIENT_ID} characters) and its secret."
        )
    origins = None if addresses is None else origins_of(addresses)
    with transaction() as session:
        row = session.get(OAuthClient, kind) or OAuthClient(kind=kind, addresses=[])
        row.client_id, row.secret = client_id, vault().seal(secret) if secret else None
        row.set_by, row.set_at = actor.user_id, now()
        session.add(row)
        trail.record(session, actor, "client.set", f"client:{kind}")
        if origins is not None:
            _save_addresses(session, actor, row, origins)


def set_addresses(actor: Actor, kind: str, addresses: Sequence[str]) -> None:
    """Replace the addresses that are allowed for a client of the store in addition to the system's own."""
    _require_support(actor)
    origins = origins_of(addresses)
    with transaction() as session:
        row = session.get(OAuthClient, kind)
        if row is None:
            raise NotFoundError(
                f"The store holds no registration for {kind}. Enter it with its client id and secret."
            )
        _save_addresses(session, actor, row, origins)


def _save_addresses(session: Session, actor: Actor, row: OAuthClient, origins: tuple[str, ...]) -> None:
    if (before := tuple(row.addresses)) == origins:
        return
    row.addresses = list(origins)
    change = {
        "label": "Further addresses",
        "before": ", ".join(before) or "none",
        "after": ", ".join(origins) or "none",
    }
    trail.record(session, actor, "client.addresses", f"client:{row.kind}", changes=[change])


def remove_client(actor: Actor, kind: str) -> None:
    """Delete a client from the store; without one, tokens of connected sides cannot be refreshed."""
    _require_support(actor)
    with transaction() as session:
        row = session.get(OAuthClient, kind)
        if row is None:
            raise NotFoundError(f"The store holds no registration for {kind}.")
        session.delete(row)
        trail.record(session, actor, "client.remove", f"client:{kind}")


def _require_support(actor: Actor) -> None:
    if not actor.may(Permission.MANAGE_ACCESS):
        raise ForbiddenError(
            "Only enableHR Support can see and change iHUB's registrations at other systems."
        )
