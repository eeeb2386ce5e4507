"""Connect the sides of a connection: ask the system first, then save."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from connectors.contract.errors import ConnectorError, LimitReachedError, TemporaryError
from connectors.contract.protocols import Organisation
from connectors.credential_forms import is_asked
from connectors.registry import connector_of, name_of
from core.audit import refusals, trail
from core.clock import now
from core.connections import organisation_choice, pairings
from core.connections.side_settings import addresses_of, valid_settings
from core.connections.views import SideView, side_view
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError
from core.models import Connection, ConnectionStatus, Position, Side, SideState, User
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.security.vault import vault
from core.sides import alerts, probes, systems
from core.sides.credentials import GivenAuthoriser, SideAuthoriser, with_token_in_force
from core.sides.side_status import grant_ends_at
from core.sides.systems import ConnectedSystem

# A pairing holds the id together with the kind of the system.
LONGEST_ORGANISATION_ID = 120


def connect_side(
    actor: Actor,
    connection_id: int,
    position: Position,
    credentials: Mapping[str, Any],
    chosen: str | None = None,
) -> SideView:
    """Check the credentials with the system, then store them; nothing is saved unless the system accepts them.

    ``chosen`` is the organisation to use when the sign-in gives access to several. When both sides are connected, the
    connection becomes Active. A side can be reconnected only to the same organisation. A refusal is also in the audit.
    """
    with refusals.recording(actor, connection_id, position):
        return _connect(actor, connection_id, position, credentials, chosen)


def _connect(
    actor: Actor, connection_id: int, position: Position, credentials: Mapping[str, Any], chosen: str | None
) -> SideView:
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        side = side_at(connection, position)
    settings = organisation_choice.chosen_settings(side.kind, side.settings, chosen)
    organisation, accepted = _test_credentials(side, settings, credentials)
    with transaction() as session:
        connection = require_connection(
            session, actor, connection_id, Permission.CHANGE_CONNECTIONS, lock=True
        )
        side = side_at(connection, position)
        _refuse_other_organisation(side, organisation)
        side.settings = organisation_choice.chosen_settings(side.kind, side.settings, chosen)
        _mark_connected(side, accepted)
        alerts.clear(session, side.id)
        earlier_id = side.organisation_id
        if organisation.id is not None or earlier_id is None:
            side.organisation_id, side.organisation_name = organisation.id, organisation.name
        side.authorised_by, side.authorised_at = actor.user_id, now()
        if earlier_id is None and organisation.id is not None:
            pairings.rename(session, connection)
        pairings.activate(session, connection)
        trail.record(
            session,
            actor,
            "side.connect",
            f"side:{side.id}",
            connection=connection_id,
            organisation=organisation.id,
        )
        return _view(session, side)


def _mark_connected(side: Side, accepted: Mapping[str, Any]) -> None:
    side.credentials, side.refresh_lock_token, side.refresh_lock_until = vault().seal(accepted), None, None
    side.state, side.state_reason, side.state_since = SideState.CONNECTED, None, now()
    side.refreshed_at = side.probed_at = now()
    side.consent_ends_at = grant_ends_at(side.kind, accepted)
    side.unreachable_since = side.unreachable_reason = None


def needs_credentials(actor: Actor, connection_id: int, position: Position) -> bool:
    """Say whether a side has to be given credentials, which some systems do not ask for."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        kind = side_at(connection, position).kind
    try:
        return is_asked(connector_of(kind))
    except ConnectorError as error:
        raise InvalidError(str(error)) from error


def change_settings(
    actor: Actor, connection_id: int, position: Position, settings: Mapping[str, Any]
) -> SideView:
    """Replace the settings of a side; the system is checked first if the side is connected.

    Credentials are never sent to an address they were not entered for: a new address has to be connected again.
    """
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        side = side_at(connection, position)
    changed = valid_settings(position, side.kind, settings)
    moved = addresses_of(side.kind, changed) != addresses_of(side.kind, side.settings)
    if side.state is SideState.CONNECTED and not moved:
        _refuse_other_organisation(side, _check_system(side, changed, SideAuthoriser(side.id)))
    with transaction() as session:
        connection = require_connection(
            session, actor, connection_id, Permission.CHANGE_CONNECTIONS, lock=True
        )
        side = side_at(connection, position)
        changes = trail.changed_settings(connector_of(side.kind).settings, side.settings, changed)
        side.settings = changed
        trail.record(
            session, actor, "side.settings", f"side:{side.id}", connection=connection_id, changes=changes
        )
        if moved and side.credentials is not None:
            _disconnect(connection, side)
            trail.record(
                session,
                actor,
                "side.disconnect",
                f"side:{side.id}",
                connection=connection_id,
                why=side.state_reason,
            )
        return _view(session, side)


def check_side(actor: Actor, connection_id: int, position: Position) -> SideView:
    """Check now that the system of a connected side accepts iHUB, and record the result."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        side = side_at(connection, position)
    probes.probe(side.id)
    with reading() as session:
        return _view(session, session.get_one(Side, side.id))


def side_at(connection: Connection, position: Position) -> Side:
    """Return the side of a connection at a position."""
    return next(side for side in connection.sides if side.position is position)


def _test_credentials(
    side: Side, settings: Mapping[str, Any], credentials: Mapping[str, Any]
) -> tuple[Organisation, dict[str, Any]]:
    """Return the organisation of the credentials, and the credentials with tokens refreshed if they were due."""
    try:
        connector = connector_of(side.kind)
        _check_moments(credentials)
        parsed = systems.parse_settings(connector, settings)
        accepted = with_token_in_force(connector, parsed, credentials)
        authoriser = GivenAuthoriser(connector, accepted)
    except ConnectorError as error:
        raise refusal(error) from error
    return _check_system(side, settings, authoriser), accepted


def _check_moments(credentials: Mapping[str, Any]) -> None:
    """Raise InvalidError when the credentials say in another way than iHUB reads it until when they are good."""
    for name in ("expires_at", "refresh_at"):
        shown = credentials.get(name)
        try:
            moment = datetime.fromisoformat(str(shown)) if shown else None
        except ValueError:
            moment = datetime.min  # noqa: DTZ901 - as wrong as one without a time zone
        if moment is not None and moment.tzinfo is None:
            raise InvalidError(f"Write {name} as a time with its zone, such as 2026-07-01T09:00:00+10:00.")


def _check_system(
    side: Side, settings: Mapping[str, Any], authoriser: GivenAuthoriser | SideAuthoriser
) -> Organisation:
    connector = connector_of(side.kind)
    try:
        parsed = systems.parse_settings(connector, settings)
        system = ConnectedSystem(connector, parsed, authoriser, account_id=systems.account_of(side))
        organisation = systems.check_system(system, side.position)
    except ConnectorError as error:
        raise refusal(error) from error
    if organisation.id is not None and not (
        organisation.id.isprintable() and len(organisation.id) <= LONGEST_ORGANISATION_ID
    ):
        raise InvalidError(f"{connector.name} gave its organisation an id that iHUB cannot keep.")
    return organisation


def refusal(error: ConnectorError) -> ConflictError | InvalidError:
    """Return what a person sees of a problem with a system."""
    is_passing = isinstance(error, TemporaryError | LimitReachedError)
    return ConflictError(str(error)) if is_passing else InvalidError(str(error))


def _refuse_other_organisation(side: Side, organisation: Organisation) -> None:
    if None not in (side.organisation_id, organisation.id) and side.organisation_id != organisation.id:
        raise InvalidError(
            f"This side belongs to {side.organisation_name} at {name_of(side.kind)}, "
            f"but the sign-in gives access to {organisation.name}. "
            "Sign in to the same organisation, or add a new connection for the other one."
        )


def _disconnect(connection: Connection, side: Side) -> None:
    side.credentials = side.refresh_lock_token = side.refresh_lock_until = side.consent_ends_at = None
    side.state, side.state_since = SideState.NOT_CONNECTED, now()
    side.state_reason = "Its address has changed. Reconnect it."
    connection.status = ConnectionStatus.DRAFT


def _view(session: Session, side: Side) -> SideView:
    person = session.get(User, side.authorised_by) if side.authorised_by else None
    return side_view(side, person)


def connect_or_choose(
    actor: Actor, session_token: str, connection_id: int, position: Position, credentials: Mapping[str, Any]
) -> SideView | None:
    """Connect a side; None while one of several organisations has to be chosen (``oauth_flow.choose``).

    Raises InvalidError or ConflictError with a sentence when the system does not accept it; then nothing is saved.
    """
    with refusals.recording(actor, connection_id, position):
        with reading() as session:
            connection = require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
            side = side_at(connection, position)
        try:
            connector = connector_of(side.kind)
            settings = systems.parse_settings(connector, side.settings)
            credentials = with_token_in_force(connector, settings, credentials)
        except ConnectorError as error:
            raise refusal(error) from error
        choices = organisation_choice.organisations_to_choose(side.id, connector, settings, credentials)
        if len(choices) > 1:
            organisation_choice.save_grant(session_token, side.id, credentials, choices)
            return None
    chosen = choices[0].id if choices else None
    return connect_side(actor, connection_id, position, credentials, chosen)
