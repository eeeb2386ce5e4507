"""What has to be right before iHUB's processes start: the home folder, the ports, the store, the keys.

Each step either succeeds or raises StartError with the sentence that says what to do.
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
            f"The folder {folder} cannot be written ({_reason(error)}). Give this user the right to, or set IHUB_HOME."
        ) from error
    return folder


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def lock_home(folder: Path) -> IO[str]:
    """Hold the lock of the home folder for as long as the returned file is open: one iHUB at a time runs from it."""
    lock = (folder / "running").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        process = lock.read().strip()
        lock.close()
        raise StartError(
            f"iHUB runs from {folder} already (process {process}). Stop it first, or set IHUB_HOME to another folder."
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def check_port(name: str, host: str, number: int) -> None:
    """Check that a port is free; ``name`` is the setting that holds it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as error:
            setting = variable(name)
            if error.errno == errno.EADDRINUSE:
                raise StartError(
                    f"Port {number} is taken by another program. Stop it, or take another port: {setting}={number + 1} make run."
                ) from error
            raise StartError(
                f"iHUB cannot listen on {host}, port {number} ({_reason(error)}). Change {setting}."
            ) from error


def check_ports(demo: bool) -> None:
    """Check the ports of the web process and, with the demo, of the sandbox."""
    now = settings()
    check_port("port", now.host, now.port)
    if demo:
        if now.port == now.sandbox_port:
            raise StartError(
                f"IHUB_PORT and IHUB_SANDBOX_PORT are both {now.port}. Give one of them another port."
            )
        check_port("sandbox_port", "127.0.0.1", now.sandbox_port)


def prepare_store() -> None:
    """Reach the store and bring its tables up to date."""
    try:
        _connect_once(settings().store_url())
        schema.upgrade()
    except CommandError as error:
        raise StartError(
            "The store was written by a newer iHUB than this one. Start that version, or restore a backup made before it."
        ) from error
    except (SQLAlchemyError, UnicodeError, OSError) as error:
        raise StartError(f"The store cannot be reached. {_advice()}") from error


def _connect_once(url: str) -> None:
    """Connect once with a short limit, as a server that is cut off would otherwise hang the start."""
    try:
        if make_url(url).get_backend_name() == "sqlite":
            return
        once = create_engine(url, connect_args={"connect_timeout": CONNECT_SECONDS})
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise StartError(
            "DATABASE_URL is not usable. Write it as postgresql://user:password@host:5432/database."
        ) from error
    once.connect().close()
    once.dispose()


def _advice() -> str:
    if settings().database_url is None:
        return f"The file {settings().home / 'ihub.db'} is damaged, or cannot be read by this user: restore it from your backup."
    return (
        "Check that the server of DATABASE_URL runs, and the address, database name, user and password in it."
    )


def prepare_keys() -> None:
    """Make the encryption keys on the very first start; check that they fit the store on every other."""
    if settings().keys is None and not key_files.key_file().exists():
        if next(key_rotation.sealed_samples(), None) is not None:
            raise StartError(
                f"The key file {key_files.key_file()} is missing, and the store holds secrets that only it can open. "
                "Restore it from your backup, or set IHUB_KEYS."
            )
        key_rotation.create_keys()
    if settings().keys is None:
        key_files.key_file().chmod(0o600)
    key_rotation.check_keys()
