"""The vault: encryption, wrong keys, a replaced key file, and fingerprints that outlive keys."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from core.errors import StartError
from core.security import key_files, vault
from core.security.key_files import new_key
from core.security.vault import Vault
from core.settings import settings


def test_a_sealed_value_opens_again_and_shows_nothing(home: Path) -> None:
    sealed = vault.vault().seal({"tfn": "123 456 782"})
    assert b"123 456 782" not in base64.urlsafe_b64decode(sealed)  # encoded alone it would be
    assert vault.vault().open(sealed) == {"tfn": "123 456 782"}


def test_a_wrong_key_is_a_sentence(home: Path) -> None:
    sealed = Vault([new_key()]).seal("x")
    with pytest.raises(StartError, match="do not fit the store"):
        vault.vault().open(sealed)
    with pytest.raises(StartError, match="do not fit the store"):
        vault.vault().reseal(sealed)


@pytest.mark.parametrize("at", [0, 8, 30, -1])
def test_a_changed_value_is_refused(home: Path, at: int) -> None:
    sealed = bytearray(vault.vault().seal_json(b'{"tax":"865414088"}'))
    assert vault.vault().open(bytes(sealed)) == {"tax": "865414088"}
    sealed[at] ^= 1
    with pytest.raises(StartError, match="do not fit the store"):
        vault.vault().open(bytes(sealed))


@pytest.mark.parametrize(("text", "words"), [("nonsense", "not valid"), ("", "is empty")])
def test_an_unusable_key_file_is_a_sentence(home: Path, text: str, words: str) -> None:
    key_files.key_file().write_text(text)
    with pytest.raises(StartError, match=words):
        vault.vault()


def test_no_keys_is_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key_files.key_file().unlink()
    with pytest.raises(StartError, match="There are no encryption keys"):
        vault.vault()
    monkeypatch.setenv("IHUB_KEYS", " , ")
    settings.cache_clear()
    with pytest.raises(StartError, match="holds no key"):
        vault.vault()


def test_keys_can_come_from_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = new_key()
    monkeypatch.setenv("IHUB_KEYS", f"{new_key()}, {older}")
    settings.cache_clear()
    assert vault.vault().open(Vault([older]).seal(1)) == 1


def test_key_files_are_the_owners_only(home: Path) -> None:
    assert stat.S_IMODE(key_files.key_file().stat().st_mode) == 0o600


def test_a_running_vault_follows_the_key_file(home: Path) -> None:
    running, older = vault.vault(), key_files.read_keys()
    newest = new_key()
    key_files.write_keys([newest, *older])
    Fernet(newest).decrypt(running.seal("after"))
    assert running.open(Vault([newest]).seal("elsewhere")) == "elsewhere"


def test_fingerprints_tell_equality_and_depend_on_the_key(home: Path) -> None:
    one = Vault([new_key()])
    assert one.fingerprint(b"a") == one.fingerprint(b"a") != one.fingerprint(b"b")
    assert Vault([new_key()]).fingerprint(b"a") != one.fingerprint(b"a")


def test_a_fingerprint_can_be_begun_once_for_many_values(home: Path) -> None:
    begun = vault.vault().fingerprints(b"a")
    assert [begun(b"b"), begun(b"")] == [
        vault.vault().fingerprint(b"ab"),
        vault.vault().fingerprint(b"a"),
    ]


def test_fingerprints_have_a_key_of_their_own_where_one_is_given(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key()
    monkeypatch.setenv("IHUB_FINGERPRINT_KEY", key)
    settings.cache_clear()
    assert vault.vault().fingerprint(b"a") == Vault([new_key()], key).fingerprint(b"a")
