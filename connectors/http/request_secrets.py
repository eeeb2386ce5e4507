"""What a system could repeat of the headers that authorised a request."""

from __future__ import annotations

import base64
from collections.abc import Mapping

AUTHORISATION_SCHEMES = {"basic", "bearer", "token"}


def secrets_in(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the secrets in headers, each in the forms in which a system may show it."""
    secrets: list[str] = []
    for value in headers.values():
        words = value.split()
        secrets += [word for word in words if word.casefold() not in AUTHORISATION_SCHEMES]
        if words and words[0].casefold() == "basic":
            secrets += _basic_credentials(words[-1])
    return tuple(secrets)


def _basic_credentials(encoded: str) -> list[str]:
    """Return the user name and the password of HTTP Basic."""
    try:
        return base64.b64decode(encoded, validate=True).decode().split(":", 1)
    except ValueError:
        return []
