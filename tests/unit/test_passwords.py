"""Passwords are kept as argon2 hashes."""

from __future__ import annotations

import pytest

from core import passwords
from core.errors import InvalidError


def test_only_the_right_password_is_right() -> None:
    kept = passwords.hash("correct horse battery")
    assert kept.startswith("$argon2id$") and "correct" not in kept
    assert passwords.verify(kept, "correct horse battery")
    assert not passwords.verify(kept, "correct horse")
    assert not passwords.outdated(kept)


def test_nobody_signs_in_without_a_hash_or_with_a_broken_one() -> None:
    assert not passwords.verify(None, "nobody signs in with this")
    assert not passwords.verify("broken", "anything at all")


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_a_password_of_a_wrong_length_is_refused(password: str) -> None:
    with pytest.raises(InvalidError, match="10 to 200"):
        passwords.hash(password)
