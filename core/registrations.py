"""iHUB's own registrations at other systems: client ids and secrets, from the environment or sealed in the store."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from connectors import oauth
from connectors.connector import Authorisation
from connectors.errors import ConfigError
from connectors.registry import connector as connector_of
from connectors.registry import connectors
from core import audit
from core.actor import Actor, Hat
from core.clock import now
from core.db import reading, transaction
from core.errors import ForbiddenError, InvalidError, NotFoundError
from core.models import ClientRegistration, User
from core.secrets import vault
from core.settings import settings

DEMO_CLIENT = oauth.Client("ihub", "ihub-demo-secret")
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class RegistrationView:
    """How iHUB is registered at a system; the secret itself is never shown again.

    ``place`` is "environment", "store", "demo", or None while there is no registration.
    """

    kind: str
    system: str
    client_id: str | None
    place: str | None
    has_secret: bool = False
    set_by: str | None = None
    set_at: datetime | None = None


def find(kind: str) -> oauth.Client:
    """Return the registration at a system. Raises ConfigError when the operator has not entered it."""
    if (client := _environment(kind)) is not None:
        return client
    with reading() as session:
        row = session.get(ClientRegistration, kind)
    if row is not None:
        return oauth.Client(row.client_id, str(vault().open(row.secret)) if row.secret else "")
    if settings().demo:
        return DEMO_CLIENT
    name = _variable(kind)
    raise ConfigError(
        f"iHUB is not registered with {kind}. Ask the operator to enter the registration on the Support page or with "
        f"`python -m core client set {kind}`, or to set {name}_ID and {name}_SECRET."
    )


def _environment(kind: str) -> oauth.Client | None:
    name = _variable(kind)
    client_id = os.environ.get(f"{name}_ID")
    return oauth.Client(client_id, os.environ.get(f"{name}_SECRET") or "") if client_id else None


def _variable(kind: str) -> str:
    return "IHUB_CLIENT_" + re.sub(r"\W", "_", kind).upper()


def list_all(actor: Actor) -> list[RegistrationView]:
    """Return every system people sign in to, and how iHUB is registered there."""
    _require_operator(actor)
    with reading() as session:
        rows = {row.kind: row for row in session.scalars(select(ClientRegistration))}
        names = {user.id: user.name for user in session.scalars(select(User).where(User.id.in_(r.set_by for r in rows.values())))}
    systems = [one for one in connectors() if one.authorisation is Authorisation.OAUTH2]
    return [_view(one.kind, one.name, rows.get(one.kind), names) for one in systems]


def _view(kind: str, system: str, row: ClientRegistration | None, names: dict[int, str]) -> RegistrationView:
    if (client := _environment(kind)) is not None:
        return RegistrationView(kind, system, client.id, "environment", bool(client.secret))
    if row is not None:
        who = names.get(row.set_by or 0)
        return RegistrationView(kind, system, row.client_id, "store", row.secret is not None, who, row.set_at)
    if settings().demo:
        return RegistrationView(kind, system, DEMO_CLIENT.id, "demo", True)
    return RegistrationView(kind, system, None, None)


def enter(actor: Actor, kind: str, client_id: str, secret: str) -> None:
    """Keep a registration, in place of an earlier one; the secret is sealed."""
    _require_operator(actor)
    client_id, secret = client_id.strip(), secret.strip()
    try:
        known = connector_of(kind)
    except ConfigError as error:
        raise InvalidError(str(error)) from error
    if known.authorisation is not Authorisation.OAUTH2:
        raise InvalidError(f"{known.name} is not connected by signing in there, so it needs no registration.")
    if not client_id or len(client_id) > 300 or len(secret) > LONGEST:
        raise InvalidError("Enter the client id the system gave to iHUB (at most 300 characters) and its secret.")
    with transaction() as session:
        row = session.get(ClientRegistration, kind) or ClientRegistration(kind=kind)
        row.client_id, row.secret = client_id, vault().seal(secret) if secret else None
        row.set_by, row.set_at = actor.user_id, now()
        session.add(row)
        audit.record(session, actor, "client.set", f"client:{kind}")


def remove(actor: Actor, kind: str) -> None:
    """Forget a registration of the store; sides that are connected cannot be refreshed without one."""
    _require_operator(actor)
    with transaction() as session:
        row = session.get(ClientRegistration, kind)
        if row is None:
            raise NotFoundError(f"The store holds no registration for {kind}.")
        session.delete(row)
        audit.record(session, actor, "client.remove", f"client:{kind}")


def _require_operator(actor: Actor) -> None:
    if actor.hat not in (Hat.SUPPORT, Hat.OPERATOR):
        raise ForbiddenError("Only enableHR Support may see and change iHUB's registrations at other systems.")
