"""The tokens of an OAuth sign-in, as a token endpoint sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract.errors import TemporaryError


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a sign-in; ``expires_at`` is None where the system does not say."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: datetime | None
    scope: str
    token_type: str = "Bearer"  # noqa: S105 - a type, not a token


def parse_tokens(system: str, response: Mapping[str, Any], old_refresh_token: str | None) -> Tokens:
    """Return the tokens of a response, with the old refresh token where it holds none. Raises TemporaryError.

    ``system`` is its name for messages.
    """
    access_token, refresh_token = response.get("access_token"), response.get("refresh_token")
    if not access_token:
        raise TemporaryError(f"{system} responded to the sign-in without a token. Try again later.")
    if not _can_be_sent(access_token) or (refresh_token and not _can_be_sent(refresh_token)):
        raise TemporaryError(
            f"{system} responded to the sign-in with a token that cannot be sent. Try again later."
        )
    scope = response.get("scope") or ""
    return Tokens(
        access_token=access_token,
        refresh_token=refresh_token or old_refresh_token,
        expires_at=_expiry(response.get("expires_in")),
        scope=scope if isinstance(scope, str) else " ".join(scope),
        token_type=str(response.get("token_type") or "Bearer"),
    )


def _can_be_sent(token: object) -> bool:
    """Say whether a token has only characters that a header may hold (RFC 6749, appendix A)."""
    return isinstance(token, str) and token.isascii() and token.isprintable()


def _expiry(seconds: Any) -> datetime | None:
    """Return when a token expires; None where the system does not say, or where the year is out of range."""
    try:
        return datetime.now(UTC) + timedelta(seconds=int(seconds)) if seconds else None
    except OverflowError:
        return None
