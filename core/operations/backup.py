"""Copy the whole store into a file, and put such a copy back.

The keys are not in it: without them nobody can read the secrets of the copy.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import delete, update

from core import db, schema, store_version
from core.clock import now
from core.db import transaction
from core.errors import ConflictError, InvalidError, StartError
from core.models import Run, RunStatus, Session
from core.queue import health as queue_health

# What PostgreSQL's programs read, by the names that its driver gives them.
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}


def back_up(file: Path) -> None:
    """Write a copy of the store, as of one moment, which only this user can read. Other processes may be working.

    Raises InvalidError when the file exists or cannot be written, StartError when the store cannot be read.
    """
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise InvalidError(f"{file} exists already. Choose another name, or delete it.") from None
    except OSError as error:
        raise InvalidError(f"{file} cannot be written: {error.strerror}.") from error
    try:
        if db.engine().dialect.name == "sqlite":
            _copy_file(_store_file(), file)
        else:
            _run_program("pg_dump", "--format=custom", "--no-owner", f"--file={file}")
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def restore(file: Path) -> None:
    """Put a copy back in place of the store. Runs that were in progress then are resumed; everybody has to sign in.

    Raises ConflictError while workers or a scheduler are running, InvalidError when the file is no copy of a store.
    """
    health = queue_health.health()
    if health.workers or health.scheduler:
        raise ConflictError(
            "Workers or a scheduler are running. Stop all processes, wait 20 seconds, and restore again: what they are "
            "doing is not in the copy."
        )
    if not file.is_file():
        raise InvalidError(f"There is no file {file}.")
    if db.engine().dialect.name == "sqlite":
        _require_store(file)
        _copy_file(file, _store_file())
    else:
        options = "--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"
        _run_program("pg_restore", *options, f"--dbname={_connection()['dbname']}", str(file))
    db.engine().dispose()
    if store_version.why_waiting() == store_version.OLDER:
        schema.upgrade()
    _make_safe()


def _make_safe() -> None:
    """End what was valid when the copy was made: leases of workers and sessions of people."""
    running = update(Run).where(Run.status == RunStatus.RUNNING)
    with transaction() as session:
        session.execute(running.values(lease_token=None, lease_until=now()))
        session.execute(delete(Session))


def _store_file() -> Path:
    return Path(str(db.engine().url.database))


def _copy_file(source: Path, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(source)) as read,
            closing(sqlite3.connect(target, timeout=30)) as written,
        ):
            read.backup(written)
    except sqlite3.Error as error:
        raise StartError(
            f"The store cannot be copied ({error}). Check the disk, and that both can be used."
        ) from error


def _require_store(file: Path) -> None:
    """Refuse a file that is no copy of a store."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
            copy.execute("SELECT version_num FROM alembic_version").fetchone()
            damage = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise InvalidError(f"{file} is no copy of a store of iHUB.") from error
    if damage != "ok":
        raise InvalidError(f"{file} is damaged. Use another copy.")


def _connection() -> dict[str, str]:
    """Return what PostgreSQL's driver connects with."""
    _, options = db.engine().dialect.create_connect_args(db.engine().url)
    return {name: str(value) for name, value in options.items()}


def _run_program(name: str, *words: str) -> None:
    """Run a program of PostgreSQL. The password is in its environment, which only this user can read."""
    program = shutil.which(name)
    if program is None:
        raise StartError(
            f"{name} is not installed. Install the client programs of PostgreSQL (postgresql-client)."
        )
    given = {VARIABLES[key]: value for key, value in _connection().items() if key in VARIABLES}
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        [program, *words], env=os.environ | given, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode:
        raise InvalidError(
            f"{name} has failed, so nothing was changed. Check the file and the server of DATABASE_URL."
        )
