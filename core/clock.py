"""The one clock of iHUB; its moments are aware and in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current moment in UTC."""
    return datetime.now(UTC)
