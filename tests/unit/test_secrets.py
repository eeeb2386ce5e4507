"""The vault: sealing, wrong keys, following the key file, fingerprints that outlive keys."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from core import secrets
from core.errors import StartError
from core.secrets import Vault, new_key
from core.settings import settings


def test_a_sealed_value_opens_again_and_shows_nothing(home: Path) -> None:
    sealed = secrets.vault().seal({"tfn": "123 456 782"})
    assert b"123 456 782" not in base64.urlsafe_b64decode(sealed)  # encoded alone it would be
    assert secrets.vault().open(sealed) == {"tfn": "123 456 782"}


def test_a_wrong_key_is_a_sentence(home: Path) -> None:
    sealed = Vault([new_key()]).seal("x")
    with pytest.raises(StartError, match="do not fit the store"):
        secrets.vault().open(sealed)
    with pytest.raises(StartError, match="do not fit the store"):
        secrets.vault().reseal(sealed)


@pytest.mark.parametrize(("text", "words"), [("nonsense", "not valid"), ("", "is empty")])
def test_an_unusable_key_file_is_a_sentence(home: Path, text: str, words: str) -> None:
    secrets.key_file().write_text(text)
    with pytest.raises(StartError, match=words):
        secrets.vault()


def test_no_keys_is_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.key_file().unlink()
    with pytest.raises(StartError, match="There are no encryption keys"):
        secrets.vault()
    monkeypatch.setenv("IHUB_KEYS", " , ")
    settings.cache_clear()
    with pytest.raises(StartError, match="holds no key"):
        secrets.vault()


def test_keys_can_come_from_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = new_key()
    monkeypatch.setenv("IHUB_KEYS", f"{new_key()}, {older}")
    settings.cache_clear()
    assert secrets.vault().open(Vault([older]).seal(1)) == 1


def test_key_files_are_the_owners_only(home: Path) -> None:
    assert stat.S_IMODE(secrets.key_file().stat().st_mode) == 0o600


def test_a_running_vault_follows_the_key_file(home: Path) -> None:
    running, older = secrets.vault(), secrets.read_keys()
    newest = new_key()
    secrets.write_keys([newest, *older])
    Fernet(newest).decrypt(running.seal("after"))
    assert running.open(Vault([newest]).seal("elsewhere")) == "elsewhere"


def test_fingerprints_tell_equality_and_depend_on_the_key(home: Path) -> None:
    one = Vault([new_key()])
    assert one.fingerprint(b"a") == one.fingerprint(b"a") != one.fingerprint(b"b")
    assert Vault([new_key()]).fingerprint(b"a") != one.fingerprint(b"a")


def test_a_fingerprint_can_be_begun_once_for_many_values(home: Path) -> None:
    begun = secrets.vault().fingerprints(b"a")
    assert [begun(b"b"), begun(b"")] == [
        secrets.vault().fingerprint(b"ab"),
        secrets.vault().fingerprint(b"a"),
    ]


def test_fingerprints_have_a_key_of_their_own_where_one_is_given(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key()
    monkeypatch.setenv("IHUB_FINGERPRINT_KEY", key)
    settings.cache_clear()
    assert secrets.vault().fingerprint(b"a") == Vault([new_key()], key).fingerprint(b"a")
