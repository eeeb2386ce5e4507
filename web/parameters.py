"""Read what an address holds: ids and days. Anything else is refused with a sentence."""

from __future__ import annotations

from datetime import date

from core.errors import InvalidError, NotFoundError
from core.security.ownership import LARGEST_ID

LONGEST = 20
FIRST_YEAR, LAST_YEAR = 1970, 2200


def row_id(text: str | None, missing: str = "There is no such thing in this account.") -> int | None:
    """Return an id; None where there is none. Raises NotFoundError, with a sentence, for what no row can have."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < LONGEST and int(text) <= LARGEST_ID):
        raise NotFoundError(missing)
    return int(text)


def day(text: str | None) -> date | None:
    """Return a day; None where there is none. Raises InvalidError."""
    try:
        found = date.fromisoformat(text) if text else None
        if found is not None and not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise ValueError(text)
    except ValueError:
        raise InvalidError(
            "A day is written like 2026-07-31, from 1970 to 2200. Correct it and try again."
        ) from None
    return found
