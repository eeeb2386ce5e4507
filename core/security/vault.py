"""Encryption of secrets, and keyed fingerprints of values that are only compared.

Secrets are encrypted with Fernet under the newest key and decrypted under any key of the list. A vault notices when the
key file is replaced, so keys can be rotated while iHUB runs. Fingerprints are BLAKE2b in its keyed mode (RFC 7693),
under a key that rotation does not change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import orjson
from cryptography.fernet import InvalidToken, MultiFernet

from core.errors import StartError
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
        self._key_file_version = key_file_version() if keys is None else None
        keys = read_keys() if keys is None else keys
        self._fernet = fernet_for(keys)
        self._print_key = hashlib.sha256(
            b"ihub fingerprint" + (fingerprint_key or keys[-1]).encode()
        ).digest()

    def _keys(self) -> MultiFernet:
        """Return the keys, read again when the key file has been replaced since."""
        if self._follows_key_file and (version := key_file_version()) != self._key_file_version:
            self._fernet = fernet_for(read_keys())
            self._key_file_version = version
        return self._fernet

    def seal(self, value: object) -> bytes:
        """Encrypt any JSON value."""
        return self.seal_json(orjson.dumps(value))

    def seal_json(self, text: bytes) -> bytes:
        """Encrypt a value that is already JSON text."""
        return self._keys().encrypt(text)

    def open(self, sealed: bytes) -> object:
        """Decrypt what ``seal`` returned. Raises StartError when no key fits."""
        return orjson.loads(self._decrypt(sealed))

    def open_each(self, sealed: Iterable[bytes]) -> Iterator[object]:
        """Decrypt many values, and look for new keys once. Raises StartError when no key fits."""
        keys = self._keys()
        try:
            for each in sealed:
                yield orjson.loads(keys.decrypt(each))
        except InvalidToken as error:
            raise StartError(WRONG_KEYS) from error

    def _decrypt(self, sealed: bytes) -> bytes:
        try:
            return self._keys().decrypt(sealed)
        except InvalidToken as error:
            raise StartError(WRONG_KEYS) from error

    def reseal(self, sealed: bytes) -> bytes:
        """Encrypt again under the newest key."""
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

    def fingerprint_each(self, beginning: bytes, values: Iterable[bytes]) -> list[bytes]:
        """Return the fingerprint of ``beginning`` plus each value, for many values at once."""
        begun = hashlib.blake2b(beginning, digest_size=16, key=self._print_key)
        prints: list[bytes] = []
        for value in values:
            whole = begun.copy()
            whole.update(value)
            prints.append(whole.digest())
        return prints


@lru_cache(maxsize=1)
def vault() -> Vault:
    """Return the vault of this process."""
    return Vault(fingerprint_key=read_fingerprint_key())


def digest(token: str) -> str:
    """Return the SHA-256 of a random token (session, ticket, state): the store holds only this."""
    return hashlib.sha256(token.encode()).hexdigest()
