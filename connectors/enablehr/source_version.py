"""When enableHR last changed a record: its ``dateUpdatedUTC``, which comes in two formats."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SETTLED_AFTER = timedelta(seconds=2)


def parse_version(text: str | None) -> datetime | None:
    """Read ``1997-07-16 19:20:30`` (UTC) or ``1997-07-16T19:20:30.45+01:00``; None where it is neither."""
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def is_same_version(version: str | None, remembered: str | None) -> bool:
    """Return whether two versions mean the same moment, in whichever formats."""
    if not version or not remembered:
        return False
    return version == remembered or (
        parse_version(version) is not None and parse_version(version) == parse_version(remembered)
    )


def settled_version(version: str | None, now: datetime) -> str | None:
    """Return the version, or None while another change could still get the same one, as it may have whole seconds."""
    changed_at = parse_version(version)
    return None if changed_at is not None and now - changed_at < SETTLED_AFTER else version
