"""Passwords are stored as argon2 hashes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

import pytest
from argon2 import PasswordHasher

from core.errors import InvalidError
from core.security import passwords


@pytest.fixture(autouse=True)
def full_cost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash passwords as iHUB does, not as the other tests do."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher())
    forget_hashes()
    yield
    forget_hashes()


def forget_hashes() -> None:
    for each in vars(passwords).values():
        if hasattr(each, "cache_clear"):
            each.cache_clear()


def test_only_the_right_password_is_right() -> None:
    kept = passwords.hash_new("correct horse battery")
    assert kept.startswith("$argon2id$") and "correct" not in kept
    assert passwords.verify(kept, "correct horse battery")
    assert not passwords.verify(kept, "correct horse")
    assert not passwords.needs_rehash(kept)


def test_nobody_signs_in_without_a_hash_or_with_a_broken_one() -> None:
    assert not passwords.verify(None, "nobody signs in with this")
    assert not passwords.verify("broken", "anything at all")


@pytest.mark.parametrize("password", ["short", "eleven char", "x" * 201])
def test_a_new_password_of_a_wrong_length_is_refused(password: str) -> None:
    with pytest.raises(InvalidError, match="12 to 200"):
        passwords.hash_new(password)


def test_a_shorter_password_that_is_in_use_still_signs_in_after_a_rehash() -> None:
    assert passwords.verify(passwords.rehash("ten chars!"), "ten chars!")


@pytest.mark.timing
def test_an_unknown_name_takes_as_long_as_a_wrong_password() -> None:
    kept = passwords.hash_new("correct horse battery")
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
