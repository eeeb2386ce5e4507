"""Encryption of secrets, and keyed fingerprints of values that are only compared.

Secrets are encrypted with Fernet under the newest key and decrypted under any key of the list. A vault notices when the
key file is replaced, so keys can be rotated while iHUB runs. Fingerprints are BLAKE2b in its keyed mode (RFC 7693),
under a key that rotation does not change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache

import orjson
from cryptography.fernet import InvalidToken, MultiFernet

from core.errors import StartError
from core.security import envelope
from core.security.key_files import fernet_for, key_file_version, read_fingerprint_key, read_keys

WRONG_KEYS = (
    "The encryption keys do not fit the store. "
    "Restore the keys it was written with (IHUB_KEYS or the file keys)."
)


class Vault:
    """Encrypts, decrypts and fingerprints under one set of keys."""

    def __init__(self, keys: Sequence[str] | None = None, fingerprint_key: str | None = None) -> None:
        """Use these Fernet keys, newest first, or the configured ones; the last stands in for a fingerprint key."""
        self._follows_key_file = keys is None
        self._opened = (b"", b"")
        self._envelope: envelope.Envelope | None = None
        self._version = key_file_version() if keys is None else None
        keys = read_keys() if keys is None else keys
        self._fernet = fernet_for(keys)
        self._print_key = hashlib.sha256(
            b"ihub fingerprint" + (fingerprint_key or keys[-1]).encode()
        ).digest()

    def _keys(self) -> MultiFernet:
        """Return the keys, read again when the key file has been replaced since."""
        if self._follows_key_file and (version := key_file_version()) != self._version:
            self._fernet = fernet_for(read_keys())
            self._version = version
        return self._fernet

    def seal_one_of_many(self, text: bytes) -> bytes:
        """Encrypt JSON text quickly: a thousand values share a key, which is sealed (core/security/envelope.py)."""
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
        """Return a function that fingerprints ``beginning`` plus what it is given, for values that begin alike."""
        begun = hashlib.blake2b(beginning, digest_size=16, key=self._print_key)

        def fingerprint(rest: bytes) -> bytes:
            whole = begun.copy()
            whole.update(rest)
            return whole.digest()

        return fingerprint


@lru_cache(maxsize=1)
def vault() -> Vault:
    """Return the vault of this process."""
    return Vault(fingerprint_key=read_fingerprint_key())


def digest(token: str) -> str:
    """Return the SHA-256 of a random token (session, ticket, state): the store holds only this."""
    return hashlib.sha256(token.encode()).hexdigest()
