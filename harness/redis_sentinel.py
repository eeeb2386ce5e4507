"""A Redis primary with a copy, and three sentinels that let the copy take over."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from harness.postgres import free_port
from harness.redis import binary

NAME = "ihub"


class RedisWithSentinels:
    """Two servers and three sentinels on ports of this machine; ``url`` is for REDIS_URL."""

    def __init__(self, folder: Path) -> None:
        """Start all of them."""
        self._folder = folder
        folder.mkdir()
        self._processes: list[subprocess.Popen[bytes]] = []
        self.ports = [free_port(), free_port()]
        sentinels = [free_port() for _ in range(3)]
        for port, more in zip(
            self.ports, ([], ["--replicaof", "127.0.0.1", str(self.ports[0])]), strict=True
        ):
            self._start(["--port", str(port), "--save", "", "--appendonly", "no", *more])
        for port in sentinels:
            self._start([str(self._sentinel_file(port)), "--sentinel"])
        self.url = "sentinel://" + ",".join(f"127.0.0.1:{port}" for port in sentinels) + f"/{NAME}/0"
        self._wait(sentinels[0])

    def _sentinel_file(self, port: int) -> Path:
        file = self._folder / f"sentinel-{port}.conf"
        file.write_text(
            f"port {port}\nsentinel monitor {NAME} 127.0.0.1 {self.ports[0]} 2\n"
            f"sentinel down-after-milliseconds {NAME} 1500\nsentinel failover-timeout {NAME} 5000\n"
        )
        return file

    def _start(self, words: list[str]) -> None:
        null = subprocess.DEVNULL
        self._processes.append(
            subprocess.Popen([binary(), *words], cwd=self._folder, stdin=null, stdout=null, stderr=null)
        )

    def _wait(self, sentinel: int) -> None:
        """Wait until the copy follows, and the sentinels know it and each other."""
        client = Redis(port=sentinel, decode_responses=True)
        for _ in range(400):
            with suppress(RedisError, OSError):
                known: Any = client.sentinel_master(NAME)
                if known["num-slaves"] == 1 and known["num-other-sentinels"] == 2:
                    break
            time.sleep(0.05)
        client.close()

    def kill_primary(self) -> None:
        """Kill the primary; it does not come back."""
        self._processes[0].kill()
        self._processes[0].wait()

    def close(self) -> None:
        """Kill what is left."""
        for process in self._processes:
            process.kill()
            process.wait()
