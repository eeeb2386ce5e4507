"""Check and prepare what iHUB's processes need: the home folder, the ports, the store, the keys.

Each step either succeeds or raises StartError with a sentence that says what to do.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import IO

from alembic.util.exc import CommandError
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from core import schema
from core.errors import StartError
from core.operations import key_rotation
from core.security import key_files
from core.settings import settings, variable

CONNECT_SECONDS = 5


def prepare_home() -> Path:
    """Make the home folder, open to its owner only, and check that files can be written there."""
    folder = settings().home.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise StartError(
            f"The folder {folder} is not writable ({_reason(error)}). Change its permissions, or set IHUB_HOME."
        ) from error
    return folder


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def lock_home(folder: Path) -> IO[str]:
    """Lock the home folder while the returned file is open, so that only one iHUB runs from it at a time."""
    lock = (folder / "running").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        process = lock.read().strip()
        lock.close()
        raise StartError(
            f"iHUB already runs from {folder} (process {process}). Stop it first, or set IHUB_HOME to another folder."
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def check_port(name: str, host: str, number: int) -> None:
    """Check that a port is free; ``name`` is the name of its setting."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as error:
            setting = variable(name)
            if error.errno == errno.EADDRINUSE:
                raise StartError(
                    f"Another program uses port {number}. Stop it, or use another port: "
                    f"{setting}={number + 1} make run."
                ) from error
            raise StartError(
                f"iHUB cannot listen on {host}, port {number} ({_reason(error)}). Change {setting}."
            ) from error


def check_ports(demo: bool) -> None:
    """Check the ports of the web process and, with the demo, of the sandbox."""
    port, sandbox_port = settings().port, settings().sandbox_port
    check_port("port", settings().host, port)
    if demo:
        if port == sandbox_port:
            raise StartError(f"IHUB_PORT and IHUB_SANDBOX_PORT are both {port}. Change one of them.")
        check_port("sandbox_port", "127.0.0.1", sandbox_port)


def prepare_store() -> None:
    """Connect to the store and bring its tables up to date."""
    try:
        _connect_once(settings().store_url())
        schema.upgrade()
    except CommandError as error:
        raise StartError(
            "The store belongs to a newer version of iHUB. Start that version, or restore a backup made before it."
        ) from error
    except (SQLAlchemyError, UnicodeError, OSError) as error:
        raise StartError(f"The store cannot be reached. {_advice()}") from error


def _connect_once(url: str) -> None:
    """Connect once with a short timeout, because an unreachable server would otherwise hang the start."""
    try:
        if make_url(url).get_backend_name() == "sqlite":
            return
        engine = create_engine(url, connect_args={"connect_timeout": CONNECT_SECONDS})
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise StartError(
            "DATABASE_URL is not valid. Write it as postgresql://user:password@host:5432/database."
        ) from error
    engine.connect().close()
    engine.dispose()


def _advice() -> str:
    if settings().database_url is None:
        file = settings().home / "ihub.db"
        return f"The file {file} is damaged, or this user cannot read it: restore it from your backup."
    return "Check that the server of DATABASE_URL is running, and the address, database, user and password in it."


def prepare_keys() -> None:
    """Create the encryption keys on the very first start; on every other, check that they fit the store."""
    if settings().keys is None and not key_files.key_file().exists():
        if next(key_rotation.sealed_samples(), None) is not None:
            raise StartError(
                f"The key file {key_files.key_file()} is missing, and only it opens the secrets in the store. "
                "Restore it from your backup, or set IHUB_KEYS."
            )
        key_rotation.create_keys()
    if settings().keys is None:
        key_files.key_file().chmod(0o600)
    key_rotation.check_keys()
