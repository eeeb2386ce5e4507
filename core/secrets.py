"""Encryption of what is secret and keyed fingerprints of what must only be compared.

Secrets are encrypted with Fernet under the newest key and read under any key of the list, so
keys can be rotated while iHUB runs. Fingerprints are HMAC-SHA256 under a key that rotation keeps.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.errors import StartError
from core.settings import settings


class Vault:
    """Encrypts, decrypts and fingerprints under one set of keys."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take Fernet keys, newest first; the last one also seeds the fingerprints."""
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise StartError("An encryption key is not valid. Make one with `python -m core keys new`.") from error
        self._print_key = hashlib.sha256(b"ihub fingerprint" + keys[-1].encode()).digest()

    def seal(self, value: object) -> bytes:
        """Encrypt any JSON value."""
        return self._fernet.encrypt(orjson.dumps(value))

    def open(self, sealed: bytes) -> object:
        """Decrypt what ``seal`` made. Raises StartError under a wrong key."""
        try:
            return orjson.loads(self._fernet.decrypt(sealed))
        except InvalidToken as error:
            raise StartError(
                "The encryption keys do not fit the store. Restore the keys it was written with (IHUB_KEYS or the file keys)."
            ) from error

    def reseal(self, sealed: bytes) -> bytes:
        """Encrypt again under the newest key."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken as error:
            raise StartError("The encryption keys do not fit the store.") from error

    def fingerprint(self, value: bytes) -> bytes:
        """Return 16 bytes that tell whether two values are equal and nothing else."""
        return hmac.digest(self._print_key, value, "sha256")[:16]


def new_key() -> str:
    """Return a fresh encryption key."""
    return Fernet.generate_key().decode()


def key_file() -> Path:
    """Return where the keys are kept when IHUB_KEYS does not hold them."""
    return settings().home / "keys"


def write_keys(keys: Sequence[str]) -> None:
    """Replace the key file in one step, readable by its owner only."""
    path = key_file()
    draft = path.with_name("keys.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_keys() -> list[str]:
    """Return the keys, newest first. Raises StartError when there are none."""
    configured = settings().keys
    if configured is not None:
        return [key.strip() for key in configured.get_secret_value().split(",") if key.strip()]
    try:
        keys = key_file().read_text().split()
    except FileNotFoundError as error:
        raise StartError(f"There are no encryption keys. Run `make run`, or set IHUB_KEYS, or write {key_file()}.") from error
    except PermissionError as error:
        raise StartError(f"The key file {key_file()} cannot be read by this user.") from error
    if not keys:
        raise StartError(f"The key file {key_file()} is empty. Restore it from your backup.")
    return keys


@lru_cache(maxsize=1)
def vault() -> Vault:
    """Return the vault of this process."""
    return Vault(read_keys())


def digest(token: str) -> str:
    """Return what is stored of a random token (session, ticket, state): its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()
