"""When enableHR last changed a record: its ``dateUpdatedUTC``, which comes in two shapes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SETTLED_AFTER = timedelta(seconds=2)


def moment(text: str | None) -> datetime | None:
    """Read ``1997-07-16 19:20:30`` (UTC) and ``1997-07-16T19:20:30.45+01:00``; None where it is neither."""
    try:
        read = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def same(mark: str | None, remembered: str | None) -> bool:
    """Say whether two marks mean the same moment, in whichever shapes."""
    if not mark or not remembered:
        return False
    return mark == remembered or (moment(mark) is not None and moment(mark) == moment(remembered))


def settled(mark: str | None, now: datetime) -> str | None:
    """Return the mark, or None while another change could still bear the same one: marks may have whole seconds only."""
    changed = moment(mark)
    return None if changed is not None and now - changed < SETTLED_AFTER else mark
