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


def is_same_version(mark: str | None, remembered: str | None) -> bool:
    """Return whether two marks mean the same moment, in whichever formats."""
    if not mark or not remembered:
        return False
    return mark == remembered or (
        parse_version(mark) is not None and parse_version(mark) == parse_version(remembered)
    )


def settled_version(mark: str | None, now: datetime) -> str | None:
    """Return the mark, or None while another change could still get the same one: marks may have whole seconds only."""
    changed_at = parse_version(mark)
    return None if changed_at is not None and now - changed_at < SETTLED_AFTER else mark
