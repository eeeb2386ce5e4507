"""Choose one of several organisations of a sign-in; until then the grant waits apart from the side."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import delete, or_

from connectors.contract.connector import Connector, SideSettings
from connectors.contract.errors import ConnectorError
from connectors.contract.protocols import Organisation
from connectors.registry import connector_of
from core.clock import now
from core.db import reading, transaction
from core.errors import InvalidError
from core.models import PendingGrant, Side
from core.security.vault import digest, vault
from core.sides.credentials import GivenAuthoriser
from core.sides.systems import CHECK_SECONDS, run_async

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Choice:
    """One organisation a person may choose."""

    id: str
    name: str


def organisations_to_choose(
    side_id: int, connector: Connector, settings: SideSettings, credentials: Mapping[str, Any]
) -> Sequence[Organisation]:
    """Return the organisations to choose from: none when the settings or the system leave no choice."""
    choice = connector.organisations
    if choice is None or getattr(settings, choice.setting):
        return ()
    authoriser = GivenAuthoriser(connector, credentials)
    try:
        organisations = run_async(_with_timeout(choice.find(settings, authoriser)))
    except ConnectorError as error:
        raise InvalidError(f"{error} Nothing has changed.") from error
    except TimeoutError:
        raise InvalidError(
            f"{connector.name} did not list the organisations of the sign-in in time. Nothing has changed."
        ) from None
    with reading() as session:
        connected_id = session.get_one(Side, side_id).organisation_id
    return [each for each in organisations if each.id == connected_id] or organisations


async def _with_timeout(listing: Any) -> Sequence[Organisation]:
    async with asyncio.timeout(CHECK_SECONDS):
        return cast(Sequence[Organisation], await listing)


def chosen_settings(kind: str, settings: Mapping[str, Any], organisation_id: str | None) -> dict[str, Any]:
    """Return a side's settings with the chosen organisation."""
    choice = connector_of(kind).organisations
    return dict(settings) | ({choice.setting: organisation_id} if choice and organisation_id else {})


def save_grant(
    session_token: str, side_id: int, credentials: Mapping[str, Any], choices: Sequence[Organisation]
) -> None:
    """Store a grant, encrypted, for ten minutes and for one session."""
    with transaction() as session:
        own = (PendingGrant.side_id == side_id) & (PendingGrant.session_hash == digest(session_token))
        session.execute(delete(PendingGrant).where(or_(own, PendingGrant.expires_at < now())))
        session.add(
            PendingGrant(
                side_id=side_id,
                session_hash=digest(session_token),
                credentials=vault().seal(dict(credentials)),
                organisations=[{"id": choice.id, "name": choice.name} for choice in choices],
                expires_at=now() + LIFETIME,
            )
        )


def choices(session_token: str | None, side_id: int) -> list[Choice]:
    """Return the organisations to choose from in this session; none when no grant waits or it has expired."""
    grant = _pending_grant(session_token, side_id)
    return [Choice(str(each["id"]), str(each["name"])) for each in grant.organisations] if grant else []


def load_grant(session_token: str, side_id: int, organisation_id: str) -> dict[str, Any] | None:
    """Return the grant that waits for this choice; None when it has expired or the organisation was not offered."""
    grant = _pending_grant(session_token, side_id)
    if grant is None or grant.credentials is None:
        return None
    if organisation_id not in {str(each["id"]) for each in grant.organisations}:
        return None
    return cast(dict[str, Any], vault().open(grant.credentials))


def delete_grants(side_id: int) -> None:
    """Delete the grants that wait for a side."""
    with transaction() as session:
        session.execute(delete(PendingGrant).where(PendingGrant.side_id == side_id))


def _pending_grant(session_token: str | None, side_id: int) -> PendingGrant | None:
    if not session_token:
        return None
    with reading() as session:
        grant = session.get(PendingGrant, (side_id, digest(session_token)))
    return grant if grant is not None and grant.expires_at > now() else None
