"""Hash passwords with argon2id, so that a stolen store does not give them away."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import InvalidError

SHORTEST, LONGEST = 10, 200
_hasher = PasswordHasher()


@cache
def _nobodys() -> str:
    """Return the hash of a random password: verifying against it costs as much as against a real one."""
    return _hasher.hash(secrets.token_urlsafe())


def hash(password: str) -> str:
    """Return the hash to keep. Raises InvalidError for a password too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidError(f"A password has {SHORTEST} to {LONGEST} characters. Choose another one.")
    return _hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Say whether the password is right; takes as long when there is no stored hash."""
    try:
        _hasher.verify(stored or _nobodys(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def outdated(stored: str) -> bool:
    """Say whether the hash was made with weaker parameters than today's and should be made again."""
    return _hasher.check_needs_rehash(stored)
