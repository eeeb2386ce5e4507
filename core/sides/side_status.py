"""The status of a side in the words people see: Connected, Expiring, Unreachable, Needs reconnect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from connectors.contract.errors import ConfigError
from connectors.registry import connector_of
from core.clock import now
from core.models import Side, SideState

# A grant that iHUB cannot extend is shown as Expiring for this long before it ends.
EXPIRING = timedelta(days=3)


class SideStatus(StrEnum):
    """What is shown beside a side."""

    NOT_CONNECTED = "Not connected"
    CONNECTED = "Connected"
    EXPIRING = "Expiring"
    UNREACHABLE = "Unreachable"
    NEEDS_RECONNECT = "Needs reconnect"


class StatusView(NamedTuple):
    """The status of a side, the reason for it, and when it began."""

    status: SideStatus
    reason: str | None
    since: datetime


def status_of(side: Side) -> StatusView:
    """Return the current status of a side."""
    if side.state is SideState.NOT_CONNECTED:
        return StatusView(SideStatus.NOT_CONNECTED, side.state_reason, side.state_since)
    if side.state is SideState.NEEDS_RECONNECT:
        return StatusView(SideStatus.NEEDS_RECONNECT, side.state_reason, side.state_since)
    if side.unreachable_since is not None:
        return StatusView(SideStatus.UNREACHABLE, side.unreachable_reason, side.unreachable_since)
    ends_at = side.consent_ends_at
    if ends_at is not None and ends_at - now() < EXPIRING:
        day = f"{ends_at.day} {ends_at:%b %Y, %H:%M} UTC"
        return StatusView(
            SideStatus.EXPIRING, f"Access expires on {day}. Reconnect before then.", ends_at - EXPIRING
        )
    return StatusView(SideStatus.CONNECTED, None, side.state_since)


def grant_ends_at(kind: str, credentials: Mapping[str, Any]) -> datetime | None:
    """Return when a grant ends unless it is refreshed; None when it does not end or the system does not say."""
    if credentials.get("entered"):  # a token can be asked for again as often as needed
        return None
    if not credentials.get("refresh_token"):
        expires_at = credentials.get("expires_at")
        return datetime.fromisoformat(str(expires_at)) if expires_at else None
    try:
        endpoints = connector_of(kind).sign_in.oauth
    except ConfigError:
        return None
    if endpoints is None or endpoints.refresh_days is None:
        return None
    return now() + timedelta(days=endpoints.refresh_days)
