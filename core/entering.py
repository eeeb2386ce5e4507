"""Connect a side with what a person entered: a key, a password, or what the connector's form asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.errors import ConnectorError
from connectors.registry import connector as connector_of
from core import connecting, organisations
from core.audit import refusals
from core.connection_views import SideView
from core.db import reading
from core.errors import InvalidError
from core.models import Position
from core.security.actor import Actor
from core.sides import ends


def connect(
    actor: Actor, session_token: str, connection_id: int, position: Position, credentials: Mapping[str, Any]
) -> SideView | None:
    """Ask the system and connect the side; None while one of several organisations has to be chosen (consent.choose).

    Raises InvalidError or ConflictError with a sentence when the system does not accept it; then nothing is saved.
    """
    with refusals.attempt(actor, connection_id, position):
        with reading() as session:
            side = connecting.at(connecting.changeable(session, actor, connection_id), position)
        try:
            connector = connector_of(side.kind)
            settings = ends.parse_settings(connector, side.settings)
        except ConnectorError as error:
            raise InvalidError(str(error)) from error
        open_to = organisations.opened(side.id, connector, settings, credentials)
        if len(open_to) > 1:
            organisations.remember(session_token, side.id, credentials, open_to)
            return None
    chosen = open_to[0].id if open_to else None
    return connecting.connect_side(actor, connection_id, position, credentials, chosen)
