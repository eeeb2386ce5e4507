"""How payloads were encrypted up to revision 0130, and where their keys are, for the migrations: do not change it.

An encrypted value is ``magic · length of the encrypted key · encrypted key · nonce · ciphertext``: AES-GCM under a key
of its own, which Fernet encrypts.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.fernet import InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# What no Fernet token begins with: those begin with the letter g.
MAGIC = b"\x01"
NONCE = 12
DEFAULT_HOME = Path(__file__).resolve().parents[2] / ".ihub"


def read_keys() -> list[str]:
    """Return the encryption keys, newest first; an empty list where there are none."""
    if configured := os.environ.get("IHUB_KEYS"):
        return [key.strip() for key in configured.split(",") if key.strip()]
    home = Path(os.environ.get("IHUB_HOME") or DEFAULT_HOME)
    try:
        return (home / "keys").read_text().split()
    except (FileNotFoundError, PermissionError):
        return []


def is_enveloped(ciphertext: bytes) -> bool:
    """Say whether a value is in this format."""
    return ciphertext.startswith(MAGIC)


def encrypt(ring: MultiFernet, text: bytes) -> bytes:
    """Encrypt one value under a key of its own."""
    key, nonce = AESGCM.generate_key(256), os.urandom(NONCE)
    encrypted_key = ring.encrypt(key)
    head = MAGIC + len(encrypted_key).to_bytes(2) + encrypted_key
    return head + nonce + AESGCM(key).encrypt(nonce, text, None)


def decrypt(ring: MultiFernet, ciphertext: bytes) -> bytes:
    """Decrypt one value. Raises InvalidToken under a wrong key."""
    end = 3 + int.from_bytes(ciphertext[1:3])
    key, rest = ring.decrypt(ciphertext[3:end]), ciphertext[end:]
    try:
        return AESGCM(key).decrypt(rest[:NONCE], rest[NONCE:], None)
    except InvalidTag as error:
        raise InvalidToken from error
