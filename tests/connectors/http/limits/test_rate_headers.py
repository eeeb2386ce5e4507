"""How long a system asks to be left alone is read in each of the forms that are in use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.http.limits.rate_headers import parse_retry_after, quota, retry_after

NOW = datetime(2026, 7, 1, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 1.5 ", 1.5),
        ("Wed, 01 Jul 2026 00:00:30 GMT", 30),
        ("Tue, 30 Jun 2026 00:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("Fri, 31 Dec 2027 23:59:59 +99999999999999999999", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, datetime(2026, 7, 1, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("headers", "remaining", "reset"),
    [
        ({"ratelimit-remaining": "0", "ratelimit-reset": "7"}, 0, 7),
        ({"ratelimit": "limit=100, remaining=50, reset=30"}, 50, 30),
        ({"ratelimit": "limit=10,remaining=0,reset=1"}, 0, 1),
        ({"ratelimit": '"default";r=50;t=30'}, 50, 30),
        ({"ratelimit": '"day";r=900;t=4000, "burst";r=2;t=1'}, 2, 1),
        ({"ratelimit": '"burst"; r=0; t=12.5'}, 0, 12.5),
        ({"ratelimit": '"x";t=3'}, None, None),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "60"}, 3, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH + 42)}, 0, 42),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH * 1000 + 42_000)}, 0, 42),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH - 5)}, 0, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "Wed, 01 Jul 2026 00:00:30 GMT"}, 0, 30),
        ({"x-rate-limit-remaining": "1", "x-rate-limit-reset": "9"}, 1, 9),
        ({"x-ratelimit-remaining": "7"}, None, None),
        ({"x-ratelimit-reset": "soon", "x-ratelimit-remaining": "0"}, None, None),
        ({"ratelimit": "nonsense"}, None, None),
        ({}, None, None),
    ],
)
def test_a_quota_is_read_in_each_form(
    headers: dict[str, str], remaining: float | None, reset: float | None
) -> None:
    assert quota(headers, NOW) == (remaining, pytest.approx(reset) if reset is not None else None)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry-after": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}, 5),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}, 60),
        (429, {"x-ratelimit-reset": "60"}, 60),
        (429, {"x-ratelimit-remaining": "8", "x-ratelimit-reset": "60"}, None),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}, 60),
        (403, {"x-ratelimit-reset": "60"}, None),
        (403, {"x-ratelimit-remaining": "90", "x-ratelimit-reset": "60"}, None),
    ],
)
def test_a_refusal_waits_for_a_quota_that_is_used_up(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(status, headers, NOW) == seconds
