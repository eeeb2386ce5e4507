"""Tell a response that the caller understands from a failure to retry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.http.json_body import Limits, TooLargeBodyError, load_json
from connectors.http.limits import limit_words
from connectors.http.limits.rate_headers import retry_after as find_retry_after
from connectors.http.request_secrets import secrets_in
from connectors.http.retry import Failure
from connectors.http.transport import RawResponse, too_large

# Redirects that ask for the same request at another address. Others may point to what the request has created.
SAME_REQUEST_ELSEWHERE = {301, 307, 308}
# Statuses whose meaning is clear even when the body is not JSON but plain text or a web page. 404 is not among them: a
# proxy in front of a system that is down may return it, and then no employee must count as missing.
CLEAR_WITHOUT_JSON = {400, 402, 409, 413, 422, 423}
# The system, or a proxy in front of it, has not waited for the whole request, or wants it once more.
PASSING = {408, 425}
# A refusal in plain text says at its beginning what it is about.
LONGEST_TEXT = 4000


@dataclass(slots=True)
class Response:
    """A system's response: its status and its JSON (None where the body was empty, or was a refusal without JSON)."""

    status: int
    data: Any = None
    location: str | None = None
    # The address of a list's next page, where the Link header has one.
    next_address: str | None = None
    # How many entries the whole list has, where the X-Total-Count header says it.
    total: str | None = None
    # What authorised a refused request, so that it is not repeated together with the system's own words.
    secrets: tuple[str, ...] = field(default=(), repr=False)
    # Whether it is the last of those that were read to see how an earlier one has ended.
    followed: bool = False
    # The headers that are used, by their lower-case names.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    # The headers that authorised the request.
    sent_with: Mapping[str, str] | None = field(default=None, repr=False, compare=False)

    @property
    def credentials(self) -> tuple[str, ...]:
        """Return what authorised the request, also where the system says in a success that it refused."""
        return self.secrets or secrets_in(self.sent_with or {})

    @property
    def ok(self) -> bool:
        """Return whether the system did what was asked."""
        return 200 <= self.status < 300


def interpret(response: RawResponse, limits: Limits) -> Response | Failure:
    """Return a success or a refusal as a response, and everything else as a failure."""
    status = response.status
    if 200 <= status < 300:
        return _parse(response, limits)
    retry_after = find_retry_after(status, response.headers)
    if status in {403, 429} and (limited := _interpret_limit(response, retry_after, limits)) is not None:
        return limited
    if status >= 500 or status in PASSING:
        return Failure(f"failed (status {status})", retry_after=retry_after, status=status)
    if 300 <= status < 400:
        return Failure(
            "responded with a redirect, so its address may be wrong",
            may_have_taken_effect=status not in SAME_REQUEST_ELSEWHERE,
        )
    return Response(status) if status == 401 else _parse(response, limits)


def _interpret_limit(
    response: RawResponse, retry_after: float | None, limits: Limits
) -> Response | Failure | None:
    """Return what a 403 or a 429 means when it is about a limit; None for a 403 about a permission."""
    if response.status == 403 and retry_after is None and not limit_words.asks_for_patience(response.body):
        return None
    is_open_ended = response.status == 429 and retry_after is None
    if is_open_ended and limit_words.names_a_limit_of_records(response.body):
        return _parse_limit(response, limits)
    description = "had too many requests" if response.status == 429 else "asked iHUB to wait (status 403)"
    return Failure(description, may_have_taken_effect=False, throttled=True, retry_after=retry_after)


def _parse_limit(response: RawResponse, limits: Limits) -> Response:
    """Return a refusal that speaks of a limit, which may be in plain text."""
    try:
        return Response(response.status, load_json(response.body, limits))
    except ValueError:
        return Response(response.status, response.body[:LONGEST_TEXT].decode("utf-8", "replace"))


def _parse(response: RawResponse, limits: Limits) -> Response | Failure:
    try:
        data = load_json(response.body, limits)
    except TooLargeBodyError as error:
        if response.status not in CLEAR_WITHOUT_JSON:
            return too_large(str(error), response.status)
        data = None
    except ValueError:
        if response.body.strip() and response.status not in CLEAR_WITHOUT_JSON:
            return Failure(
                "responded with something other than JSON", may_have_taken_effect=response.status < 400
            )
        data = None
    headers = response.headers
    return Response(
        response.status,
        data,
        headers.get("location"),
        response.next_address,
        headers.get("x-total-count"),
        headers=headers,
    )
