"""Let a person choose where a sign-in opens several organisations; until then the grant is kept apart from the side."""

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
from core.sides.credentials import HeldAuthoriser
from core.sides.ends import CHECK_SECONDS, settle

LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Choice:
    """One organisation a person may choose."""

    id: str
    name: str


def opened(
    side_id: int, connector: Connector, settings: SideSettings, credentials: Mapping[str, Any]
) -> Sequence[Organisation]:
    """Return the organisations to choose from: none where the settings, the side or the system leave no choice."""
    choice = connector.organisations
    if choice is None or getattr(settings, choice.setting):
        return ()
    try:
        found = settle(_asked(choice.find(settings, HeldAuthoriser(connector, credentials))))
    except ConnectorError as error:
        raise InvalidError(f"{error} Nothing has changed.") from error
    except TimeoutError:
        raise InvalidError(
            f"{connector.name} did not say in time what the sign-in opens. Nothing has changed."
        ) from None
    with reading() as session:
        known = session.get_one(Side, side_id).organisation_id
    return [one for one in found if one.id == known] or found


async def _asked(question: Any) -> Sequence[Organisation]:
    async with asyncio.timeout(CHECK_SECONDS):
        return cast(Sequence[Organisation], await question)


def chosen_settings(kind: str, settings: Mapping[str, Any], organisation_id: str | None) -> dict[str, Any]:
    """Return a side's settings with the organisation that was chosen."""
    choice = connector_of(kind).organisations
    return dict(settings) | ({choice.setting: organisation_id} if choice and organisation_id else {})


def remember(
    session_token: str, side_id: int, credentials: Mapping[str, Any], choices: Sequence[Organisation]
) -> None:
    """Keep a grant, sealed, for ten minutes and for one session."""
    with transaction() as session:
        mine = (PendingGrant.side_id == side_id) & (PendingGrant.session_hash == digest(session_token))
        session.execute(delete(PendingGrant).where(or_(mine, PendingGrant.expires_at < now())))
        session.add(
            PendingGrant(
                side_id=side_id,
                session_hash=digest(session_token),
                credentials=vault().seal(dict(credentials)),
                organisations=[{"id": one.id, "name": one.name} for one in choices],
                expires_at=now() + LIFE,
            )
        )


def choices(session_token: str | None, side_id: int) -> list[Choice]:
    """Return what may be chosen for a side in this session; nothing when no grant waits or it waited too long."""
    found = _pending(session_token, side_id)
    return [Choice(str(one["id"]), str(one["name"])) for one in found.organisations] if found else []


def recall(session_token: str, side_id: int, organisation_id: str) -> dict[str, Any] | None:
    """Return the grant that waits for this choice."""
    found = _pending(session_token, side_id)
    if (
        found is None
        or found.credentials is None
        or organisation_id not in {str(one["id"]) for one in found.organisations}
    ):
        return None
    return cast(dict[str, Any], vault().open(found.credentials))


def forget(side_id: int) -> None:
    """Remove the grants that wait for a side."""
    with transaction() as session:
        session.execute(delete(PendingGrant).where(PendingGrant.side_id == side_id))


def _pending(session_token: str | None, side_id: int) -> PendingGrant | None:
    if not session_token:
        return None
    with reading() as session:
        found = session.get(PendingGrant, (side_id, digest(session_token)))
    return found if found is not None and found.expires_at > now() else None
