"""The trip to another system's sign-in and consent page, and back with its tokens.

A trip is known by a random state. It can be used once, for ten minutes, for one side, and only by the session
that began it; nothing is saved before the system has accepted the tokens. One that connects nothing is in the audit.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from connectors.contract.connector import Authorisation, Connector, SideSettings
from connectors.contract.errors import ConnectorError
from connectors.http import oauth
from connectors.registry import connector as connector_of
from core.audit import refusals
from core.audit.refusals import ReasonError
from core.clock import now
from core.connections import connect, organisation_choice
from core.connections.views import SideView
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import OAuthRequest, Position, Side
from core.security.actor import Actor
from core.security.vault import digest, vault
from core.settings import settings
from core.sides import credentials, ends, oauth_clients

LIFE = timedelta(minutes=10)
STALE = (
    "This sign-in took too long, was already used, or was started elsewhere. Click Connect to start again. "
    "Nothing has changed."
)
UNKNOWN = "iHUB never asked for this answer, or too long ago."


class _NotDoneError(ReasonError, InvalidError):
    """A trip brought nothing."""


class OAuthFlowError(InvalidError):
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
        client = oauth_clients.client_for(end.connector, end.settings)
        address = oauth.authorization_url(
            end.connector, end.settings, client, redirect_uri(), state, verifier
        )
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
class FlowResult:
    """What a trip came to: the side as it is connected now, or None while one of several organisations has to be chosen."""

    side_id: int
    connection_id: int
    side: SideView | None


def finish(actor: Actor, session_token: str, state: str, code: str | None, error: str | None) -> FlowResult:
    """End a trip: exchange the code and connect the side. Raises a HubError with a sentence; then nothing is saved.

    ``error`` is the system's word for why it sent no code.
    """
    side_id, verifier = _take(actor, session_token, state)
    try:
        return _finish(actor, session_token, side_id, verifier, code, error)
    except (ConflictError, InvalidError) as refusal:
        raise OAuthFlowError(str(refusal), side_id) from refusal


def _finish(  # noqa: PLR0917 - what the trip was for, and what it brought
    actor: Actor, session_token: str, side_id: int, verifier: str, code: str | None, error: str | None
) -> FlowResult:
    with reading() as session:
        side = session.get(Side, side_id)
    place = (side.connection_id, side.position) if side else (0, Position.SOURCE)
    with refusals.attempt(actor, *place):
        with reading() as session:
            end = _end(session, actor, side_id)
        given = _earned(end, verifier, code, error)
        open_to = organisation_choice.opened(side_id, end.connector, end.settings, given)
    if len(open_to) > 1:
        organisation_choice.remember(session_token, side_id, given, open_to)
        return FlowResult(side_id, end.connection_id, None)
    chosen = open_to[0].id if open_to else None
    return FlowResult(
        side_id,
        end.connection_id,
        connect.connect_side(actor, end.connection_id, end.position, given, chosen),
    )


def _earned(end: _End, verifier: str, code: str | None, error: str | None) -> dict[str, Any]:
    """Return the credentials that a code is good for. Raises InvalidError when there is none, or not enough was allowed."""
    name = end.connector.name
    if error is not None or not code:
        raise _refusal(name, error)
    try:
        client = oauth_clients.client_for(end.connector, end.settings)
        tokens = oauth.exchange(end.connector, end.settings, client, code, redirect_uri(), verifier)
    except ConnectorError as problem:
        raise _NotDoneError(str(problem), "Nothing has changed.") from problem
    if missing := oauth.missing_scopes(end.connector, tokens):
        raise _NotDoneError(
            f"iHUB needs all the listed permissions in {name}. Missing: {', '.join(missing)}.",
            "Click Connect again and allow all of them. Nothing has changed.",
        )
    return credentials.from_tokens(tokens)


def turn_away(state: str, address: str | None) -> None:
    """Write down an answer that came to a browser in which nobody is signed in; its trip is left alone."""
    with transaction() as session:
        row = session.get(OAuthRequest, digest(state))
        side = session.get(Side, row.side_id) if row else None
        refusals.stray_trip(session, address, side, "nobody is signed in in this browser" if row else UNKNOWN)


def choose(actor: Actor, session_token: str, side_id: int, organisation_id: str) -> SideView:
    """Connect a side to one of the organisations that its sign-in opens. Raises InvalidError when that was too long ago."""
    with reading() as session:
        end = _end(session, actor, side_id)
    with refusals.attempt(actor, end.connection_id, end.position):
        given = organisation_choice.recall(session_token, side_id, organisation_id)
        if given is None:
            raise _NotDoneError("The choice of an organisation took too long, or was not offered.", STALE)
    side = connect.connect_side(actor, end.connection_id, end.position, given, organisation_id)
    organisation_choice.forget(side_id)
    return side


def _take(actor: Actor, session_token: str, state: str) -> tuple[int, str]:
    """Use a trip up: without its verifier it stays known as used. One of another session is left alone."""
    with transaction() as session:
        row = session.get(OAuthRequest, digest(state), with_for_update=True)
        why, sealed = _stale(row, session_token), row.verifier if row else None
        if row is not None and why is None:
            row.verifier = None
        else:
            side = session.get(Side, row.side_id) if row else None
            refusals.trip(session, actor, side, why or UNKNOWN, row.state_hash if row else "unknown trip")
    if row is None or sealed is None or why is not None:
        raise InvalidError(STALE)
    return row.side_id, str(vault().open(sealed))


def _stale(row: OAuthRequest | None, session_token: str) -> str | None:
    """Say why a trip cannot go on; None when it can."""
    if row is None:
        return UNKNOWN
    if row.session_hash != digest(session_token):
        return "The sign-in was begun in another session."
    if row.verifier is None:
        return "The answer was used already."
    return None if row.expires_at > now() else "The sign-in took too long."


def _refusal(system: str, error: str | None) -> _NotDoneError:
    if error == "access_denied":
        advice = "Click Connect again if you want to allow it. Nothing has changed."
        return _NotDoneError(f"iHUB was denied access to {system}.", advice)
    return _NotDoneError(
        f"{system} did not complete the sign-in.", "Click Connect to try again. Nothing has changed."
    )


def _end(session: Session, actor: Actor, side_id: int) -> _End:
    side = session.get(Side, side_id)
    connect.changeable(session, actor, side.connection_id if side is not None else 0)
    if side is None:
        raise NotFoundError("There is no such connection.")
    connector = _with_pkce(connector_of(side.kind))
    return _End(side.connection_id, side.position, connector, ends.parse_settings(connector, side.settings))


def _with_pkce(connector: Connector) -> Connector:
    """Let PKCE be used with enableHR where the operator says that its sign-in takes it; others say so themselves."""
    if connector.kind != "enablehr" or connector.oauth is None or not settings().enablehr_pkce:
        return connector
    return replace(connector, oauth=replace(connector.oauth, pkce=True))
