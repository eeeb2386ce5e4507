"""Where an account is: what its people mean by a date without a zone and a number without a country."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Locality:
    """The time zone, the calendar day and the region of an account; a side gets it when it is opened."""

    time_zone: tzinfo = UTC
    # The day it is there. It stays the same while the side is open.
    today: date = field(default_factory=_today)
    # AU or NZ; None where it is not known.
    region: str | None = None
