"""Values sealed by the thousand under keys of their own are as safe as those the vault seals itself."""

from __future__ import annotations

import pytest

from core.errors import StartError
from core.security import envelope
from core.security.key_files import new_key
from core.security.vault import Vault

TEXT = b'{"tax":"865414088"}'


def test_what_is_sealed_shows_nothing_and_comes_back_whole() -> None:
    vault = Vault([new_key()])
    sealed = vault.seal_one_of_many(TEXT)
    assert b"865414088" not in sealed and b"tax" not in sealed
    assert vault.open(sealed) == {"tax": "865414088"}


def test_another_process_with_the_same_keys_can_open_it() -> None:
    keys = [new_key()]
    assert Vault(keys).open(Vault(keys).seal_one_of_many(TEXT)) == {"tax": "865414088"}


def test_a_key_serves_a_thousand_values_and_no_two_look_alike() -> None:
    vault = Vault([new_key()])
    sealed = [vault.seal_one_of_many(TEXT) for _ in range(envelope.VALUES_A_KEY + 1)]
    assert len({envelope.split(one)[0] for one in sealed}) == 2
    assert len(set(sealed)) == len(sealed)
    assert all(vault.open(one) == {"tax": "865414088"} for one in (sealed[0], sealed[-1], sealed[1]))


def test_a_rotated_value_needs_the_new_key_alone() -> None:
    old, new = new_key(), new_key()
    sealed = Vault([old]).seal_one_of_many(TEXT)
    resealed = Vault([new, old]).reseal(sealed)
    assert Vault([new]).open(resealed) == {"tax": "865414088"}
    with pytest.raises(StartError):
        Vault([new]).open(sealed)


@pytest.mark.parametrize("at", [4, -1])
def test_a_value_that_was_tampered_with_is_refused(at: int) -> None:
    vault = Vault([new_key()])
    sealed = bytearray(vault.seal_one_of_many(TEXT))
    sealed[at] ^= 1
    with pytest.raises(StartError):
        vault.open(bytes(sealed))
