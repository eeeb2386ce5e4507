"""Passwords are kept as argon2 hashes."""

from __future__ import annotations

import time
from statistics import median

import pytest

from core.errors import InvalidError
from core.security import passwords


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


def test_an_unknown_name_takes_as_long_as_a_wrong_password() -> None:
    kept = passwords.hash("correct horse battery")
    passwords.verify(None, "")  # as the web process does when it starts

    def took(stored: str | None) -> float:
        moments = []
        for _ in range(7):
            began = time.process_time()
            assert not passwords.verify(stored, "a wrong password")
            moments.append(time.process_time() - began)
        return median(moments)

    known, unknown = took(kept), took(None)
    assert 0.5 < unknown / known < 2, (known, unknown)
    assert took("no hash at all") < known / 2, "the measure would notice a check that is left out"
