"""The trip to another system's sign-in and consent page, and back with its tokens.

A trip is known by a random state. It can be used once, for ten minutes, for one side, and only by the session
that began it; nothing is saved before the system has accepted the tokens.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from connectors import oauth
from connectors.connector import Authorisation, Connector, SideSettings
from connectors.errors import ConnectorError
from connectors.registry import connector as connector_of
from core import connecting, credentials, organisations, systems
from core.actor import Actor
from core.clock import now
from core.connection_views import SideView
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import OAuthRequest, Position, Side
from core.secrets import digest, vault
from core.settings import settings

LIFE = timedelta(minutes=10)
STALE = "This sign-in took too long, was used already, or was begun elsewhere. Press Connect to begin again. Nothing has changed."


class TripError(InvalidError):
    """A trip ended without a connection; ``side_id`` is the side it was for."""

    def __init__(self, message: str, side_id: int) -> None:
        """Keep the side, so that the browser can be sent back to it."""
        super().__init__(message)
        self.side_id = side_id


@dataclass(frozen=True, slots=True)
class _End:
    """The side a trip is for."""

    connection_id: int
    position: Position
    connector: Connector
    settings: SideSettings


def begin(actor: Actor, session_token: str, side_id: int) -> str:
    """Start a trip and return the address to send the browser to."""
    with reading() as session:
        end = _end(session, actor, side_id)
    if end.connector.authorisation is not Authorisation.OAUTH2:
        raise InvalidError(f"{end.connector.name} is not connected by signing in there.")
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    try:
        client = credentials.client_for(end.connector.kind)
        address = oauth.authorization_url(end.connector, end.settings, client, redirect_uri(), state, verifier)
    except ConnectorError as error:
        raise InvalidError(str(error)) from error
    with transaction() as session:
        session.execute(delete(OAuthRequest).where(OAuthRequest.expires_at < now()))
        session.add(
            OAuthRequest(
                state_hash=digest(state),
                session_hash=digest(session_token),
                side_id=side_id,
                verifier=vault().seal(verifier),
                expires_at=now() + LIFE,
            )
        )
    return address


def redirect_uri() -> str:
    """Return the address other systems send the browser back to; it is registered with them exactly so."""
    return f"{settings().url}/oauth/callback"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a trip came to: the side as it is connected now, or None while one of several organisations has to be chosen."""

    side_id: int
    connection_id: int
    side: SideView | None


def finish(actor: Actor, session_token: str, state: str, code: str | None, refused: str | None) -> Arrival:
    """End a trip: exchange the code and connect the side. Raises a HubError with a sentence; then nothing is saved."""
    side_id, verifier = _take(session_token, state)
    try:
        return _finish(actor, session_token, side_id, verifier, code, refused)
    except (ConflictError, InvalidError) as error:
        raise TripError(str(error), side_id) from error


def _finish(  # noqa: PLR0917 - what the trip was for, and what it brought
    actor: Actor, session_token: str, side_id: int, verifier: str, code: str | None, refused: str | None
) -> Arrival:
    with reading() as session:
        end = _end(session, actor, side_id)
    if refused is not None or not code:
        raise InvalidError(_refusal(end.connector.name, refused))
    try:
        client = credentials.client_for(end.connector.kind)
        tokens = oauth.exchange(end.connector, end.settings, client, code, redirect_uri(), verifier)
    except ConnectorError as error:
        raise InvalidError(f"{error} Nothing has changed.") from error
    if missing := oauth.missing_scopes(end.connector, tokens):
        raise InvalidError(
            f"iHUB was allowed less at {end.connector.name} than it needs (missing: {', '.join(missing)}). "
            "Press Connect again and allow everything on the list. Nothing has changed."
        )
    given = credentials.from_tokens(tokens)
    open_to = organisations.opened(side_id, end.connector, end.settings, given)
    if len(open_to) > 1:
        organisations.remember(session_token, side_id, given, open_to)
        return Arrival(side_id, end.connection_id, None)
    chosen = open_to[0].id if open_to else None
    return Arrival(side_id, end.connection_id, connecting.connect_side(actor, end.connection_id, end.position, given, chosen))


def choose(actor: Actor, session_token: str, side_id: int, organisation_id: str) -> SideView:
    """Connect a side to one of the organisations that its sign-in opens. Raises InvalidError when that was too long ago."""
    with reading() as session:
        end = _end(session, actor, side_id)
    given = organisations.recall(session_token, side_id, organisation_id)
    if given is None:
        raise InvalidError(STALE)
    side = connecting.connect_side(actor, end.connection_id, end.position, given, organisation_id)
    organisations.forget(side_id)
    return side


def _take(session_token: str, state: str) -> tuple[int, str]:
    """Use a trip up. One of another session is left alone."""
    mine = (OAuthRequest.state_hash == digest(state), OAuthRequest.session_hash == digest(session_token))
    taken = delete(OAuthRequest).where(*mine).returning(OAuthRequest.side_id, OAuthRequest.verifier, OAuthRequest.expires_at)
    with transaction() as session:
        row = session.execute(taken).first()
    if row is None or row.expires_at <= now():
        raise InvalidError(STALE)
    return row.side_id, str(vault().open(row.verifier))


def _refusal(system: str, refused: str | None) -> str:
    if refused == "access_denied":
        return f"iHUB was not allowed to use {system}. Press Connect again when you want to allow it. Nothing has changed."
    return f"{system} did not complete the sign-in. Press Connect to try again. Nothing has changed."


def _end(session: Session, actor: Actor, side_id: int) -> _End:
    side = session.get(Side, side_id)
    connecting.changeable(session, actor, side.connection_id if side is not None else 0)
    if side is None:
        raise NotFoundError("There is no such connection.")
    connector = _with_pkce(connector_of(side.kind))
    return _End(side.connection_id, side.position, connector, systems.parse_settings(connector, side.settings))


def _with_pkce(connector: Connector) -> Connector:
    """Let PKCE be used with enableHR where the operator says that its sign-in takes it; others say so themselves."""
    if connector.kind != "enablehr" or connector.oauth is None or not settings().enablehr_pkce:
        return connector
    return replace(connector, oauth=replace(connector.oauth, pkce=True))
