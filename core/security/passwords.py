"""Hash passwords with argon2id, so that a stolen store does not reveal them."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import InvalidError

MIN_LENGTH, MAX_LENGTH = 12, 200
_hasher = PasswordHasher()


@cache
def _hash_without_user() -> str:
    """Return the hash of a random password: verifying against it costs as much as against a real one."""
    return _hasher.hash(secrets.token_urlsafe())


def hash_new(password: str) -> str:
    """Return the hash to store for a new password. Raises InvalidError when it is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidError(
            f"Choose a password of {MIN_LENGTH} to {MAX_LENGTH} characters. "
            "Three or four unrelated words make a good one."
        )
    return rehash(password)


def rehash(password: str) -> str:
    """Return a hash with today's parameters for a password in use, which may be shorter than a new one has to be."""
    return _hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Say whether the password is right; takes as long when there is no stored hash."""
    try:
        _hasher.verify(stored or _hash_without_user(), password[: MAX_LENGTH + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Say whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)
