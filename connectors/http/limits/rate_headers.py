"""Read how long a system asks to be left alone: Retry-After, RateLimit in its drafts' forms, and X-RateLimit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_PREFIXES = ("ratelimit", "x-ratelimit", "x-rate-limit")
NAMES = frozenset(
    {"ratelimit"} | {f"{prefix}-{part}" for prefix in _PREFIXES for part in ("remaining", "reset")}
)
# draft-ietf-httpapi-ratelimit-headers: "limit=100, remaining=50, reset=30" (07), and "default";r=50;t=30 (08 on).
_PARAMETER = re.compile(r'(?:^|[;,])\s*(remaining|reset|r|t)\s*=\s*"?(\d+(?:\.\d+)?)', re.IGNORECASE)
_SHORT = {"remaining": "r", "reset": "t"}
# A larger reset is no number of seconds from now but a moment: in seconds, or in milliseconds.
_EPOCH, _EPOCH_MILLISECONDS = 1_000_000_000, 1_000_000_000_000


def retry_after(status: int, headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds that a refusal asks iHUB to wait; None where its headers do not say."""
    wait = parse_retry_after(headers.get("retry-after"), now)
    if wait is not None:
        return wait
    remaining, reset = quota(headers, now)
    return reset if remaining == 0 or (remaining is None and status == 429) else None


def quota(
    headers: Mapping[str, str], now: datetime | None = None, *, minute_header: str | None = None
) -> tuple[float | None, float | None]:
    """Return how many more requests a system takes, and in how many seconds more; None where it does not say.

    ``minute_header`` has only the first, about the present minute.
    """
    if minute_header in headers:
        return _number(headers[str(minute_header)]), 60.0
    if "ratelimit" in headers:
        return _structured(headers["ratelimit"])
    for prefix in _PREFIXES:
        reset = _seconds(headers.get(f"{prefix}-reset"), now)
        if reset is not None:
            return _number(headers.get(f"{prefix}-remaining")), reset
    return None, None


def _structured(text: str) -> tuple[float | None, float | None]:
    """Return the quota of a RateLimit header; of several quotas the one with the fewest requests left."""
    parts = [text] if "remaining" in text.lower() else text.split(",")
    quotas = [
        {_SHORT.get(name.lower(), name.lower()): float(value) for name, value in found}
        for found in map(_PARAMETER.findall, parts)
    ]
    least = min((each for each in quotas if "r" in each), key=lambda each: each["r"], default={})
    return least.get("r"), least.get("t")


def parse_retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds that a Retry-After header (seconds or an HTTP date) asks for; None when it cannot be read."""
    text = (header or "").strip()
    number = _number(text)
    if number is not None:
        return number
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _seconds_until(moment.timestamp(), now)


def _seconds(text: str | None, now: datetime | None) -> float | None:
    """Return a reset as seconds from now, whether it is given so, as a moment or as a date."""
    value = _number(text)
    if value is None or value < _EPOCH:
        return parse_retry_after(text, now)
    return _seconds_until(value / 1000 if value >= _EPOCH_MILLISECONDS else value, now)


def _seconds_until(timestamp: float, now: datetime | None) -> float:
    return max(0.0, timestamp - (now or datetime.now(UTC)).timestamp())


def _number(text: str | None) -> float | None:
    text = (text or "").strip()
    return float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else None
