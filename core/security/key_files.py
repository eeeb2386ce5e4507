"""Read encryption keys from the environment, or from private files in the home folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

from core.errors import StartError
from core.settings import settings


def fernet_for(keys: Sequence[str]) -> MultiFernet:
    """Return a cipher that encrypts under the first key and decrypts under any. Raises StartError."""
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise StartError(
            "An encryption key is not valid. Make one with `python -m core keys new`."
        ) from error


def key_file_version() -> tuple[int, int] | None:
    """Return a value that changes when the key file is replaced; None when the keys are in the environment."""
    if settings().keys is not None:
        return None
    try:
        status = key_file().stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def new_key() -> str:
    """Return a new encryption key."""
    return Fernet.generate_key().decode()


def key_file() -> Path:
    """Return the file of the encryption keys, used when IHUB_KEYS is not set."""
    return settings().home / "keys"


def fingerprint_file() -> Path:
    """Return the file of the fingerprint key, used when IHUB_FINGERPRINT_KEY is not set."""
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
    """Return the encryption keys, newest first. Raises StartError when there are none."""
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
    """Return the fingerprint key; None while fingerprints are still derived from the oldest encryption key."""
    configured = settings().fingerprint_key
    if configured is not None:
        return configured.get_secret_value().strip()
    try:
        return fingerprint_file().read_text().strip() or None
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise StartError(f"The key file {fingerprint_file()} cannot be read by this user.") from error
