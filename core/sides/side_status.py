"""How a side stands, in the words people see: Connected, Expiring, Unreachable, Needs reconnect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from connectors.contract.errors import ConfigError
from connectors.registry import connector as connector_of
from core.clock import now
from core.models import Side, SideState

# How long before its end a grant that will not be renewed by itself is shown as Expiring.
EXPIRING = timedelta(days=3)


class SideStatus(StrEnum):
    """What is shown beside a side."""

    NOT_CONNECTED = "Not connected"
    CONNECTED = "Connected"
    EXPIRING = "Expiring"
    UNREACHABLE = "Unreachable"
    NEEDS_RECONNECT = "Needs reconnect"


class Stand(NamedTuple):
    """How a side stands, why, and since when."""

    standing: SideStatus
    reason: str | None
    since: datetime


def of(side: Side) -> Stand:
    """Return how a side stands at this moment."""
    if side.state is SideState.NOT_CONNECTED:
        return Stand(SideStatus.NOT_CONNECTED, side.state_reason, side.state_since)
    if side.state is SideState.NEEDS_RECONNECT:
        return Stand(SideStatus.NEEDS_RECONNECT, side.state_reason, side.state_since)
    if side.unreachable_since is not None:
        return Stand(SideStatus.UNREACHABLE, side.unreachable_reason, side.unreachable_since)
    ends = side.consent_ends_at
    if ends is not None and ends - now() < EXPIRING:
        day = f"{ends.day} {ends:%b %Y, %H:%M} UTC"
        return Stand(SideStatus.EXPIRING, f"Access expires on {day}. Reconnect before then.", ends - EXPIRING)
    return Stand(SideStatus.CONNECTED, None, side.state_since)


def grant_end(kind: str, credentials: Mapping[str, Any]) -> datetime | None:
    """Return when a grant dies if nobody renews it; None where it does not, or where the system does not say."""
    if not credentials.get("refresh_token"):
        ends = credentials.get("expires_at")
        return datetime.fromisoformat(str(ends)) if ends else None
    try:
        endpoints = connector_of(kind).oauth
    except ConfigError:
        return None
    if endpoints is None or endpoints.refresh_days is None:
        return None
    return now() + timedelta(days=endpoints.refresh_days)
