"""Seal many small values quickly: a fresh key, itself sealed by the vault, encrypts them with AES-GCM.

A sealed value is ``magic · length of the sealed key · sealed key · nonce · ciphertext`` and stands on its own: any process with
the vault's keys can open it, and rotation exchanges the seal of the key alone.
"""

from __future__ import annotations

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# What no Fernet token begins with: those begin with the letter g.
MAGIC = b"\x01"
NONCE = 12
# Few, so that new values soon follow a rotation; a key with random nonces would be good for 2**32.
VALUES_A_KEY = 1000


def is_enveloped(sealed: bytes) -> bool:
    """Say whether a sealed value is one of ours."""
    return sealed.startswith(MAGIC)


class Envelope:
    """One key and its seal."""

    def __init__(self, key: bytes, sealed_key: bytes) -> None:
        """Take the key in clear and as the vault sealed it."""
        self._cipher = AESGCM(key)
        self._head = MAGIC + len(sealed_key).to_bytes(2) + sealed_key
        self.left = VALUES_A_KEY

    def seal(self, text: bytes) -> bytes:
        """Encrypt one value."""
        self.left -= 1
        nonce = os.urandom(NONCE)
        return self._head + nonce + self._cipher.encrypt(nonce, text, None)


class Sealer:
    """Seals and opens what never leaves this process, under a key that it forgets."""

    def __init__(self) -> None:
        """Make the key."""
        self._cipher = AESGCM(new_key())

    def seal(self, text: bytes) -> bytes:
        """Encrypt one value."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, text, None)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt what ``seal`` made."""
        return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None)


def new_key() -> bytes:
    """Return a fresh key for an envelope."""
    return AESGCM.generate_key(256)


def split(sealed: bytes) -> tuple[bytes, bytes]:
    """Return the sealed key of a value, and the rest of it."""
    end = 3 + int.from_bytes(sealed[1:3])
    return sealed[3:end], sealed[end:]


def join(sealed_key: bytes, rest: bytes) -> bytes:
    """Put together what ``split`` took apart."""
    return MAGIC + len(sealed_key).to_bytes(2) + sealed_key + rest


def open_with(key: bytes, rest: bytes) -> bytes | None:
    """Decrypt one value; None when it is not what was sealed."""
    try:
        return _cipher(key).decrypt(rest[:NONCE], rest[NONCE:], None)
    except InvalidTag:
        return None


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)
