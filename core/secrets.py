"""Encryption of what is secret and keyed fingerprints of what must only be compared.

Secrets are encrypted with Fernet under the newest key and read under any key of the list. A vault follows the
key file, so keys can be rotated while iHUB runs. Fingerprints are
BLAKE2b in its keyed mode (RFC 7693), under a key that rotation keeps.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core import envelope
from core.errors import StartError
from core.settings import settings

WRONG_KEYS = "The encryption keys do not fit the store. Restore the keys it was written with (IHUB_KEYS or the file keys)."


class Vault:
    """Encrypts, decrypts and fingerprints under one set of keys."""

    def __init__(self, keys: Sequence[str] | None = None, fingerprint_key: str | None = None) -> None:
        """Take Fernet keys, newest first, or follow the configured ones; the last seeds fingerprints without a key."""
        self._follows = keys is None
        self._opened = (b"", b"")
        self._envelope: envelope.Envelope | None = None
        self._stamp = _stamp() if keys is None else None
        keys = read_keys() if keys is None else keys
        self._fernet = _ring(keys)
        self._print_key = hashlib.sha256(
            b"ihub fingerprint" + (fingerprint_key or keys[-1]).encode()
        ).digest()

    def _keys(self) -> MultiFernet:
        """Return the keys, read again when the key file has been replaced since."""
        if self._follows and (stamp := _stamp()) != self._stamp:
            self._fernet = _ring(read_keys())
            self._stamp = stamp
        return self._fernet

    def seal_one_of_many(self, text: bytes) -> bytes:
        """Encrypt JSON text quickly: a thousand values share a key of their own, and that is sealed (core/envelope.py)."""
        if self._envelope is None or not self._envelope.left:
            key = envelope.new_key()
            self._envelope = envelope.Envelope(key, self._keys().encrypt(key))
        return self._envelope.seal(text)

    def seal(self, value: object) -> bytes:
        """Encrypt any JSON value."""
        return self._keys().encrypt(orjson.dumps(value))

    def open(self, sealed: bytes) -> object:
        """Decrypt what ``seal`` or an envelope made. Raises StartError under a wrong key."""
        if not envelope.is_enveloped(sealed):
            return orjson.loads(self._decrypt(sealed))
        sealed_key, rest = envelope.split(sealed)
        text = envelope.open_with(self._envelope_key(sealed_key), rest)
        if text is None:
            raise StartError(WRONG_KEYS)
        return orjson.loads(text)

    def _envelope_key(self, sealed_key: bytes) -> bytes:
        """Return an envelope's key; the last one is remembered, because a run opens thousands under it."""
        if sealed_key != self._opened[0]:
            self._opened = (sealed_key, self._decrypt(sealed_key))
        return self._opened[1]

    def _decrypt(self, sealed: bytes) -> bytes:
        try:
            return self._keys().decrypt(sealed)
        except InvalidToken as error:
            raise StartError(WRONG_KEYS) from error

    def reseal(self, sealed: bytes) -> bytes:
        """Encrypt again under the newest key; of an envelope's value only the key."""
        if envelope.is_enveloped(sealed):
            sealed_key, rest = envelope.split(sealed)
            return envelope.join(self.reseal(sealed_key), rest)
        try:
            return self._keys().rotate(sealed)
        except InvalidToken as error:
            raise StartError(WRONG_KEYS) from error

    def fingerprint(self, value: bytes) -> bytes:
        """Return 16 bytes that tell whether two values are equal and nothing else."""
        return hashlib.blake2b(value, digest_size=16, key=self._print_key).digest()

    def fingerprints(self, beginning: bytes) -> Callable[[bytes], bytes]:
        """Return what fingerprints values of which only the rest is given, because all of them begin alike."""
        begun = hashlib.blake2b(beginning, digest_size=16, key=self._print_key)

        def fingerprint(rest: bytes) -> bytes:
            whole = begun.copy()
            whole.update(rest)
            return whole.digest()

        return fingerprint


def _ring(keys: Sequence[str]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise StartError(
            "An encryption key is not valid. Make one with `python -m core keys new`."
        ) from error


def _stamp() -> tuple[int, int] | None:
    """Return what changes when the key file is replaced; None when the keys are in the environment."""
    if settings().keys is not None:
        return None
    try:
        status = key_file().stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def new_key() -> str:
    """Return a fresh encryption key."""
    return Fernet.generate_key().decode()


def key_file() -> Path:
    """Return where the keys are kept when IHUB_KEYS does not hold them."""
    return settings().home / "keys"


def fingerprint_file() -> Path:
    """Return where the fingerprint key is kept when IHUB_FINGERPRINT_KEY does not hold it."""
    return settings().home / "fingerprint.key"


def write_keys(keys: Sequence[str]) -> None:
    """Replace the key file in one step, readable by its owner only."""
    write_private(key_file(), "\n".join(keys) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner only."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_keys() -> list[str]:
    """Return the keys, newest first. Raises StartError when there are none."""
    configured = settings().keys
    if configured is not None:
        keys = [key.strip() for key in configured.get_secret_value().split(",") if key.strip()]
        if not keys:
            raise StartError("IHUB_KEYS is set but holds no key. Make one with `python -m core keys new`.")
        return keys
    try:
        keys = key_file().read_text().split()
    except FileNotFoundError as error:
        raise StartError(
            f"There are no encryption keys. Run `make run`, or set IHUB_KEYS, or write {key_file()}."
        ) from error
    except PermissionError as error:
        raise StartError(f"The key file {key_file()} cannot be read by this user.") from error
    if not keys:
        raise StartError(f"The key file {key_file()} is empty. Restore it from your backup.")
    return keys


def read_fingerprint_key() -> str | None:
    """Return the key of the fingerprints; None while the oldest encryption key still seeds them."""
    configured = settings().fingerprint_key
    if configured is not None:
        return configured.get_secret_value().strip()
    try:
        return fingerprint_file().read_text().strip() or None
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise StartError(f"The key file {fingerprint_file()} cannot be read by this user.") from error


@lru_cache(maxsize=1)
def vault() -> Vault:
    """Return the vault of this process."""
    return Vault(fingerprint_key=read_fingerprint_key())


def digest(token: str) -> str:
    """Return what is stored of a random token (session, ticket, state): its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()
