"""Connect a side by OAuth: send the browser to the system's sign-in page, and use the code it returns with.

A flow is valid once, for ten minutes, for one side, and only in the session that began it. Nothing is saved before the
system has accepted the tokens. A flow that connects nothing is recorded in the audit.

One file, because each step relies on what the one before has checked.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from connectors.contract.connector import Authorisation, Connector, SideSettings
from connectors.contract.errors import ConnectorError
from connectors.contract.protocols import Organisation
from connectors.http.sign_in import oauth
from connectors.registry import connector_of
from core.audit import refusals
from core.audit.refusals import ReasonError
from core.clock import now
from core.connections import connect, organisation_choice
from core.connections.views import SideView, side_view
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError
from core.models import Connection, OAuthRequest, Position, Side, SideState, User
from core.security.actor import Actor, Permission
from core.security.oauth_state import LIFETIME, InvalidState, OAuthState
from core.security.ownership import require_connection
from core.security.vault import digest
from core.settings import settings
from core.sides import client_lookup, credentials, systems

# How often, and how many seconds apart, a repeated response looks whether the first one has connected the side.
REPEAT_CHECKS, REPEAT_SECONDS = 120, 0.25
STATES = OAuthState(OAuthRequest, "session_hash")
REASONS = {
    InvalidState.UNKNOWN: "iHUB did not ask for this response, or asked too long ago.",
    InvalidState.OTHER_OWNER: "The sign-in was started in another session.",
    InvalidState.USED: "The response was already used.",
    InvalidState.EXPIRED: "The sign-in took too long.",
}
INVALID = (
    "This sign-in took too long, was already used, or was started elsewhere. "
    "Click Connect to start again. Nothing has changed."
)


class _NoTokensError(ReasonError, InvalidError):
    """The system gave no tokens, or not enough permissions."""


class OAuthFlowError(InvalidError):
    """A flow ended without a connection; ``side_id`` is the side it was for."""

    def __init__(self, message: str, side_id: int) -> None:
        """Keep the side, so that the browser can be sent back to its connection."""
        super().__init__(message)
        self.side_id = side_id


@dataclass(frozen=True, slots=True)
class FlowResult:
    """The result of a flow: the connected side, or None while one of several organisations has to be chosen."""

    side_id: int
    connection_id: int
    side: SideView | None


@dataclass(frozen=True, slots=True)
class _FlowSide:
    """The side a flow is for."""

    id: int
    connection_id: int
    position: Position
    connector: Connector
    settings: SideSettings


def begin(actor: Actor, session_token: str, side_id: int) -> str:
    """Start a flow and return the address to send the browser to."""
    with reading() as session:
        side = _flow_side(session, actor, side_id)
    if side.connector.sign_in.method is not Authorisation.OAUTH2:
        raise InvalidError(f"{side.connector.name} is not connected by signing in there.")
    try:
        client = client_lookup.client_for(side.connector, side.settings)
        with transaction() as session:
            state, verifier = STATES.issue(session, session_token, side_id=side_id)
            return oauth.authorization_url(
                side.connector, side.settings, client, redirect_uri(), state, verifier
            )
    except ConnectorError as error:
        raise InvalidError(str(error)) from error


def redirect_uri() -> str:
    """Return the address that other systems send the browser back to; it is registered with them exactly like this."""
    return f"{settings().url}/oauth/callback"


def finish(actor: Actor, session_token: str, state: str, code: str | None, error: str | None) -> FlowResult:
    """End a flow: exchange the code and connect the side. Raises a HubError with a sentence; then nothing is saved.

    ``error`` is the system's own error code when it sent no code.
    """
    taken = _take_state(actor, session_token, state)
    if isinstance(taken, FlowResult):
        return taken
    side_id, verifier = taken
    try:
        side, grant, choices = _exchange(actor, side_id, verifier, code, error)
        if len(choices) > 1:
            organisation_choice.save_grant(session_token, side_id, grant, choices)
            return FlowResult(side_id, side.connection_id, None)
        chosen = choices[0].id if choices else None
        view = connect.connect_side(actor, side.connection_id, side.position, grant, chosen)
        return FlowResult(side_id, side.connection_id, view)
    except (ConflictError, InvalidError) as refusal:
        with transaction() as session:  # a response that comes twice waits no longer
            of_state = update(OAuthRequest).where(OAuthRequest.state_hash == digest(state))
            session.execute(of_state.values(expires_at=now()))
        raise OAuthFlowError(str(refusal), side_id) from refusal


def _take_state(actor: Actor, session_token: str, state: str) -> FlowResult | tuple[int, str]:
    """Use up the state of a flow; return its side and its PKCE verifier. Raises InvalidError.

    For a response that comes twice, as after a double click, this returns what the first one has led to.
    """
    with transaction() as session:
        taken = STATES.take(session, session_token, state)
    request = taken.request
    if request is not None and taken.reason is None:
        return request.side_id, taken.verifier
    if request is not None and taken.reason is InvalidState.USED:
        earlier = _wait_for_first(actor, session_token, request)
        if earlier is not None:
            return earlier
    with transaction() as session:
        side = session.get(Side, request.side_id) if request else None
        flow = request.state_hash if request else "unknown flow"
        reason = REASONS[taken.reason or InvalidState.UNKNOWN]
        refusals.record_callback(session, actor, side, reason, flow)
    raise InvalidError(INVALID)


def _wait_for_first(actor: Actor, session_token: str, request: OAuthRequest) -> FlowResult | None:
    """Return what the first of several responses has led to; it may still be exchanging its code. None for nothing."""
    if request.expires_at <= now():  # the first one was refused
        return None
    side_id, began_at = request.side_id, request.expires_at - LIFETIME
    for _ in range(REPEAT_CHECKS):
        with reading() as session:
            side = session.get(Side, side_id)
            if side is None or _flow_side(session, actor, side_id).id != side_id:
                return None
            connected = side.state is SideState.CONNECTED and side.authorised_by == actor.user_id
            if connected and side.authorised_at is not None and side.authorised_at >= began_at:
                return FlowResult(
                    side_id, side.connection_id, side_view(side, session.get(User, actor.user_id))
                )
            connection_id = side.connection_id
            flow = session.get(OAuthRequest, request.state_hash)
            has_ended = flow is None or flow.expires_at <= now()
        if organisation_choice.choices(session_token, side_id):
            return FlowResult(side_id, connection_id, None)
        if has_ended:
            return None
        time.sleep(REPEAT_SECONDS)
    return None


def _exchange(
    actor: Actor, side_id: int, verifier: str, code: str | None, error: str | None
) -> tuple[_FlowSide, dict[str, Any], Sequence[Organisation]]:
    """Return the side, the credentials that the code is exchanged for, and the organisations to choose from."""
    with reading() as session:
        row = session.get(Side, side_id)
    at = (row.connection_id, row.position) if row else (0, Position.SOURCE)
    with refusals.recording(actor, *at):
        with reading() as session:
            side = _flow_side(session, actor, side_id)
        grant = _grant(side, verifier, code, error)
        choices = organisation_choice.organisations_to_choose(side_id, side.connector, side.settings, grant)
    return side, grant, choices


def _grant(side: _FlowSide, verifier: str, code: str | None, error: str | None) -> dict[str, Any]:
    """Return the credentials that a code is exchanged for. Raises InvalidError without a code or a permission."""
    system = side.connector.name
    if error is not None or not code:
        raise _refusal(system, error)
    try:
        client = client_lookup.client_for(side.connector, side.settings)
        tokens = oauth.exchange(side.connector, side.settings, client, code, redirect_uri(), verifier)
    except ConnectorError as problem:
        raise _NoTokensError(str(problem), "Nothing has changed.") from problem
    if missing := oauth.missing_scopes(side.connector, tokens):
        raise _NoTokensError(
            f"iHUB needs all the listed permissions in {system}. Missing: {', '.join(missing)}.",
            "Click Connect again and allow all of them. Nothing has changed.",
        )
    return credentials.from_tokens(tokens)


def _refusal(system: str, error: str | None) -> _NoTokensError:
    if error == "access_denied":
        return _NoTokensError(
            f"iHUB was denied access to {system}.",
            "Click Connect again if you want to allow it. Nothing has changed.",
        )
    return _NoTokensError(
        f"{system} did not complete the sign-in.", "Click Connect to try again. Nothing has changed."
    )


def account_of(state: str) -> int | None:
    """Return the account of the connection that a flow is for; None for an unknown flow."""
    with reading() as session:
        request = session.get(OAuthRequest, digest(state))
        side = session.get(Side, request.side_id) if request else None
        connection = session.get(Connection, side.connection_id) if side else None
    return connection.account_id if connection is not None else None


def record_anonymous_callback(state: str, address: str | None) -> None:
    """Record a callback in a browser without a sign-in; the flow itself stays valid."""
    with transaction() as session:
        request = session.get(OAuthRequest, digest(state))
        side = session.get(Side, request.side_id) if request else None
        reason = "nobody is signed in in this browser" if request else REASONS[InvalidState.UNKNOWN]
        refusals.record_anonymous_callback(session, address, side, reason)


def choose(actor: Actor, session_token: str, side_id: int, organisation_id: str) -> SideView:
    """Connect a side to one of the organisations of its sign-in. Raises InvalidError when that is too late."""
    with reading() as session:
        side = _flow_side(session, actor, side_id)
    with refusals.recording(actor, side.connection_id, side.position):
        grant = organisation_choice.load_grant(session_token, side_id, organisation_id)
        if grant is None:
            raise _NoTokensError("The choice of an organisation took too long, or was not offered.", INVALID)
    view = connect.connect_side(actor, side.connection_id, side.position, grant, organisation_id)
    organisation_choice.delete_grants(side_id)
    return view


def _flow_side(session: Session, actor: Actor, side_id: int) -> _FlowSide:
    row = session.get(Side, side_id)
    connection_id = row.connection_id if row is not None else 0
    connection = require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
    side = next(each for each in connection.sides if each.id == side_id)
    connector = _with_pkce(connector_of(side.kind))
    side_settings = systems.parse_settings(connector, side.settings)
    return _FlowSide(side.id, side.connection_id, side.position, connector, side_settings)


def _with_pkce(connector: Connector) -> Connector:
    """Use PKCE with enableHR if the operator's settings say so; other systems say it in their descriptions."""
    if connector.client_kind != "enablehr" or connector.sign_in.oauth is None or not settings().enablehr_pkce:
        return connector
    return connector.with_oauth(replace(connector.sign_in.oauth, pkce=True))
